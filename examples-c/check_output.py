#!/usr/bin/env python3
"""Runs an example and compares what it prints with what it has to print.

    check_output.py PROGRAM EXPECTED.txt

Threads run in any order, and some of the programs draw random numbers, so two right outputs can
differ. EXPECTED.txt is one right output. Both are brought into a canonical form, from which all
that may vary has gone and in which all that may not is left; these have to be equal. A rule says
how, one for each program that needs it (output_rules.py); the outputs of the others are compared as
they are.

What threads print also tells how long the program must have run at least; one that was quicker did
not sleep or wait as it should. To be late is no fault. But a few of the programs race with a
sleeping thread, and on a machine that stands still for a second that thread can win. Such a run
proves nothing: it is repeated, a few times at most.
"""

import dataclasses
import difflib
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # leaves no __pycache__ beside the sources
from output_rules import RULES, Lines, Rule  # noqa: E402

# The longest that one run may take, in seconds. The longest example takes about ten.
RUN_LIMIT = 60
# How often a program is run until one run can be judged.
RUNS = 5

NOT_ENDED = " <no end of line>"


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


def split(text: str) -> Lines:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else [*lines[:-1], lines[-1] + NOT_ENDED]


def judge(rule: Rule, expected: str, output: str, took: float) -> Verdict:
    """Judges what a program printed in that many seconds."""
    lines = split(output)
    wanted, got = rule.canonical(split(expected)), rule.canonical(lines)
    if wanted != got:
        difference = "\n".join(
            difflib.unified_diff(wanted, got, "expected", "printed", n=99, lineterm="")
        )
        if excuse := rule.excuse(lines, took):
            return undecided(f"{excuse}\n{difference}")
        return rejected(f"the outputs differ:\n{difference}")
    least = rule.least(lines)
    if took < least:
        return rejected(
            f"the program took {took:.3f} seconds, less than the {least} seconds that it must wait"
        )
    return ACCEPTED


def run(program: pathlib.Path, rule: Rule, expected: str) -> tuple[Verdict, str]:
    """Runs the program once, and returns the verdict and the output."""
    begin = time.monotonic()
    try:
        done = subprocess.run(
            [program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=RUN_LIMIT,
        )
    except OSError as error:
        return rejected(f"the program cannot be run: {error}"), ""
    except subprocess.TimeoutExpired as expired:
        output = (expired.stdout or b"").decode(errors="backslashreplace")
        return rejected(f"the program did not end within {RUN_LIMIT} seconds"), output
    took = time.monotonic() - begin
    output = done.stdout.decode(errors="backslashreplace")
    if done.returncode != 0:
        how = (
            f"with status {done.returncode}"
            if done.returncode > 0
            else f"by signal {-done.returncode}"
        )
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
