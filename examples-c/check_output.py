#!/usr/bin/env python3
"""Runs an example and compares what it prints with what it has to print.

    check_output.py PROGRAM EXPECTED.txt

Threads run in any order, and some of the programs draw random numbers, so two right outputs can differ. EXPECTED.txt is one
right output. Both are brought into a canonical form, from which all that may vary has gone and in which all that may not is
left; these have to be equal. A rule says how, one for each program that needs it (RULES, below); the outputs of the others
are compared as they are.

What threads print also tells how long the program must have run at least; one that was quicker did not sleep or wait as it
should. To be late is no fault. But a few of the programs race with a sleeping thread, and on a machine that stands still for
a second that thread can win. Such a run proves nothing: it is repeated, a few times at most.
"""

import dataclasses
import difflib
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

# The longest that one run may take, in seconds. The longest example takes about ten.
RUN_LIMIT = 60
# How often a program is run until one run can be judged.
RUNS = 5

NOT_ENDED = " <no end of line>"

Lines = Sequence[str]


@dataclasses.dataclass(frozen=True)
class Rule:
    # The name of the thread that printed the line, or anything else that is the same for all lines of one thread.
    thread: Callable[[str], str] = lambda line: "MainThread"
    # The lines without what may vary.
    canonical: Callable[[Lines], Lines] = lambda lines: lines
    # The seconds that a program which printed the lines took at least.
    least: Callable[[Lines], float] = lambda lines: 0.0
    # Why a program that is right can have printed these lines in that many seconds, although they are not canonical.
    excuse: Callable[[Lines, float], str | None] = lambda lines, seconds: None
    # What matches this in a line holds numbers that vary within their range.
    varies: str = r"(?!)"


@dataclasses.dataclass(frozen=True)
class Verdict:
    accepted: bool
    decided: bool
    reason: str


ACCEPTED = Verdict(True, True, "")


def rejected(reason: str) -> Verdict:
    return Verdict(False, True, reason)


def undecided(reason: str) -> Verdict:
    return Verdict(False, False, reason)


def thread_matching(pattern: str) -> Callable[[str], str]:
    """The thread is the pattern's first group. A line that does not match is no known thread's."""

    def thread(line: str) -> str:
        match = re.search(pattern, line)
        return match[1] if match else ""

    return thread


def threads_in_any_order(thread: Callable[[str], str], **others) -> Rule:
    """Each thread prints its lines in their order; how the threads take turns is open."""
    return Rule(thread=thread, canonical=lambda lines: sorted(lines, key=thread), **others)


def seconds(number: float) -> Callable[[Lines], float]:
    return lambda lines: number


# threading_daemon and threading_daemon_join_timeout: the process ends before the daemon's sleep does.


def daemon_excuse(lines: Lines, took: float) -> str | None:
    return f"the program was held up: it took {took:.1f} seconds, and the daemon sleeps only 2" if took >= 2 else None


# threading_enumerate: the threads are joined in any order, but one after the other.

ENUMERATE_WORKER = r"^(?:Starting|Ending  ): (\S+)"
ENUMERATE_PAUSE = r"sleeping ([1-5])$"
JOINING = "Joining : "


def enumerate_thread(line: str) -> str:
    return "MainThread" if line.startswith(JOINING) else thread_matching(ENUMERATE_WORKER)(line)


def enumerate_canonical(lines: Lines) -> Lines:
    workers, joins, ended, joined = [], [], set(), None
    for line in lines:
        if line.startswith(JOINING):
            early = joined is not None and joined not in ended
            joins.append(line + (f" <before {joined} had ended>" if early else ""))
            joined = line.removeprefix(JOINING)
        else:
            workers.append(re.sub(ENUMERATE_PAUSE, "sleeping <1 to 5>", line))
            if line.startswith("Ending"):
                ended.add(enumerate_thread(line))
    return sorted(workers, key=enumerate_thread) + sorted(joins)


def enumerate_least(lines: Lines) -> float:
    return max((float(pause[1]) for line in lines if (pause := re.search(ENUMERATE_PAUSE, line))), default=0.0)


def enumerate_excuse(lines: Lines, took: float) -> str | None:
    joins = [line for line in lines if line.startswith(JOINING)]
    before = lines[: lines.index(joins[0])] if joins else lines
    gone = [enumerate_thread(line) for line in before if line.startswith("Ending")]
    missing = [name for name in gone if JOINING + name not in joins]
    return f"{', '.join(missing)} ended before main listed the threads" if missing else None


# threading_lock: the pauses are random; the counter is printed when all is done.

LOG_THREAD = thread_matching(r"\((\S+) *\) ")
LOCK_PAUSE = r"Sleeping (0\.\d\d|1\.00)$"


def lock_canonical(lines: Lines) -> Lines:
    threads = [re.sub(LOCK_PAUSE, "Sleeping <0.00 to 1.00>", line) for line in lines[:-1]]
    return sorted(threads, key=LOG_THREAD) + [f"{line} <last>" for line in lines[-1:]]


