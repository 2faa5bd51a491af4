#!/usr/bin/env python3
"""What is in the timeline and in the report of scene.c.

    check.py PROGRAM CASE

PROGRAM is a build of scene.c; CASE is the name of one of the functions of a program below.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import trace_format  # noqa: E402

LIMIT = 60
SKIPPED = 77
LONG_MARK = "a mark of some parts, which is there whole or not at all"
# What 64 MB have room for.
MOST_RINGS = 963


def expect(what, is_so, *shown):
    if not is_so:
        sys.exit("\n".join([f"not so: {what}", *map(str, shown)]))


def run(program, *arguments, **environment):
    made = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, timeout=LIMIT, check=False,
        env={**os.environ, **environment},
    )
    expect("the scene ends well", made.returncode == 0, made.stderr.decode())
    return made.stdout.decode()


class Timeline:
    """A timeline without a mistake of form."""

    def __init__(self, text):
        mistakes = list(trace_format.check(text))
        expect("the timeline is one", not mistakes, *mistakes[:20])
        whole = json.loads(text)
        self.events, self.other = whole["traceEvents"], whole["otherData"]
        names = self.of("M", "thread_name")
        self.tids = {event["args"]["name"]: event["tid"] for event in names}
        self.names = {event["tid"]: event["args"]["name"] for event in names}

    def of(self, ph, name=None):
        return [event for event in self.events
                if event["ph"] == ph and name in (None, event["name"])]

    def slices(self, thread, pattern=""):
        """The slices of a thread whose names fit."""
        return [event for event in self.of("X") if event["tid"] == self.tids[thread]
                and re.fullmatch(pattern or ".*", event["name"])]

    def marks(self, thread=None):
        return [event["name"] for event in self.of("i") if event["cat"] == "mark"
                and thread in (None, self.names[event["tid"]])]

    def lets_in(self, slices, name):
        """Whether an arrow leads from a slice of that name into one of these."""
        starts = {event["id"]: event for event in self.of("s")}
        for end in self.of("f"):
            start = starts[end["id"]]
            at_end = any(one["tid"] == end["tid"] and one["ts"] <= end["ts"] <= one["ts"]
                         + one["dur"] + 0.0005 for one in slices)
            at_start = any(one["tid"] == start["tid"] and one["ts"] == start["ts"]
                           for one in self.of("X", name))
            if at_end and at_start:
                return True
        return False


def recorded(program, *arguments):
    return Timeline(run(program, *arguments, THREADING_INSPECT="timeline"))


def without_a_recording_nothing_is_in_it(program):
    timeline = Timeline(run(program, "nothing"))
    expect("there is no thread", not timeline.tids)
    expect("there is nothing else", {event["ph"] for event in timeline.events} == {"M"})


def each_wait_is_on_its_threads_track_and_says_what_for(program):
    timeline = recorded(program, "waits")
    main = timeline.tids["MainThread"]
    for thread, wait, let in (
        ("wants-lock", rf"Lock contention on accounts \(owner tid: {main}\)",
         "Releases lock accounts"),
        ("wants-rlock", rf"Lock contention on ledger \(owner tid: {main}\)",
         "Releases rlock ledger"),
        ("wants-news", "Waiting for condition news", "Notifies condition news"),
        ("wants-ticket", "Waiting for semaphore tickets", "Releases semaphore tickets"),
        ("wants-opening", "Waiting for event opened", "Sets event opened"),
        ("wants-phase", "Waiting for barrier phase", "Ends a cycle of barrier phase"),
        ("wants-gate", "Waiting for latch gate", "Sets latch gate"),
        ("wants-end", "Waiting for thread .+", "ends"),
        ("sleeps", "Sleeping", None),
    ):
        found = timeline.slices(thread, wait)
        shown = timeline.slices(thread)
        expect(f"{thread} waits", found, *shown)
        if let:
            expect(f"an arrow leads from “{let}” to {thread}", timeline.lets_in(found, let), *shown)
        else:
            expect("it takes as long as it was asked for", found[0]["dur"] >= 1000, *found)


def holds_threads_marks_and_timers_are_in_it(program):
    timeline = recorded(program, "waits")
    for lock, thread in (("lock accounts", "wants-lock"), ("rlock ledger", "wants-rlock")):
        holders = [timeline.names[event["tid"]] for event in timeline.of("b", lock)]
        expect(f"{lock} was held twice", holders == ["MainThread", thread], holders)
    marks = timeline.marks("MainThread")
    expect("the marks are there", marks == ['the first "mark"', "the last one"], marks)
    for thread in ("wants-lock", "sleeps"):
        begins = [event for event in timeline.of("i", "begins")
                  if event["tid"] == timeline.tids[thread]]
        expect(f"{thread} begins and ends", len(begins) == 1
               and len(timeline.slices(thread, "ends")) == 1)
    instants = [event["name"] for event in timeline.of("i") if event["cat"] == "timer"]
    expect("a timer is due", any(name.startswith("due: thread ") for name in instants), instants)
    expect("one is cancelled", any(name.startswith("cancelled: ") for name in instants), instants)
    expect("one runs", timeline.slices("timer worker", "Runs thread .+"))


def the_counters_say_how_many_threads_live_and_wait(program):
    timeline = recorded(program, "waits")
    live = [event["args"]["threads"] for event in timeline.of("C", "live threads")]
    expect("the main thread is alone at first and at last", live[0] == 1 and live[-1] <= 2, live)
    expect("three live at most", max(live) >= 3, live)
    waiting = [event["args"]["threads"] for event in timeline.of("C", "waiting threads")]
    expect("nobody waits at last", waiting[0] == 0 and waiting[-1] == 0, waiting)
    expect("two wait at once", max(waiting) >= 2, waiting)


def page_parts(text):
    """The dump and the timeline of a page, as a browser finds them."""
    parts = dict(re.findall(
        r'<script id="(\w+)" type="application/json">(.*?)</script>', text, re.DOTALL))
    expect("the page has both", set(parts) == {"dump", "timeline"})
    return parts["dump"], parts["timeline"]


def a_report_has_the_deadlock_and_the_waits_that_go_on(program):
    text = run(program, "deadlock", THREADING_INSPECT="timeline")
    dump, timeline = page_parts(text)
    expect("the deadlock is in the dump", len(json.loads(dump)["deadlocks"]) == 1)
    timeline = Timeline(timeline)
    for thread, lock in (("teller-1", "ledger"), ("teller-2", "accounts")):
        found = timeline.slices(thread, rf"Lock contention on {lock} \(owner tid: \d+\)")
        expect(f"{thread} waits to the end", len(found) == 1, *timeline.slices(thread))
    held = {event["name"]: timeline.names[event["tid"]] for event in timeline.of("b")}
    expect("each holds what the other wants",
           held == {"lock accounts": "teller-1", "rlock ledger": "teller-2"}, held)
    empty = page_parts(run(program, "deadlock"))[1]
    expect("without a recording the timeline is empty", not Timeline(empty).tids)


def more_threads_than_rings_are_counted(program):
    timeline = recorded(program, "crowd", MOST_RINGS + 100)
    expect("the main thread is there", "MainThread" in timeline.tids)
    expect("there are as many as there is room for", len(timeline.tids) == MOST_RINGS,
           len(timeline.tids))
    unrecorded = timeline.other["unrecorded_threads"]
    expect("the others are counted", unrecorded == 101, unrecorded)


def threads_that_ended_first_make_room(program):
    last = 2 * MOST_RINGS
    timeline = recorded(program, "generations", last)
    expect("nobody is left out", timeline.other["unrecorded_threads"] == 0)
    expect("the latest are there", f"generation-{last - 1}" in timeline.tids)
    expect("the first are not", "generation-0" not in timeline.tids)
    expect("there is no more room", len(timeline.tids) <= MOST_RINGS, len(timeline.tids))


def a_timeline_that_is_written_amid_a_storm_is_right(program):
    with tempfile.TemporaryDirectory() as folder:
        count, marks, arrows = 40, 0, 0
        texts = [run(program, "storm", count, folder, THREADING_INSPECT="timeline")]
        texts += [path.read_text() for path in pathlib.Path(folder).iterdir()]
        expect("all were written", len(texts) == count + 1)
        for text in texts:
            timeline = Timeline(text)
            expect("marks are whole", set(timeline.marks()) <= {LONG_MARK}, set(timeline.marks()))
            marks += len(timeline.marks())
            arrows += len(timeline.of("s"))
        expect("there is something in them", marks > 0 and arrows > 0, marks, arrows)
        print(f"{len(texts)} timelines, {marks} marks, {arrows} arrows")


def off_is_off_and_on_begins_anew(program):
    between, after = map(Timeline, split_texts(run(program, "switch")))
    expect("what was recorded stays", between.marks() == ["first", "still the first"],
           between.marks())
    expect("on begins anew", after.marks() == ["second"], after.marks())


def split_texts(text):
    """Two timelines that were written one behind the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        _, end = decoder.raw_decode(text, at)
        found.append(text[at:end])
        at = end + 1
    return found


