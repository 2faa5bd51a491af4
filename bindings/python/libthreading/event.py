"""Event: a flag that threads wait for, until it is set."""

from __future__ import annotations

import ctypes
from typing import Optional

from libthreading import _library, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    threading_event_clear,
    threading_event_destroy,
    threading_event_fd,
    threading_event_is_set,
    threading_event_name,
    threading_event_new,
    threading_event_set,
    threading_event_set_name,
    threading_event_wait,
    threading_event_wait_timeout,
)
from libthreading._named import NamedObject
from libthreading._object import make


class Event(NamedObject):
    """A flag that is set and cleared, and that threads wait for. It begins clear."""

    __module__ = "libthreading"
    _destroy = threading_event_destroy
    _get_name = threading_event_name
    _set_name = threading_event_set_name

    def __init__(self, *, name: Optional[str] = None) -> None:
        # A new object after each set: so a wait in slices sees one that was cleared again between
        # two of them.
        self._last_set: Optional[object] = None
        self._begin(make(threading_event_new), name)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "set" if self.is_set() else "unset"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}: {state}>"

    def is_set(self) -> bool:
        """Whether it is set at this moment."""
        return threading_event_is_set(self._bits) or self._no()

    def set(self) -> None:
        """Sets it: everyone who waits goes on, also if it is cleared again at once."""
        status = threading_event_set(self._bits)
        if status:
            raise error_of(status)
        self._last_set = object()

    def clear(self) -> None:
        """Clears it: waits wait again."""
        status = threading_event_clear(self._bits)
        if status:
            raise error_of(status)

    def fileno(self) -> int:
        """A descriptor that is readable while the event is set, for selectors, asyncio and the
        like: loop.add_reader(event, ...).

        It belongs to the event, and is closed with it: unregister it before that, and do not read
        or close it. Raises RuntimeError if there is no room for a descriptor.
        """
        descriptor = ctypes.c_int(-1)
        status = threading_event_fd(self._bits, ctypes.byref(descriptor))
        if status:
            raise error_of(status)
        return descriptor.value

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until it is set, for at most timeout seconds, and returns whether it was: always,
        without a timeout.

        0 or less polls. Raises ValueError for NaN, and OverflowError for a timeout over
        TIMEOUT_MAX.
        """
        seconds = None if timeout is None else _waiting.checked(timeout)
        last_set = self._last_set

        def for_seconds(bits: int, slice: float) -> int:
            status: int = threading_event_wait_timeout(bits, slice)
            return (
                _library.OK
                if status == _library.TIMEOUT and self._last_set is not last_set
                else status
            )

        status = _waiting.wait(threading_event_wait, for_seconds, self._bits, seconds)
        if status < 0:
            raise error_of(status)
        return status == _library.OK

    def _at_fork_reinit(self) -> None:
        """Nothing: the library's own state is whole in the child of a fork."""
