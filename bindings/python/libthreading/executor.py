"""Executor and Future: threads that run what is submitted to them, as with concurrent.futures."""

from __future__ import annotations

import concurrent.futures
import ctypes
import itertools
import os
from operator import index
from typing import Any, Callable, Dict, Optional, Tuple, TypeVar

from libthreading import _hooks, _library, _names, _waiting
from libthreading._errors import error_of
from libthreading._library import (
    EXECUTOR_MAX,
    threading_executor_destroy,
    threading_executor_is_shut,
    threading_executor_name,
    threading_executor_new,
    threading_executor_set_name,
    threading_executor_shutdown,
    threading_executor_shutdown_timeout,
    threading_executor_submit,
    threading_future_cancel,
    threading_future_destroy,
    threading_future_wait,
    threading_future_wait_timeout,
    threading_future_was_cancelled,
)
from libthreading._named import NamedObject
from libthreading._object import make, retire

T = TypeVar("T")

# The library runs one function for all tasks, with a number that tells whose run it is. What was
# submitted, and has neither begun nor been cancelled, is kept here.
_keys = itertools.count(1)
_submitted: Dict[int, Future[Any]] = {}


def _run(key: int) -> None:
    future = _submitted.pop(key, None)
    if future is not None:
        future._run()


_target = _library.target(_run)
# Threads that do not exist in the child of a fork will not take these away.
os.register_at_fork(after_in_child=_submitted.clear)


class Future(concurrent.futures.Future[T]):
    """What becomes of a callable that was submitted to an Executor.

    It is a concurrent.futures.Future, whose waits the library does: a task that waits for another
    task of its Executor gives its place to a task that has not begun. result() and exception()
    without a timeout return when the functions of add_done_callback have.
    """

    __module__ = "libthreading"
    _retire = staticmethod(retire)
    _destroy = threading_future_destroy

    def __init__(self, executor: int, work: Tuple[Callable[..., T], Any, Any]) -> None:
        super().__init__()
        self._executor = executor
        self._work: Optional[Tuple[Callable[..., T], Any, Any]] = work
        self._key = next(_keys)
        # The library writes the handle before the task begins.
        self._handle = _library.handle()
        # Holds something until the future's waiters are told of its cancellation.
        self._tell_once = [True]

    @property
    def _bits(self) -> int:
        return self._handle.value

    def __del__(self) -> None:
        if self._bits:
            self._retire(self._destroy, self._bits)

    def _run(self) -> None:
        function, args, kwargs = self._work  # type: ignore[misc]
        self._work = None
        self.set_running_or_notify_cancel()
        try:
            _hooks.begin()
            result = function(*args, **kwargs)
        except BaseException as error:
            self.set_exception(error)
        else:
            self.set_result(result)
        finally:
            # An exception refers to this frame.
            del function, args, kwargs
            del self

    def _look(self) -> bool:
        """Whether it is done. A task that the library has cancelled by itself, as it does in the
        child of a fork, is cancelled here too."""
        if super().done():
            return True
        if not threading_future_was_cancelled(self._bits):
            return False
        self._tell_of_cancellation()
        return True

    def _tell_of_cancellation(self) -> None:
        try:
            self._tell_once.pop()
        except IndexError:  # another thread does it
            return
        _submitted.pop(self._key, None)
        self._work = None
        if super().cancel():
            self.set_running_or_notify_cancel()
        else:  # it ran when the process forked
            self.set_exception(concurrent.futures.CancelledError())

    def _wait(self, timeout: Optional[float]) -> None:
        seconds = None if timeout is None else _waiting.checked(timeout)
        if super().done():  # also in a function of add_done_callback
            return
        status = _waiting.wait(
            threading_future_wait, threading_future_wait_timeout, self._bits, seconds
        )
        if status < 0:
            raise error_of(status)
        if status == _library.OK and not super().done():
            self._look()
            raise concurrent.futures.CancelledError()

    def result(self, timeout: Optional[float] = None) -> T:
        """Waits for the end of the callable, for at most timeout seconds, and returns what it has
        returned, or raises what it has raised.

        Raises TimeoutError of concurrent.futures if the time runs out, CancelledError if it was
        cancelled, RuntimeError in the callable itself, ValueError for NaN, and OverflowError for a
        timeout over TIMEOUT_MAX.
        """
        self._wait(timeout)
        return super().result(0)

    def exception(self, timeout: Optional[float] = None) -> Optional[BaseException]:
        """As result(), but returns what the callable has raised; None if it has returned."""
        self._wait(timeout)
        return super().exception(0)

    def cancel(self) -> bool:
        """Cancels a callable that has not begun, and returns whether it is cancelled."""
        if not self._bits or super().done():
            return super().cancelled()
        prevented = ctypes.c_bool()
        status = threading_future_cancel(self._bits, ctypes.byref(prevented))
        if status:
            raise error_of(status)
        if prevented:
            self._tell_of_cancellation()
        return prevented.value or threading_future_was_cancelled(self._bits)

    def cancelled(self) -> bool:
        """Whether it was cancelled: it is never called."""
        return self._look() and super().cancelled()

    def running(self) -> bool:
        """Whether it is being called."""
        return not self._look() and super().running()

    def done(self) -> bool:
        """Whether it has returned or raised, or was cancelled."""
        return self._look()


