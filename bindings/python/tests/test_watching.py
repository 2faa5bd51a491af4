"""Dumps at a signal, the thread that looks for deadlocks, contention, and lines about mistakes."""

import os
import pathlib
import signal
import tempfile
import unittest

import tools
import libthreading as threading

# Deadlocks of RLocks never end, so a test of them has a process of its own.
DEADLOCK = """
import os, sys
import libthreading as threading

def deadlock(make, number):
    one, other = make(name="one"), make(name="other")
    both = threading.Barrier(2)

    def serve(mine, yours):
        with mine:
            both.wait()
            yours.acquire()

    threads = [
        threading.Thread(target=serve, args=order, name=name, daemon=True)
        for order, name in (((one, other), f"a{number}"), ((other, one), f"b{number}"))
    ]
    for thread in threads:
        thread.start()
    return threads

def until(condition):
    while not condition():
        os.sched_yield()

"""


class WatchTest(unittest.TestCase):
    def said(self, code: str) -> str:
        ended = tools.run(DEADLOCK + code)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.said_to_stderr = ended.stderr
        return ended.stdout

    def test_the_hook_hears_of_each_deadlock_once(self) -> None:
        said = self.said("""
heard = []
threading.set_deadlock_hook(heard.append)
threading.watch(0.001)
threads = deadlock(threading.RLock, 1)
until(lambda: heard)
threads += deadlock(threading.RLock, 2)
until(lambda: len(heard) == 2)
for found in heard:
    assert isinstance(found, threading.Deadlock)
    for wait in sorted(found.waits, key=lambda wait: wait.thread.name):
        assert wait.thread in threads
        print(found.certainty, wait.thread.name, wait.kind, wait.name)
threading.watch(None)
threading.set_deadlock_hook(None)
assert len(heard) == 2
""")
        self.assertEqual(
            said,
            "certain a1 rlock other\ncertain b1 rlock one\n"
            "certain a2 rlock other\ncertain b2 rlock one\n",
        )
        self.assertEqual(self.said_to_stderr.count("DEADLOCK (certain) of 2 threads"), 2)

    def test_it_has_patience_with_what_another_thread_could_end(self) -> None:
        self.said("""
heard = []
threading.set_deadlock_hook(lambda found: heard.append(found.certainty))
deadlock(threading.Lock, 1)
until(threading.find_deadlock)
threading.watch(0.001, 3600)
deadlock(threading.RLock, 2)
until(lambda: heard)
assert heard == ["certain"], heard
threading.watch(0.001)
until(lambda: len(heard) == 2)
assert heard == ["certain", "probable"], heard
""")

    def test_what_the_hook_raises_is_unraisable_and_the_watch_goes_on(self) -> None:
        said = self.said("""
sys.unraisablehook = lambda seen: print(seen.exc_value, flush=True) or raised.append(seen.exc_type)
raised = []
def hook(found):
    raise LookupError("of the hook")
threading.set_deadlock_hook(hook)
threading.watch(0.001)
deadlock(threading.RLock, 1)
until(lambda: raised)
deadlock(threading.RLock, 2)
until(lambda: len(raised) == 2)
assert raised == [LookupError] * 2, raised
""")
        self.assertEqual(said, "of the hook\n" * 2)

    def test_a_process_ends_while_its_hook_runs(self) -> None:
        self.said("""
entered = threading.Event()
def hook(found):
    entered.set()
    while True:
        os.sched_yield()
threading.set_deadlock_hook(hook)
threading.watch(0.001)
deadlock(threading.RLock, 1)
entered.wait()
""")

    def test_the_end_of_the_interpreter_takes_the_hook_away(self) -> None:
        said = self.said("""
import atexit
from libthreading import watching
threading.set_deadlock_hook(print)
atexit.register(lambda: print(watching._hook))
""")
        self.assertEqual(said, "None\n")

    def test_intervals_that_are_none_are_refused(self) -> None:
        for interval in (0, -1, float("nan"), 1e300):
            self.assertRaises(ValueError, threading.watch, interval)
        self.assertRaises(ValueError, threading.watch, 1, float("nan"))
        threading.watch(None)
        threading.watch(float("inf"), float("inf"))

    def test_a_hook_is_callable(self) -> None:
        self.assertRaises(TypeError, threading.set_deadlock_hook, 1)


