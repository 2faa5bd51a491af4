#!/usr/bin/env python3
"""As check.py, of a process that records something: what is read of it, or of its core, is what it
writes itself.

    recorded.py PROGRAM CASE
"""

import re
import sys

from tools import (
    dump, expect, gdb, make_core, process, read_as_it_dumps_itself, untimed,
    without_names_of_strangers, without_times,
)

WAITS = {"THREADING_INSPECT": "waits"}


def holds_are_read_as_the_process_dumps_them(program):
    with process(program, environment={"THREADING_INSPECT": "holds"}) as (pid, work, _):
        text, own = read_as_it_dumps_itself(pid, work)
        told = re.search(r'"accounts".*, the longest by .*, at scene', text)
        expect("holds are told", told and len(own["holds"]) > 1, text, own)


def last_waits_are_read_as_the_process_dumps_them(program):
    with process(program, "waited", environment=WAITS) as (pid, work, _):
        text, own = read_as_it_dumps_itself(pid, work)
        for line in (
            r'waited \d+\.\d{3} s for event "opened" \(0x\w+\), until .* s ago, timed out, at ',
            r'waited \d+\.\d{3} s for event \(0x\w+\), or another, until .* s ago, timed out or st',
            r'waited \d+\.\d{3} s for the end of "waits", until \d+\.\d{3} s ago, at scene.c:\d+',
            r"slept \d+\.\d{3} s, until \d+\.\d{3} s ago",
        ):
            expect(f"{line} is told", re.search(f"^        {line}", text, re.MULTILINE), text)
        waits = [thread["last_waits"] for thread in own["threads"]]
        expect("32 are kept, with the one that goes on", max(map(len, waits)) == 31, own)


def without_recorded_waits_none_are_read(program):
    with process(program, "waited") as (pid, work, _):
        text, own = read_as_it_dumps_itself(pid, work)
        expect("the text has none", "last waits" not in text, text)
        expect("the JSON has none", not any("last_waits" in it for it in own["threads"]), own)


def last_waits_are_read_of_a_core(program):
    with process(program, "waited", environment=WAITS) as (pid, work, _):
        core = make_core(pid, work / "core")
        text, own = dump(core), without_names_of_strangers((work / "text").read_text())
        expect("the texts are the same", without_times(text) == without_times(own), own, text)
        read, own = untimed(dump("--json", core)), untimed((work / "json").read_text())
        expect("the JSON is the same", read["threads"] == own["threads"], own, read)


def gdb_shows_last_waits_too(program):
    with process(program, "waited", environment=WAITS) as (pid, work, _):
        made = gdb("-p", str(pid), commands=["echo <\\n", "info threading", "echo >\\n"])
        own = without_times((work / "text").read_text())
        found = without_times(made.stdout.partition("<\n")[2].partition("\n>\n")[0])
        expect("it is the same", found == own, own, made.stdout, made.stderr)


def main():
    program, name = sys.argv[1:]
    globals()[name](program)


if __name__ == "__main__":
    main()
