"""A condition on a lock that is not the library's: each waiter sleeps at a Lock of its own."""

import collections
from typing import Any, Deque, Optional

from libthreading.lock import Lock


class ConditionOnAnyLock:
    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._waiters: Deque[Lock] = collections.deque()

    def waiting(self) -> int:
        return len(self._waiters)

    def _is_owned(self) -> bool:
        if hasattr(self._lock, "_is_owned"):
            return self._lock._is_owned()  # type: ignore[no-any-return]
        # What is not reentrant is held, by whomever, if it cannot be taken.
        if self._lock.acquire(False):
            self._lock.release()
            return False
        return True

    def _release(self) -> Any:
        if hasattr(self._lock, "_release_save"):
            return self._lock._release_save()
        return self._lock.release()

    def _take_back(self, state: Any) -> None:
        if hasattr(self._lock, "_acquire_restore"):
            self._lock._acquire_restore(state)
        else:
            self._lock.acquire()

    def wait(self, seconds: Optional[float]) -> bool:
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        waiter = Lock()
        waiter.acquire()
        self._waiters.append(waiter)
        state = self._release()
        notified = False
        try:
            notified = waiter._acquire(None if seconds is None else max(seconds, 0))
            return notified
        finally:
            self._take_back(state)
            if not notified and waiter in self._waiters:
                self._waiters.remove(waiter)

    def notify(self, n: int) -> None:
        if not self._is_owned():
            raise RuntimeError("cannot notify on un-acquired lock")
        while self._waiters and n > 0:
            self._waiters.popleft().release()
            n -= 1
