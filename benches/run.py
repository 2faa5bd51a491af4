#!/usr/bin/env python3
"""Runs every program of the benchmark, puts their results together and prints them: what `make
bench` and `make bench-quick` call.

Builds nothing. A program that is not there is named, and its columns are left out.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

import results
import table

# With what it found, the results of all others are put together.
FIRST = "threading_bench"
HERE = pathlib.Path(__file__).resolve().parent
# Measured beside every rival: it tells which rows one belongs to that is not there.
RECORD = HERE.parent / "docs/benchmarks/results.json"


@dataclass
class Program:
    name: str
    command: list[str]
    language: str
    seconds: int  # then it hangs, and is ended
    everywhere: bool = False  # it pins its own rows to one CPU


def programs(build: pathlib.Path) -> list[Program]:
    return [
        Program(FIRST, [str(build / FIRST)], "C and C++", 1200, everywhere=True),
        Program("go_bench", [str(build / "go_bench")], "Go", 120),
        Program("rust_bench", [str(build / "rust_bench")], "Rust", 120),
        Program(
            "python_bench", [sys.executable, str(HERE / "other/python/python_bench.py")], "CPython",
            120,
        ),
    ]


def measure(
    program: Program, build: pathlib.Path, options: list[str], cpu: int | None
) -> tuple[dict | None, str]:
    """What the program found, or why there is nothing."""
    suffix = "" if cpu is None else "-one-cpu"
    output, log = build / f"{program.name}{suffix}.json", build / f"{program.name}{suffix}.txt"
    output.unlink(missing_ok=True)
    command = [*program.command, *options, "--json", str(output)]
    pinned = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None else None
    try:
        with log.open("w", encoding="utf-8") as text:
            status = subprocess.run(
                command, stdout=text, timeout=program.seconds, preexec_fn=pinned, check=False
            ).returncode
    except subprocess.TimeoutExpired:
        return None, f"{program.name} was ended after {program.seconds} s"
    if not output.exists():
        return None, f"{program.name} failed with status {status} and wrote no results"
    return results.load(output), (
        "" if status == 0 else f"{program.name} ended with status {status}: see {log}"
    )


@dataclass
class Times:
    """CPU seconds since the machine started, of all CPUs together, and of this process's
    children."""

    total: float
    busy: float
    stolen: float
    own: float

    @staticmethod
    def now() -> Times:
        ticks = [
            int(word)
            for word in pathlib.Path("/proc/stat")
            .read_text(encoding="ascii")
            .split("\n", 1)[0]
            .split()[1:9]
        ]
        # user, nice, system, idle, iowait, irq, softirq, steal
        user, nice, system, idle, iowait, irq, softirq, stolen = (
            count / os.sysconf("SC_CLK_TCK") for count in ticks
        )
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        own = sum(each.ru_utime + each.ru_stime for each in used)
        busy = user + nice + system + irq + softirq
        return Times(busy + idle + iowait + stolen, busy, stolen, own)

    def disturbance(self) -> dict[str, float]:
        """What part of the machine others had since then, in per cent."""
        now = Times.now()
        total = max(now.total - self.total, 0.01)
        others = max(now.busy - self.busy - (now.own - self.own), 0)
        return {
            "others_percent": 100 * others / total,
            "steal_percent": 100 * (now.stolen - self.stolen) / total,
        }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer rows, and short rounds")
    parser.add_argument(
        "--build", type=pathlib.Path, default=HERE.parent / "target/benches",
        help="where the programs are",
    )
    parser.add_argument(
        "--output", type=pathlib.Path,
        help="file for all results; results.json beside the programs if not given",
    )
    arguments = parser.parse_args()
    build = arguments.build
    output = arguments.output or build / ("quick.json" if arguments.quick else "results.json")
    options = ["--quick"] if arguments.quick else []

    runs: list[tuple[Program, int | None]] = []
    missing = []
    several = len(os.sched_getaffinity(0)) > 1
    for program in programs(build):
        if shutil.which(program.command[0]) is None:
            if program.name == FIRST:
                print(
                    f"{program.command[0]} is not there, with which all others are compared: run"
                    " make bench.",
                    file=sys.stderr,
                )
                return 1
            missing.append(program.language)
            continue
        runs.append((program, None))
        if several and not program.everywhere and not arguments.quick:
            runs.append((program, min(os.sched_getaffinity(0))))

    begin, before = time.monotonic(), Times.now()
    reports, problems = [], []
    for index, (program, cpu) in enumerate(runs, 1):
        where = "" if cpu is None else ", on one CPU"
        print(
            f"==== {index}/{len(runs)}, {time.monotonic() - begin:.0f} s: {program.name}{where}",
            file=sys.stderr, flush=True,
        )
        extra = [] if cpu is None else ["--pinned"]
        report, problem = measure(program, build, options + extra, cpu)
        if problem:
            problems.append(problem)
            print(problem, file=sys.stderr)
        if report is not None:
            reports.append(report)
        elif program.name == FIRST:
            return 1
        elif cpu is None:
            missing.append(program.language)

    data, strangers = results.merge(reports[0], reports[1:])
    data["program"] = "benches/run.py"
    data["missing"] += missing
    if RECORD.exists():
        results.note_missing(data, results.load(RECORD))
    data["disturbance"] = before.disturbance()
    data["seconds"] = time.monotonic() - begin
    data["quick"] = arguments.quick
    results.save(output, data)
    print(table.text(data))
    # With --quick, threading_bench leaves rows out.
    if not arguments.quick:
        problems += [f"{stranger}: threading_bench has no such row" for stranger in strangers]
    for problem in problems:
        print(f"PROBLEM: {problem}")
    print(f"{data['seconds']:.0f} s; all results: {output}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
