#!/usr/bin/env python3
"""Counts the instructions of the fast paths and of waits, and compares them with
ci/instructions.txt, so that no change slows them unseen.

Callgrind counts what runs inside the library, for each operation of benches/instructions.c. More
than is recorded is a failure; less is said, to be recorded with --record. Counts, and not times:
they are the same on a busy machine. A change elsewhere may make the compiler inline otherwise, and
another version of it may need other counts: then the difference is to be looked at and recorded.
The program runs on one processor: on several, a wait spins for a time before it sleeps.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDED = ROOT / "ci" / "instructions.txt"
RELEASE = ROOT / "target" / "release"
TIMES = 1000
HEAD = (
    "# Instructions inside the library for one operation, as ci/check-instructions.py counts them;"
    " record anew with --record.\n"
)


def inside_library(dump):
    """What a dump is called, and the instructions in it that belong to the library."""
    name, inside, total = None, False, 0
    inclusive = False
    for line in dump.read_text().splitlines():
        if line.startswith("desc: Trigger: Client Request: "):
            name = line.split(": ", 3)[3]
        elif line.startswith("ob="):
            inside = "libthreading" in line
        elif line.startswith("calls="):
            inclusive = True
        elif re.match(r"[+\-*\d]", line):
            # The line after `calls=` is what the called function costs, which stands under its own
            # name.
            total += 0 if inclusive or not inside else int(line.split()[1])
            inclusive = False
    return name, total


def count():
    """Instructions of each operation, rounded."""
    with tempfile.TemporaryDirectory() as work:
        program = pathlib.Path(work) / "instructions"
        subprocess.run(
            [
                "cc", "-std=c11", "-O2", "-I", str(ROOT / "include"),
                str(ROOT / "benches" / "instructions.c"), "-o", str(program), "-L", str(RELEASE),
                "-lthreading", f"-Wl,-rpath,{RELEASE}",
            ],
            check=True,
        )
        subprocess.run(
            [
                "valgrind", "-q", "--tool=callgrind", "--compress-pos=no", "--compress-strings=no",
                f"--callgrind-out-file={work}/out", str(program),
            ],
            check=True,
            timeout=300,
            preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
        )
        found = {}
        for dump in sorted(pathlib.Path(work).glob("out.*"), key=lambda path: int(path.suffix[1:])):
            name, total = inside_library(dump)
            if name:
                found[name] = round(total / TIMES)
        return found


def recorded():
    """The recorded counts."""
    rows = (
        line.rsplit(None, 1)
        for line in RECORDED.read_text().splitlines()
        if line and not line.startswith("#")
    )
    return {name: int(number) for name, number in rows}


def main():
    found = count()
    if sys.argv[1:] == ["--record"]:
        RECORDED.write_text(
            HEAD + "".join(f"{name:34} {number}\n" for name, number in found.items())
        )
        return 0
    limits = recorded()
    problems = [f"{name} is not recorded" for name in found if name not in limits]
    problems += [f"{name} is recorded and was not counted" for name in limits if name not in found]
    for name, number in found.items():
        limit = limits.get(name, number)
        print(f"{name:34} {number:5}{'' if number == limit else f'  recorded: {limit}'}")
        if number > limit:
            problems.append(f"{name} takes {number} instructions, and {limit} are recorded")
        if number == 0:
            problems.append(f"{name} was not counted")
    for problem in problems:
        print(f"check-instructions: {problem}")
    return 1 if problems or not found else 0


if __name__ == "__main__":
    sys.exit(main())
