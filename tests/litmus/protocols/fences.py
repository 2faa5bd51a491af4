"""Two who each do something and then look whether the other has: one of them finds it."""

from executions import assume, change, exchange, fence, load, store
from litmus import Litmus
from protocols.queue import futex_wait, futex_wake, one_more


def switched(o):
    """A switch of inspection, and the making of an object: `inspect::switch`, `object::slot`. The
    kernel makes the light half of the fence a whole one when the heavy half comes."""
    def switch():
        yield store("heard", 1, o["switch"])
        yield fence(o["heavy"])
        return (yield load("word", "Acquire"))

    def makes():
        yield store("word", 1, o["publish"])
        yield fence(o["light"])
        return (yield load("heard", "Relaxed"))
    return [switch, makes]


def follows(o):
    """A switch off and the maker of an object that has heard of listeners before: in the end the
    word says that nobody listens. The switch changes nothing where it finds nothing to change."""
    def switch():
        yield store("heard", 0, "Relaxed")
        yield fence(o["heavy"])
        found = yield load("word", "Acquire")
        if found == 1:
            yield exchange("word", 1, 0, "AcqRel", "Acquire")

    def maker():
        wanted = yield load("heard", "Relaxed")
        yield assume(wanted == 1)
        yield exchange("word", 0, 1, "AcqRel", "Acquire")
        yield fence(o["fence"])
        now = yield load("heard", "Relaxed")
        if now == 0:
            yield exchange("word", 1, 0, "AcqRel", "Acquire")
    return [switch, maker]


def works(o):
    """A worker of an executor falls asleep while a task comes: `slot.rs` and `worker.rs`."""
    def worker():
        yield change("sleepers", one_more, o["sleep"])
        found = yield load("work", o["observed"])
        if found != 0:
            return False, 0
        return (yield from futex_wait("work", 0))

    def waker():
        yield change("work", one_more, o["wake"])
        sleepers = yield load("sleepers", o["look"])
        return (yield from futex_wake()) if sleepers else None
    return [worker, waker]


def is_woken(results, _):
    """Who lies down is woken by who comes later."""
    (lies, place), woke = results
    return not lies or woke is not None and woke > place


def leaves(o):
    """The stand-in for the main thread leaves while a thread begins that needs one."""
    def stand_in():
        yield store("state", "vacant", o["store"])
        yield fence(o["leave"])
        return (yield load("thread", "Relaxed"))

    def begins():
        yield store("thread", 1, "Relaxed")
        yield fence(o["ensure"])
        return (yield load("state", "Relaxed"))
    return [stand_in, begins]


SLOT, WORKER = "thread/executor/slot.rs", "thread/executor/worker.rs"
STAND_IN = "thread/stand_in.rs"
TESTS = [
    Litmus("a switch of inspection finds an object, or its maker hears of the switch",
           {"switch": "=Relaxed", "heavy": "platform/process_fence.rs heavy 1/2",
            "light": "platform/process_fence.rs light 2/2",
            "publish": "object/word.rs publish 1/1"},
           {"heard": 0, "word": 0}, switched, lambda r, f: r != [0, 0],
           {"heavy": "AcqRel", "light": "AcqRel"}),
    Litmus("of two who give a word what is heard, the later one is right",
           {"fence": "object/follow.rs follow 1/1", "heavy": "platform/process_fence.rs heavy 1/2"},
           {"heard": 1, "word": 0}, follows, lambda r, f: f["word"] == 0,
           {"fence": "AcqRel", "heavy": "AcqRel"}),
    Litmus("a worker that falls asleep is woken for a task that comes",
           {"sleep": f"{WORKER} sleep 1/2", "observed": f"{SLOT} observed_work 1/1",
            "wake": f"{SLOT} wake 1/2", "look": f"{SLOT} wake 2/2"},
           {"sleepers": 0, "work": 0, "kernel": 0}, works, is_woken,
           # What the worker does has the kernel's fence behind it as well.
           {"wake": "AcqRel", "look": "Acquire"},
           lambda r, f: r[0][0]),
    Litmus("a stand-in stays for a thread that begins, or that thread starts another",
           {"store": f"{STAND_IN} leave 1/4", "leave": f"{STAND_IN} leave 2/4",
            "ensure": f"{STAND_IN} ensure 1/2"},
           {"state": "taken", "thread": 0}, leaves, lambda r, f: r != [0, "taken"],
           {"leave": "AcqRel", "ensure": "AcqRel"}),
]
