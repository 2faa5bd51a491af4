#!/usr/bin/env python3
"""Times CPython's own threading module, in rows named as those of threading_bench are.

What a call costs in the interpreter is part of each figure: it is what a Python programmer has. The
interpreter's own lock lets one thread run at a time, so contended rows tell how that one is handed
on.
"""

import argparse
import concurrent.futures
import functools
import json
import os
import pathlib
import platform
import re
import resource
import sys
import threading
import time
from collections.abc import Callable

sys.dont_write_bytecode = True  # leaves no __pycache__ beside the sources
from harness import Row, Sample, loop, run, timed_alone  # noqa: E402

# 1, or 2 for as many as there are: what rows are told apart by.
CPUS = min(len(os.sched_getaffinity(0)), 2)


# ---- alone ----


def pairs(lock: threading.Lock, operations: int) -> None:
    acquire, release = lock.acquire, lock.release
    for _ in range(operations):
        acquire()
        release()


def held(*locks: threading.Lock) -> threading.Lock:
    for lock in locks:
        lock.acquire()
    return locks[-1]


def tries(operations: int) -> None:
    acquire = held(threading.Lock()).acquire
    for _ in range(operations):
        if acquire(False):
            raise AssertionError("a lock was taken that is held")


def asks(call: Callable[[], object], operations: int) -> None:
    for _ in range(operations):
        call()


def set_and_clear(operations: int) -> None:
    event = threading.Event()
    for _ in range(operations):
        event.set()
        event.clear()


def event(is_set: bool) -> threading.Event:
    made = threading.Event()
    if is_set:
        made.set()
    return made


def start_and_join(operations: int) -> None:
    for _ in range(operations):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()


def local_get(operations: int) -> None:
    local = threading.local()
    local.value = 1
    for _ in range(operations):
        local.value  # pylint: disable=pointless-statement


def local_set(operations: int) -> None:
    local = threading.local()
    for _ in range(operations):
        local.value = 1


def timers(pending: int) -> Callable[[], Sample]:
    """Each timer is a thread, so there cannot be many."""

    def one_round() -> Sample:
        begin = time.monotonic()
        made = [threading.Timer(600, int) for _ in range(pending)]
        for timer in made:
            timer.start()
        for timer in made:
            timer.cancel()
        taken = time.monotonic() - begin
        for timer in made:
            timer.join()
        return Sample(taken / pending * 1e9)

    return one_round


def enumerate_threads(count: int, calls: int) -> Callable[[], Sample]:
    def one_round() -> Sample:
        gate = threading.Event()
        sleepers = [threading.Thread(target=gate.wait) for _ in range(count)]
        for sleeper in sleepers:
            sleeper.start()
        try:
            begin = time.monotonic()
            for _ in range(calls):
                found = threading.enumerate()
            taken = time.monotonic() - begin
            assert len(found) == count + 1, "a thread is missing"
        finally:
            gate.set()
            for sleeper in sleepers:
                sleeper.join()
        return Sample(taken / calls * 1e9)

    return one_round


# ---- together ----


def contended(threads: int, long: float) -> Callable[[], Sample]:
    lock = threading.Lock()

    def one_round() -> Sample:
        shares = [0] * threads
        total = 0
        stop = False
        ready = threading.Barrier(threads + 1)

        def body(index: int) -> None:
            nonlocal total
            mine = 0
            ready.wait()
            while not stop:
                with lock:
                    total += 1
                mine += 1
            shares[index] = mine

        workers = [threading.Thread(target=body, args=(index,)) for index in range(threads)]
        for worker in workers:
            worker.start()
        before = resource.getrusage(resource.RUSAGE_SELF)
        begin = time.monotonic()
        ready.wait()
        time.sleep(long)
        stop = True
        taken = time.monotonic() - begin
        after = resource.getrusage(resource.RUSAGE_SELF)
        for worker in workers:
            worker.join()
        assert total == sum(shares), "the lock let two in at once"
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        switches = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw
        extra = {
            "cpu_seconds_per_million": cpu / total * 1e6,
            "switches_per_op": switches / total,
            "least_percent": 100 * min(shares) * threads / total,
        }
        return Sample(taken / total * 1e9, extra)

    return one_round


