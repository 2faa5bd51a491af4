"""The state word (`src/object/word.rs`): what a holder publishes to the next, what the maker of an
object publishes, what an end publishes, and a copy that is looked at again."""

from executions import assume, exchange, fence, load, store
from litmus import Litmus

FREE, HELD, DEAD, FINISHED = 0, 1, 2, 3
OTHER = 10  # the tag of the next object in the slot


def excludes(o):
    """Two threads acquire a lock, each adds one, and release it."""
    def thread():
        found = yield exchange("word", FREE, HELD, o["acquire"], "Relaxed")
        yield assume(found == FREE)
        value = yield load("data", None)
        yield store("data", value + 1, None)
        yield exchange("word", HELD, FREE, o["release"], "Relaxed")
    return [thread, thread]


def slowly(o):
    """The same where both take the slow path."""
    return excludes({"acquire": o["change"], "release": o["change"]})


def published(o):
    """A lock is made, and the first who acquires it finds it whole."""
    def maker():
        yield store("field", 1, None)
        yield store("word", FREE, o["publish"])

    def user():
        found = yield exchange("word", FREE, HELD, o["acquire"], "Relaxed")
        yield assume(found == FREE)
        return (yield load("field", None))
    return [maker, user]


def finished(o):
    """A thread stores its result and ends; who sees the end sees the result."""
    def ends():
        yield store("result", 1, None)
        yield exchange("word", HELD, FINISHED, o["change"], "Acquire")

    def looks():
        found = yield load("word", o["load"])
        yield assume(found == FINISHED)
        return (yield load("result", None))
    return [ends, looks]


def copied(o):
    """A reader copies a label while the slot becomes another's: `label::fill`, `read_piece`."""
    def reuses():
        yield exchange("word", HELD, OTHER, "AcqRel", "Acquire")
        yield fence(o["fill"])
        yield store("first", 2, "Relaxed")
        yield store("second", 2, "Relaxed")
        yield store("word", OTHER + 1, o["publish"])

    def reader():
        tag = yield load("word", o["load"])
        yield assume(tag in (HELD, OTHER + 1))
        a = yield load("first", "Relaxed")
        b = yield load("second", "Relaxed")
        yield fence(o["read"])
        again = yield load("word", o["load"])
        return (tag, a, b) if again == tag else None
    return [reuses, reader]


def taken(o):
    """Slots of the free list: what the last owner did is seen by the next, also through others that
    were pushed meanwhile. The head is the index and a count; each pushes its own slot."""
    def push(slot, data):
        yield store(data, 1, None)
        head = yield load("head", "Relaxed")
        yield store(f"next {slot}", head, "Relaxed")
        found = yield exchange("head", head, slot, o["push"], "Relaxed")
        yield assume(found == head)

    def first():
        yield from push("a", "data a")

    def second():
        yield from push("b", "data b")

    def takes():
        head = yield load("head", o["look"])
        yield assume(head == "b")
        after = yield load("next b", "Relaxed")
        found = yield exchange("head", head, after, o["take"], o["again"])
        yield assume(found == head)
        return after, (yield load("data b", None))
    return [first, second, takes]


WORD = "object/word.rs"
TESTS = [
    Litmus("what a holder writes the next holder reads: the fast paths",
           {"acquire": f"{WORD} cas_acquire 1/2", "release": f"{WORD} cas_release 1/2"},
           {"word": FREE, "data": 0}, excludes, lambda r, f: f["data"] == 2,
           {"acquire": "Relaxed", "release": "Relaxed"}),
    Litmus("what a holder writes the next holder reads: the slow paths",
           {"change": f"{WORD} compare_exchange 1/2"},
           {"word": FREE, "data": 0}, slowly, lambda r, f: f["data"] == 2,
           {"change": "Acquire"}),
    Litmus("who finds an object alive finds it complete",
           {"publish": f"{WORD} publish 1/1", "acquire": f"{WORD} cas_acquire 1/2"},
           {"word": DEAD, "field": 0}, published, lambda r, f: r[1] == 1,
           {"publish": "Relaxed", "acquire": "Relaxed"}),
    Litmus("who sees a thread ended sees its result",
           {"change": f"{WORD} compare_exchange 1/2", "load": f"{WORD} load 1/1"},
           {"word": HELD, "result": 0}, finished, lambda r, f: r[1] == 1,
           {"change": "Acquire", "load": "Relaxed"}),
    Litmus("a copy of a label is whole and of that label, or is thrown away",
           {"fill": "object/label.rs fill 1/5", "publish": f"{WORD} publish 1/1",
            "read": "object/label.rs read_piece 5/5", "load": f"{WORD} load 1/1"},
           {"word": HELD, "first": 1, "second": 1}, copied,
           lambda r, f: r[1] in (None, (HELD, 1, 1), (OTHER + 1, 2, 2)),
           {"fill": "Relaxed", "publish": "Relaxed", "read": "Relaxed", "load": "Relaxed"},
           lambda r, f: r[1] is not None),
    Litmus("a slot that is taken from the free list is seen as its last owner left it",
           {"push": "object/table.rs push_free 3/4", "look": "object/table.rs take_freed 1/4",
            "take": "object/table.rs take_freed 3/4", "again": "object/table.rs take_freed 4/4"},
           {"head": "", "next a": "stale", "next b": "stale", "data a": 0, "data b": 0}, taken,
           lambda r, f: r[2] in (("a", 1), ("", 1)), {"push": "Relaxed", "look": "Relaxed"}),
]
