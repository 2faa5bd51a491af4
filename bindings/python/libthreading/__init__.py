"""Python's threading, on the library libthreading: the same classes and functions, under the same
names.

`import libthreading as threading` is the whole change to a program. The README tells what differs.
"""

import importlib as _importlib
import sys as _sys
import typing as _typing

from libthreading import _excepthook
from libthreading._errors import BrokenBarrierError, DestroyedError, ThreadError
from libthreading._excepthook import ExceptHookArgs, excepthook
from libthreading._hooks import getprofile, gettrace, setprofile, settrace
from libthreading._library import TIMEOUT_MAX
from libthreading._library import threading_get_ident as _threading_get_ident
from libthreading._library import threading_get_native_id as _threading_get_native_id
from libthreading._registry import dangling as _dangling
from libthreading._stack import stack_size
from libthreading._threads import active_count, current_thread, enumerate, main_thread
from libthreading.barrier import Barrier
from libthreading.condition import Condition
from libthreading.event import Event
from libthreading.inspection import (
    Contended,
    Deadlock,
    Wait,
    contention,
    contention_reset,
    dump,
    dump_json,
    find_deadlock,
    waiting_for,
    waits,
)
from libthreading.latch import Latch
from libthreading.local import local
from libthreading.lock import Lock
from libthreading.periodic_timer import PeriodicTimer
from libthreading.queue import Empty, Full, Queue, ShutDown
from libthreading.recording import Hold, holds, inspect
from libthreading.rlock import RLock
from libthreading.rwlock import RWLock
from libthreading.semaphore import BoundedSemaphore, SaturatingSemaphore, Semaphore
from libthreading.stop import Stop, wait_any
from libthreading.thread import Priority, Thread, _DummyThread, _MainThread
from libthreading.timeline import mark, report_html, timeline, timeline_json
from libthreading.timer import Timer
from libthreading.watching import dump_on_signal, report_mistakes, set_deadlock_hook, watch
from libthreading._shutdown import register_atexit as _register_atexit
from libthreading._shutdown import shutdown as _shutdown

if _typing.TYPE_CHECKING:
    from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, CancelledError
    from concurrent.futures import TimeoutError as TimeoutError
    from concurrent.futures import as_completed, wait

    from libthreading.executor import Executor, Future

__all__ = [
    "ALL_COMPLETED",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "TIMEOUT_MAX",
    "Barrier",
    "BoundedSemaphore",
    "BrokenBarrierError",
    "CancelledError",
    "Condition",
    "Contended",
    "Deadlock",
    "DestroyedError",
    "Empty",
    "Event",
    "ExceptHookArgs",
    "Executor",
    "Full",
    "Future",
    "Hold",
    "Latch",
    "Lock",
    "PeriodicTimer",
    "Priority",
    "Queue",
    "RLock",
    "RWLock",
    "SaturatingSemaphore",
    "Semaphore",
    "ShutDown",
    "Stop",
    "Thread",
    "ThreadError",
    "Timer",
    "Wait",
    "active_count",
    "as_completed",
    "contention",
    "contention_reset",
    "current_thread",
    "dump",
    "dump_json",
    "dump_on_signal",
    "enumerate",
    "excepthook",
    "find_deadlock",
    "get_ident",
    "get_native_id",
    "getprofile",
    "gettrace",
    "holds",
    "inspect",
    "local",
    "main_thread",
    "mark",
    "report_html",
    "report_mistakes",
    "set_deadlock_hook",
    "setprofile",
    "settrace",
    "stack_size",
    "timeline",
    "timeline_json",
    "wait",
    "wait_any",
    "waiting_for",
    "waits",
    "watch",
]

__excepthook__ = excepthook
# Where anybody may put another hook in its place.
_excepthook.look_in(_sys.modules[__name__])

# What is imported when it is asked for, and from where. concurrent.futures imports logging, which
# imports threading, in whose place a program may want to put this package first.
_LATER = {
    "Executor": "libthreading.executor",
    "Future": "libthreading.executor",
    "ALL_COMPLETED": "concurrent.futures",
    "FIRST_COMPLETED": "concurrent.futures",
    "FIRST_EXCEPTION": "concurrent.futures",
    "CancelledError": "concurrent.futures",
    "TimeoutError": "concurrent.futures",
    "as_completed": "concurrent.futures",
    "wait": "concurrent.futures",
}


def __getattr__(name: str) -> _typing.Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(_importlib.import_module(_LATER[name]), name)
    return found


def get_ident() -> int:
    """The calling thread's ident: a number that no other thread of the process has, before or
    after."""
    return _threading_get_ident()  # type: ignore[no-any-return]


def get_native_id() -> int:
    """The operating system's number of the calling thread."""
    return _threading_get_native_id()  # type: ignore[no-any-return]