def the_environments_file_has_it_at_the_end_in_a_forked_child_too(program):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "timeline.%p.json")
        ids = run(program, "fork", THREADING_TIMELINE=str(path)).split()
        parent, child = (
            Timeline(pathlib.Path(folder, f"timeline.{number}.json").read_text()) for number in ids
        )
    expect("the parent has its own", parent.marks() == ["of the parent", "after the fork"],
           parent.marks())
    expect("its thread is in it", "of-the-parent" in parent.tids)
    expect("it forks", len(parent.of("i", "forks")) == 1)
    expect("the child has its own", child.marks() == ["of the child"], child.marks())
    expect("it is forked", len(child.of("i", "is forked")) == 1)
    expect("only its own threads are in it", set(child.tids) == {"MainThread", "of-the-child"},
           child.tids)


def a_file_that_cannot_be_written_is_told_in_one_line(program):
    made = subprocess.run(
        [program, "nothing"], capture_output=True, text=True, timeout=LIMIT, check=False,
        env={**os.environ, "THREADING_TIMELINE": "/nowhere/file.json"},
    )
    expect("it is told", made.stderr.count("\n") == 1 and "THREADING_TIMELINE" in made.stderr,
           made.stderr)
    expect("that is all", made.returncode == 0)


def without_memory_a_thread_is_not_recorded_and_nothing_fails(program):
    timeline = recorded(program, "poor")
    expect("it is counted", timeline.other["unrecorded_threads"] == 1, timeline.other)
    expect("others go on", timeline.marks() == ["of one that has a ring"], timeline.marks())


def the_pages_program_draws_it(program):
    if shutil.which("node") is None:
        print("skipped: there is no node, which runs the page's program")
        sys.exit(SKIPPED)
    page = run(program, "deadlock", THREADING_INSPECT="timeline")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "report.html")
        path.write_text(page)
        here = pathlib.Path(__file__).parent
        made = subprocess.run(["node", here / "page.js", path], capture_output=True, text=True,
                              timeout=LIMIT, check=False)
    expect("it runs without an error", made.returncode == 0, made.stdout, made.stderr)
    print(made.stdout, end="")


def main():
    program, name = sys.argv[1:]
    globals()[name](program)


if __name__ == "__main__":
    main()
