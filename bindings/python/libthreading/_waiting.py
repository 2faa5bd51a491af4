"""How Python waits: timeouts as threading takes them, and waits that a signal handler can
interrupt.

A wait of the library is ended by no signal, and Python runs signal handlers only in its main
thread, between two steps of the interpreter. So the main thread waits in slices: a handler, such as
that of Ctrl-C, runs at most SLICE seconds late. All other threads wait without interruption.
"""

import _thread
import os
import threading
from math import isnan
from time import monotonic
from typing import Any, Callable, Optional

from libthreading._library import TIMEOUT, TIMEOUT_MAX

# Seconds. Each slice costs the waiting main thread one wake-up, and its place in the queue.
SLICE = 0.05

# The thread in which Python runs signal handlers, by pthread's number, which is quicker to ask for
# than the library's.
_signal_thread = threading.main_thread().ident
_get_ident = _thread.get_ident

Call = Callable[..., int]


def _after_fork() -> None:
    global _signal_thread
    _signal_thread = _get_ident()


os.register_at_fork(after_in_child=_after_fork)


def in_signal_thread() -> bool:
    """Whether signal handlers written in Python run in the calling thread."""
    return _get_ident() == _signal_thread


def checked(seconds: float) -> float:
    """The timeout, if the library takes it; negative ones poll. Raises what CPython raises if
    not."""
    if seconds > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    if isnan(seconds):
        raise ValueError("Invalid value NaN (not a number)")
    return seconds


def of_acquire(blocking: bool, timeout: float) -> Optional[float]:
    """The timeout that the arguments of Lock.acquire mean: 0 to poll, None to wait as long as it
    takes."""
    if not blocking:
        if timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0
    if timeout == -1:
        return None
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    return checked(timeout)


def wait(for_ever: Call, for_seconds: Call, bits: Any, seconds: Optional[float], *out: Any) -> int:
    """Calls one of the library's two functions of a wait, and returns the status. Not for what
    changes when the time runs out."""
    if not in_signal_thread():
        return for_ever(bits, *out) if seconds is None else for_seconds(bits, seconds, *out)
    if seconds is None:
        while (status := for_seconds(bits, SLICE, *out)) == TIMEOUT:
            pass
        return status
    end = monotonic() + seconds
    left = seconds
    while left > SLICE:
        status = for_seconds(bits, SLICE, *out)
        if status != TIMEOUT:
            return status
        left = end - monotonic()
    return for_seconds(bits, left, *out)
