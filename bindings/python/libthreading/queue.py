"""Queue: threads put items into it, and others take them out, as with queue.Queue."""

from __future__ import annotations

import ctypes
import queue
from itertools import count
from operator import index
from typing import Any, Dict, Generic, List, Optional, TypeVar

from libthreading import _library, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    QUEUE_MAX,
    threading_queue_destroy,
    threading_queue_drain,
    threading_queue_get,
    threading_queue_get_timeout,
    threading_queue_is_shut,
    threading_queue_join,
    threading_queue_join_timeout,
    threading_queue_maxsize,
    threading_queue_name,
    threading_queue_new,
    threading_queue_put,
    threading_queue_put_timeout,
    threading_queue_set_name,
    threading_queue_shutdown,
    threading_queue_size,
    threading_queue_task_done,
    threading_queue_try_get,
    threading_queue_try_put,
)
from libthreading._named import NamedObject
from libthreading._object import make

T = TypeVar("T")

Empty = queue.Empty
Full = queue.Full

try:
    from queue import ShutDown as ShutDown  # type: ignore[attr-defined, unused-ignore]
except ImportError:

    class ShutDown(Exception):  # type: ignore[no-redef]
        """The queue was shut down."""

        __module__ = "libthreading"


def _drained(bits: int) -> List[int]:
    """The keys of all items that are there."""
    keys: List[int] = []
    some = (ctypes.c_void_p * 64)()
    taken = ctypes.c_size_t(len(some))
    while taken.value == len(some):
        status = threading_queue_drain(bits, some, len(some), ctypes.byref(taken))
        if status:
            raise error_of(status)
        keys += [some[place] or 0 for place in range(taken.value)]
    return keys


def _end(bits: int) -> int:
    """Destroys a queue, and its items with it."""
    some = (ctypes.c_void_p * 64)()
    taken = ctypes.c_size_t(1)
    while taken.value and not threading_queue_drain(bits, some, len(some), ctypes.byref(taken)):
        pass
    return threading_queue_destroy(bits)  # type: ignore[no-any-return]


def _put_timeout(bits: int, seconds: float, key: int) -> int:
    return threading_queue_put_timeout(bits, key, seconds)  # type: ignore[no-any-return]


class Queue(NamedObject, Generic[T]):
    """A queue of at most maxsize items, 1 to 67,108,864, which come out in the order of the puts.

    It is queue.Queue as of Python 3.13, but that it always has a limit, and that its way of keeping
    items cannot be overridden. What is in it ends with it.
    """

    __module__ = "libthreading"
    _destroy = staticmethod(_end)
    _get_name = threading_queue_name
    _set_name = threading_queue_set_name

    def __init__(self, maxsize: int, *, name: Optional[str] = None) -> None:
        if not 1 <= index(maxsize) <= QUEUE_MAX:
            raise ValueError(f"the maxsize of a queue must be from 1 to {QUEUE_MAX}")
        # The library keeps keys of the items.
        self._items: Dict[int, T] = {}
        self._keys = count(1)
        self._begin(make(threading_queue_new, maxsize), name)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self.qsize()} of {self.maxsize}"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}: {state}>"

    @property
    def maxsize(self) -> int:
        """How many items there may be."""
        return threading_queue_maxsize(self._bits) or int(self._no())

    @property
    def is_shutdown(self) -> bool:
        """Whether it was shut down."""
        return threading_queue_is_shut(self._bits) or self._no()

    def qsize(self) -> int:
        """How many items there are at this moment."""
        return threading_queue_size(self._bits) or int(self._no())

    def empty(self) -> bool:
        """Whether there is no item at this moment."""
        return not self.qsize()

    def full(self) -> bool:
        """Whether there is no room at this moment."""
        return self.qsize() >= self.maxsize

    def put(self, item: T, block: bool = True, timeout: Optional[float] = None) -> None:
        """Puts an item, as soon as there is room.

        Raises Full if there is none at once, without block, or within timeout seconds; ShutDown if
        the queue was shut down, and ValueError if the timeout is negative.
        """
        seconds = self._checked(timeout) if block else None
        key = next(self._keys)
        self._items[key] = item
        try:
            status = threading_queue_try_put(self._bits, key)
            if status == _library.TIMEOUT and block:
                status = _waiting.wait(threading_queue_put, _put_timeout, self._bits, seconds, key)
        except BaseException:
            # As a handler of signals raises it, between two attempts.
            self._items.pop(key, None)
            raise
        if status:
            self._items.pop(key, None)
            self._raise(status, Full)

    def put_nowait(self, item: T) -> None:
        """put(item, block=False)"""
        self.put(item, block=False)

    def get(self, block: bool = True, timeout: Optional[float] = None) -> T:
        """Takes the item that was put first, as soon as there is one, and returns it.

        Raises Empty if there is none at once, without block, or within timeout seconds; ShutDown if
        the queue was shut down and is empty, and ValueError if the timeout is negative.
        """
        seconds = self._checked(timeout) if block else None
        key = ctypes.c_void_p()
        place = ctypes.byref(key)
        status = threading_queue_try_get(self._bits, place)
        if status == _library.TIMEOUT and block:
            status = _waiting.wait(
                threading_queue_get,
                threading_queue_get_timeout,
                self._bits,
                seconds,
                place,
            )
        if status:
            self._raise(status, Empty)
        return self._items.pop(key.value or 0)

    def get_nowait(self) -> T:
        """get(block=False)"""
        return self.get(block=False)

    @staticmethod
    def _checked(timeout: Optional[float]) -> Optional[float]:
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        return None if timeout is None else _waiting.checked(timeout)

    @staticmethod
    def _raise(status: int, timed_out: Any) -> None:
        if status == _library.TIMEOUT:
            raise timed_out
        if status == _library.CLOSED:
            raise ShutDown
        raise error_of(status)

    def shutdown(self, immediate: bool = False) -> None:
        """From now on puts raise ShutDown, and gets do when the queue is empty; with immediate the
        queue is emptied."""
        status = threading_queue_shutdown(self._bits, immediate)
        if status:
            raise error_of(status)
        if immediate:
            self.drain()

    def drain(self) -> List[T]:
        """Takes all items that are there."""
        return [self._items.pop(key) for key in _drained(self._bits)]

    def task_done(self) -> None:
        """Says that the task of an item is done. Raises ValueError if all are."""
        status = threading_queue_task_done(self._bits)
        if status == _library.OVERFLOW:
            raise ValueError("task_done() called too many times")
        if status:
            raise error_of(status)

    def join(self, timeout: Optional[float] = None) -> bool:
        """Waits until the tasks of all items are done, for at most timeout seconds, and returns
        whether they are: always, without a timeout."""
        seconds = None if timeout is None else _waiting.checked(timeout)
        status = _waiting.wait(
            threading_queue_join, threading_queue_join_timeout, self._bits, seconds
        )
        if status < 0:
            raise error_of(status)
        return status == _library.OK
