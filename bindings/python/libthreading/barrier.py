"""Barrier: threads wait at it until so many have come, and go on together."""

from __future__ import annotations

import ctypes
import itertools
import weakref
from operator import index
from typing import Callable, Dict, Optional

from libthreading import _library, _waiting
from libthreading._errors import BrokenBarrierError, error_of
from libthreading._library import (
    threading_barrier_abort,
    threading_barrier_broken,
    threading_barrier_destroy,
    threading_barrier_n_waiting,
    threading_barrier_name,
    threading_barrier_new,
    threading_barrier_parties,
    threading_barrier_reset,
    threading_barrier_set_name,
    threading_barrier_wait,
    threading_barrier_wait_timeout,
    threading_get_ident,
)
from libthreading._named import NamedObject
from libthreading._object import make

PARTIES_MAX = 67108863

# The library calls one function for all actions, with a number that tells which barrier's it is. A
# barrier whose action runs is referred to by the thread that waits at it.
_keys = itertools.count(1)
_with_action: weakref.WeakValueDictionary[int, Barrier] = weakref.WeakValueDictionary()


def _run_action(key: int) -> bool:
    return _with_action[key]._act()


_action = _library.action(_run_action)
_no_action = _library.action()


class Barrier(NamedObject):
    """A barrier for that many parties. The last to come runs the action, if there is one, while the
    others still wait.

    timeout is what wait takes if it is given none.
    """

    __module__ = "libthreading"
    _destroy = threading_barrier_destroy
    _get_name = threading_barrier_name
    _set_name = threading_barrier_set_name

    def __init__(
        self,
        parties: int,
        action: Optional[Callable[[], object]] = None,
        timeout: Optional[float] = None,
        *,
        name: Optional[str] = None,
    ) -> None:
        # ctypes would cut what is longer than the machine's word.
        if index(parties) < 1:
            raise ValueError("parties must be > 0")
        if parties > PARTIES_MAX:
            raise OverflowError(f"parties must be <= {PARTIES_MAX}")
        self._action = action
        self._timeout = timeout
        # What an action has raised, by the ident of the thread that ran it.
        self._raised: Dict[int, BaseException] = {}
        if action is None:
            self._begin(make(threading_barrier_new, parties, _no_action, None), name)
        else:
            key = next(_keys)
            self._begin(make(threading_barrier_new, parties, _action, key), name)
            _with_action[key] = self

    def __repr__(self) -> str:
        name = f"{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}"
        if self._closed:
            return f"<{name}: closed>"
        return (
            f"<{name}: broken>"
            if self.broken
            else f"<{name}: waiters={self.n_waiting}/{self.parties}>"
        )

    def _act(self) -> bool:
        assert self._action is not None
        try:
            self._action()
        except BaseException as error:
            self._raised[threading_get_ident()] = error
            return False
        return True

    def wait(self, timeout: Optional[float] = None) -> int:
        """Waits until all have come, and returns the number of those who came before, 0 to
        parties - 1.

        If timeout seconds pass first (0 or less: at once), the barrier breaks for all threads.
        Raises BrokenBarrierError if it is broken, breaks or is reset meanwhile; what the action
        raises, in the thread that ran it; RuntimeError in the action; ValueError for NaN, and
        OverflowError for a timeout over TIMEOUT_MAX. A signal does not interrupt it: its handler
        runs when the wait is over.
        """
        if timeout is None:
            timeout = self._timeout
        number = ctypes.c_size_t()
        if timeout is None:
            status = threading_barrier_wait(self._bits, ctypes.byref(number))
        else:
            status = threading_barrier_wait_timeout(
                self._bits, _waiting.checked(timeout), ctypes.byref(number)
            )
        if status == _library.OK:
            return number.value
        raised = self._raised.pop(threading_get_ident(), None)
        if raised is not None:
            raise raised
        if status in (_library.TIMEOUT, _library.BROKEN):
            raise BrokenBarrierError
        if status == _library.WOULD_DEADLOCK:
            raise RuntimeError("cannot wait at a barrier in its own action")
        raise error_of(status)

    def reset(self) -> None:
        """Sends away everyone who waits, with BrokenBarrierError, and makes the barrier whole."""
        status = threading_barrier_reset(self._bits)
        if status:
            raise error_of(status)

    def abort(self) -> None:
        """Breaks the barrier: everyone who waits, and who comes, gets BrokenBarrierError until it
        is reset."""
        status = threading_barrier_abort(self._bits)
        if status:
            raise error_of(status)

    @property
    def parties(self) -> int:
        """For how many threads it was made."""
        return threading_barrier_parties(self._bits) or int(self._no())

    @property
    def n_waiting(self) -> int:
        """How many threads have come and wait at this moment."""
        return threading_barrier_n_waiting(self._bits) or int(self._no())

    @property
    def broken(self) -> bool:
        """Whether it is broken."""
        return threading_barrier_broken(self._bits) or self._no()
