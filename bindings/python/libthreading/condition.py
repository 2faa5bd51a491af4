"""Condition: threads that hold a lock wait until another one that holds it tells them to look
again."""

from __future__ import annotations

from operator import index
from time import monotonic
from types import TracebackType
from typing import Any, Callable, Optional, Type, TypeVar, Union

from libthreading import _library, _waiting
from libthreading._condition_on_any_lock import ConditionOnAnyLock
from libthreading._errors import error_of
from libthreading._library import (
    threading_condition_destroy,
    threading_condition_name,
    threading_condition_new_with_lock,
    threading_condition_new_with_rlock,
    threading_condition_notify,
    threading_condition_notify_all,
    threading_condition_set_name,
    threading_condition_wait,
    threading_condition_wait_timeout,
)
from libthreading._named import NamedObject
from libthreading._object import make, retire
from libthreading.lock import Lock
from libthreading.rlock import RLock

T = TypeVar("T")


def _new_on(lock: Any) -> int:
    return make(
        (
            threading_condition_new_with_lock
            if type(lock) is Lock
            else threading_condition_new_with_rlock
        ),
        lock._bits,
    )


class Condition(NamedObject):
    """A condition on a lock: a Lock or an RLock of this package, by default an RLock of its own,
    which gets the condition's name too.

    `with condition:` holds the lock. Any other object with acquire and release is taken too, such
    as CPython's own lock; on that the library cannot wait, and Python code does it.
    """

    __module__ = "libthreading"
    _destroy = threading_condition_destroy
    _get_name = threading_condition_name
    _set_name = threading_condition_set_name

    def __init__(self, lock: Any = None, *, name: Optional[str] = None) -> None:
        if lock is None:
            lock = RLock(name=name)
        self._lock = lock
        self._waiting = 0
        self._on_any_lock: Optional[ConditionOnAnyLock] = None
        # A subclass may take and release its lock in a way of its own, of which the library knows
        # nothing.
        if type(lock) in (Lock, RLock):
            self._begin(_new_on(lock), name)
        else:
            self._on_any_lock = ConditionOnAnyLock(lock)
            self._begin(0, name)
        # The lock's own, as in CPython: what a Condition of CPython has of its lock is had of this
        # one.
        self.acquire: Callable[..., bool] = lock.acquire
        self.release: Callable[[], None] = lock.release
        for name in ("_is_owned", "_release_save", "_acquire_restore"):
            if hasattr(lock, name):
                setattr(self, name, getattr(lock, name))

    def __repr__(self) -> str:
        waiting = self._waiting if self._on_any_lock is None else self._on_any_lock.waiting()
        return f"<Condition({self._lock!r}, {waiting})>"

    def locked(self) -> bool:
        """Whether somebody holds the lock at this moment."""
        return self._lock.locked()  # type: ignore[no-any-return]

    def __enter__(self) -> bool:
        return self._lock.__enter__()  # type: ignore[no-any-return]

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._lock.__exit__(kind, error, traceback)

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Releases the lock (all levels, if it is an RLock), waits for a notify, and takes the lock
        again. The caller holds it.

        Returns whether it was notified within timeout seconds: always, without a timeout. 0 or less
        polls. Another thread may come in between a notify and the return: look again at what was
        waited for. Raises RuntimeError if the lock is not held, ValueError for NaN, and
        OverflowError for a timeout over TIMEOUT_MAX.
        """
        seconds = None if timeout is None else _waiting.checked(timeout)
        if self._on_any_lock is not None:
            return self._on_any_lock.wait(seconds)
        # Counted with the lock held, before and after.
        self._waiting += 1
        try:
            status = _waiting.wait(
                threading_condition_wait, threading_condition_wait_timeout, self._bits, seconds
            )
        finally:
            self._waiting -= 1
        self._check(status, "wait")
        return status == _library.OK

    def wait_for(
        self, predicate: Callable[[], T], timeout: Optional[float] = None
    ) -> Union[T, Any]:
        """Waits until predicate() is true, for at most timeout seconds, and returns what it was
        last.

        It is called with the lock held, first before any wait, and after each notify. The loop is
        Python's and not the library's, so that an exception of the predicate is the caller's.
        """
        end = None if timeout is None else monotonic() + _waiting.checked(timeout)
        left = timeout
        result = predicate()
        while not result:
            self.wait(left)
            result = predicate()
            if end is not None and not result:
                left = end - monotonic()
                if left <= 0:
                    break
        return result

    def notify(self, n: int = 1) -> None:
        """Wakes at most n waiters, those first who came first. They go on when the caller has
        released the lock.

        Raises RuntimeError if the lock is not held.
        """
        if self._on_any_lock is not None:
            self._on_any_lock.notify(n)
        else:
            self._check(
                threading_condition_notify(
                    self._bits, min(max(index(n), 0), _library.SEMAPHORE_MAX)
                ),
                "notify",
            )

    def notify_all(self) -> None:
        """Wakes all who wait at this moment. They go on when the caller has released the lock."""
        if self._on_any_lock is not None:
            self._on_any_lock.notify(self._on_any_lock.waiting())
        else:
            self._check(threading_condition_notify_all(self._bits), "notify")

    def _check(self, status: int, what: str) -> None:
        if status < 0:
            unheld = status in (_library.NOT_ACQUIRED, _library.NOT_OWNER)
            raise RuntimeError(f"cannot {what} on un-acquired lock") if unheld else error_of(status)

    def _at_fork_reinit(self) -> None:
        """Makes its lock free in the child of a fork, and forgets the waiters."""
        if self._on_any_lock is None:
            name = self._known_name()
            retire(threading_condition_destroy, self._bits)
            self._lock._at_fork_reinit()
            self._bits = _new_on(self._lock)
            self._rename(name)
        else:
            self._lock._at_fork_reinit()
            self._on_any_lock = ConditionOnAnyLock(self._lock)
        self._waiting = 0
