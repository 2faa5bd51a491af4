"""RLock: held by one thread at a time, as often as that likes, and released by that thread as
often."""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import Optional, Tuple, Type

from libthreading import _library, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    threading_get_ident,
    threading_rlock_acquire,
    threading_rlock_acquire_timeout,
    threading_rlock_depth,
    threading_rlock_destroy,
    threading_rlock_locked,
    threading_rlock_name,
    threading_rlock_new,
    threading_rlock_owner,
    threading_rlock_release,
    threading_rlock_set_name,
    threading_rlock_try_acquire,
)
from libthreading._named import NamedObject
from libthreading._object import make, retire


class RLock(NamedObject):
    """A reentrant lock: `with rlock:` holds it, one level deeper if the thread holds it already."""

    __module__ = "libthreading"
    _destroy = threading_rlock_destroy
    _get_name = threading_rlock_name
    _set_name = threading_rlock_set_name

    def __init__(self, *, name: Optional[str] = None) -> None:
        self._begin(make(threading_rlock_new), name)

    def __repr__(self) -> str:
        depth = ctypes.c_size_t()
        owner = threading_rlock_owner(self._bits, ctypes.byref(depth))
        state = "closed" if self._closed else "locked" if owner else "unlocked"
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{state} {name} object owner={owner} count={depth.value} at {id(self):#x}>"

    def __del__(self) -> None:
        # Nobody can release it any more: it would stay held, and its handle in use.
        if self._bits and not self._closed:
            for _ in range(threading_rlock_depth(self._bits)):
                threading_rlock_release(self._bits)
        super().__del__()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Takes the rlock, and returns whether it did: always, unless blocking is false or a
        timeout in seconds is given.

        -1 waits as long as it takes. Raises ValueError for a timeout that is NaN, negative, or
        given without blocking, and OverflowError for one over TIMEOUT_MAX.
        """
        # First without waiting: that keeps the GIL, and is what happens nearly always.
        if timeout == -1 and not threading_rlock_try_acquire(self._bits):
            return True
        return self._acquire(_waiting.of_acquire(blocking, timeout))

    def _acquire(self, seconds: Optional[float]) -> bool:
        status: int = threading_rlock_try_acquire(self._bits)
        if status == _library.TIMEOUT and seconds != 0:
            status = _waiting.wait(
                threading_rlock_acquire, threading_rlock_acquire_timeout, self._bits, seconds
            )
        if status < 0:
            raise error_of(status)
        return status == _library.OK

    def release(self) -> None:
        """Goes one level up, and at the last one releases the rlock. Raises RuntimeError if the
        caller does not hold it."""
        status = threading_rlock_release(self._bits)
        if status:
            unheld = status in (_library.NOT_ACQUIRED, _library.NOT_OWNER)
            raise RuntimeError("cannot release un-acquired lock") if unheld else error_of(status)

    def locked(self) -> bool:
        """Whether somebody holds the rlock at this moment."""
        return threading_rlock_locked(self._bits) or self._no()

    def __enter__(self) -> bool:
        return not threading_rlock_try_acquire(self._bits) or self._acquire(None)

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.release()

    # What a Condition of CPython asks of its lock, and CPython's tests of an RLock.

    def _is_owned(self) -> bool:
        return self._recursion_count() > 0

    def _recursion_count(self) -> int:
        return threading_rlock_depth(self._bits)  # type: ignore[no-any-return]

    def _release_save(self) -> Tuple[int, int]:
        depth = self._recursion_count()
        if depth == 0:
            raise RuntimeError("cannot release un-acquired lock")
        for _ in range(depth):
            self.release()
        return depth, threading_get_ident()

    def _acquire_restore(self, state: Tuple[int, int]) -> None:
        for _ in range(state[0]):
            self._acquire(None)

    def _at_fork_reinit(self) -> None:
        """Makes it free in the child of a fork, in which its holder may not exist: a new rlock
        takes the old one's place."""
        old, name = self._bits, self._known_name()
        self._bits = make(threading_rlock_new)
        self._rename(name)
        for _ in range(threading_rlock_depth(old)):
            threading_rlock_release(old)
        retire(threading_rlock_destroy, old)
