"""The end of the interpreter, and the child of a fork."""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import sys
import threading
from typing import Any, Callable, Dict

from libthreading import _library, _threads, _waiting, thread, timer, watching
from libthreading._errors import error_of
from libthreading._library import threading_register_atexit, threading_shutdown_timeout

# The library calls one function for all that was registered, with a number that tells which it is.
_keys = itertools.count(1)
_registered: Dict[int, Callable[[], object]] = {}


def _call(key: int) -> None:
    _registered.pop(key)()


_callback = _library.callback(_call)


def register_atexit(func: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    """Registers func(*args, **kwargs) to be called when the interpreter ends, before the threads
    are joined: the place to tell them to stop. The last registered is called first. Raises
    RuntimeError if the shutdown has begun."""
    key = next(_keys)
    _registered[key] = functools.partial(func, *args, **kwargs)
    status = threading_register_atexit(_callback, key)
    if status:
        del _registered[key]
        if status == _library.SHUTTING_DOWN:
            raise RuntimeError("can't register atexit after shutdown")
        raise error_of(status)


def shutdown() -> None:
    """Calls what was registered, and joins all threads that are not daemons. The interpreter does
    it at its end.

    Afterwards no thread can be started, and nothing of this package enters the interpreter for the
    first time.
    """
    while (status := threading_shutdown_timeout(_waiting.SLICE)) == _library.TIMEOUT:
        pass
    if status:
        raise error_of(status)
    for key, (_, begun) in list(thread._starting.items()):
        while key in thread._starting and not begun.wait(_waiting.SLICE):
            pass
    timer.cancel_all()
    watching.set_deadlock_hook(None)


def _after_fork_in_child() -> None:
    # Threads that do not exist here any more will not take these away.
    thread._starting.clear()
    timer._pending.clear()
    _threads.begin()


os.register_at_fork(after_in_child=_after_fork_in_child)
try:
    # Before the atexit functions, as for Python's own threads.
    threading._register_atexit(shutdown)  # type: ignore[attr-defined]
except (AttributeError, RuntimeError):
    atexit.register(shutdown)
_threads.begin()
