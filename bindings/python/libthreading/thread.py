"""Thread: started once, joined by any number of threads, any number of times."""

from __future__ import annotations

import enum
import itertools
import sys
from ctypes import c_uint32
from typing import Any, Callable, Dict, Iterable, Mapping, Optional, TextIO, Tuple

from libthreading import _excepthook, _hooks, _library, _names, _registry, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    threading_thread_daemon,
    threading_thread_destroy,
    threading_thread_ident,
    threading_thread_is_alive,
    threading_thread_join,
    threading_thread_join_timeout,
    threading_thread_name,
    threading_thread_native_id,
    threading_thread_new,
    threading_thread_set_affinity,
    threading_thread_set_daemon,
    threading_thread_set_name,
    threading_thread_set_priority,
    threading_thread_start,
)
from libthreading._object import Object, make
from libthreading.event import Event

# The library runs one function for all threads, with a number that tells whose run it is. What was
# started and does not run yet is kept here.
_keys = itertools.count(1)
_starting: Dict[int, Tuple[Thread, Event]] = {}


def _run(key: int) -> None:
    thread, begun = _starting.pop(key)
    _registry.enter(thread)
    begun.set()
    del begun
    try:
        _hooks.begin()
        thread.run()
    except BaseException:
        thread._report(thread)


_target = _library.target(_run)


class Priority(enum.IntEnum):
    """How urgently the operating system runs a thread, beside others that want the same processor.

    LOW gets about a tenth of what NORMAL gets, and HIGH about ten times as much; REALTIME runs
    before all that are not real-time threads, as long as it wants.
    """

    __module__ = "libthreading"
    LOW = _library.PRIORITY_LOW
    NORMAL = _library.PRIORITY_NORMAL
    HIGH = _library.PRIORITY_HIGH
    REALTIME = _library.PRIORITY_REALTIME


