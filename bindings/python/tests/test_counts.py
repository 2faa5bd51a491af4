"""Semaphore, BoundedSemaphore, Event and Barrier, beyond what CPython's lock_tests look at."""

import itertools
import math
import os
import unittest

import tools
import libthreading as threading
from libthreading._library import SEMAPHORE_MAX


class SemaphoreTest(unittest.TestCase):
    def test_arguments_have_their_names(self) -> None:
        for kind in (threading.Semaphore, threading.BoundedSemaphore):
            semaphore = kind(value=2)
            self.assertIs(semaphore.acquire(blocking=False), True)
            self.assertIs(semaphore.acquire(timeout=0), True)
            self.assertIs(semaphore.acquire(timeout=-1), False)
            semaphore.release(n=2)

    def test_bad_arguments_raise(self) -> None:
        self.assertRaises(OverflowError, threading.Semaphore, SEMAPHORE_MAX + 1)
        self.assertRaises(OverflowError, threading.Semaphore, 10**30)
        semaphore = threading.Semaphore(0)
        for number in (1.5, "1", None):
            self.assertRaises(TypeError, threading.Semaphore, number)
            self.assertRaises(TypeError, semaphore.release, number)
        self.assertRaises(ValueError, semaphore.acquire, timeout=math.nan)
        self.assertRaises(OverflowError, semaphore.acquire, timeout=1e100)
        self.assertRaises(ValueError, semaphore.acquire, False, 0)
        for n in (0, -1):
            self.assertRaises(ValueError, semaphore.release, n)

    def test_a_saturating_semaphore_adds_nothing_beyond_its_most(self) -> None:
        event = threading.SaturatingSemaphore()
        for _ in range(3):
            event.release()
        event.release(7)
        self.assertIn("value=1/1", repr(event))
        self.assertTrue(event.acquire())
        self.assertFalse(event.acquire(blocking=False))
        for wrong in ((0, 0), (2, 1), (-1, 1)):
            self.assertRaises(ValueError, threading.SaturatingSemaphore, *wrong)
        self.assertRaises(ValueError, event.release, 0)
        self.assertRaises(OverflowError, threading.SaturatingSemaphore, 0, 1 << 28)

    def test_too_many_units_are_refused_all_or_none(self) -> None:
        semaphore = threading.Semaphore(SEMAPHORE_MAX)
        for n in (1, 2, 10**30):
            self.assertRaises(OverflowError, semaphore.release, n)
        bounded = threading.BoundedSemaphore(3)
        bounded.acquire()
        self.assertRaises(ValueError, bounded.release, 2)
        self.assertIn("value=2/3", repr(bounded))

    def test_a_closed_one_is_stale(self) -> None:
        semaphore = threading.Semaphore()
        semaphore.close()
        for use in (semaphore.acquire, semaphore.release, semaphore.__enter__):
            self.assertRaises(threading.DestroyedError, use)
        self.assertIn("closed", repr(semaphore))