def _wait_for_all(bits: int) -> int:
    return threading_executor_shutdown(bits, False)  # type: ignore[no-any-return]


def _wait_for_all_timeout(bits: int, seconds: float) -> int:
    return threading_executor_shutdown_timeout(  # type: ignore[no-any-return]
        bits, False, seconds
    )


class Executor(NamedObject, concurrent.futures.Executor):
    """Threads that run what is submitted to them, at most max_workers at once, in the order of the
    submissions. Without a number it is that of the processors + 4, and at most 32.

    It is a concurrent.futures.Executor in the shape of ThreadPoolExecutor, but without an
    initializer: each task is a thread of its own to the library, with its own values of a local.
    The prefix is its name, too.
    """

    __module__ = "libthreading"
    _destroy = threading_executor_destroy
    _get_name = threading_executor_name
    _set_name = threading_executor_set_name

    def __init__(self, max_workers: Optional[int] = None, thread_name_prefix: str = "") -> None:
        if max_workers is not None and index(max_workers) <= 0:
            raise ValueError("max_workers must be greater than 0")
        if max_workers is not None and max_workers > EXECUTOR_MAX:
            raise ValueError(f"max_workers must be at most {EXECUTOR_MAX}")
        prefix = _names.encoded(thread_name_prefix) or None
        self._begin(make(threading_executor_new, max_workers or 0, prefix), None)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "shut" if self.is_shut else "open"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}: {state}>"

    @property
    def is_shut(self) -> bool:
        """Whether it was shut down."""
        return threading_executor_is_shut(self._bits) or self._no()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Has a thread call fn(*args, **kwargs), and returns the Future of that.

        Raises RuntimeError if the executor was shut down, or the interpreter ends, and MemoryError
        if there is no room for a thread.
        """
        future = Future(self._bits, (fn, args, kwargs))
        _submitted[future._key] = future
        status = threading_executor_submit(
            self._bits, _target, future._key, ctypes.byref(future._handle)
        )
        if status:
            _submitted.pop(future._key, None)
        if status == _library.SHUTTING_DOWN:
            whose = "" if self.is_shut else "interpreter "
            raise RuntimeError(f"cannot schedule new futures after {whose}shutdown")
        if status:
            raise error_of(status)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """From now on submit() raises RuntimeError. With cancel_futures what has not begun is
        cancelled; with wait the call returns when all tasks have ended.

        Raises RuntimeError in a task of the executor, also without wait.
        """
        status = threading_executor_shutdown_timeout(self._bits, False, 0)
        if status < 0:
            raise error_of(status)
        if cancel_futures:
            for future in list(_submitted.values()):
                if future._executor == self._bits:
                    future.cancel()
        if wait:
            status = _waiting.wait(_wait_for_all, _wait_for_all_timeout, self._bits, None)
            if status:
                raise error_of(status)
