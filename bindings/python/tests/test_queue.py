"""Queue, with CPython's own tests of queue.Queue as the judge where they apply."""

import math
import unittest
from typing import Any, List

import tools
import libthreading as threading

try:
    from test import test_queue as cpython  # type: ignore[attr-defined, unused-ignore]
except ImportError:
    cpython = None  # type: ignore[assignment, unused-ignore]


class QueueTest(unittest.TestCase):
    def test_items_come_in_order_until_the_shutdown(self) -> None:
        queue: threading.Queue[int] = threading.Queue(3)
        got: List[int] = []

        def consume() -> None:
            try:
                while True:
                    got.append(queue.get())
                    queue.task_done()
            except threading.ShutDown:
                pass

        consumer = threading.Thread(target=consume)
        consumer.start()
        for item in range(200):
            queue.put(item)
        self.assertIs(queue.join(), True)
        queue.shutdown()
        consumer.join()
        self.assertEqual(got, list(range(200)))
        self.assertIs(queue.is_shutdown, True)
        self.assertRaises(threading.ShutDown, queue.put, 1)
        self.assertRaises(threading.ShutDown, queue.get)

    def test_it_is_full_and_empty(self) -> None:
        queue: threading.Queue[object] = threading.Queue(2)
        self.assertEqual((queue.maxsize, queue.qsize(), queue.empty()), (2, 0, True))
        self.assertRaises(threading.Empty, queue.get_nowait)
        self.assertRaises(threading.Empty, queue.get, timeout=0.01)
        queue.put_nowait(None)
        queue.put("second", timeout=1)
        self.assertIn("2 of 2", repr(queue))
        self.assertTrue(queue.full())
        self.assertRaises(threading.Full, queue.put_nowait, 1)
        self.assertRaises(threading.Full, queue.put, 1, timeout=0.01)
        self.assertIs(queue.join(0.01), False)
        self.assertEqual((queue.get(), queue.get()), (None, "second"))
        self.assertEqual(len(queue._items), 0)

    def test_threads_wait_for_room_and_for_items(self) -> None:
        queue: threading.Queue[int] = threading.Queue(1)
        queue.put(1)
        putter = threading.Thread(target=queue.put, args=(2,))
        putter.start()

        def waits() -> bool:
            seen = threading.waiting_for(putter)
            return seen is not None and seen.kind == "queue"

        tools.until(self, waits)
        self.assertEqual((queue.get(), queue.get()), (1, 2))
        putter.join()

    def test_an_immediate_shutdown_empties_it(self) -> None:
        queue: threading.Queue[int] = threading.Queue(100)
        for item in range(70):
            queue.put(item)
        queue.shutdown(immediate=True)
        self.assertEqual((queue.qsize(), len(queue._items)), (0, 0))
        self.assertIs(queue.join(0), True)
        self.assertRaises(threading.ShutDown, queue.get)
        self.assertRaises(ValueError, queue.task_done)

    def test_drain_takes_all(self) -> None:
        queue: threading.Queue[int] = threading.Queue(100)
        for item in range(70):
            queue.put(item)
        self.assertEqual(queue.drain(), list(range(70)))
        self.assertEqual(queue.drain(), [])

    def test_bad_arguments_raise(self) -> None:
        for maxsize in (0, -1, 1 << 40):
            self.assertRaises(ValueError, threading.Queue, maxsize)
        for other in (1.5, "2", None):
            self.assertRaises(TypeError, threading.Queue, other)
        queue: threading.Queue[int] = threading.Queue(1)
        self.assertRaises(ValueError, queue.get, timeout=-1)
        self.assertRaises(ValueError, queue.get, timeout=math.nan)
        queue.put(1)
        self.assertRaises(ValueError, queue.put, 1, timeout=-1)
        self.assertRaises(OverflowError, queue.put, 1, timeout=threading.TIMEOUT_MAX + 1)
        self.assertEqual(len(queue._items), 1)

    def test_a_closed_one_is_stale(self) -> None:
        queue: threading.Queue[int] = threading.Queue(1)
        queue.put(1)
        queue.close()
        questions = (queue.qsize, lambda: queue.maxsize, lambda: queue.is_shutdown)
        for use in (queue.get, queue.shutdown, queue.drain, queue.join, *questions):
            self.assertRaises(threading.DestroyedError, use)
        self.assertRaises(threading.DestroyedError, queue.put, 1)
        self.assertIn("closed", repr(queue))


class Modules:
    """What CPython's tests look for in the module queue."""

    Empty = threading.Empty
    Full = threading.Full
    ShutDown = threading.ShutDown


# They call a queue by this name, and make some without a limit.
class Queue(threading.Queue[Any]):
    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize or 100_000)


if cpython is not None:

    class CPythonTest(
        cpython.BaseQueueTestMixin, cpython.BlockingTestMixin, unittest.TestCase  # type: ignore
    ):
        queue = Modules

        def setUp(self) -> None:
            self.type2test = Queue
            super().setUp()

        def test_shrinking_queue(self) -> None:
            self.skipTest("maxsize cannot be changed")

        def _has_no_count(self) -> None:
            self.skipTest("there is no unfinished_tasks")

        test_shutdown_put_join = test_shutdown_immediate_put_join = _has_no_count
        test_shutdown_get_task_done_join = _has_no_count


if __name__ == "__main__":
    unittest.main()
