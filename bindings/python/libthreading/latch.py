"""Latch: a count that threads count down, and wait for to become 0."""

from __future__ import annotations

from operator import index
from typing import Optional

from libthreading import _library, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    LATCH_MAX,
    threading_latch_count,
    threading_latch_count_down,
    threading_latch_count_down_n,
    threading_latch_count_up_n,
    threading_latch_destroy,
    threading_latch_is_open,
    threading_latch_name,
    threading_latch_new,
    threading_latch_set_name,
    threading_latch_wait,
    threading_latch_wait_timeout,
)
from libthreading._named import NamedObject
from libthreading._object import make


class Latch(NamedObject):
    """A count, at most 67,108,864, that threads count down. When it is 0 the latch is open, and
    stays open."""

    __module__ = "libthreading"
    _destroy = threading_latch_destroy
    _get_name = threading_latch_name
    _set_name = threading_latch_set_name

    def __init__(self, count: int, *, name: Optional[str] = None) -> None:
        count = index(count)
        if count < 0:
            raise ValueError("the count of a latch must be >= 0")
        if count > LATCH_MAX:
            raise OverflowError(f"the count of a latch must be <= {LATCH_MAX}")
        self._begin(make(threading_latch_new, count), name)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"count={threading_latch_count(self._bits)}"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}: {state}>"

    @property
    def count(self) -> int:
        """The count at this moment."""
        return threading_latch_count(self._bits) or int(self._no())

    def is_open(self) -> bool:
        """Whether the count is 0."""
        return threading_latch_is_open(self._bits) or self._no()

    def count_down(self, n: int = 1) -> None:
        """Counts down by n, or not at all: everyone who waits goes on if that makes 0.

        Raises ValueError if n is less than 1, and OverflowError if the count is less than n.
        """
        if n == 1:
            status = threading_latch_count_down(self._bits)
        else:
            status = threading_latch_count_down_n(self._bits, self._checked(n))
        if status:
            raise self._error_of(status)

    def count_up(self, n: int = 1) -> None:
        """Counts up by n, or not at all, for work that makes more work.

        Raises ValueError if n is less than 1, OverflowError if the count would be more than
        67,108,864, and RuntimeError if the latch is open already.
        """
        status = threading_latch_count_up_n(self._bits, self._checked(n))
        if status:
            raise self._error_of(status)

    @staticmethod
    def _checked(n: int) -> int:
        if index(n) < 1:
            raise ValueError("n must be one or more")
        # What is more than this is more than any latch can count, either way.
        return min(n, LATCH_MAX + 1)

    @staticmethod
    def _error_of(status: int) -> Exception:
        if status == _library.OVERFLOW:
            return OverflowError(f"a latch counts from 0 to {LATCH_MAX}")
        if status == _library.BROKEN:
            return RuntimeError("the latch is open already")
        return error_of(status)

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until it is open, for at most timeout seconds, and returns whether it is: always,
        without a timeout.

        0 or less polls. Raises ValueError for NaN, and OverflowError for a timeout over
        TIMEOUT_MAX.
        """
        seconds = None if timeout is None else _waiting.checked(timeout)
        status = _waiting.wait(
            threading_latch_wait, threading_latch_wait_timeout, self._bits, seconds
        )
        if status < 0:
            raise error_of(status)
        return status == _library.OK
