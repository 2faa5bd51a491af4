"""Executor and Future, beyond what CPython's test_concurrent_futures looks at."""

import asyncio
import concurrent.futures
import gc
import math
import unittest
import weakref
from typing import Any, List

import tools
import libthreading as threading


def nothing() -> None:
    pass


class Held:
    """An executor of one thread, whose task runs until the end of the block."""

    def __init__(self, workers: int = 1) -> None:
        self.executor = threading.Executor(workers, "held")
        self.begun, self.end = threading.Event(), threading.Event()

    def __enter__(self) -> "Held":
        def task() -> str:
            self.begun.set()
            self.end.wait()
            return "ran"

        self.running = self.executor.submit(task)
        self.begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.end.set()
        self.executor.shutdown()


class ExecutorTest(unittest.TestCase):
    def test_results_and_exceptions_come_out(self) -> None:
        def fail(error: BaseException) -> None:
            raise error

        with threading.Executor(2) as executor:
            self.assertEqual(executor.submit(divmod, 7, 2).result(), (3, 1))
            for error in (ValueError("no"), SystemExit(3), KeyboardInterrupt()):
                future = executor.submit(fail, error)
                self.assertIs(future.exception(), error)
                self.assertRaises(type(error), future.result)
                self.assertTrue(future.done() and not future.cancelled() and not future.running())
            self.assertEqual(list(executor.map(pow, range(5), range(5))), [1, 1, 4, 27, 256])

    def test_tasks_run_in_the_order_of_their_submission(self) -> None:
        ran: List[int] = []
        with Held() as held:
            for number in range(100):
                held.executor.submit(ran.append, number)
        self.assertEqual(ran, list(range(100)))

    def test_tasks_that_wait_for_tasks_end_with_a_single_worker(self) -> None:
        def depth(number: int) -> int:
            return number and 1 + executor.submit(depth, number - 1).result()

        with threading.Executor(1) as executor:
            self.assertEqual(executor.submit(depth, 20).result(tools.PATIENCE), 20)

    def test_a_task_that_waits_for_itself_is_told(self) -> None:
        mine: List[Any] = []
        with Held() as held:
            mine.append(held.executor.submit(lambda: mine[0].result()))
        self.assertRaisesRegex(RuntimeError, "wait", mine[0].result)

    def test_a_result_is_waited_for_until_the_timeout(self) -> None:
        with Held() as held:
            self.assertTrue(held.running.running() and not held.running.done())
            for timeout in (0.01, 0, -1):
                self.assertRaises(threading.TimeoutError, held.running.result, timeout)
                self.assertRaises(concurrent.futures.TimeoutError, held.running.exception, timeout)
            self.assertRaises(ValueError, held.running.result, math.nan)
            self.assertRaises(OverflowError, held.running.result, math.inf)
            self.assertIs(held.running.cancel(), False)
        self.assertEqual(held.running.result(0), "ran")

    def test_what_has_not_begun_can_be_cancelled(self) -> None:
        told: List[Any] = []
        with Held() as held:
            waiting = held.executor.submit(told.append, "ran")
            waiting.add_done_callback(told.append)
            self.assertFalse(waiting.done() or waiting.running())
            self.assertEqual((waiting.cancel(), waiting.cancel()), (True, True))
            self.assertTrue(waiting.cancelled() and waiting.done())
            self.assertRaises(threading.CancelledError, waiting.result)
            self.assertRaises(threading.CancelledError, waiting.exception)
            self.assertEqual(threading.wait([waiting]).done, {waiting})
        self.assertEqual(told, [waiting])

    def test_a_thread_that_waits_hears_of_the_cancellation(self) -> None:
        raised: List[BaseException] = []

        def wait() -> None:
            try:
                waiting.result()
            except threading.CancelledError as error:
                raised.append(error)

        with Held() as held:
            waiting = held.executor.submit(nothing)
            thread = threading.Thread(target=wait)
            thread.start()
            tools.until(self, lambda: threading.waiting_for(thread))
            waiting.cancel()
            thread.join()
        self.assertEqual(len(raised), 1)

    def test_a_shutdown_cancels_what_has_not_begun_if_it_is_told_to(self) -> None:
        with Held() as held:
            futures = [held.executor.submit(nothing) for _ in range(10)]
            held.executor.shutdown(wait=False, cancel_futures=True)
            self.assertTrue(held.executor.is_shut)
            self.assertTrue(all(future.cancelled() for future in futures))
            self.assertRaisesRegex(RuntimeError, "after shutdown$", held.executor.submit, nothing)
        self.assertEqual(held.running.result(), "ran")
        self.assertIn("shut", repr(held.executor))

    def test_a_task_cannot_shut_its_executor_down(self) -> None:
        with threading.Executor() as executor:
            self.assertRaises(RuntimeError, executor.submit(executor.shutdown).result)
            self.assertFalse(executor.is_shut)

    def test_futures_come_as_they_complete(self) -> None:
        with Held(2) as held:
            quick = [held.executor.submit(divmod, number, 3) for number in range(5)]
            complete = threading.as_completed([held.running, *quick])
            self.assertEqual({next(complete) for _ in quick}, set(quick))
            done = threading.wait([held.running, *quick], return_when=threading.FIRST_COMPLETED)
            self.assertEqual(done.not_done, {held.running})
            self.assertEqual(threading.wait_any([held.running, quick[0]]), 1)
        self.assertEqual(list(complete), [held.running])

    def test_a_callback_may_ask_for_the_result(self) -> None:
        heard: List[Any] = []
        with Held() as held:
            held.running.add_done_callback(lambda future: heard.append(future.result()))
        self.assertEqual(heard, ["ran"])

    def test_a_task_is_a_thread_with_the_name_of_the_executor(self) -> None:
        mine = threading.local()

        def task() -> Any:
            before = getattr(mine, "value", None)
            mine.value = 1
            return before, threading.current_thread().name, threading.get_ident()

        executor = threading.Executor(1, "pool")
        seen = [executor.submit(task).result() for _ in range(3)]
        self.assertEqual({task[:2] for task in seen}, {(None, "pool_0")})
        self.assertEqual(len({task[2] for task in seen}), 3)
        self.assertEqual(executor.name, "pool")
        executor.shutdown()

    def test_nothing_is_kept_of_what_is_done(self) -> None:
        class Thing:
            def use(self) -> None:
                raise ValueError

        with threading.Executor() as executor:
            thing = Thing()
            seen = weakref.ref(thing)
            future = executor.submit(thing.use)
            self.assertIsInstance(future.exception(), ValueError)
            del thing, future
            executor.submit(nothing).result()  # The worker has left the first task.
            gc.collect()
            self.assertIsNone(seen())
        from libthreading import executor as module

        self.assertEqual(module._submitted, {})

    def test_asyncio_takes_it_as_an_executor(self) -> None:
        async def use() -> "tuple[int, int]":
            with threading.Executor() as executor:
                return await asyncio.get_running_loop().run_in_executor(executor, divmod, 7, 2)

        self.assertEqual(asyncio.run(use()), (3, 1))

    def test_bad_arguments_raise(self) -> None:
        for workers in (0, -1, 65537):
            self.assertRaises(ValueError, threading.Executor, workers)
        self.assertRaises(TypeError, threading.Executor, 1.5)
        self.assertRaises(ValueError, threading.Executor, 1, "a\0b")

    def test_a_closed_one_is_stale(self) -> None:
        with Held() as held:
            self.assertRaisesRegex(RuntimeError, "in use", held.executor.close)
        held.executor.close()
        uses = (held.executor.shutdown, lambda: held.executor.is_shut)
        for use in (*uses, lambda: held.executor.submit(nothing)):
            self.assertRaises(threading.DestroyedError, use)
        self.assertIn("closed", repr(held.executor))


