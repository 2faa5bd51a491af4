"""Which threads there are: the calling one, the main thread, and all that are alive."""

from __future__ import annotations

from typing import List, Optional

from libthreading import _library, _registry
from libthreading._library import (
    threading_active_count,
    threading_current_thread,
    threading_enumerate,
    threading_main_thread,
)
from libthreading._lists import listed
from libthreading._registry import current as _current
from libthreading.thread import Thread, _DummyThread, _MainThread

_main: Optional[Thread] = None


def of(bits: int) -> Thread:
    """The Thread of a handle."""
    # When the interpreter ends, the main thread's object may be all that is left.
    if _main is not None and _main._bits == bits:
        return _main
    return _registry.find(bits) or _DummyThread(bits)


def current_thread() -> Thread:
    """The calling thread; for one that was not started by this package, an object named Dummy-N."""
    try:
        return _current.thread  # type: ignore[no-any-return]
    except AttributeError:
        bits = threading_current_thread()
        if not bits:
            raise MemoryError("no memory for a record of the calling thread") from None
        _current.thread = of(bits)
        return _current.thread  # type: ignore[no-any-return]


def main_thread() -> Thread:
    """The thread that the process began with; after a fork, the one that forked."""
    assert _main is not None
    return _main


def active_count() -> int:
    """How many threads are alive: the main thread, those that were started and have not ended, and
    dummies."""
    return threading_active_count()  # type: ignore[no-any-return]


def enumerate() -> List[Thread]:
    """The threads that are alive: the main thread, those that were started and have not ended, and
    dummies."""
    found = listed(_library.handle, threading_enumerate, threading_active_count() + 8)
    return [of(bits) for bits in found if _registry.is_thread(bits)]


def begin() -> None:
    """Finds the main thread: at first, and in the child of a fork."""
    global _main
    bits = threading_main_thread()
    thread = _registry.find(bits)
    _main = _MainThread(bits) if thread is None or type(thread) is _DummyThread else thread
    if threading_current_thread() == bits:
        _registry.enter(_main)
