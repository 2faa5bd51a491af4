"""A look into the running program: waits, deadlocks and dumps."""

import io
import json
import os
import tempfile
import unittest
from typing import Any

import tools
import libthreading as threading

# Two tellers, each of which holds what the other wants. They never end, so a test of them has a
# process of its own.
TELLERS = """
import io, os, sys, tempfile
import libthreading as threading
from libthreading import inspection

def begin(make):
    accounts, ledger = make(name="accounts"), make(name="ledger")
    both = threading.Barrier(2)

    def serve(mine, yours):
        with mine:
            both.wait()
            yours.acquire()

    threads = [
        threading.Thread(target=serve, args=order, name=name, daemon=True)
        for order, name in (((accounts, ledger), "teller-1"), ((ledger, accounts), "teller-2"))
    ]
    for thread in threads:
        thread.start()
    while not threading.find_deadlock():
        os.sched_yield()
    return threads

"""


class DeadlockTest(unittest.TestCase):
    def said(self, code: str) -> str:
        ended = tools.run(TELLERS + code)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.said_to_stderr = ended.stderr
        return ended.stdout

    def test_two_tellers_who_wait_for_each_other_are_found(self) -> None:
        for kind, certainty in (("Lock", "probable"), ("RLock", "certain")):
            with self.subTest(kind):
                said = self.said(f"""
threads = begin(threading.{kind})
found = threading.find_deadlock()
print(found.certainty, len(found.waits))
for thread, wait in zip(threads, sorted(found.waits, key=lambda wait: wait.ident)):
    assert wait.thread is thread and wait.ident == thread.ident, wait
    assert wait.native_id == thread.native_id and wait.seconds >= 0, wait
    assert wait.holder in {{thread.ident for thread in threads}} - {{wait.ident}}, wait
    assert wait.remaining is None and wait.object, wait
    print(wait.thread.name, wait.kind, wait.name)
assert threading.waiting_for(threads[0]).name == "ledger"
assert {{wait.name for wait in threading.waits()}} == {{"accounts", "ledger"}}
""")
                kind = kind.lower()
                self.assertEqual(
                    said,
                    f"{certainty} 2\nteller-1 {kind} ledger\nteller-2 {kind} accounts\n",
                )

    def test_dumps_say_who_waits_for_whom(self) -> None:
        said = self.said("""
one, two = begin(threading.Lock)
print("before")
threading.dump(sys.stdout)
threading.dump(1)
threading.dump()
with tempfile.TemporaryFile() as file:
    file.write(b"first ")
    threading.dump(file)
    file.seek(0)
    assert file.read().startswith(b"first DEADLOCK (probable)")
found = threading.dump_json()
assert found["threading"] == 1 and found["pid"] == os.getpid(), found
(deadlock,) = found["deadlocks"]
assert deadlock["certainty"] == "probable", deadlock
assert set(deadlock["threads"]) == {f"{one.ident:#018x}", f"{two.ident:#018x}"}, deadlock
(seen,) = [thread for thread in found["threads"] if thread["name"] == "teller-1"]
assert seen["wait"]["name"] == "ledger" and seen["wait"]["kind"] == "lock", seen
assert seen["wait"]["holder"] == f"{two.ident:#018x}" and seen["wait"]["remaining"] is None, seen
assert {held["name"] for held in found["objects"] if held["holder"]} == {"accounts", "ledger"}
""")
        self.assertTrue(said.startswith("before\nDEADLOCK (probable) of 2 threads"), said)
        self.assertEqual(said.count("DEADLOCK"), 2)
        for dump in (said, self.said_to_stderr):
            self.assertRegex(
                dump,
                r'"teller-1" has waited [0-9.]+ s for lock "ledger" \(0x[0-9a-f]+\),'
                r' held by "teller-2"',
            )

    def test_a_deadlock_may_have_many_threads(self) -> None:
        self.said("""
count = 20
locks = [threading.RLock() for _ in range(count)]
all_there = threading.Barrier(count)

def work(number):
    with locks[number]:
        all_there.wait()
        locks[(number + 1) % count].acquire()

for number in range(count):
    threading.Thread(target=work, args=(number,), daemon=True).start()
while not threading.find_deadlock():
    os.sched_yield()
waits = threading.find_deadlock().waits
assert len(waits) == count
assert all(wait.holder == waits[n - count + 1].ident for n, wait in enumerate(waits)), waits
""")


