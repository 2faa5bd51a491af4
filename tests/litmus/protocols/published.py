"""Everything that one thread completes and then publishes by one store or update, and that another
finds by one load: the same message, with the orders of each place."""

from executions import assume, fence, load, store
from litmus import Litmus


def message(o):
    """What is written before is read after."""
    def publishes():
        yield store("content", 1, None)
        yield store("place", 1, o["publish"])

    def finds():
        found = yield load("place", o["find"])
        yield assume(found == 1)
        return (yield load("content", None))
    return [publishes, finds]


def read_twice(o):
    """A place that is emptied, written and published anew, and read between two looks."""
    def writes():
        yield store("head", 0, "Relaxed")
        yield fence(o["empty"])
        yield store("payload", 2, "Relaxed")
        yield store("head", 2, o["publish"])

    def reads():
        head = yield load("head", o["find"])
        payload = yield load("payload", "Relaxed")
        yield fence(o["fence"])
        again = yield load("head", "Relaxed")
        return (head, payload) if head != 0 and again == head else None
    return [writes, reads]


# What is published, where, and where it is found.
PAIRS = [
    ("the notes of a table", "object/note.rs map 1/2", "object/note.rs find 1/1"),
    ("the chunk of a table", "object/table.rs grow 1/2", "object/table.rs get_in_chunk 1/1"),
    ("the bound of a table", "object/table.rs take_shared 2/3", "object/table.rs issued 1/1"),
    ("the name of an object", "object/names.rs replace 2/3", "object/names.rs read 1/2"),
    ("the set-up", "lifecycle/load.rs set_up 5/5", "lifecycle/load.rs ensure 1/1"),
    ("the rlock of a once", "sync/once.rs install 1/2", "sync/once.rs enter 1/2"),
    ("what a once has run", "sync/once.rs drop 1/1", "sync/once.rs is_done 1/1"),
    ("that a lock is owned", "sync/lock.rs set_owned 1/2", "sync/lock.rs is_owned 1/1"),
    ("the places of a wait for several", "wait/entries.rs make_room 3/3",
     "wait/entries.rs all 1/2"),
    ("a wait and its epoch", "wait/parker.rs prepare_park 1/1", "wait/parker.rs observe 1/1"),
    ("the generation of pins", "wait/mutex/pins.rs reset 1/1", "wait/mutex/pins.rs change 1/3"),
    ("an ended thread", "thread/native.rs push 3/4", "thread/native.rs take_all 1/2"),
    ("the signal mask of a stand-in", "thread/stand_in.rs main_leaves 2/2",
     "thread/stand_in.rs start 1/3"),
    ("the end of a task", "thread/executor/slot.rs task_ends 1/2",
     "thread/executor/slot.rs is_busy 1/1"),
    ("a periodic timer that is in its wheel again", "timer/alarm.rs run_is_over 1/2",
     "timer/alarm.rs expects_timers 1/1"),
    ("a block that is kept", "platform/blocks.rs keep 1/2", "platform/blocks.rs take_kept 2/2"),
    ("what is known of a caller", "platform/caller.rs keep 6/6", "platform/caller.rs known 1/1"),
    ("a ring of the timeline", "inspect/timeline/rings.rs map 4/4",
     "inspect/timeline/rings.rs for_each 2/2"),
    ("a stack of the recorder", "inspect/recorder/stack.rs map 4/5",
     "inspect/recorder/stack.rs all 1/1"),
    ("a listener", "probe/listeners.rs switch 1/7", "probe/listeners.rs for_each 2/2"),
]
SEQUENCE = "inspect/sequence.rs"
TESTS = [
    Litmus(f"who finds {what} finds it complete", {"publish": publish, "find": find},
           {"content": 0, "place": 0}, message, lambda r, f: r[1] == 1,
           {"publish": "Relaxed", "find": "Relaxed"})
    for what, publish, find in PAIRS
] + [
    Litmus("an event of the timeline, or a last wait, is read whole, or not at all",
           {"empty": f"{SEQUENCE} begin 2/2", "publish": f"{SEQUENCE} end 1/1",
            "find": f"{SEQUENCE} read 1/4", "fence": f"{SEQUENCE} read 3/4"},
           {"head": 1, "payload": 1}, read_twice,
           lambda r, f: r[1] in (None, (1, 1), (2, 2)),
           {"empty": "Relaxed", "publish": "Relaxed", "find": "Relaxed", "fence": "Relaxed"},
           lambda r, f: r[1] is not None),
]
