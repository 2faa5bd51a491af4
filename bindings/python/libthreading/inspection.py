"""A look into the running program: who waits for what and for whom, since when, and which threads
wait for each other."""

from __future__ import annotations

import ctypes
import math
import os
import sys
from typing import Any, BinaryIO, Callable, Dict, List, NamedTuple, Optional

from libthreading import _library, _names, _registry, _threads
from libthreading._errors import error_of
from libthreading._library import (
    threading_active_count,
    threading_contention_reset,
    threading_contention_top,
    threading_dump,
    threading_dump_json,
    threading_find_deadlock,
    threading_thread_waiting_for,
    threading_waits,
)
from libthreading._lists import listed
from libthreading.thread import Thread

KINDS = {
    getattr(_library, name): name[len("KIND_") :].lower()
    for name in vars(_library)
    if name.startswith("KIND_")
}
CERTAINTIES = {
    _library.CERTAINTY_PROBABLE: "probable",
    _library.CERTAINTY_CERTAIN: "certain",
}
_MOST = 2**31 - 1


def name_of(kind: str, object: Optional[int]) -> Optional[str]:
    """The name of an object of that kind; None if it has none, or has ended."""
    get = getattr(_library, f"threading_{kind}_name", None)
    if get is None or object is None:
        return None
    try:
        return _names.read(get, object) or None
    except RuntimeError:
        return None


class Wait(NamedTuple):
    """What one thread waits for."""

    # The thread that waits; None for one that is not Python's and that nobody has asked for.
    thread: Optional[Thread]
    # Its ident, and the operating system's number of it, if that is known.
    ident: int
    native_id: Optional[int]
    # What kind of thing it waits for: "lock", "rlock", "rwlock", "condition", "semaphore",
    # "event", "barrier", "latch", "queue", "stop", "thread" (the end of one), "sleep", or "library"
    # (something of the library's own).
    kind: str
    # The number of that thing, which a dump shows too; None for what is no object.
    object: Optional[int]
    # The ident of the thread that holds the lock or rlock, that writes the rwlock, or whose end is
    # waited for; None if nobody is known.
    holder: Optional[int]
    # For how many seconds it has waited, and for how many more it waits at most; None: no time-out.
    seconds: float
    remaining: Optional[float]
    # The address to which the blocked call returns; None if it is not known.
    site: Optional[int]

    @property
    def name(self) -> Optional[str]:
        """The name of what it waits for; None if that has none, or has ended."""
        return name_of(self.kind, self.object)


class Deadlock(NamedTuple):
    """Threads that wait for each other in a circle."""

    # What they wait for, each for the next one, and the last for the first.
    waits: List[Wait]
    # "certain": for ever. "probable": until a thread that is none of them releases a Lock of
    # theirs, which any thread may do.
    certainty: str


class Contended(NamedTuple):
    """How a Lock, RLock or Semaphore was waited for."""

    # What it is: "lock", "rlock" or "semaphore".
    kind: str
    # Its number, which a dump shows too.
    object: int
    # How many waits have acquired it, and how many ran out of time.
    waits: int
    timeouts: int
    # How many seconds the waits were together that acquired it, and the longest of them.
    total: float
    longest: float
    # The ident of the thread that held it when the longest wait began; None if it is not known.
    longest_holder: Optional[int]

    @property
    def name(self) -> Optional[str]:
        """Its name; None if it has none, or has ended."""
        return name_of(self.kind, self.object)


def wait_of(seen: Any) -> Wait:
    """What the library has seen, for Python."""
    known = seen.thread and _registry.is_thread(seen.thread)
    return Wait(
        thread=_threads.of(seen.thread) if known else None,
        ident=seen.ident,
        native_id=seen.native_id or None,
        kind=KINDS.get(seen.kind, "object"),
        object=seen.object or None,
        holder=seen.holder or None,
        seconds=seen.seconds,
        remaining=None if math.isinf(seen.remaining) else seen.remaining,
        site=seen.site,
    )


