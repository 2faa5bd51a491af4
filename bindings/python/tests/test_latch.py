"""Latch, which Python's threading has not."""

import math
import unittest

import tools  # noqa: F401
import libthreading as threading
from libthreading._library import LATCH_MAX


class LatchTest(unittest.TestCase):
    def test_it_opens_when_all_have_counted_down(self) -> None:
        latch = threading.Latch(3)
        self.assertIn("count=3", repr(latch))
        parts = []

        def work(part: int) -> None:
            parts.append(part)
            latch.count_down()
            self.assertIs(latch.wait(), True)

        threads = [threading.Thread(target=work, args=(part,)) for part in range(3)]
        for thread in threads:
            thread.start()
        self.assertIs(latch.wait(), True)
        self.assertEqual(sorted(parts), [0, 1, 2])
        self.assertEqual((latch.count, latch.is_open(), latch.wait(0)), (0, True, True))
        for thread in threads:
            thread.join()

    def test_it_lets_nobody_go_before(self) -> None:
        latch = threading.Latch(1)
        latch.count_up(2)
        latch.count_up()
        latch.count_down(3)
        self.assertEqual((latch.count, latch.is_open()), (1, False))
        for timeout in (0, -1, 0.01):
            self.assertIs(latch.wait(timeout), False)
        self.assertRaises(ValueError, latch.wait, math.nan)
        self.assertRaises(OverflowError, latch.wait, threading.TIMEOUT_MAX + 1)

    def test_bad_counts_raise(self) -> None:
        self.assertRaises(ValueError, threading.Latch, -1)
        for count in (LATCH_MAX + 1, (1 << 64) + 1):
            self.assertRaises(OverflowError, threading.Latch, count)
        for count in (1.5, "2", None):
            self.assertRaises(TypeError, threading.Latch, count)
        full, open_one = threading.Latch(LATCH_MAX), threading.Latch(0)
        for n in (1, 2, 10**30):
            self.assertRaises(OverflowError, full.count_up, n)
            self.assertRaises(OverflowError, open_one.count_down, n)
            self.assertRaises(RuntimeError, open_one.count_up, n)
        for n in (0, -1):
            self.assertRaises(ValueError, full.count_down, n)
            self.assertRaises(ValueError, full.count_up, n)

    def test_a_closed_one_is_stale(self) -> None:
        latch = threading.Latch(1)
        latch.close()
        questions = (latch.is_open, lambda: latch.count, lambda: latch.wait(0))
        for use in (latch.count_down, latch.count_up, latch.wait, *questions):
            self.assertRaises(threading.DestroyedError, use)
        self.assertIn("closed", repr(latch))


if __name__ == "__main__":
    unittest.main()
