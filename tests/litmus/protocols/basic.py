"""The model itself, on tests whose answers are known."""

from executions import assume, change, exchange, fence, load, store
from litmus import Litmus


def store_buffering(o):
    def one(mine, other):
        def thread():
            yield store(mine, 1, o["store"])
            yield fence(o["fence"])
            return (yield load(other, o["load"]))
        return thread
    return [one("x", "y"), one("y", "x")]


def message(o):
    def writer():
        yield store("data", 1, None)
        yield fence(o["before"])
        yield store("flag", 1, o["store"])

    def reader():
        found = yield load("flag", o["load"])
        yield assume(found == 1)
        yield fence(o["after"])
        return (yield load("data", None))
    return [writer, reader]


def far_away(o):
    def writer(place):
        def thread():
            yield store(place, 1, o["store"])
        return thread

    def reader(first, second):
        def thread():
            a = yield load(first, o["load"])
            b = yield load(second, o["load"])
            return a, b
        return thread
    return [writer("x"), writer("y"), reader("x", "y"), reader("y", "x")]


def counted(o):
    def thread():
        return (yield change("x", lambda value: value + 1, o["update"]))
    return [thread, thread, thread]


def sequence(o):
    def writer():
        yield store("data", 1, None)
        yield store("flag", 1, o["store"])

    def between():
        yield exchange("flag", 1, 2, "Relaxed", "Relaxed")

    def reader():
        found = yield load("flag", o["load"])
        yield assume(found == 2)
        return (yield load("data", None))
    return [writer, between, reader]


STRONG = {"store": "=SeqCst", "load": "=SeqCst", "fence": "=Relaxed"}
FENCED = {"store": "=Relaxed", "load": "=Relaxed", "fence": "=SeqCst"}
TESTS = [
    Litmus("of two who store and then look at each other's, one sees it: SeqCst", STRONG,
           {"x": 0, "y": 0}, store_buffering, lambda r, f: r != [0, 0],
           {"store": "Release", "load": "Acquire"}),
    Litmus("of two who store and then look at each other's, one sees it: fences", FENCED,
           {"x": 0, "y": 0}, store_buffering, lambda r, f: r != [0, 0], {"fence": "AcqRel"}),
    Litmus("a message is read whole: Release and Acquire",
           {"store": "=Release", "load": "=Acquire", "before": "=Relaxed", "after": "=Relaxed"},
           {"data": 0, "flag": 0}, message, lambda r, f: r[1] == 1,
           {"store": "Relaxed", "load": "Relaxed"}),
    Litmus("a message is read whole: fences",
           {"store": "=Relaxed", "load": "=Relaxed", "before": "=Release", "after": "=Acquire"},
           {"data": 0, "flag": 0}, message, lambda r, f: r[1] == 1,
           {"before": "Acquire", "after": "Release"}),
    Litmus("two see independent stores in one order", {"store": "=SeqCst", "load": "=SeqCst"},
           {"x": 0, "y": 0}, far_away, lambda r, f: r[2:] != [(1, 0), (1, 0)],
           {"load": "Acquire", "store": "Release"}),
    Litmus("no update is lost", {"update": "=Relaxed"}, {"x": 0}, counted,
           lambda r, f: sorted(r) == [0, 1, 2] and f["x"] == 3, {}),
    Litmus("what a store has released an update of it releases too",
           {"store": "=Release", "load": "=Acquire"}, {"data": 0, "flag": 0}, sequence,
           lambda r, f: r[2] == 1, {"store": "Relaxed", "load": "Relaxed"}),
]
