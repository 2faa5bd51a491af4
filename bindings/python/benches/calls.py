#!/usr/bin/env python3
"""What calls cost, in nanoseconds, on CPython's threading and on libthreading: the least of several
rounds of each.

Nothing is contended. A round on the one is followed by a round on the other, so that a busy machine
is busy for both.
"""

import pathlib
import sys
import threading
import timeit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libthreading  # noqa: E402

ROUNDS = 7
CALLS = 20000
MEASURED = {
    "Lock: acquire and release": ("x = t.Lock()", "x.acquire(); x.release()", CALLS),
    "Lock: with": ("x = t.Lock()", "with x: pass", CALLS),
    "RLock: acquire and release": ("x = t.RLock()", "x.acquire(); x.release()", CALLS),
    "Condition: with, notify": ("x = t.Condition()", "with x: x.notify()", CALLS),
    "Semaphore: acquire and release": ("x = t.Semaphore()", "x.acquire(); x.release()", CALLS),
    "Event: set, is_set and clear": ("x = t.Event()", "x.set(); x.is_set(); x.clear()", CALLS),
    "local: set and get": ("x = t.local()", "x.a = 1; x.a", CALLS),
    "Lock: make and drop": ("", "t.Lock()", CALLS),
    "current_thread": ("", "t.current_thread()", CALLS),
    "get_ident": ("", "t.get_ident()", CALLS),
    "Thread: make, start and join": ("", "x = t.Thread(); x.start(); x.join()", CALLS // 100),
    "Timer: make, start and cancel": (
        "",
        "x = t.Timer(1000, int); x.start(); x.cancel(); x.join()",
        CALLS // 100,
    ),
}

python = ".".join(map(str, sys.version_info[:3]))
print(
    f"{'nanoseconds, uncontended':32} {'CPython ' + python:>15} {'libthreading':>15} {'times':>7}"
)
for what, (setup, statement, calls) in MEASURED.items():
    least = []
    for _ in range(ROUNDS):
        pair = [
            timeit.timeit(statement, setup, number=calls, globals={"t": module})
            for module in (threading, libthreading)
        ]
        least = [min(times) for times in zip(least, pair)] if least else pair
    cpython, ours = (seconds / calls * 1e9 for seconds in least)
    print(f"{what:32} {cpython:15.0f} {ours:15.0f} {ours / cpython:7.1f}")