class ModuleTest(unittest.TestCase):
    def test_only_the_use_of_executors_imports_the_standard_ones(self) -> None:
        # logging would have imported threading, before a program can put this package in its place.
        code = """
import sys, libthreading
print("logging" in sys.modules, "concurrent.futures" in sys.modules)
sys.modules["threading"] = libthreading
import concurrent.futures
print(libthreading.Executor.__mro__[-2] is concurrent.futures.Executor)
print(libthreading.wait is concurrent.futures.wait, hasattr(libthreading, "nothing"))
"""
        done = tools.run(code)
        expected = "False False\nTrue\nTrue False\n"
        self.assertEqual((done.stdout, done.stderr), (expected, ""))


class EndTest(unittest.TestCase):
    def prints(self, code: str, expected: str) -> None:
        # Python warns of a fork in a process with several threads.
        code = "import os\nimport libthreading as threading\n" + code
        done = tools.run(code, "-W", "ignore::DeprecationWarning")
        self.assertEqual((done.stdout, done.stderr, done.returncode), (expected, "", 0))

    def test_the_process_ends_after_the_tasks(self) -> None:
        self.prints(
            """
executor = threading.Executor(1)
for number in range(3):
    executor.submit(print, number, flush=True)
executor.shutdown(wait=False)
""",
            "0\n1\n2\n",
        )

    def test_a_forked_child_has_the_tasks_cancelled(self) -> None:
        self.prints(
            """
executor, begun, end = threading.Executor(1), threading.Event(), threading.Event()
running = executor.submit(lambda: (begun.set(), end.wait()))
waiting = executor.submit(print, "in the parent", flush=True)
begun.wait()
child = os.fork()
if not child:
    for future in running, waiting:
        try:
            future.result()
        except threading.CancelledError:
            print("cancelled", future.done(), flush=True)
    print(executor.submit(divmod, 7, 2).result(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
end.set()
""",
            "cancelled True\ncancelled True\n(3, 1)\nin the parent\n",
        )


if __name__ == "__main__":
    unittest.main()
