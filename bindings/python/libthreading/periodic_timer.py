"""PeriodicTimer: a function that is called again and again, without drift."""

from __future__ import annotations

import signal
from typing import Any, Callable, Dict, List, Optional

from libthreading import _hooks, _library, _registry, _waiting
from libthreading._library import threading_timer_new_periodic, threading_timer_thread
from libthreading._object import make
from libthreading.timer import Timer, _pending

# What the library calls returns this for no further run.
_END = 1


def _fire(key: int) -> Optional[int]:
    timer = _pending.get(key)
    # Between a cancel and its end a run may still begin here.
    if not isinstance(timer, PeriodicTimer) or timer.finished.is_set():
        return _END
    return timer._fire()


_target = _library.target(_fire)


class PeriodicTimer(Timer):
    """A thread that calls function(*args, **kwargs) first seconds after its start, and then at each
    multiple of period seconds after that, until it is cancelled.

    Two calls never overlap: those that are due while one goes on are left out. An exception of the
    function ends it, and goes to excepthook as that of a thread. It keeps the process alive only
    during a call. A subclass may override run(), which is what each call does.
    """

    __module__ = "libthreading"

    def __init__(
        self,
        first: float,
        period: float,
        function: Callable[..., object],
        args: Optional[List[Any]] = None,
        kwargs: Optional[Dict[str, Any]] = None,
        *,
        name: Optional[str] = None,
    ) -> None:
        self._period = _waiting.checked(period)
        self._runs = False
        super().__init__(first, function, args, kwargs, name=name)

    @property
    def period(self) -> float:
        """Seconds from the time of one call to that of the next."""
        return self._period

    def _make(self, name: Optional[bytes]) -> int:
        self._timer = make(
            threading_timer_new_periodic, self.interval, self._period, _target, self._key
        )
        return threading_timer_thread(self._timer)  # type: ignore[no-any-return]

    def _fire(self) -> Optional[int]:
        """One call, with the signals that the thread had that started the timer."""
        self._runs = True
        before = signal.pthread_sigmask(signal.SIG_SETMASK, self._signals)
        _registry.enter(self)
        try:
            _hooks.begin()
            self.run()
        except BaseException:
            self._report(self)
            self.finished.set()
            _pending.pop(self._key, None)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._runs = False
        return _END if self.finished.is_set() else None

    def _is_entering(self) -> bool:
        return not self._runs

    def run(self) -> None:
        """What each call does: calls the function. May be overridden."""
        self.function(*self.args, **self.kwargs)
