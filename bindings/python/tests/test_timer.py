"""Timer, beyond what CPython's test_threading looks at."""

import gc
import math
import signal
import time
import unittest
import weakref

import tools
import libthreading as threading

# Longer than any test.
NEVER = 1000


class TimerTest(unittest.TestCase):
    def test_it_calls_in_a_thread_of_its_own_and_not_too_early(self) -> None:
        seen = []
        timer = threading.Timer(
            interval=0.05,
            function=lambda *a, **k: seen.append((threading.current_thread(), a, k)),
            args=[1],
            kwargs={"b": 2},
        )
        self.assertEqual(timer.interval, 0.05)
        begin = time.monotonic()
        timer.start()
        self.assertTrue(timer.is_alive())
        timer.join()
        self.assertGreaterEqual(time.monotonic() - begin, 0.05)
        self.assertEqual(seen, [(timer, (1,), {"b": 2})])
        self.assertTrue(timer.finished.is_set())

    def test_it_is_rearmed_until_it_fires(self) -> None:
        seen = []
        timer = threading.Timer(NEVER, seen.append, [1])
        self.assertRaises(RuntimeError, timer.rearm, 1)
        timer.start()
        self.assertTrue(timer.rearm(2 * NEVER))
        self.assertRaises(ValueError, timer.rearm, math.nan)
        self.assertEqual(seen, [])
        self.assertTrue(timer.rearm(0.001))
        timer.join()
        self.assertEqual(seen, [1])
        self.assertFalse(timer.rearm(0.001))

    def test_it_is_a_thread_that_needs_none_while_it_is_pending(self) -> None:
        timer = threading.Timer(NEVER, print)
        timer.name, timer.daemon = "alarm", True
        self.assertIsInstance(timer, threading.Thread)
        timer.start()
        self.assertIn(timer, threading.enumerate())
        self.assertRegex(repr(timer), r"^<Timer\(alarm, started daemon \d+\)>$")
        self.assertIs(timer.cancel(), True)
        timer.join()
        self.assertFalse(timer.is_alive())

    def test_cancel_tells_whether_it_was_in_time(self) -> None:
        called = []
        timer = threading.Timer(NEVER, called.append, [1])
        timer.start()
        self.assertEqual([timer.cancel(), timer.cancel()], [True, False])
        late = threading.Timer(0, called.append, [2])
        late.start()
        late.join()
        self.assertIs(late.cancel(), False)
        self.assertEqual(called, [2])

    def test_one_that_is_cancelled_before_its_start_ends_at_once(self) -> None:
        called = []
        timer = threading.Timer(0, called.append, [1])
        timer.cancel()
        timer.start()
        timer.join()
        self.assertEqual(called, [])

    def test_it_starts_once(self) -> None:
        timer = threading.Timer(0, int)
        timer.start()
        self.assertRaisesRegex(RuntimeError, "only be started once", timer.start)
        timer.join()
        self.assertRaisesRegex(RuntimeError, "only be started once", timer.start)

    def test_bad_intervals_raise_and_negative_ones_call_at_once(self) -> None:
        self.assertRaises(ValueError, threading.Timer, math.nan, print)
        for interval in (math.inf, threading.TIMEOUT_MAX * 2):
            self.assertRaises(OverflowError, threading.Timer, interval, print)
        called = []
        timer = threading.Timer(-1, called.append, [1])
        timer.start()
        timer.join()
        self.assertEqual(called, [1])

    def test_what_it_raises_goes_to_the_excepthook(self) -> None:
        seen = []
        threading.excepthook = seen.append
        try:
            timer = threading.Timer(0, lambda: 1 / 0)
            timer.start()
            timer.join()
        finally:
            threading.excepthook = threading.__excepthook__
        self.assertEqual(
            [(args.exc_type, args.thread) for args in seen], [(ZeroDivisionError, timer)]
        )
        seen.clear()

    def test_its_function_has_the_signal_mask_of_its_starter(self) -> None:
        masks = []
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        try:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
            timer = threading.Timer(
                0, lambda: masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))
            )
            timer.start()
            timer.join()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.assertEqual(masks, [mask])

    def test_a_subclass_with_a_run_of_its_own_is_a_thread(self) -> None:
        class Repeat(threading.Timer):
            def run(self) -> None:
                while not self.finished.wait(self.interval):
                    self.function(*self.args)

        called = []
        timer = Repeat(0.001, called.append, [1])
        timer.start()
        tools.until(self, lambda: len(called) > 2)
        timer.cancel()
        timer.join()

    def test_a_pending_one_lasts_and_a_cancelled_one_goes(self) -> None:
        timer = threading.Timer(NEVER, print)
        timer.start()
        reference = weakref.ref(timer)
        del timer
        gc.collect()
        reference().cancel()
        tools.until(self, lambda: gc.collect() is None or reference() is None)

    def test_a_closed_one_is_stale(self) -> None:
        timer = threading.Timer(NEVER, print)
        timer.close()
        for use in (timer.start, timer.cancel, timer.join, timer.is_alive):
            self.assertRaises(threading.DestroyedError, use)


if __name__ == "__main__":
    unittest.main()
