"""RWLock, which Python's threading has not."""

import math
import unittest
from typing import Any, Callable

import tools  # noqa: F401
import libthreading as threading


def in_a_thread(call: Callable[[], Any]) -> Any:
    answer = []
    thread = threading.Thread(target=lambda: answer.append(call()))
    thread.start()
    thread.join()
    return answer[0]


class RWLockTest(unittest.TestCase):
    def test_it_is_read_by_many(self) -> None:
        lock = threading.RWLock()
        with lock.reading():
            self.assertEqual((lock.readers, lock.write_locked(), lock.writer), (1, False, 0))
            self.assertIn("readers=1", repr(lock))
            with lock.reading():
                self.assertEqual(lock.readers, 2)
            self.assertIs(in_a_thread(lambda: lock.acquire_read(timeout=1)), True)
            lock.release_read()
            self.assertIs(in_a_thread(lambda: lock.acquire_write(False)), False)
            self.assertIs(in_a_thread(lambda: lock.acquire_write(timeout=0.01)), False)
        self.assertEqual(lock.readers, 0)

    def test_it_is_written_by_one(self) -> None:
        lock = threading.RWLock()
        with lock.writing():
            self.assertEqual((lock.readers, lock.writer), (0, threading.get_ident()))
            self.assertIn("written", repr(lock))
            self.assertIs(in_a_thread(lambda: lock.acquire_read(False)), False)
            self.assertIs(in_a_thread(lambda: lock.acquire_read(timeout=0.01)), False)
            self.assertRaises(RuntimeError, lock.acquire_read)
            self.assertRaises(RuntimeError, lock.acquire_write)
        self.assertIs(lock.write_locked(), False)

    def test_it_guards_what_many_read_and_write(self) -> None:
        lock, pair, torn = threading.RWLock(), [0, 0], []

        def work(number: int) -> None:
            for turn in range(200):
                if (turn + number) % 4 == 0:
                    with lock.writing():
                        pair[0] += 1
                        pair[1] += 1
                else:
                    with lock.reading():
                        if pair[0] != pair[1]:
                            torn.append(turn)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((pair, torn), ([200, 200], []))

    def test_it_is_released_when_the_block_raises(self) -> None:
        lock = threading.RWLock()
        for holding in (lock.reading, lock.writing):
            with self.assertRaises(KeyError):
                with holding():
                    raise KeyError
            self.assertEqual((lock.readers, lock.write_locked()), (0, False))

    def test_a_write_becomes_a_read_and_back(self) -> None:
        lock = threading.RWLock()
        self.assertIs(lock.acquire_write(), True)
        lock.downgrade()
        self.assertEqual(lock.readers, 1)
        self.assertIs(lock.try_upgrade(), True)
        lock.downgrade()
        self.assertIs(lock.acquire_read(), True)
        self.assertIs(lock.try_upgrade(), False)
        lock.release_read()
        lock.release_read()
        uses = (lock.release_read, lock.release_write, lock.downgrade, lock.try_upgrade)
        for use in uses:
            self.assertRaises(RuntimeError, use)

    def test_a_read_that_would_write_is_told(self) -> None:
        lock = threading.RWLock()
        with lock.reading():
            self.assertRaises(RuntimeError, lock.acquire_write)
        with self.assertRaises(RuntimeError):
            lock.acquire_write()
            in_a_thread(lambda: self.assertRaises(RuntimeError, lock.release_write))
            lock.acquire_write()
        lock.release_write()

    def test_bad_time_outs_raise(self) -> None:
        lock = threading.RWLock()
        for acquire in (lock.acquire_read, lock.acquire_write):
            for timeout in (math.nan, -2):
                self.assertRaises(ValueError, acquire, timeout=timeout)
            self.assertRaises(ValueError, acquire, False, 1)
            self.assertRaises(OverflowError, acquire, timeout=threading.TIMEOUT_MAX + 1)

    def test_a_closed_one_is_stale(self) -> None:
        lock = threading.RWLock()
        lock.close()
        for use in (
            lock.acquire_read,
            lock.acquire_write,
            lock.release_read,
            lock.release_write,
            lock.downgrade,
            lock.try_upgrade,
            lock.write_locked,
            lambda: lock.readers,
            lambda: lock.writer,
        ):
            self.assertRaises(threading.DestroyedError, use)
        self.assertIn("closed", repr(lock))


if __name__ == "__main__":
    unittest.main()
