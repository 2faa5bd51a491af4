"""Lock: held by one thread at a time, released by any."""

from __future__ import annotations

from types import TracebackType
from typing import Optional, Type

from libthreading import _library, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    threading_lock_acquire,
    threading_lock_acquire_timeout,
    threading_lock_destroy,
    threading_lock_locked,
    threading_lock_name,
    threading_lock_new,
    threading_lock_release,
    threading_lock_set_name,
    threading_lock_try_acquire,
)
from libthreading._named import NamedObject
from libthreading._object import make


class Lock(NamedObject):
    """A lock: `with lock:` holds it. A thread that holds it already waits for another to release
    it."""

    __module__ = "libthreading"
    _destroy = threading_lock_destroy
    _get_name = threading_lock_name
    _set_name = threading_lock_set_name

    def __init__(self, *, name: Optional[str] = None) -> None:
        self._begin(make(threading_lock_new), name)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "locked" if self.locked() else "unlocked"
        return (
            f"<{state} {type(self).__module__}.{type(self).__qualname__} object at {id(self):#x}>"
        )

    def __del__(self) -> None:
        # Nobody can release it any more: it would stay held, and its handle in use.
        if self._bits and not self._closed and threading_lock_locked(self._bits):
            threading_lock_release(self._bits)
        super().__del__()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Takes the lock, and returns whether it did: always, unless blocking is false or a timeout
        in seconds is given.

        -1 waits as long as it takes. Raises ValueError for a timeout that is NaN, negative, or
        given without blocking, and OverflowError for one over TIMEOUT_MAX.
        """
        # First without waiting: that keeps the GIL, and is what happens nearly always.
        if timeout == -1 and not threading_lock_try_acquire(self._bits):
            return True
        return self._acquire(_waiting.of_acquire(blocking, timeout))

    def _acquire(self, seconds: Optional[float]) -> bool:
        status: int = threading_lock_try_acquire(self._bits)
        if status == _library.TIMEOUT and seconds != 0:
            status = _waiting.wait(
                threading_lock_acquire, threading_lock_acquire_timeout, self._bits, seconds
            )
        if status < 0:
            raise error_of(status)
        return status == _library.OK

    def release(self) -> None:
        """Releases the lock, whoever holds it. Raises RuntimeError if nobody does."""
        status = threading_lock_release(self._bits)
        if status:
            raise (
                RuntimeError("release unlocked lock")
                if status == _library.NOT_ACQUIRED
                else error_of(status)
            )

    def locked(self) -> bool:
        """Whether somebody holds the lock at this moment."""
        return threading_lock_locked(self._bits) or self._no()

    def __enter__(self) -> bool:
        return not threading_lock_try_acquire(self._bits) or self._acquire(None)

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        """Releases the lock in the child of a fork, in which its holder may not exist."""
        if self.locked():
            self.release()
