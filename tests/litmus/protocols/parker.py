"""How a wait ends (`src/wait/parker.rs`), where many are woken at once
(`src/wait/broadcast.rs`), and what others see of a wait (`src/wait/wait_record.rs`)."""

from executions import assume, change, exchange, fence, load, store
from litmus import Litmus
from protocols.queue import futex_wait, futex_wake, one_more

IDLE, WAITING, CLAIMED, TIMED_OUT, WOKEN, ASLEEP = 0, 1, 2, 3, 5, 0x100


def claims(o):
    """A waiter whose time runs out, and a waker that claims it: one of them decides. Who is woken
    sees what the waker did."""
    def waiter():
        now = yield exchange("parker", WAITING, TIMED_OUT, o["decide"], "Relaxed")
        if now == WAITING:
            return "timed out"
        found = yield load("parker", o["park"])
        yield assume(found == WOKEN)
        return (yield load("given", None)), (yield load("through", None))

    def waker():
        now = yield exchange("parker", WAITING, CLAIMED, o["decide"], "Relaxed")
        if now != WAITING:
            return "too late"
        yield store("through", 1, None)
        yield store("given", 1, None)
        yield change("parker", lambda _: WOKEN, o["unpark"])
        return "woken"
    return [waiter, waker]


def linked(o):
    """A waiter prepares its wait and links its node; a claimer finds it under the queue's lock."""
    def waiter():
        yield store("record", 1, "Relaxed")
        yield store("parker", WAITING, "Release")
        found = yield exchange("lock", 0, 1, o["lock"], "Relaxed")
        yield assume(found == 0)
        yield store("node", 1, None)
        yield exchange("lock", 1, 0, o["unlock"], "Relaxed")

    def claimer():
        found = yield exchange("lock", 0, 1, o["lock"], "Relaxed")
        yield assume(found == 0)
        node = yield load("node", None)
        yield assume(node == 1)
        now = yield exchange("parker", WAITING, CLAIMED, "Acquire", "Relaxed")
        return now == WAITING and (yield load("record", "Relaxed"))
    return [waiter, claimer]


def sleeps(o):
    """A waiter announces that it sleeps, and sleeps; the waker wakes it if it has read that."""
    def waiter():
        found = yield exchange("parker", WAITING, WAITING | ASLEEP, o["spin"], "Relaxed")
        yield assume(found == WAITING)
        return (yield from futex_wait("parker", WAITING | ASLEEP))

    def waker():
        found = yield change("parker", lambda _: WOKEN, o["unpark"])
        return (yield from futex_wake()) if found & ASLEEP else None
    return [waiter, waker]


def broadcasts(o):
    """A sleeper reads the number, and then its outcome; a waker decides the outcome, and then
    changes the number. The sleeper lies down if both were as before."""
    def sleeper():
        number = yield load("number", o["look"])
        found = yield load("parker", o["park"])
        if found == WOKEN:
            return False, 0
        return (yield from futex_wait("number", number))

    def waker():
        yield change("parker", lambda _: WOKEN, o["unpark"])
        yield change("number", one_more, o["wake"])
        return (yield from futex_wake())
    return [sleeper, waker]


def sees_all(results, _):
    """Whoever lies down is there before the waker that has decided its outcome comes by."""
    (lies, place), woke = results
    return not lies or woke > place


def observed(o):
    """A thread looks at the wait of another, which ends one wait and begins the next."""
    def waiter():
        yield store("epoch", 1, "Relaxed")
        yield fence(o["withdraw"])
        yield store("object", 2, "Relaxed")
        yield store("deadline", 2, "Relaxed")
        yield store("epoch", 2, o["publish"])

    def looks():
        epoch = yield load("epoch", o["observe"])
        yield assume(epoch % 2 == 0)
        pair = (yield load("object", "Relaxed")), (yield load("deadline", "Relaxed"))
        yield fence(o["fence"])
        again = yield load("epoch", "Relaxed")
        yield assume(again == epoch)
        return epoch, *pair
    return [waiter, looks]


def handed(o):
    """Who looks finds the waiter to whom a lock was handed as its holder only claimed."""
    def waker():
        yield exchange("parker", WAITING, CLAIMED, "Acquire", "Relaxed")
        yield store("holder", 7, o["hand_to"])

    def looks():
        found = yield load("holder", o["observed"])
        yield assume(found == 7)
        return (yield load("parker", o["goes_on"]))
    return [waker, looks]


