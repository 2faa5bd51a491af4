"""Runs each program of examples/ on CPython's threading and on libthreading, and compares what the
two print.

The rules of examples-c know what may differ, such as times and the order of lines of different
threads; CPython's output takes the place of the expected one. All programs run at the same time,
since they mostly sleep.
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"
PROGRAMS = 20
if sys.version_info < (3, 10):
    print("skipped: the rules of examples-c need Python 3.10")
    sys.exit()
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parents[2] / "examples-c"))
import check_output  # noqa: E402

# Since Python 3.10 a default name ends with the target's; the rules know names of one word.
TARGET = re.compile(r"(Thread-\d+) \(\w+\)")


def run(kind: str, program: pathlib.Path) -> "tuple[str, float]":
    """What the program prints, and how long it takes."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-B", HERE / "run_example.py", kind, program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=check_output.RUN_LIMIT,
        text=True,
    )
    took = time.monotonic() - begin
    if done.returncode != 0:
        raise RuntimeError(f"on {kind} it ended with status {done.returncode}:\n{done.stdout}")
    return TARGET.sub(r"\1", done.stdout), took


def compare(program: pathlib.Path) -> str:
    """What is wrong, or nothing."""
    rule = check_output.RULES.get(program.stem, check_output.Rule())
    for _ in range(check_output.RUNS):
        try:
            (expected, took_there), (output, took) = run("cpython", program), run(
                "libthreading", program
            )
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            return str(error)
        verdict = check_output.judge(rule, expected, output, took)
        if verdict.accepted:
            return ""
        # A machine that stands still for seconds can spoil CPython's run, too.
        if verdict.decided and not rule.excuse(check_output.split(expected), took_there):
            return f"{verdict.reason}\n\nCPython:\n{expected}\nlibthreading:\n{output}"
    return f"no run out of {check_output.RUNS} proves anything"


def main() -> int:
    programs = sorted(EXAMPLES.glob("*.py"))
    with concurrent.futures.ThreadPoolExecutor(PROGRAMS) as pool:
        wrong = {
            program.stem: what
            for program, what in zip(programs, pool.map(compare, programs))
            if what
        }
    for name, what in wrong.items():
        print(f"{name}: {what}")
    print(
        f"{len(programs)} programs on CPython's threading and on libthreading: {len(wrong)} differ"
    )
    return 0 if not wrong and len(programs) == PROGRAMS else 1


if __name__ == "__main__":
    sys.exit(main())
