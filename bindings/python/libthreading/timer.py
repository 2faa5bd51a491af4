"""Timer: a function that is called once, after a while."""

from __future__ import annotations

import ctypes
import signal
from typing import Any, Callable, Dict, List, Optional, Set

from libthreading import _hooks, _library, _registry, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    threading_thread_destroy,
    threading_thread_join_timeout,
    threading_timer_cancel,
    threading_timer_destroy,
    threading_timer_new,
    threading_timer_rearm,
    threading_timer_start,
    threading_timer_thread,
)
from libthreading._object import make
from libthreading.event import Event
from libthreading.thread import Thread, _start_error

# What was started, and has neither begun to run nor been cancelled.
_pending: Dict[int, Timer] = {}


def _fire(key: int) -> None:
    timer = _pending.pop(key, None)
    if timer is None:
        return
    # The library calls with all signals blocked, and a child process of the function would begin
    # so.
    before = signal.pthread_sigmask(signal.SIG_SETMASK, timer._signals)
    _registry.enter(timer)
    try:
        _hooks.begin()
        timer._call()
    except BaseException:
        timer._report(timer)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_target = _library.target(_fire)


class Timer(Thread):
    """A thread that calls function(*args, **kwargs) once, interval seconds after its start, unless
    it is cancelled before.

    It is a timer of the library, and costs no thread of the operating system while it is pending. A
    subclass that overrides run() is an ordinary thread instead, which runs that.
    """

    __module__ = "libthreading"

    def __init__(
        self,
        interval: float,
        function: Callable[..., object],
        args: Optional[List[Any]] = None,
        kwargs: Optional[Dict[str, Any]] = None,
        *,
        name: Optional[str] = None,
    ) -> None:
        self._interval = _waiting.checked(interval)
        self._timer = 0
        super().__init__()
        if name:
            self.name = name
        self.function = function
        self.args = [] if args is None else args
        self.kwargs = {} if kwargs is None else kwargs
        # Set when the timer was cancelled, or its function has returned.
        self.finished = Event()
        self._signals: Set[int] = set()
        # Holds something until the start.
        self._start_once = [True]

    @property
    def interval(self) -> float:
        """Seconds from the start to the call."""
        return self._interval

    def _make(self, name: Optional[bytes]) -> int:
        if type(self).run is not Timer.run:
            return super()._make(name)
        self._timer = make(threading_timer_new, self._interval, _target, self._key)
        return threading_timer_thread(self._timer)  # type: ignore[no-any-return]

    def _destroy(self, bits: int) -> int:
        destroyed = (
            threading_timer_destroy(self._timer) if self._timer else threading_thread_destroy(bits)
        )
        return destroyed  # type: ignore[no-any-return]

    def start(self) -> None:
        """Starts the timer. Raises RuntimeError if it was started before, or cannot be."""
        if not self._initialized or not self._timer:
            super().start()
            return
        try:
            self._start_once.pop()
        except IndexError:
            raise RuntimeError("threads can only be started once") from None
        self._signals = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        _pending[self._key] = self
        status = threading_timer_start(self._timer)
        if status:
            self._start_once.append(True)
        if status or self.finished.is_set():
            _pending.pop(self._key, None)
        if status:
            raise _start_error(status)

    def cancel(self) -> bool:
        """Cancels the timer, started or not, and returns whether this has prevented the call of the
        function.

        False from a timer that is an ordinary thread: its run() has to look whether finished is
        set.
        """
        if not self._timer:
            self.finished.set()
            return False
        prevented = ctypes.c_bool()
        status = threading_timer_cancel(self._timer, ctypes.byref(prevented))
        if status:
            raise error_of(status)
        if prevented:
            self.finished.set()
            _pending.pop(self._key, None)
        return prevented.value

    def rearm(self, interval: float) -> bool:
        """Has a timer that is pending call its function interval seconds from now, and returns
        whether it was in time for that: a watchdog calls this at each sign of life.

        False from a timer that is an ordinary thread. Raises RuntimeError if the timer was not
        started, ValueError for NaN, and OverflowError for an interval over TIMEOUT_MAX.
        """
        seconds = _waiting.checked(interval)
        if not self._timer:
            return False
        rearmed = ctypes.c_bool()
        status = threading_timer_rearm(self._timer, seconds, ctypes.byref(rearmed))
        if status:
            raise error_of(status)
        return rearmed.value

    def run(self) -> None:
        """Waits, and calls the function unless the timer is cancelled meanwhile. A timer that is
        started does not need it."""
        self.finished.wait(self.interval)
        self._call()

    def _is_entering(self) -> bool:
        """Whether the library may be about to call, of a timer that was cancelled."""
        return self._key in _pending

    def _call(self) -> None:
        if not self.finished.is_set():
            self.function(*self.args, **self.kwargs)
        self.finished.set()


def cancel_all() -> None:
    """Cancels the timers that are pending, and waits until those whose time has just come run
    Python code: at the end of the interpreter nothing may enter it any more."""
    for timer in list(_pending.values()):
        timer.cancel()
        while (
            timer._is_entering()
            and threading_thread_join_timeout(timer._bits, _waiting.SLICE / 50) == _library.TIMEOUT
        ):
            pass
