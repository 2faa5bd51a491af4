"""Lock and RLock, beyond what CPython's lock_tests look at."""

import copy
import math
import pickle
import unittest

import tools
import libthreading as threading


class Both:
    kind = threading.Lock

    def test_arguments_have_their_names(self) -> None:
        lock = self.kind()
        self.assertIs(lock.acquire(blocking=True, timeout=1), True)
        self.assertIs(lock.acquire(blocking=False), self.kind is threading.RLock)

    def test_bad_timeouts_raise_as_in_cpython(self) -> None:
        lock = self.kind()
        for timeout in (math.nan, -0.5, -math.inf):
            self.assertRaises(ValueError, lock.acquire, timeout=timeout)
        for timeout in (threading.TIMEOUT_MAX + 1, 1e100, math.inf, 10**30):
            self.assertRaises(OverflowError, lock.acquire, timeout=timeout)
        for arguments in ((False, 1), (False, 0), (False, -2)):
            self.assertRaises(ValueError, lock.acquire, *arguments)
        self.assertRaises(TypeError, lock.acquire, timeout="1")
        self.assertFalse(lock.locked())

    def test_a_closed_one_is_stale(self) -> None:
        lock = self.kind()
        lock.close()
        lock.close()
        for use in (lock.acquire, lock.release, lock.locked, lock.__enter__):
            self.assertRaises(threading.DestroyedError, use)
        self.assertRaises(threading.DestroyedError, lock.acquire, timeout=1)
        self.assertIn("closed", repr(lock))

    def test_a_held_one_cannot_be_closed(self) -> None:
        lock = self.kind()
        with lock:
            self.assertRaisesRegex(RuntimeError, "in use", lock.close)
        lock.close()

    def test_a_held_one_leaves_nothing_behind(self) -> None:
        for _ in range(3):
            lock = self.kind()
            lock.acquire()
            bits = lock._bits
            del lock
            self.assertEqual(self.kind._destroy(bits), threading._library.DESTROYED)

    def test_it_cannot_be_copied(self) -> None:
        for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
            self.assertRaisesRegex(TypeError, "cannot pickle", duplicate, self.kind())

    def test_locked_tells_whether_it_is_held(self) -> None:
        lock = self.kind()
        self.assertIs(lock.locked(), False)
        with lock as held:
            self.assertIs(held, True)
            self.assertIs(lock.locked(), True)
        self.assertIs(lock.locked(), False)


class LockTest(Both, unittest.TestCase):
    def test_it_is_held_once(self) -> None:
        lock = threading.Lock()
        lock.acquire()
        self.assertFalse(lock.acquire(timeout=0.001))
        self.assertRaisesRegex(RuntimeError, "release unlocked lock", threading.Lock().release)


class RLockTest(Both, unittest.TestCase):
    kind = threading.RLock

    def test_a_thread_that_does_not_hold_it_cannot_release_it(self) -> None:
        rlock = threading.RLock()
        raised = []
        with rlock:
            thread = threading.Thread(
                target=lambda: raised.append(self.assertRaises(RuntimeError, rlock.release))
            )
            thread.start()
            thread.join()
            self.assertEqual(len(raised), 1)
            self.assertTrue(rlock._is_owned())

    def test_one_that_a_living_thread_holds_ends_when_that_has_ended(self) -> None:
        rlock = threading.RLock()
        bits = rlock._bits
        held, end = threading.Event(), threading.Event()

        def hold() -> None:
            # By its handle: the thread does not refer to the object.
            threading._library.threading_rlock_acquire(bits)
            held.set()
            end.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        del rlock
        self.assertIn((threading.RLock._destroy, bits), threading._object._left)
        end.set()
        thread.join()
        threading.RLock()
        self.assertNotIn((threading.RLock._destroy, bits), threading._object._left)
        self.assertEqual(threading.RLock._destroy(bits), threading._library.DESTROYED)

    def test_repr_names_the_owner(self) -> None:
        rlock = threading.RLock()
        with rlock, rlock:
            self.assertIn(f"owner={threading.get_ident()} count=2", repr(rlock))


if __name__ == "__main__":
    unittest.main()
