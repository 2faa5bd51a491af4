"""Which Python object stands for which thread of the library."""

from __future__ import annotations

import _thread
import weakref
from typing import Any, Protocol, Set

from libthreading._library import threading_thread_is_alive


class Registered(Protocol):
    """What is kept here: a Thread, of which no more need be known than its handle."""

    _bits: int


# The Thread of each handle that has one. A thread that runs refers to its own.
_threads: weakref.WeakValueDictionary[int, Registered] = weakref.WeakValueDictionary()

# All Thread objects that there are; CPython's tests look at it to find those that were left.
dangling: weakref.WeakSet[Registered] = weakref.WeakSet()

# The calling thread's own Thread, once it has one. CPython's local, because it lasts as long as the
# thread can run Python code.
current: Any = _thread._local()

# Threads whose Thread has gone, and which are about to end. enumerate() leaves them out.
_given_up: Set[int] = set()
_PRUNE_AT = 64


def add(thread: Registered) -> None:
    _threads[thread._bits] = thread
    dangling.add(thread)


def enter(thread: Registered) -> None:
    """Makes it the calling thread's Thread."""
    current.thread = thread


def give_up(bits: int) -> None:
    if not threading_thread_is_alive(bits):
        return
    if len(_given_up) >= _PRUNE_AT:
        alive = [other for other in list(_given_up) if threading_thread_is_alive(other)]
        _given_up.intersection_update(alive)
    _given_up.add(bits)


def find(bits: int) -> Any:
    """The Thread of a handle, or None."""
    return _threads.get(bits)


def is_thread(bits: int) -> bool:
    """Whether a handle that was listed as alive stands for a thread still."""
    # One that has ended meanwhile and has no Thread is no thread any more.
    return bits in _threads or (bits not in _given_up and threading_thread_is_alive(bits))
