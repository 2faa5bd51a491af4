"""Stop and wait_any, which Python's threading has not."""

import math
import unittest

import tools  # noqa: F401
import libthreading as threading


class StopTest(unittest.TestCase):
    def test_a_request_ends_waits_below_it(self) -> None:
        parent = threading.Stop()
        stop = threading.Stop(parent)
        waited = []
        thread = threading.Thread(target=lambda: waited.append(stop.wait()))
        thread.start()
        self.assertIs(stop.requested(), False)
        self.assertIn("unset", repr(stop))
        parent.request()
        thread.join()
        self.assertEqual((waited, stop.requested(), stop.expired()), ([True], True, False))
        self.assertEqual((stop.remaining(), stop.wait(0)), (0.0, True))

    def test_a_deadline_is_the_earliest(self) -> None:
        brief = threading.Stop(timeout=0.01)
        below = threading.Stop(brief, 1000)
        self.assertLessEqual(below.remaining(), 0.01)
        self.assertIs(below.wait(), True)
        self.assertIs(below.expired(), True)
        self.assertEqual(threading.Stop().remaining(), math.inf)
        self.assertIs(threading.Stop().wait(0.001), False)
        self.assertRaises(ValueError, threading.Stop, None, math.nan)

    def test_a_block_requests_at_its_end(self) -> None:
        with threading.Stop() as stop:
            self.assertIs(stop.requested(), False)
        self.assertIs(stop.requested(), True)

    def test_a_closed_one_says_so(self) -> None:
        stop = threading.Stop()
        stop.close()
        for use in (stop.request, stop.requested, stop.expired, stop.remaining, stop.wait):
            self.assertRaises(threading.DestroyedError, use)


class WaitAnyTest(unittest.TestCase):
    def test_it_takes_the_first_that_is_ready(self) -> None:
        stop, event, units = threading.Stop(), threading.Event(), threading.Semaphore(1)
        self.assertEqual(threading.wait_any([stop, event, units]), 2)
        self.assertIsNone(threading.wait_any([stop, event, units], 0.001))
        thread = threading.Thread(target=event.set)
        thread.start()
        self.assertEqual(threading.wait_any([stop, event, units]), 1)
        thread.join()
        stop.request()
        self.assertEqual(threading.wait_any([stop, event, units], 0), 0)

    def test_what_cannot_be_waited_for_is_refused(self) -> None:
        for objects in ([], [threading.Event()] * 65, [threading.RLock()]):
            self.assertRaises(ValueError, threading.wait_any, objects)
        event = threading.Event()
        event.close()
        self.assertRaises(threading.DestroyedError, threading.wait_any, [event])