def waits() -> List[Wait]:
    """What the threads of the process wait for at this moment.

    A thread that runs, or that waits for something that is not of this package, has no entry. No
    thread is stopped, so each entry is true at a moment of its own. The main thread waits in slices
    of 0.05 seconds, and so seems to have a time-out always.
    """
    found = listed(_library.wait, threading_waits, threading_active_count() + 8)
    return [wait_of(seen) for seen in found]


def waiting_for(thread: Thread) -> Optional[Wait]:
    """What that thread waits for at this moment; None if it runs, has not started or has ended, or
    waits for something that is not of this package."""
    seen = _library.wait()
    status = threading_thread_waiting_for(thread._bits, ctypes.byref(seen))
    if status == _library.NO_VALUE:
        return None
    if status:
        raise error_of(status)
    return wait_of(seen)


def find_deadlock() -> Optional[Deadlock]:
    """Looks for threads that wait for each other in a circle, without a time-out, for locks, rlocks
    and ends of threads; None if there are none.

    Threads that move are never taken for a deadlock. A Lock that another thread than its holder has
    released is left out, and so is a thread that waits for a lock which it acquired itself, unless
    the lock is owned; and the main thread, which waits in slices of 0.05 seconds.
    """
    capacity = 8
    while True:
        array, certainty = (_library.wait * capacity)(), ctypes.c_int32()
        count: int = threading_find_deadlock(array, capacity, ctypes.byref(certainty))
        if count == 0:
            return None
        if count <= capacity:
            return Deadlock(
                [wait_of(seen) for seen in array[:count]], CERTAINTIES[certainty.value]
            )
        capacity = count


def contention() -> List[Contended]:
    """The Locks, RLocks and Semaphores that threads have waited for, those first whose waits took
    longest together.

    An acquire that finds one free, or gets it after a few microseconds of spinning, is no wait. A
    wait of the main thread counts as many, most of which run out of time, since it waits in slices
    of 0.05 seconds. Nothing has to be switched on before.
    """
    return [
        Contended(
            kind=KINDS.get(seen.kind, "object"),
            object=seen.object,
            waits=seen.waits,
            timeouts=seen.timeouts,
            total=seen.total,
            longest=seen.longest,
            longest_holder=seen.longest_holder or None,
        )
        for seen in listed(_library.contention, threading_contention_top)
    ]


def contention_reset() -> None:
    """Begins to count waits anew; those that end at the same time are counted before or after."""
    threading_contention_reset()


def descriptor_of(file: Any) -> int:
    """The descriptor that file is, or has; what file has buffered is written first."""
    if file is None:
        file = sys.stderr
        if file is None:
            raise RuntimeError("sys.stderr is None")
    if isinstance(file, int):
        if not 0 <= file <= _MOST:
            raise ValueError("file is not a valid file descriptor")
        return file
    descriptor = file.fileno()
    if not isinstance(descriptor, int) or not 0 <= descriptor <= _MOST:
        raise RuntimeError("file.fileno() is not a valid file descriptor")
    try:
        file.flush()
    except Exception:  # as faulthandler does: the dump matters more
        pass
    return descriptor


def write(function: Callable[[int], int], descriptor: int) -> None:
    """Has a function of the library write to a descriptor."""
    status = function(descriptor)
    if status == _library.BUSY:
        raise RuntimeError("another dump is being written")
    if status == _library.INVALID_ARGUMENT:
        raise OSError(f"cannot write to descriptor {descriptor}, or no more")
    if status:
        raise error_of(status)


def dump(file: Any = None) -> None:
    """Writes what every thread does, waits for and holds, and the deadlocks, as text for people.

    file is a file object with fileno(), or a descriptor; sys.stderr without one. Raises OSError if
    it cannot be written to, and RuntimeError while another dump is being written.
    """
    write(threading_dump, descriptor_of(file))


def memory_file() -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("threading"), "w+b", buffering=0)
    import tempfile

    return tempfile.TemporaryFile(buffering=0)


def dump_json() -> Dict[str, Any]:
    """What dump writes, as a dictionary. The comment of threading_dump_json in the C header says
    what is in it. Raises RuntimeError while another dump is being written."""
    import json

    with memory_file() as file:
        write(threading_dump_json, file.fileno())
        file.seek(0)
        return json.loads(file.read())  # type: ignore[no-any-return]
