"""Condition, beyond what CPython's lock_tests look at."""

import _thread
import math
import unittest

import tools
import libthreading as threading


# None stands for the condition's own.
LOCKS = (lambda: None, threading.Lock, threading.RLock, _thread.allocate_lock, _thread.RLock)


class ConditionTest(unittest.TestCase):
    def each(self) -> "list[threading.Condition]":
        return [threading.Condition(lock=make_lock()) for make_lock in LOCKS]

    def test_a_waiter_gives_the_lock_up_and_goes_on_when_notified(self) -> None:
        for condition in self.each():
            ready = []

            def wait() -> None:
                with condition:
                    ready.append("waits")
                    ready.append(condition.wait())

            thread = threading.Thread(target=wait)
            thread.start()
            tools.until(self, lambda: ready)
            with condition:
                self.assertRegex(repr(condition), "<Condition\\(<locked .*, 1\\)>")
                condition.notify()
            thread.join()
            self.assertEqual(ready, ["waits", True])

    def test_our_own_locks_are_waited_on_by_the_library(self) -> None:
        for condition in (threading.Condition(), threading.Condition(threading.Lock())):
            self.assertIsNone(condition._on_any_lock)
            self.assertNotEqual(condition._bits, 0)
        self.assertIsNotNone(threading.Condition(_thread.allocate_lock())._on_any_lock)

    def test_all_levels_of_an_rlock_are_given_up_and_taken_back(self) -> None:
        for rlock in (threading.RLock(), _thread.RLock()):
            condition = threading.Condition(rlock)
            with condition, condition, condition:
                thread = threading.Thread(target=lambda: self.notified(condition))
                thread.start()
                self.assertTrue(condition.wait(tools.PATIENCE))
                condition.release()
                condition.release()
                self.assertTrue(condition._is_owned())
                condition.acquire()
                condition.acquire()

    def notified(self, condition: threading.Condition) -> None:
        with condition:
            condition.notify_all()

    def test_without_the_lock_nothing_goes(self) -> None:
        for condition in self.each():
            for use in (
                condition.wait,
                lambda: condition.wait(0),
                condition.notify,
                condition.notify_all,
                condition.release,
            ):
                self.assertRaises(RuntimeError, use)

    def test_bad_timeouts_raise_and_negative_ones_poll(self) -> None:
        for condition in self.each():
            with condition:
                self.assertRaises(ValueError, condition.wait, math.nan)
                self.assertRaises(OverflowError, condition.wait, timeout=threading.TIMEOUT_MAX + 1)
                self.assertRaises(
                    OverflowError, condition.wait_for, lambda: False, timeout=math.inf
                )
                self.assertIs(condition.wait(-1), False)
                self.assertIs(condition.wait(timeout=0), False)

    def test_wait_for_returns_what_the_predicate_was_and_lets_its_exception_through(self) -> None:
        for condition in self.each():
            self.assertEqual(condition.wait_for(lambda: 7), 7)
            with condition:
                asked = []
                self.assertIsNone(condition.wait_for(lambda: asked.append(1), timeout=0))
                self.assertEqual(len(asked), 2)
                with self.assertRaises(ZeroDivisionError):
                    condition.wait_for(lambda: 1 / 0)
            self.assertRaises(RuntimeError, condition.wait_for, lambda: False)

    def test_notify_of_none_wakes_nobody(self) -> None:
        for condition in self.each():
            with condition:
                for n in (0, -1, 10**30):
                    condition.notify(n=n)

    def test_a_closed_one_is_stale_and_frees_its_lock(self) -> None:
        lock = threading.Lock()
        condition = threading.Condition(lock)
        self.assertRaises(RuntimeError, lock.close)
        condition.close()
        with lock:
            self.assertRaises(threading.DestroyedError, condition.wait)
            self.assertRaises(threading.DestroyedError, condition.notify)
        lock.close()

    def test_several_share_one_lock(self) -> None:
        lock = threading.Lock()
        first, second = threading.Condition(lock), threading.Condition(lock)
        with first:
            self.assertFalse(second.acquire(False))
            second.notify()


if __name__ == "__main__":
    unittest.main()