class DumpOnSignalTest(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(threading.dump_on_signal, 0)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_each_signal_appends_a_dump_to_the_file(self) -> None:
        threading.dump_on_signal(signal.SIGQUIT, self.directory / "dump.%p")
        file = self.directory / f"dump.{os.getpid()}"
        with threading.Lock(name="accounts"):
            os.kill(os.getpid(), signal.SIGQUIT)
        once = file.read_text()
        self.assertIn('holds lock "accounts"', once)
        os.kill(os.getpid(), signal.SIGQUIT)
        self.assertTrue(file.read_text().startswith(once))
        self.assertGreater(len(file.read_text()), len(once))

    def test_without_a_path_it_is_written_to_stderr(self) -> None:
        ended = tools.run("""
import os, signal
import libthreading
libthreading.dump_on_signal(signal.SIGQUIT)
os.kill(os.getpid(), signal.SIGQUIT)
libthreading.dump_on_signal(0)
os.kill(os.getpid(), signal.SIGQUIT)
""")
        self.assertEqual(ended.stderr.count('"MainThread" ident='), 1, ended.stderr)
        self.assertEqual(ended.returncode, -signal.SIGQUIT)

    def test_signals_that_are_taken_and_that_are_none_are_refused(self) -> None:
        self.assertRaises(RuntimeError, threading.dump_on_signal, signal.SIGINT)
        for signum in (signal.SIGKILL, 1000, -1, 2**40):
            self.assertRaises(ValueError, threading.dump_on_signal, signum)
        for path in ("a\0b", b"\xff", "a" * 1024):
            self.assertRaises(ValueError, threading.dump_on_signal, signal.SIGQUIT, path)
        self.assertRaises(TypeError, threading.dump_on_signal, signal.SIGQUIT, 1)


class ContentionTest(unittest.TestCase):
    def test_waits_are_counted_for_each_lock(self) -> None:
        accounts, quiet = threading.Lock(name="accounts"), threading.RLock(name="quiet")
        with quiet:
            pass
        accounts.acquire()
        waiter = threading.Thread(target=accounts.acquire)
        waiter.start()
        tools.until(self, lambda: threading.waiting_for(waiter))
        accounts.release()
        waiter.join()
        late = threading.Thread(target=accounts.acquire, kwargs={"timeout": 0.001})
        late.start()
        late.join()
        counted = threading.contention()
        self.assertEqual(
            [seen.total for seen in counted],
            sorted((seen.total for seen in counted), reverse=True),
        )
        self.assertNotIn("quiet", [seen.name for seen in counted])
        (seen,) = [seen for seen in counted if seen.name == "accounts"]
        self.assertEqual((seen.kind, seen.waits, seen.timeouts), ("lock", 1, 1))
        self.assertEqual(seen.object, accounts._bits)
        self.assertEqual(seen.longest_holder, threading.get_ident())
        self.assertGreater(seen.total, 0)
        self.assertEqual(seen.total, seen.longest)
        threading.contention_reset()
        self.assertNotIn("accounts", [seen.name for seen in threading.contention()])
        accounts.release()

    def test_there_may_be_many(self) -> None:
        ended = tools.run("""
import libthreading as threading
locks = [threading.Lock() for _ in range(40)]
for lock in locks:
    with lock:
        lock.acquire(timeout=0.001)
print(len(threading.contention()))
""")
        self.assertEqual((ended.stdout, ended.stderr), ("40\n", ""))


class ReportMistakesTest(unittest.TestCase):
    def test_each_kind_of_mistake_is_printed_once(self) -> None:
        ended = tools.run("""
import libthreading as threading
lock, rlock = threading.Lock(), threading.RLock()
def mistake(call):
    try:
        call()
    except RuntimeError:
        pass
mistake(lock.release)
threading.report_mistakes(True)
for call in (lock.release, lock.release, rlock.release):
    mistake(call)
threading.report_mistakes(False)
mistake(threading.Condition().notify)
""")
        lines = ended.stderr.splitlines()
        self.assertEqual(len(lines), 2, ended.stderr)
        self.assertIn("threading_lock_release failed: THREADING_NOT_ACQUIRED", lines[0])
        self.assertIn("threading_rlock_release failed: THREADING_NOT_", lines[1])


if __name__ == "__main__":
    unittest.main()