def marked(o):
    """A thread releases a lock, whose word loses the mark and keeps the note, and waits. Another
    acquires it, and has not noted itself. Who looks at the wait does not find the first as the
    holder: its note does not fit the word."""
    free, first, second = 0, 1, 2

    def former():
        yield exchange("word", first, free, o["release"], "Relaxed")
        yield store("epoch", 2, o["publish"])

    def holder():
        now = yield exchange("word", free, second, o["acquire"], "Relaxed")
        yield assume(now == free)

    def looks():
        epoch = yield load("epoch", o["observe"])
        yield assume(epoch == 2)
        note = yield load("holder", o["observed"])
        return note == (yield load("word", "Acquire"))
    return [former, holder, looks]


PARKER, RECORD, HOLDER = "wait/parker.rs", "wait/wait_record.rs", "wait/mutex/holder.rs"
WORD = "object/word.rs"
SLEEP = {"park": f"{PARKER} park 1/1", "unpark": f"{PARKER} unpark 1/1"}
TESTS = [
    Litmus("a waker and a time-out never both decide, and who is woken sees what it was given",
           {**SLEEP, "decide": f"{PARKER} decide 2/3"},
           {"parker": WAITING, "given": 0, "through": 0}, claims,
           lambda r, f: r in (["timed out", "too late"], [(1, 1), "woken"]),
           {"park": "Relaxed", "unpark": "Relaxed"}, lambda r, f: r[1] == "woken"),
    Litmus("a claimer finds the wait that the node was linked for",
           {"lock": "wait/queue_lock.rs lock 1/2", "unlock": "wait/queue_lock.rs try_unlock 1/2"},
           {"parker": IDLE, "record": 0, "node": 0, "lock": 0}, linked,
           lambda r, f: r[1] == 1, {"lock": "Relaxed", "unlock": "Relaxed"}),
    Litmus("a waiter that announces its sleep is woken",
           {**SLEEP, "spin": f"{PARKER} spin 1/2"}, {"parker": WAITING, "kernel": 0}, sleeps,
           lambda r, f: not r[0][0] or r[1] is not None and r[1] > r[0][1], {},
           lambda r, f: r[0][0]),
    Litmus("nobody is left asleep by a broadcast",
           {**SLEEP, "look": "wait/broadcast.rs look 1/1",
            "wake": "wait/broadcast.rs wake_all 1/1"},
           {"parker": WAITING, "number": 0, "kernel": 0}, broadcasts, sees_all,
           {"look": "Relaxed", "wake": "Relaxed"}, lambda r, f: r[0][0]),
    Litmus("a wait is seen whole, or not at all",
           {"withdraw": f"{RECORD} withdraw 3/3", "publish": f"{RECORD} publish 1/1",
            "observe": f"{RECORD} observe 1/8", "fence": f"{RECORD} observe 7/8"},
           {"epoch": 0, "object": 0, "deadline": 0}, observed,
           lambda r, f: r[1] in ((0, 0, 0), (2, 2, 2)),
           {"withdraw": "Relaxed", "publish": "Relaxed", "observe": "Relaxed", "fence": "Relaxed"}),
    Litmus("a waiter that is found as the holder of what it waits for is found claimed",
           {"hand_to": f"{HOLDER} hand_to 1/1", "observed": f"{HOLDER} observed_holder 1/1",
            "goes_on": f"{PARKER} observe 1/1"},
           {"parker": WAITING, "holder": 0}, handed, lambda r, f: r[1] == CLAIMED,
           {"hand_to": "Relaxed", "observed": "Relaxed"}),
    Litmus("a thread that waits is not found as the holder of a lock that it has released",
           {"release": f"{WORD} cas_release 1/2", "acquire": f"{WORD} cas_acquire 1/2",
            "publish": f"{RECORD} publish 1/1", "observe": f"{RECORD} observe 1/8",
            "observed": f"{HOLDER} observed_holder 1/1"},
           {"word": 1, "holder": 1, "epoch": 0}, marked, lambda r, f: r[2] is False,
           {"publish": "Relaxed", "observe": "Relaxed"}),
]