def condition_passes(passes: int) -> float:
    condition = threading.Condition(threading.Lock())
    turn = 0

    def body(mine: int) -> None:
        nonlocal turn
        for _ in range(passes // 2):
            with condition:
                while turn != mine:
                    condition.wait()
                turn = 1 - mine
                condition.notify()

    return run(lambda: body(0), lambda: body(1))


def semaphore_passes(passes: int) -> float:
    turns = threading.Semaphore(1), threading.Semaphore(0)

    def body(mine: int) -> None:
        for _ in range(passes // 2):
            turns[mine].acquire()
            turns[1 - mine].release()

    return run(lambda: body(0), lambda: body(1))


def event_passes(passes: int) -> float:
    turns = event(True), event(False)

    def body(mine: int) -> None:
        for _ in range(passes // 2):
            turns[mine].wait()
            turns[mine].clear()
            turns[1 - mine].set()

    return run(lambda: body(0), lambda: body(1))


def lock_passes(passes: int) -> float:
    """Each releases the lock that the other waits for: Python's locks have no owner."""
    turns = threading.Lock(), held(threading.Lock())

    def body(mine: int) -> None:
        for _ in range(passes // 2):
            turns[mine].acquire()
            turns[1 - mine].release()

    return run(lambda: body(0), lambda: body(1))


def barrier_rounds(parties: int, rounds: int) -> float:
    barrier = threading.Barrier(parties)

    def body() -> None:
        for _ in range(rounds):
            barrier.wait()

    return run(*[body] * parties)


# ---- tasks ----


def tasks(batch: int) -> Callable[[int], float]:
    """Of so many tasks a batch is submitted before the first result is asked for."""

    def timed(operations: int) -> float:
        repeats = -(-operations // batch)
        # Its threads end with the round: other rows count threads.
        with concurrent.futures.ThreadPoolExecutor() as executor:
            # It makes them as tasks come.
            executor.submit(int).result()
            begin = time.monotonic()
            for _ in range(repeats):
                futures = [executor.submit(int) for _ in range(batch)]
                for future in futures:
                    future.result()
            return (time.monotonic() - begin) * operations / (repeats * batch)

    return timed


# ---- all rows ----


def rows(quick: bool) -> list[Row]:
    long = 0.004 if quick else 0.02
    rounds = 3 if quick else 9
    partial = functools.partial

    def alone(group: str, name: str, work: Callable[[int], None]) -> Row:
        return Row(group, name, {}, loop(long, partial(timed_alone, work)), False, rounds)

    found = [
        alone("lock", "lock uncontended", partial(pairs, threading.Lock())),
        alone("lock", "try on a held lock", tries),
        alone("lock", "rlock first level", partial(pairs, threading.RLock())),
        alone("lock", "rlock nested", partial(pairs, held(threading.RLock()))),
        alone("semaphore", "semaphore uncontended", partial(pairs, threading.Semaphore(1))),
        alone("event", "event is_set, clear", partial(asks, event(False).is_set)),
        alone("event", "event is_set, set", partial(asks, event(True).is_set)),
        alone("event", "event wait when set", partial(asks, event(True).wait)),
        alone("event", "event set and clear, no waiter", set_and_clear),
        alone("local", "local get", local_get),
        alone("local", "local set", local_set),
    ]
    for threads in (1, 2, 4, 16, 64) if CPUS > 1 else (2, 4, 16, 64):
        where = {"threads": threads, "section_ns": 0, "cpus": CPUS}
        found.append(
            Row(
                "contended", "contended lock", where, partial(contended, threads, 3 * long), True,
                1 if quick else 3,
            )
        )
    both = (
        ("ping-pong condition", condition_passes),
        ("ping-pong semaphore", semaphore_passes),
        ("ping-pong event", event_passes),
        ("ping-pong lock", lock_passes),
    )
    for name, work in both:
        found.append(Row("ping_pong", name, {"cpus": CPUS}, loop(long, work), True, rounds))
    for parties in (2, 8, 64):
        found.append(
            Row(
                "barrier", "barrier", {"threads": parties, "cpus": CPUS},
                loop(long, partial(barrier_rounds, parties)), True, rounds,
            )
        )
    found.append(
        Row(
            "thread", "thread start + join", {"cpus": CPUS},
            loop(long, partial(timed_alone, start_and_join)), True, rounds,
        )
    )
    found += [
        Row("executor", "submit + result", {"cpus": CPUS}, loop(long, tasks(1)), True, rounds),
        Row(
            "executor", "submit many, then results", {"tasks": 1000, "cpus": CPUS},
            loop(long, tasks(1000)), True, rounds,
        ),
    ]
    for count in (10,) if quick else (10, 1000):
        found.append(
            Row(
                "thread", "enumerate", {"threads": count},
                partial(enumerate_threads, count, 100_000 // (count + 100)), False, 3,
            )
        )
    if not quick:
        found.append(
            Row(
                "timer", "timer start + cancel", {"pending": 1000, "cpus": 2},
                partial(timers, 1000), False, 3,
            )
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--groups", type=lambda text: text.split(","), help="names of groups, separated by commas"
    )
    parser.add_argument(
        "--rows", type=re.compile, default="",
        help="regular expression that the name of a row must match",
    )
    parser.add_argument(
        "--pinned", action="store_true",
        help="only rows that mean something on one CPU; the caller sets the affinity",
    )
    parser.add_argument("--quick", action="store_true", help="short rounds, and few")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument(
        "--list", action="store_true", help="name groups and rows, and measure nothing"
    )
    options = parser.parse_args()
    chosen = [
        row
        for row in rows(options.quick)
        if (not options.groups or row.group in options.groups)
        and re.search(options.rows, row.name)
        and (row.pinned or not options.pinned)
    ]
    if options.list:
        for row in chosen:
            print(row.group, row.name, row.parameters, sep="\t")
        return
    measured = []
    for index, row in enumerate(chosen, 1):
        print(
            f"python_bench {index}/{len(chosen)}: {row.name} {row.parameters}", file=sys.stderr,
            flush=True,
        )
        measured.append(row.measure())
    if options.json:
        report = {
            "program": "python_bench", "versions": {"CPython": platform.python_version()},
            "missing": [], "rows": measured,
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