class WaitsTest(unittest.TestCase):
    def test_there_are_none_where_nobody_waits(self) -> None:
        self.assertIsNone(threading.find_deadlock())
        self.assertIsNone(threading.waiting_for(threading.current_thread()))

    def test_all_who_wait_are_listed(self) -> None:
        stop = threading.Event(name="stop")
        threads = [threading.Thread(target=stop.wait) for _ in range(30)]
        for thread in threads:
            thread.start()

        def mine() -> "list[threading.Wait]":
            return [wait for wait in threading.waits() if wait.object == stop._bits]

        tools.until(self, lambda: len(mine()) == len(threads))
        for wait in mine():
            self.assertIn(wait.thread, threads)
            self.assertEqual((wait.kind, wait.name, wait.holder), ("event", "stop", None))
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(mine(), [])

    def test_what_one_thread_waits_for_is_told(self) -> None:
        slots = threading.Semaphore(0, name="slots")
        thread = threading.Thread(target=lambda: slots.acquire(timeout=3600))
        self.assertIsNone(threading.waiting_for(thread))
        thread.start()
        tools.until(self, lambda: threading.waiting_for(thread))
        wait = threading.waiting_for(thread)
        assert wait is not None and wait.remaining is not None
        self.assertIs(wait.thread, thread)
        self.assertEqual((wait.kind, wait.name), ("semaphore", "slots"))
        self.assertTrue(60 < wait.remaining <= 3600, wait)
        slots.release()
        thread.join()
        self.assertIsNone(threading.waiting_for(thread))
        thread.close()
        self.assertRaises(threading.DestroyedError, threading.waiting_for, thread)

    def test_names_are_known_of_all_that_can_be_waited_for(self) -> None:
        condition = threading.Condition(name="condition")
        event = threading.Event(name="event")
        barrier = threading.Barrier(2, name="barrier")
        latch = threading.Latch(1, name="latch")
        rwlock = threading.RWLock(name="rwlock")
        rwlock.acquire_write()
        queue: threading.Queue[int] = threading.Queue(1, name="queue")
        thread = threading.Thread(target=event.wait, name="thread")
        thread.start()

        def notify(notified: Any) -> None:
            with notified:
                notified.notify()

        def wait_notified() -> None:
            with condition:
                condition.wait()

        cases = {
            "condition": (wait_notified, lambda: notify(condition)),
            "barrier": (barrier.wait, barrier.wait),
            "latch": (latch.wait, latch.count_down),
            "rwlock": (rwlock.reading().__enter__, rwlock.release_write),
            "queue": (queue.get, lambda: queue.put(1)),
            "thread": (thread.join, event.set),
        }
        for kind, (wait, release) in cases.items():
            waiter = threading.Thread(target=wait)
            waiter.start()

            def is_seen() -> bool:
                seen = threading.waiting_for(waiter)
                return seen is not None and (seen.kind, seen.name) == (kind, kind)

            tools.until(self, is_seen)
            release()
            waiter.join()

    def test_what_has_ended_has_no_name(self) -> None:
        stop = threading.Event(name="stop")
        thread = threading.Thread(target=stop.wait)
        thread.start()
        tools.until(self, lambda: threading.waiting_for(thread))
        wait = threading.waiting_for(thread)
        assert wait is not None
        self.assertEqual(wait.name, "stop")
        stop.set()
        thread.join()
        stop.close()
        self.assertIsNone(wait.name)


class DumpTest(unittest.TestCase):
    def test_a_file_without_a_descriptor_is_refused(self) -> None:
        self.assertRaises(io.UnsupportedOperation, threading.dump, io.StringIO())
        self.assertRaises(AttributeError, threading.dump, "stderr")
        for descriptor in (-1, 2**31, 2**32 + 2):
            self.assertRaises(ValueError, threading.dump, descriptor)

        class Odd:
            def __init__(self, descriptor: Any) -> None:
                self.descriptor = descriptor

            def fileno(self) -> Any:
                return self.descriptor

        for odd in (-1, None, "1", 2**32 + 2):
            self.assertRaises(RuntimeError, threading.dump, Odd(odd))

    def test_a_descriptor_that_takes_nothing_is_an_oserror(self) -> None:
        with open(os.devnull, "rb") as reads_only:
            self.assertRaises(OSError, threading.dump, reads_only)
        read, write = os.pipe()
        os.close(read)
        self.assertRaises(OSError, threading.dump, write)
        os.close(write)
        self.assertRaises(OSError, threading.dump, write)

    def test_without_sys_stderr_there_is_no_default(self) -> None:
        ended = tools.run("""
import sys
import libthreading
sys.stderr = None
try:
    libthreading.dump()
except RuntimeError as error:
    print(error)
""")
        self.assertEqual(ended.stdout, "sys.stderr is None\n")

    def test_a_dump_is_refused_while_another_is_written(self) -> None:
        read, write = os.pipe()
        os.set_blocking(write, False)
        try:
            while os.write(write, bytes(4096)):
                pass
        except BlockingIOError:
            pass
        outcome = []

        def dump() -> None:
            while True:
                try:
                    threading.dump(write)
                except RuntimeError:  # the dumps below may be quicker at first
                    continue
                except OSError as error:
                    outcome.append(error)
                return

        dumper = threading.Thread(target=dump)
        dumper.start()

        def is_refused() -> bool:
            try:
                threading.dump_json()
            except RuntimeError:
                return True
            return False

        tools.until(self, is_refused)
        with tempfile.TemporaryFile() as file:
            self.assertRaises(RuntimeError, threading.dump, file)
        os.close(read)
        dumper.join()
        os.close(write)
        self.assertEqual(len(outcome), 1)
        self.assertEqual(threading.dump_json()["deadlocks"], [])

    def test_any_name_comes_back_from_the_json(self) -> None:
        name = "Zürich \"☂\"\n\t\\ \u2028\x7f"
        lock = threading.Lock(name=name)
        with lock:
            found = threading.dump_json()
        self.assertIn(name, [held["name"] for held in found["objects"]])
        self.assertEqual(json.loads(json.dumps(found)), found)


if __name__ == "__main__":
    unittest.main()
