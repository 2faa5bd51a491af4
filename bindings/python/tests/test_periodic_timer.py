"""PeriodicTimer."""

import math
import time
import unittest
from typing import Any, List

import tools
import libthreading as threading

# Longer than any test.
NEVER = 1000


class PeriodicTimerTest(unittest.TestCase):
    def test_it_calls_again_and_again_and_never_too_early(self) -> None:
        called: List[Any] = []

        def note(*args: Any, **kwargs: Any) -> None:
            called.append((time.monotonic(), threading.current_thread(), args, kwargs))
            if len(called) == 4:
                timer.cancel()

        timer = threading.PeriodicTimer(0.02, 0.01, note, [1], {"b": 2}, name="beat")
        self.assertEqual((timer.interval, timer.period), (0.02, 0.01))
        begin = time.monotonic()
        timer.start()
        timer.join()
        self.assertEqual([seen[1:] for seen in called], [(timer, (1,), {"b": 2})] * 4)
        for number, seen in enumerate(called):
            self.assertGreaterEqual(seen[0] - begin, 0.02 + 0.01 * number)
        self.assertTrue(timer.finished.is_set())
        self.assertIs(timer.cancel(), False)

    def test_a_cancel_ends_it(self) -> None:
        called: List[int] = []
        timer = threading.PeriodicTimer(0.001, 0.001, called.append, [1])
        self.assertRaises(RuntimeError, timer.rearm, 1)
        timer.start()
        self.assertRaisesRegex(RuntimeError, "only be started once", timer.start)
        tools.until(self, lambda: len(called) > 2)
        self.assertTrue(timer.is_alive())
        self.assertEqual([timer.cancel(), timer.cancel()], [True, False])
        timer.join()
        count = len(called)
        self.assertFalse(timer.rearm(0))
        self.assertEqual(len(called), count)

    def test_one_that_is_cancelled_before_its_start_ends_at_once(self) -> None:
        called: List[int] = []
        timer = threading.PeriodicTimer(0.001, 0.001, called.append, [1])
        self.assertIs(timer.cancel(), True)
        timer.start()
        timer.join()
        self.assertEqual(called, [])

    def test_it_is_rearmed(self) -> None:
        called = threading.Event()
        timer = threading.PeriodicTimer(NEVER, NEVER, called.set)
        timer.start()
        self.assertTrue(timer.rearm(0.001))
        self.assertTrue(called.wait(tools.PATIENCE))
        self.assertTrue(timer.is_alive())
        self.assertIs(timer.cancel(), True)
        timer.join()

    def test_what_it_raises_ends_it_and_goes_to_the_excepthook(self) -> None:
        seen: List[Any] = []
        threading.excepthook = seen.append
        try:
            timer = threading.PeriodicTimer(0.001, 0.001, lambda: 1 / 0)
            timer.start()
            timer.join()
        finally:
            threading.excepthook = threading.__excepthook__
        self.assertEqual(
            [(args.exc_type, args.thread) for args in seen], [(ZeroDivisionError, timer)]
        )
        seen.clear()
        self.assertTrue(timer.finished.is_set())

    def test_a_subclass_may_say_what_a_call_does(self) -> None:
        class Counting(threading.PeriodicTimer):
            runs = 0

            def run(self) -> None:
                self.runs += 1
                if self.runs == 3:
                    self.cancel()

        timer = Counting(0.001, 0.001, print)
        timer.start()
        timer.join()
        self.assertEqual(timer.runs, 3)

    def test_bad_times_raise(self) -> None:
        for bad in (0, -1, math.nan):
            self.assertRaises(ValueError, threading.PeriodicTimer, bad, 1, print)
            self.assertRaises(ValueError, threading.PeriodicTimer, 1, bad, print)
        self.assertRaises(OverflowError, threading.PeriodicTimer, 1, math.inf, print)

    def test_a_program_ends_without_cancelling_it(self) -> None:
        for daemon in (False, True):
            with self.subTest(daemon=daemon):
                done = tools.run(f"""
import libthreading as threading
called = threading.Event()
timers = [threading.PeriodicTimer(0.0002, 0.0002, called.set) for _ in range(10)]
for timer in timers:
    timer.daemon = {daemon}
    timer.start()
called.wait()
""")
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