def lock_least(lines: Lines) -> float:
    """The longest thread's pauses, which are rounded to hundredths when they are printed."""
    pauses: dict[str, float] = {}
    for line in lines:
        if pause := re.search(LOCK_PAUSE, line):
            pauses[LOG_THREAD(line)] = pauses.get(LOG_THREAD(line), 0.0) + float(pause[1]) - 0.005
    return max(pauses.values(), default=0.0)


# threading_lock_noblock: how many tries a thread needs is open; that it counts them rightly is not.

NOBLOCK_TIME = r"^\d{4}-(?:0\d|1[0-2])-[0-3]\d [0-2]\d:[0-5]\d:[0-6]\d,\d{3} "


def noblock_canonical(lines: Lines) -> Lines:
    """Failures that lead up to a success may be any number and are left out; all others stay."""
    canonical = []
    tries: dict[str, int] = {}
    failures: dict[str, list[str]] = {}
    for line in sorted(lines, key=LOG_THREAD):
        line = re.sub(NOBLOCK_TIME, "<time> ", line)
        thread = LOG_THREAD(line)
        head = f"<time> ({thread:8}) "
        number = tries.get(thread, 0) + 1
        if line == f"{head}Iteration {number}: Not acquired":
            tries[thread] = number
            failures.setdefault(thread, []).append(line)
        elif line == f"{head}Iteration {number}: Acquired":
            tries[thread] = number
            failures[thread] = []
            canonical.append(f"{head}Iteration <the next>: Acquired")
        else:
            canonical += failures.pop(thread, [])
            canonical.append(line.replace(f"after {tries.get(thread, 0)} iterations", "after <all> iterations"))
    return canonical + [line for left in failures.values() for line in left]


RULES = {
    "threading_simpleargs": threads_in_any_order(lambda line: line),
    "threading_names": threads_in_any_order(thread_matching(r"^(\S+) "), least=seconds(3)),
    "threading_names_log": threads_in_any_order(LOG_THREAD, least=seconds(3)),
    "threading_daemon": Rule(excuse=daemon_excuse),
    "threading_daemon_join": threads_in_any_order(thread_matching(r": (\S+)$"), least=seconds(2)),
    "threading_daemon_join_timeout": threads_in_any_order(
        thread_matching(r": (\S+)$"), least=seconds(1), excuse=daemon_excuse
    ),
    "threading_enumerate": Rule(
        thread=enumerate_thread,
        canonical=enumerate_canonical,
        least=enumerate_least,
        excuse=enumerate_excuse,
        varies=ENUMERATE_PAUSE,
    ),
    "threading_subclass": threads_in_any_order(lambda line: line),
    "threading_lock": Rule(thread=LOG_THREAD, canonical=lock_canonical, least=lock_least, varies=LOCK_PAUSE),
    "threading_lock_noblock": Rule(thread=LOG_THREAD, canonical=noblock_canonical, varies=NOBLOCK_TIME),
    "threading_lock_with": threads_in_any_order(lambda line: line),
}


def split(text: str) -> Lines:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else [*lines[:-1], lines[-1] + NOT_ENDED]


def judge(rule: Rule, expected: str, output: str, took: float) -> Verdict:
    """Judges what a program printed in that many seconds."""
    lines = split(output)
    wanted, got = rule.canonical(split(expected)), rule.canonical(lines)
    if wanted != got:
        difference = "\n".join(difflib.unified_diff(wanted, got, "expected", "printed", n=99, lineterm=""))
        if excuse := rule.excuse(lines, took):
            return undecided(f"{excuse}\n{difference}")
        return rejected(f"the outputs differ:\n{difference}")
    least = rule.least(lines)
    if took < least:
        return rejected(f"the program took {took:.3f} seconds, less than the {least} seconds that it must wait")
    return ACCEPTED


def run(program: pathlib.Path, rule: Rule, expected: str) -> tuple[Verdict, str]:
    """Runs the program once, and returns the verdict and the output."""
    begin = time.monotonic()
    try:
        done = subprocess.run(
            [program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=RUN_LIMIT
        )
    except OSError as error:
        return rejected(f"the program cannot be run: {error}"), ""
    except subprocess.TimeoutExpired as expired:
        output = (expired.stdout or b"").decode(errors="backslashreplace")
        return rejected(f"the program did not end within {RUN_LIMIT} seconds"), output
    took = time.monotonic() - begin
    output = done.stdout.decode(errors="backslashreplace")
    if done.returncode != 0:
        how = f"with status {done.returncode}" if done.returncode > 0 else f"by signal {-done.returncode}"
        return rejected(f"the program ended {how}"), output
    return judge(rule, expected, output, took), output


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} PROGRAM EXPECTED.txt")
    program, expected = map(pathlib.Path, sys.argv[1:])
    rule = RULES.get(expected.stem, Rule())
    for _ in range(RUNS):
        verdict, output = run(program, rule, expected.read_text())
        if verdict.accepted:
            return 0
        print(f"{expected.stem}: {verdict.reason}\n\nAll that it printed:\n{output}", flush=True)
        if verdict.decided:
            return 1
        print("This run proves nothing. Again:\n", flush=True)
    print(f"No run out of {RUNS} printed what it should.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