class Thread(Object):
    """A thread. It runs target(*args, **kwargs), or what a subclass makes of run().

    Without a name it is "Thread-N (name of the target)". Without a daemon flag it has that of the
    thread that makes it.
    """

    __module__ = "libthreading"
    _destroy = threading_thread_destroy
    _initialized = False
    _runs_python = True

    def __init__(
        self,
        group: None = None,
        target: Optional[Callable[..., object]] = None,
        name: Optional[str] = None,
        args: Iterable[Any] = (),
        kwargs: Optional[Mapping[str, Any]] = None,
        *,
        daemon: Optional[bool] = None,
    ) -> None:
        assert group is None, "group argument must be None for now"
        self._target = target
        self._args = args
        self._kwargs = {} if kwargs is None else kwargs
        self._key = next(_keys)
        self._bits = self._make(_names.encoded(str(name)) if name else None)
        self._initialized = True
        if (
            not name
            and target is not None
            and hasattr(target, "__name__")
            and sys.version_info >= (3, 10)
        ):  # as the threading beside it does
            self.name += f" ({target.__name__})"
        if daemon is not None:
            self.daemon = daemon
        self._stderr: Optional[TextIO] = sys.stderr
        self._report = _excepthook.make_report()
        _registry.add(self)

    def _make(self, name: Optional[bytes]) -> int:
        return make(threading_thread_new, name, _target, self._key)

    def __repr__(self) -> str:
        assert self._initialized, "Thread.__init__() was not called"
        if self._closed:
            return f"<{type(self).__name__}(closed)>"
        ident = self.ident
        state = "initial" if ident is None else "started" if self.is_alive() else "stopped"
        daemon = " daemon" if self.daemon else ""
        return (
            f"<{type(self).__name__}({self.name},"
            f" {state}{daemon}{'' if ident is None else f' {ident}'})>"
        )

    def __del__(self) -> None:
        if self._initialized:
            _registry.give_up(self._bits)
        super().__del__()

    def start(self) -> None:
        """Starts the thread, and waits until it runs. Raises RuntimeError if it was started before,
        or cannot be."""
        if not self._initialized:
            raise RuntimeError("thread.__init__() not called")
        if sys.is_finalizing():
            # It could not begin, and the call would wait for that.
            raise _start_error(_library.SHUTTING_DOWN)
        begun = Event()
        if _starting.setdefault(self._key, (self, begun))[1] is not begun:
            raise RuntimeError("threads can only be started once")
        status = threading_thread_start(self._bits)
        if status:
            del _starting[self._key]
            raise _start_error(status)
        # So there is no thread that would enter the interpreter for the first time while that ends.
        begun.wait()

    def run(self) -> None:
        """What the thread does: calls the target. May be overridden, or called."""
        try:
            if self._target is not None:
                self._target(*self._args, **self._kwargs)
        finally:
            # They may refer to the thread.
            del self._target, self._args, self._kwargs

    def join(self, timeout: Optional[float] = None) -> None:
        """Waits until the thread has ended, for at most timeout seconds; is_alive() tells whether
        it has. 0 or less polls.

        Raises RuntimeError in the thread itself, before its start, and for one that this library
        did not start; ValueError for NaN, and OverflowError for a timeout over TIMEOUT_MAX. Since
        Python 3.14, PythonFinalizationError while the interpreter finalizes, for a thread of this
        package that has not ended.
        """
        if not self._initialized:
            raise RuntimeError("Thread.__init__() not called")
        seconds = None if timeout is None else _waiting.checked(timeout)
        if sys.version_info >= (3, 14) and sys.is_finalizing() and self._runs_python:
            # Such threads hang as soon as they want the interpreter; until 3.13 they end then. One
            # that is through with Python may need a moment more.
            status = threading_thread_join_timeout(self._bits, _waiting.SLICE)
            if status == _library.TIMEOUT:
                raise PythonFinalizationError("cannot join thread at interpreter shutdown")
        else:
            status = _waiting.wait(
                threading_thread_join, threading_thread_join_timeout, self._bits, seconds
            )
        if status == _library.NOT_STARTED:
            raise RuntimeError("cannot join thread before it is started")
        if status == _library.WOULD_DEADLOCK:
            raise RuntimeError("cannot join current thread")
        if status == _library.DUMMY:
            raise RuntimeError("cannot join a dummy thread")
        if status < 0:
            raise error_of(status)

    def is_alive(self) -> bool:
        """Whether it was started and has not ended."""
        assert self._initialized, "Thread.__init__() not called"
        return threading_thread_is_alive(self._bits) or self._no()

    @property
    def name(self) -> str:
        """Its name. The operating system has the first 15 bytes of it. Threads may have the same
        name."""
        assert self._initialized, "Thread.__init__() not called"
        return _names.read(threading_thread_name, self._bits)

    @name.setter
    def name(self, name: str) -> None:
        assert self._initialized, "Thread.__init__() not called"
        status = threading_thread_set_name(self._bits, _names.encoded(str(name)))
        if status:
            raise error_of(status)

    @property
    def ident(self) -> Optional[int]:
        """A number that no other thread of the process has, before or after; None before the
        start."""
        assert self._initialized, "Thread.__init__() not called"
        ident: int = threading_thread_ident(self._bits)
        return ident or (self._no() or None)

    @property
    def native_id(self) -> Optional[int]:
        """The operating system's number of the thread; None before the start."""
        assert self._initialized, "Thread.__init__() not called"
        native_id: int = threading_thread_native_id(self._bits)
        return native_id or (self._no() or None)

    def set_affinity(self, processors: Iterable[int]) -> None:
        """Has it run on these processors and on no others, from its start on or at once; they are
        numbered as os.sched_getaffinity() does it.

        Raises ValueError if there are none, if it may not use one of them, and once it has ended;
        PermissionError if the operating system forbids it. Before the start it is start() that
        raises them for processors that the operating system refuses.
        """
        assert self._initialized, "Thread.__init__() not called"
        numbers = list(processors)
        if not all(0 <= number < 1 << 32 for number in numbers):
            raise ValueError("there is no such processor")
        array = (c_uint32 * len(numbers))(*numbers)
        status = threading_thread_set_affinity(self._bits, array, len(numbers))
        if status:
            raise error_of(status)

    def set_priority(self, priority: Priority) -> None:
        """Says how urgently it runs, from its start on or at once.

        Raises PermissionError if the operating system forbids it; before the start it is start()
        that raises that. Raises ValueError for what is no priority, and once it has ended.
        """
        assert self._initialized, "Thread.__init__() not called"
        status = threading_thread_set_priority(self._bits, Priority(priority))
        if status:
            raise error_of(status)

    @property
    def daemon(self) -> bool:
        """Whether the process ends without waiting for it. Can be set before the start."""
        assert self._initialized, "Thread.__init__() not called"
        return threading_thread_daemon(self._bits) or self._no()

    @daemon.setter
    def daemon(self, daemon: bool) -> None:
        if not self._initialized:
            raise RuntimeError("Thread.__init__() not called")
        status = threading_thread_set_daemon(self._bits, bool(daemon))
        if status == _library.ALREADY_STARTED:
            raise RuntimeError("cannot set daemon status of active thread")
        if status:
            raise error_of(status)


def _start_error(status: int) -> Exception:
    if status == _library.ALREADY_STARTED:
        return RuntimeError("threads can only be started once")
    if status == _library.NO_RESOURCES:
        return RuntimeError("can't start new thread")
    if status == _library.SHUTTING_DOWN:
        message = "can't create new thread at interpreter shutdown"
        if sys.version_info >= (3, 13):
            return PythonFinalizationError(message)
        return RuntimeError(message)
    return error_of(status)


class _BorrowedThread(Thread):
    """A thread that was not started by this package. Its record is the library's, and ends with the
    thread."""

    __module__ = "libthreading"
    _runs_python = False

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._initialized = True
        self._stderr = sys.stderr
        _registry.add(self)

    def start(self) -> None:
        """Raises RuntimeError: it was started before."""
        raise RuntimeError("threads can only be started once")

    def close(self) -> None:
        """Does nothing: the record is the library's."""

    def __del__(self) -> None:
        pass


class _MainThread(_BorrowedThread):
    """The thread that the process began with; after a fork, the one that forked."""

    __module__ = "libthreading"


class _DummyThread(_BorrowedThread):
    """A thread that calls this package, or appears in enumerate(), without having been started by
    it."""

    __module__ = "libthreading"
