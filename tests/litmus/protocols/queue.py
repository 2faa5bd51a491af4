"""The lock of a queue, PENDING, and the pins of a mutex (`src/wait/queue_lock.rs`,
`src/wait/mutex/pins.rs`).

A futex is what the kernel's is: a sleeper enters the kernel's own lock of the word, looks, and
lies down; a waker enters it later. So a sleep and a wake are two updates of one place, `kernel`.
Both pass a full fence on the way (the kernel's source says so, in a comment on its barriers).
"""

from executions import assume, change, exchange, fence, load, store
from litmus import Litmus

FREE, LOCKED, SLEEPERS, PENDING = 0, 1, 2, 4


def one_more(value):
    """The next number of the kernel's lock."""
    return value + 1


def futex_wait(word, expected):
    """How a futex sleeps: whether it lies down, and after how many others it came."""
    before = yield change("kernel", one_more, "AcqRel")
    yield fence("SeqCst")
    found = yield load(word, "Relaxed")
    return found == expected, before


def futex_wake():
    """How a futex wakes: all who came before that number."""
    yield fence("SeqCst")
    return (yield change("kernel", one_more, "AcqRel"))


def excludes(o):
    """Two threads take the lock on the fast path or the slow one, and leave it."""
    def thread(take):
        def run():
            found = yield exchange("lock", FREE, LOCKED, take, "Relaxed")
            yield assume(found == FREE)
            value = yield load("list", None)
            yield store("list", value + 1, None)
            yield exchange("lock", LOCKED, FREE, o["unlock"], "Relaxed")
        return run
    return [thread(o["lock"]), thread(o["slow"])]


def excludes_slowly(o):
    """The same where both leave by the slow path, since somebody may sleep."""
    return excludes({**o, "lock": o["slow"]})


def pends(o):
    """A waker changes the word, and takes the queue's lock or sets PENDING. The holder, which has
    looked at the word already, processes what is pending before it leaves."""
    def holder():
        found = yield exchange("lock", FREE, LOCKED, o["lock"], "Relaxed")
        yield assume(found == FREE)
        seen = yield load("word", o["look"])
        held = yield load("lock", "Relaxed")
        if held & PENDING:
            found = yield exchange("lock", LOCKED | PENDING, LOCKED, o["process"], "Relaxed")
            yield assume(found == LOCKED | PENDING)
            seen = yield load("word", o["look"])
        found = yield exchange("lock", LOCKED, FREE, o["process"], "Relaxed")
        yield assume(found == LOCKED)
        return seen

    def waker():
        yield exchange("word", 0, 1, o["change"], "Acquire")
        found = yield load("lock", "Relaxed")
        yield assume(found in (FREE, LOCKED))
        now = yield exchange("lock", found, found | (PENDING if found else LOCKED), o["pend"],
                             "Relaxed")
        yield assume(now == found)
        return found == FREE
    return [holder, waker]


def sleeps(o):
    """A thread that finds the lock held notes itself, and sleeps; the holder that leaves wakes."""
    def holder():
        found = yield exchange("lock", FREE, LOCKED, o["lock"], "Relaxed")
        yield assume(found == FREE)
        found = yield load("lock", "Relaxed")
        left = yield exchange("lock", found, FREE, o["process"], "Relaxed")
        yield assume(left == found)
        return (yield from futex_wake()) if found & SLEEPERS else None

    def sleeper():
        found = yield load("lock", "Relaxed")
        yield assume(found == LOCKED)
        now = yield exchange("lock", LOCKED, LOCKED | SLEEPERS, o["pend"], "Relaxed")
        yield assume(now == LOCKED)
        return (yield from futex_wait("lock", LOCKED | SLEEPERS))
    return [holder, sleeper]


def is_woken(results, _):
    """A sleeper that lies down is found by a waker that comes later."""
    woke, (lies, place) = results
    return not lies or woke is not None and woke > place


def pins(o):
    """A condition is made on a mutex that another thread ends: `RawMutex::pin`, and its end."""
    def maker():
        yield change("pins", one_more, o["change"])
        held = yield load("lock", o["is_locked"])
        alive = yield load("word", o["word"])
        # If it finds the lock held it takes it, and so comes after the end.
        return held == FREE and alive == 1

    def ends():
        found = yield exchange("lock", FREE, LOCKED, o["lock"], "Relaxed")
        yield assume(found == FREE)
        count = yield load("pins", o["is_locked"])
        if count == 0:
            yield exchange("word", 1, 0, o["end"], "Acquire")
        return count == 0
    return [maker, ends]


QUEUE = "wait/queue_lock.rs"
WORD = "object/word.rs"
LOCK = {"lock": f"{QUEUE} lock 1/2", "slow": f"{QUEUE} lock_slow 3/5",
        "unlock": f"{QUEUE} try_unlock 1/2"}
SLOW = {"slow": f"{QUEUE} lock_slow 3/5", "unlock": f"{QUEUE} unlock_slow 2/3"}
TESTS = [
    Litmus("what is linked under a queue's lock the next holder finds: the fast path", LOCK,
           {"lock": FREE, "list": 0}, excludes, lambda r, f: f["list"] == 2,
           {"lock": "Release", "slow": "Release", "unlock": "Relaxed"}),
    Litmus("what is linked under a queue's lock the next holder finds: the slow path", SLOW,
           {"lock": FREE, "list": 0}, excludes_slowly, lambda r, f: f["list"] == 2,
           {"slow": "Release", "unlock": "Acquire"}),
    Litmus("a change that a waker leaves to the holder is seen by the holder",
           {"lock": f"{QUEUE} lock 1/2", "pend": f"{QUEUE} lock_slow 3/5",
            "process": f"{QUEUE} unlock_slow 2/3", "change": f"{WORD} compare_exchange 1/2",
            "look": f"{WORD} load 1/1"},
           {"lock": FREE, "word": 0}, pends, lambda r, f: r[1] or r[0] == 1,
           {"pend": "Acquire", "process": "Release"}, lambda r, f: not r[1]),
    Litmus("who sleeps at a queue's lock is woken",
           {"lock": f"{QUEUE} lock 1/2", "pend": f"{QUEUE} lock_slow 3/5",
            "process": f"{QUEUE} unlock_slow 2/3"},
           {"lock": FREE, "kernel": 0}, sleeps, is_woken, {}, lambda r, f: r[1][0]),
    Litmus("a mutex on which a condition is made does not end",
           {"change": "wait/mutex/pins.rs change 2/3", "lock": f"{QUEUE} lock 1/2",
            "is_locked": "../src/atomic.rs load_latest 1/3", "word": f"{WORD} load 1/1",
            "end": f"{WORD} compare_exchange 1/2"},
           {"pins": 0, "lock": FREE, "word": 1}, pins, lambda r, f: r != [True, True],
           {"change": "AcqRel", "lock": "Acquire", "is_locked": "Acquire"}, lambda r, f: r[0]),
]
