"""The end of the interpreter, and the child of a fork."""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import signal
import sys
import threading
from typing import Any, Callable, Dict

from libthreading import _library, _threads, _waiting, thread, timer, watching
from libthreading._errors import error_of
from libthreading._library import threading_register_atexit, threading_shutdown_timeout

# The library calls one function for all that was registered, with a number that tells which it is.
_keys = itertools.count(1)
_registered: Dict[int, Callable[[], object]] = {}
_has_begun = False


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

    What a signal handler raises meanwhile is raised when all of that is done, since Python 3.14:
    the interpreter would go on to its end, where other threads hang, and the process would wait
    for them for ever. After a KeyboardInterrupt the next Ctrl-C ends the process.
    """
    global _has_begun
    _has_begun = True
    raised = None
    status = _library.TIMEOUT
    while status == _library.TIMEOUT:
        try:
            status = _wait_a_little()
        except BaseException as error:
            if sys.version_info < (3, 14):
                raise
            raised = raised or error
            if isinstance(error, KeyboardInterrupt) and _waiting.in_signal_thread():
                signal.signal(signal.SIGINT, signal.SIG_DFL)
    if status:
        raise error_of(status)
    timer.cancel_all()
    watching.set_deadlock_hook(None)
    if raised is not None:
        raise raised


def _wait_a_little() -> int:
    """The status of the shutdown; TIMEOUT: threads have yet to end, or to begin to run."""
    status: int = threading_shutdown_timeout(_waiting.SLICE)
    if status == 0:
        for key, (_, begun) in list(thread._starting.items()):
            if not begun.wait(_waiting.SLICE) and key in thread._starting:
                return _library.TIMEOUT
    return status


def _shutdown_if_left_out() -> None:
    # There may be no such function as below, or one that another package has registered there
    # raises: then Python leaves out the rest.
    if not _has_begun:
        shutdown()


def _after_fork_in_child() -> None:
    global _has_begun
    _has_begun = False
    # Threads that do not exist here any more will not take these away.
    thread._starting.clear()
    timer._pending.clear()
    _threads.begin()


os.register_at_fork(after_in_child=_after_fork_in_child)
try:
    # Before the atexit functions, as for Python's own threads.
    threading._register_atexit(shutdown)  # type: ignore[attr-defined]
except (AttributeError, RuntimeError):
    pass
atexit.register(_shutdown_if_left_out)
_threads.begin()
