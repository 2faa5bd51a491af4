"""Semaphore, BoundedSemaphore and SaturatingSemaphore: counts of units that are taken and given
back, by any thread."""

from __future__ import annotations

from operator import index
from types import TracebackType
from typing import Callable, ClassVar, Optional, Type

from libthreading import _library, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    SEMAPHORE_MAX,
    threading_bounded_semaphore_new,
    threading_saturating_semaphore_new,
    threading_semaphore_acquire,
    threading_semaphore_acquire_timeout,
    threading_semaphore_destroy,
    threading_semaphore_name,
    threading_semaphore_new,
    threading_semaphore_release,
    threading_semaphore_release_n,
    threading_semaphore_set_name,
    threading_semaphore_try_acquire,
    threading_semaphore_value,
)
from libthreading._named import NamedObject
from libthreading._object import make


class Semaphore(NamedObject):
    """A count of units: `with semaphore:` takes one and gives it back. It begins with value units,
    at most 268,435,455."""

    __module__ = "libthreading"
    _destroy = threading_semaphore_destroy
    _get_name = threading_semaphore_name
    _set_name = threading_semaphore_set_name
    _new: ClassVar[Callable[..., int]] = threading_semaphore_new

    def __init__(self, value: int = 1, *, name: Optional[str] = None) -> None:
        value = index(value)
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        if value > SEMAPHORE_MAX:
            raise OverflowError(f"semaphore initial value must be <= {SEMAPHORE_MAX}")
        self._begin(make(self._new, value), name)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"value={self._units()}"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}: {state}>"

    def _units(self) -> str:
        return str(self._value)

    @property
    def _value(self) -> int:
        return threading_semaphore_value(self._bits)  # type: ignore[no-any-return]

    def acquire(self, blocking: bool = True, timeout: Optional[float] = None) -> bool:
        """Takes a unit, and returns whether it did: always, unless blocking is false or a timeout
        in seconds is given.

        A timeout of 0 or less polls. Raises ValueError for one that is NaN, or given without
        blocking, and OverflowError for one over TIMEOUT_MAX.
        """
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        seconds = 0 if not blocking else None if timeout is None else _waiting.checked(timeout)
        # First without waiting: that keeps the GIL, and is what happens nearly always.
        status: int = threading_semaphore_try_acquire(self._bits)
        if status == _library.TIMEOUT and seconds != 0:
            status = _waiting.wait(
                threading_semaphore_acquire,
                threading_semaphore_acquire_timeout,
                self._bits,
                seconds,
            )
        if status < 0:
            raise error_of(status)
        return status == _library.OK

    __enter__ = acquire

    def release(self, n: int = 1) -> None:
        """Gives n units back, all or none, and wakes as many waiters.

        Raises ValueError if n is less than 1, or if a bounded semaphore would have more than it
        began with, and OverflowError if any other would have more than 268,435,455.
        """
        if index(n) < 1:
            raise ValueError("n must be one or more")
        if n == 1:
            status = threading_semaphore_release(self._bits)
        elif n > SEMAPHORE_MAX:
            status = _library.OVERFLOW
        else:
            status = threading_semaphore_release_n(self._bits, n)
        if status:
            raise self._overflow() if status == _library.OVERFLOW else error_of(status)

    def _overflow(self) -> Exception:
        return OverflowError(f"a semaphore has at most {SEMAPHORE_MAX} units")

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.release()


class BoundedSemaphore(Semaphore):
    """A semaphore that never has more units than it began with: one release too many raises
    ValueError."""

    __module__ = "libthreading"
    _new = threading_bounded_semaphore_new

    def __init__(self, value: int = 1, *, name: Optional[str] = None) -> None:
        super().__init__(value, name=name)
        self._initial_value = value

    def _units(self) -> str:
        return f"{self._value}/{self._initial_value}"

    def _overflow(self) -> Exception:
        return ValueError("Semaphore released too many times")


class SaturatingSemaphore(Semaphore):
    """A semaphore that never has more than most units: a release beyond that adds nothing. With a
    most of 1 it is an auto-reset event: release sets it, and whoever acquires it resets it."""

    __module__ = "libthreading"

    def __init__(self, value: int = 0, most: int = 1, *, name: Optional[str] = None) -> None:
        value, most = index(value), index(most)
        if not 0 <= value <= most or most < 1:
            raise ValueError("semaphore initial value must be 0 to most, and most 1 or more")
        if most > SEMAPHORE_MAX:
            raise OverflowError(f"most must be <= {SEMAPHORE_MAX}")
        self._most = most
        self._begin(make(threading_saturating_semaphore_new, value, most), name)

    def release(self, n: int = 1) -> None:
        """Gives n units back, or as many as there is room for, and wakes as many waiters.

        Raises ValueError if n is less than 1.
        """
        super().release(min(index(n), self._most))

    def _units(self) -> str:
        return f"{self._value}/{self._most}"
