"""Stop, a request to end waits, and wait_any, which waits for any of several objects."""

from __future__ import annotations

import ctypes
from typing import Any, Optional, Sequence

from libthreading import _library, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    WAIT_ANY_MAX,
    threading_stop_destroy,
    threading_stop_expired,
    threading_stop_name,
    threading_stop_new,
    threading_stop_new_timeout,
    threading_stop_remaining,
    threading_stop_request,
    threading_stop_requested,
    threading_stop_set_name,
    threading_stop_wait,
    threading_stop_wait_timeout,
    threading_wait_any,
    threading_wait_any_timeout,
)
from libthreading._named import NamedObject
from libthreading._object import make


class Stop(NamedObject):
    """A request to end waits. It has come when it was requested, when its parent has come, or when
    its deadline has passed, and stays so. Put it in front of what wait_any waits for."""

    __module__ = "libthreading"
    _destroy = threading_stop_destroy
    _get_name = threading_stop_name
    _set_name = threading_stop_set_name

    def __init__(
        self,
        parent: Optional[Stop] = None,
        timeout: Optional[float] = None,
        *,
        name: Optional[str] = None,
    ) -> None:
        above = 0 if parent is None else parent._bits
        if timeout is None:
            bits = make(threading_stop_new, above)
        else:
            bits = make(threading_stop_new_timeout, above, _waiting.checked(timeout))
        self._begin(bits, name)
        # The parent outlives it.
        self._parent = parent

    def __repr__(self) -> str:
        state = "closed" if self._closed else "set" if self.requested() else "unset"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}: {state}>"

    def __enter__(self) -> Stop:
        return self

    def __exit__(self, *_: object) -> None:
        self.request()

    def request(self) -> None:
        """Requests it: the waits for it, and for stops below it, end."""
        status = threading_stop_request(self._bits)
        if status:
            raise error_of(status)

    def requested(self) -> bool:
        """Whether it has come."""
        return threading_stop_requested(self._bits) or self._no()

    def expired(self) -> bool:
        """Whether its deadline has passed, and nobody has requested it."""
        return threading_stop_expired(self._bits) or self._no()

    def remaining(self) -> float:
        """The seconds until its deadline: infinite without one, 0 when it has come."""
        return threading_stop_remaining(self._bits) or float(self._no())

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until it has come, for at most timeout seconds, and returns whether it has: a sleep
        that can be ended."""
        seconds = None if timeout is None else _waiting.checked(timeout)
        status = _waiting.wait(
            threading_stop_wait, threading_stop_wait_timeout, self._bits, seconds
        )
        if status < 0:
            raise error_of(status)
        return status == _library.OK


def _for_ever(objects: Any, *out: Any) -> int:
    return threading_wait_any(objects, len(objects), *out)  # type: ignore[no-any-return]


def _for_seconds(objects: Any, seconds: float, *out: Any) -> int:
    status: int = threading_wait_any_timeout(objects, len(objects), seconds, *out)
    return status


def wait_any(objects: Sequence[Any], timeout: Optional[float] = None) -> Optional[int]:
    """Waits until one of the objects is ready, takes it, and returns its index; None if timeout
    seconds have passed first. Of several that are ready at first it is the first.

    An Event, Stop, Latch or Future is waited for, a unit of a Semaphore or a Lock is taken. Raises
    ValueError for no objects, more than 64, or objects of other kinds.
    """
    if not 0 < len(objects) <= WAIT_ANY_MAX:
        raise ValueError(f"wait_any waits for 1 to {WAIT_ANY_MAX} objects")
    seconds = None if timeout is None else _waiting.checked(timeout)
    bits = (_library.handle * len(objects))(*(each._bits for each in objects))
    index = ctypes.c_size_t()
    status = _waiting.wait(_for_ever, _for_seconds, bits, seconds, ctypes.byref(index))
    if status < 0:
        raise error_of(status)
    return index.value if status == _library.OK else None
