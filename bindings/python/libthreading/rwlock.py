"""RWLock: any number of threads read, or one thread writes."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Callable, Optional, Type

from libthreading import _library, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    threading_rwlock_acquire_read,
    threading_rwlock_acquire_read_timeout,
    threading_rwlock_acquire_write,
    threading_rwlock_acquire_write_timeout,
    threading_rwlock_destroy,
    threading_rwlock_downgrade,
    threading_rwlock_name,
    threading_rwlock_new,
    threading_rwlock_readers,
    threading_rwlock_release_read,
    threading_rwlock_release_write,
    threading_rwlock_set_name,
    threading_rwlock_try_acquire_read,
    threading_rwlock_try_acquire_write,
    threading_rwlock_try_upgrade,
    threading_rwlock_write_locked,
    threading_rwlock_writer,
)
from libthreading._named import NamedObject
from libthreading._object import make


class _Holding:
    """What `with` holds: the rwlock, in one of the two ways."""

    def __init__(self, acquire: Callable[[], bool], release: Callable[[], None]) -> None:
        self._acquire, self._release = acquire, release

    def __enter__(self) -> None:
        self._acquire()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._release()


def _error_of(status: int) -> Exception:
    if status == _library.NOT_ACQUIRED:
        return RuntimeError("the rwlock is not held so")
    if status == _library.NOT_OWNER:
        return RuntimeError("another thread writes")
    if status == _library.WOULD_DEADLOCK:
        return RuntimeError("the caller would wait for itself")
    return error_of(status)


class RWLock(NamedObject):
    """A read-write lock: `with rwlock.reading():` and `with rwlock.writing():` hold it.

    While a writer waits, threads that come do not read, but a thread that reads, this rwlock or
    another, never waits for a writer that only waits. The thread that acquires releases.
    """

    __module__ = "libthreading"
    _destroy = threading_rwlock_destroy
    _get_name = threading_rwlock_name
    _set_name = threading_rwlock_set_name

    def __init__(self, *, name: Optional[str] = None) -> None:
        self._begin(make(threading_rwlock_new), name)

    def __repr__(self) -> str:
        state = "closed"
        if not self._closed:
            readers = threading_rwlock_readers(self._bits)
            state = "written" if self.write_locked() else f"readers={readers}"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}: {state}>"

    def reading(self) -> _Holding:
        """What `with` takes to read."""
        return _Holding(self.acquire_read, self.release_read)

    def writing(self) -> _Holding:
        """What `with` takes to write."""
        return _Holding(self.acquire_write, self.release_write)

    def acquire_read(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Takes it to read, and returns whether it did: always, unless blocking is false or a
        timeout in seconds is given.

        Arguments are those of Lock.acquire. Raises RuntimeError if the caller writes it, and
        OverflowError if there are too many reads.
        """
        return self._acquire(
            threading_rwlock_try_acquire_read,
            threading_rwlock_acquire_read,
            threading_rwlock_acquire_read_timeout,
            _waiting.of_acquire(blocking, timeout),
        )

    def acquire_write(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Takes it to write, and returns whether it did: always, unless blocking is false or a
        timeout in seconds is given.

        Arguments are those of Lock.acquire. Raises RuntimeError if the caller writes it, or reads
        it and no other.
        """
        return self._acquire(
            threading_rwlock_try_acquire_write,
            threading_rwlock_acquire_write,
            threading_rwlock_acquire_write_timeout,
            _waiting.of_acquire(blocking, timeout),
        )

    def _acquire(self, quick: Any, slow: Any, within: Any, seconds: Optional[float]) -> bool:
        # First without waiting: that keeps the GIL, and is what happens nearly always.
        status: int = quick(self._bits)
        if status == _library.TIMEOUT and seconds != 0:
            status = _waiting.wait(slow, within, self._bits, seconds)
        if status < 0:
            raise _error_of(status)
        return status == _library.OK

    def release_read(self) -> None:
        """Ends a read. Raises RuntimeError if nobody reads."""
        self._act(threading_rwlock_release_read)

    def release_write(self) -> None:
        """Ends the caller's write. Raises RuntimeError if the caller does not write."""
        self._act(threading_rwlock_release_write)

    def downgrade(self) -> None:
        """Makes the caller's write a read, with no other write in between. Raises RuntimeError if
        the caller does not write."""
        self._act(threading_rwlock_downgrade)

    def try_upgrade(self) -> bool:
        """Makes the caller's read a write if there is no other read at this moment, and returns
        whether it did; if not, the caller still reads. Raises RuntimeError if nobody reads."""
        return self._act(threading_rwlock_try_upgrade)

    def _act(self, function: Any) -> bool:
        status = function(self._bits)
        if status < 0:
            raise _error_of(status)
        return bool(status == _library.OK)

    def write_locked(self) -> bool:
        """Whether somebody writes at this moment."""
        return threading_rwlock_write_locked(self._bits) or self._no()

    @property
    def readers(self) -> int:
        """How many reads there are at this moment."""
        return threading_rwlock_readers(self._bits) or int(self._no())

    @property
    def writer(self) -> int:
        """The ident of the thread that writes; 0 if nobody does."""
        return threading_rwlock_writer(self._bits) or int(self._no())