class EventTest(unittest.TestCase):
    def test_bad_timeouts_raise_and_negative_ones_poll(self) -> None:
        event = threading.Event()
        self.assertRaises(ValueError, event.wait, math.nan)
        self.assertRaises(OverflowError, event.wait, timeout=threading.TIMEOUT_MAX + 1)
        self.assertIs(event.wait(-1), False)
        self.assertIs(event.wait(0), False)
        event.set()
        self.assertIs(event.wait(timeout=-1), True)

    def test_a_set_between_two_slices_of_a_wait_ends_it(self) -> None:
        event = threading.Event()
        calls = []
        real = threading._waiting.wait

        def missed(for_ever, for_seconds, bits, seconds):
            # What the main thread sees if both happen while it looks for signals.
            event.set()
            event.clear()
            calls.append(for_seconds(bits, 0.001))
            return calls[-1]

        threading._waiting.wait = missed
        try:
            self.assertIs(event.wait(), True)
        finally:
            threading._waiting.wait = real
        self.assertEqual(len(calls), 1)

    def test_a_closed_one_is_stale(self) -> None:
        event = threading.Event()
        event.close()
        for use in (event.set, event.clear, event.is_set, event.wait, lambda: event.wait(0)):
            self.assertRaises(threading.DestroyedError, use)
        self.assertIn("closed", repr(event))

    def test_one_that_is_waited_for_cannot_be_closed(self) -> None:
        yields = itertools.count()
        tools.until(self, lambda: self.closed_too_late(next(yields)))

    def closed_too_late(self, yields: int) -> bool:
        """Whether the thread came to wait before the event was closed; else it has found a stale
        one."""
        event = threading.Event()
        found = []

        def wait() -> None:
            try:
                found.append(event.wait())
            except threading.DestroyedError:
                found.append("stale")

        thread = threading.Thread(target=wait)
        thread.start()
        for _ in range(yields):
            os.sched_yield()
        try:
            event.close()
        except RuntimeError as error:
            self.assertIn("in use", str(error))
            event.set()
        thread.join()
        self.assertEqual(found, ["stale" if event._closed else True])
        return not event._closed


class BarrierTest(unittest.TestCase):
    def test_bad_arguments_raise(self) -> None:
        for parties in (0, -1):
            self.assertRaises(ValueError, threading.Barrier, parties)
        for parties in (67108864, (1 << 64) + 1):
            self.assertRaises(OverflowError, threading.Barrier, parties)
        self.assertEqual(threading.Barrier(67108863).parties, 67108863)
        for parties in (1.5, "2", None):
            self.assertRaises(TypeError, threading.Barrier, parties)
        barrier = threading.Barrier(2)
        self.assertRaises(ValueError, barrier.wait, math.nan)
        self.assertRaises(OverflowError, barrier.wait, timeout=1e100)
        self.assertFalse(barrier.broken)

    def test_who_runs_out_of_time_breaks_it(self) -> None:
        for timeout in (0, -1, 0.001):
            barrier = threading.Barrier(2, timeout=timeout)
            self.assertRaises(threading.BrokenBarrierError, barrier.wait)
            self.assertTrue(barrier.broken)
            self.assertIn("broken", repr(barrier))
            barrier.reset()
            self.assertFalse(barrier.broken)
            self.assertIn("waiters=0/2", repr(barrier))

    def test_what_the_action_raises_is_raised_where_it_ran_and_breaks_the_barrier(self) -> None:
        def action() -> None:
            raise KeyError("no")

        barrier = threading.Barrier(parties=2, action=action)
        raised = []

        def wait() -> None:
            try:
                barrier.wait()
            except Exception as error:
                raised.append(type(error))

        threads = [threading.Thread(target=wait) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(raised, key=str), [KeyError, threading.BrokenBarrierError])
        self.assertTrue(barrier.broken)

    def test_its_action_cannot_wait_at_it(self) -> None:
        barrier = threading.Barrier(1, lambda: barrier.wait())
        self.assertRaisesRegex(RuntimeError, "own action", barrier.wait)

    def test_the_action_runs_each_time_in_a_thread_that_waits(self) -> None:
        ran = []
        barrier = threading.Barrier(1, lambda: ran.append(threading.get_ident()))
        self.assertEqual([barrier.wait(), barrier.wait()], [0, 0])
        self.assertEqual(ran, [threading.get_ident()] * 2)

    def test_its_error_is_python_s_own(self) -> None:
        import threading as cpython

        self.assertIs(threading.BrokenBarrierError, cpython.BrokenBarrierError)

    def test_a_closed_one_is_stale(self) -> None:
        barrier = threading.Barrier(1)
        barrier.close()
        questions = (lambda: barrier.parties, lambda: barrier.n_waiting, lambda: barrier.broken)
        for use in (barrier.wait, barrier.reset, barrier.abort, *questions):
            self.assertRaises(threading.DestroyedError, use)
        self.assertIn("closed", repr(barrier))


if __name__ == "__main__":
    unittest.main()
