"""What looks into the running program by itself: dumps at a signal, a thread that looks for
deadlocks, and lines about calls that fail."""

from __future__ import annotations

import math
import os
from typing import Any, Callable, Optional, Union

from libthreading import _library
from libthreading._errors import error_of
from libthreading._library import (
    threading_dump_on_signal,
    threading_error_message,
    threading_report_mistakes,
    threading_set_deadlock_hook,
    threading_watch,
)
from libthreading.inspection import CERTAINTIES, Deadlock, wait_of

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
DeadlockHook = Callable[[Deadlock], object]

_hook: Optional[DeadlockHook] = None


def _check(status: int) -> None:
    if status in (_library.BUSY, _library.INVALID_ARGUMENT):
        # Which of several causes it is.
        message = threading_error_message().decode()
        raise (RuntimeError if status == _library.BUSY else ValueError)(message)
    if status:
        raise error_of(status)


def dump_on_signal(signum: int, path: Optional[Path] = None) -> None:
    """Has that signal, and no other, append what dump writes to a file whenever the process gets
    it, at once, whatever the interpreter does; 0: no signal does any more.

    %p in the path is the process's id. Without a path dumps go to descriptor 2. Reports of watch go
    there as well. Raises RuntimeError if the program handles or ignores the signal, as Python does
    with SIGINT and SIGPIPE; ValueError if there is no such signal, if it cannot be handled, or if
    the path is not UTF-8 or longer than 1,023 bytes.
    """
    encoded = None if path is None else os.fsencode(path)
    if encoded is not None and b"\0" in encoded:
        raise ValueError("a path has no null character")
    if not -(2**31) <= signum < 2**31:
        raise ValueError("there is no such signal")
    _check(threading_dump_on_signal(signum, encoded))


def watch(interval: Optional[float], patience: float = 0) -> None:
    """Has a thread of the library's look for deadlocks every interval seconds; None: no more.

    It prints each one once, to where dump_on_signal writes, and then calls the deadlock hook. One
    that another thread could end by releasing a Lock has to last for patience seconds before. It
    finds what find_deadlock finds. In a forked child there is no such thread until this is called
    there. Raises ValueError for an interval of 0 or less, and for NaN.
    """
    _check(threading_watch(math.inf if interval is None else interval, patience))


def _call(waits: Any, count: int, certainty: int, _context: Any) -> None:
    hook = _hook
    if hook is not None:
        hook(Deadlock([wait_of(seen) for seen in waits[:count]], CERTAINTIES[certainty]))


_callback = _library.deadlock_hook(_call)


def set_deadlock_hook(func: Optional[DeadlockHook]) -> None:
    """Sets what watch calls for each deadlock that it finds, with a Deadlock, in the thread that
    watches; None takes it away.

    It may still be running when the call returns. It must return, and must not acquire locks of the
    deadlock. What it raises goes to sys.unraisablehook.
    """
    global _hook
    if func is not None and not callable(func):
        raise TypeError(f"a hook is callable, not {type(func).__name__}")
    _hook = func
    _check(
        threading_set_deadlock_hook(
            _library.deadlock_hook() if func is None else _callback, None
        )
    )


def report_mistakes(on: bool) -> None:
    """Says whether each call of the library that fails prints one line to descriptor 2: once for
    each C function and each status, since Python calls them all from one place in C. A call whose
    exception is caught is one of them. THREADING_REPORT in the environment says the same, and
    counts more."""
    _check(threading_report_mistakes(on))
