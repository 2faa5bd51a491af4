"""Which Python object stands for which thread of the library."""

from __future__ import annotations

import _thread
import weakref
from typing import TYPE_CHECKING, Callable, List, Optional, Set

from libthreading import _library
from libthreading._library import (
    threading_active_count,
    threading_current_thread,
    threading_enumerate,
    threading_main_thread,
    threading_thread_is_alive,
)

if TYPE_CHECKING:
    from libthreading.thread import Thread

# The Thread of each handle that has one. A thread that runs refers to its own.
_threads: weakref.WeakValueDictionary[int, Thread] = weakref.WeakValueDictionary()

# All Thread objects that there are; CPython's tests look at it to find those that were left.
dangling: weakref.WeakSet[Thread] = weakref.WeakSet()

# The calling thread's own Thread. CPython's local, because it lasts as long as the thread can run Python code.
_current = _thread._local()

# Threads whose Thread has gone, and which are about to end. enumerate() leaves them out.
_given_up: Set[int] = set()
_PRUNE_AT = 64

_main: Optional[Thread] = None
_make_dummy: Callable[[int], Thread]


def add(thread: Thread) -> None:
    _threads[thread._bits] = thread
    dangling.add(thread)


def enter(thread: Thread) -> None:
    """Makes it the calling thread's Thread."""
    _current.thread = thread


def give_up(bits: int) -> None:
    if not threading_thread_is_alive(bits):
        return
    if len(_given_up) >= _PRUNE_AT:
        _given_up.intersection_update([other for other in list(_given_up) if threading_thread_is_alive(other)])
    _given_up.add(bits)


def _of(bits: int) -> Thread:
    # When the interpreter ends, the main thread's object may be all that is left.
    if _main is not None and _main._bits == bits:
        return _main
    return _threads.get(bits) or _make_dummy(bits)


def current_thread() -> Thread:
    """The calling thread; for one that was not started by this package, an object named Dummy-N."""
    try:
        return _current.thread  # type: ignore[no-any-return]
    except AttributeError:
        bits = threading_current_thread()
        if not bits:
            raise MemoryError("no memory for a record of the calling thread") from None
        _current.thread = _of(bits)
        return _current.thread  # type: ignore[no-any-return]


def main_thread() -> Thread:
    """The thread that the process began with; after a fork, the one that forked."""
    assert _main is not None
    return _main


def active_count() -> int:
    """How many threads are alive: the main thread, those that were started and have not ended, and dummies."""
    return threading_active_count()  # type: ignore[no-any-return]


def enumerate() -> List[Thread]:
    """The threads that are alive: the main thread, those that were started and have not ended, and dummies."""
    capacity = threading_active_count() + 8
    while True:
        array = (_library.handle * capacity)()
        count = threading_enumerate(array, capacity)
        if count < capacity:
            break
        capacity *= 2
    # One that has ended meanwhile and has no Thread is no thread any more.
    return [
        _of(bits)
        for bits in array[:count]
        if bits in _threads or (bits not in _given_up and threading_thread_is_alive(bits))
    ]


def begin(make_main: Callable[[int], Thread], make_dummy: Callable[[int], Thread]) -> None:
    """Finds the main thread: at first, and in the child of a fork."""
    global _main, _make_dummy
    _make_dummy = make_dummy
    bits = threading_main_thread()
    thread = _threads.get(bits)
    _main = make_main(bits) if thread is None or type(thread) is make_dummy else thread
    if threading_current_thread() == bits:
        enter(_main)
