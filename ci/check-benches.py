#!/usr/bin/env python3
"""Holds the benchmark and what is said of it together.

    check-benches.py [PROGRAM]      PROGRAM: threading_bench, in target/benches if not given
    check-benches.py --self-test    checks this program against planted mistakes

The table of docs/benchmarks.md and the README's lines are what benches/table.py makes of
docs/benchmarks/results.json; every plot there was drawn from results of the same machine and day,
and docs/benchmarks.md shows it; what the README shows is one of them; benches/README.md names every
group and every row of the program. The self-test also tries what is said and built when rivals come
and go.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))
import places  # noqa: E402
import results  # noqa: E402
import table  # noqa: E402

RECORD = "run `make bench-record` and commit what it changes"


def recorded(readme: pathlib.Path, page: pathlib.Path) -> list[str]:
    """What is wrong with the README's lines, the page's table, and the plots and results in the
    folder of the page's name."""
    directory = page.with_suffix("")
    source = directory / "results.json"
    if not source.exists():
        return [f"{source.name} is not there: {RECORD}"]
    data = results.load(source)
    mistakes = []
    if data.get("quick"):
        mistakes.append(f"{source.name} comes from a run with --quick: {RECORD}")
    lines = len(places.lines_of([row for row in data["rows"] if results.ours(row)]))
    if lines > places.MOST_LINES:
        mistakes.append(f"the plot of ratios has {lines} lines: benches/places.py says how many")
    there = {path.name for path in directory.glob("*.svg")}
    for file, content in ((page, table.markdown(data)), (readme, table.summary(data))):
        text = file.read_text(encoding="utf-8")
        _, found, _ = table.between_marks(text)
        if found.strip() != content.strip():
            mistakes.append(
                f"{file.name}: what it says of the speed is not what {source.name} says: {RECORD}"
            )
        shown = set(re.findall(rf"\({directory.relative_to(file.parent)}/([a-z_]+\.svg)\)", text))
        mistakes += [
            f"{file.name} shows {name}, which is not there" for name in sorted(shown - there)
        ]
        if file == page:
            mistakes += [
                f"{name} is shown nowhere in {file.name}" for name in sorted(there - shown)
            ]
        elif len(shown) != 1:
            mistakes.append(
                f"{file.name} shows {len(shown)} plots, and one is what it has room for"
            )
    for name in sorted(there):
        if escape(results.measured_on(data)) not in (directory / name).read_text(encoding="utf-8"):
            mistakes.append(f"{name} was not measured on {results.measured_on(data)}: {RECORD}")
    return mistakes


def described(listed: list[tuple[str, str]], readme: pathlib.Path) -> list[str]:
    """Groups and rows that nobody describes; each must stand there between backquotes."""
    names = set(re.findall(r"`([^`\n]+)`", readme.read_text(encoding="utf-8")))
    wanted = {group for group, _ in listed} | {row for _, row in listed}
    return [f"{readme.name} does not say what `{name}` is" for name in sorted(wanted - names)]


def listed_by(program: pathlib.Path) -> list[tuple[str, str]]:
    """Group and row of each line of --list, without the row's parameters."""
    output = subprocess.run(
        [program, "--list"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    found = []
    for line in output.splitlines():
        group, title = line.split(maxsplit=1)
        found.append((group, re.sub(r"( [a-z_]+=\S+)+$", "", title)))
    return found


# ---- the test of this program ----


def sample(*rivals: str, missing: tuple[str, ...] = ()) -> dict:
    """Results of one row."""
    row = {
        "group": "lock",
        "row": "lock uncontended",
        "parameters": {},
        "unit": "ns",
        "better": "lower",
        "goals": [],
    }
    row["results"] = [
        {"who": who, "median": 2.0, "low": 1.0, "high": 3.0} for who in ("libthreading", *rivals)
    ]
    for result in row["results"]:
        if result["who"] == "parking_lot":
            result["program"] = "rust_bench"
    machine = {"cpu": "A & B", "cpus": 2, "kernel": "Linux 1", "memory_gib": 4}
    data = {
        "machine": machine,
        "date": "2026-01-02 03:04 UTC",
        "versions": {"libthreading": "0"},
        "missing": list(missing),
        "rows": [row],
    }
    data["disturbance"] = {"others_percent": 0, "steal_percent": 0}
    return data


def planted(mistake: str) -> list[str]:
    """What is found in a small tree with that mistake."""
    data = sample("pthread")
    if mistake == "a plot of 41 lines":
        row = data["rows"][0]
        data["rows"] = [row | {"group": f"kind {i}", "row": f"kind {i}"} for i in range(41)]
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        directory, readme, page = (
            root / "docs/benchmarks", root / "README.md", root / "docs/benchmarks.md",
        )
        directory.mkdir(parents=True)
        plots = "![speed](benchmarks/ratios.svg)\n" if mistake != "a plot that is not shown" else ""
        text = f"{plots}{table.BEGIN}\n{table.markdown(data)}\n{table.END}\n"
        if mistake == "another figure in the table":
            text = text.replace("| 2.00 |", "| 1.00 |")
        page.write_text(text, encoding="utf-8")
        plots = (
            "![speed](docs/benchmarks/ratios.svg)\n" if mistake != "a README without a plot" else ""
        )
        text = f"{plots}{table.BEGIN}\n{table.summary(data)}\n{table.END}\n"
        if mistake == "another figure in the README":
            text = text.replace(": 2.00 ns", ": 1.00 ns")
        readme.write_text(text, encoding="utf-8")
        if mistake != "a plot that is not there":
            day = "2026-01-01" if mistake == "a plot of another day" else "2026-01-02"
            drawn = f"<text>{escape(results.machine(data))}; {day}</text>"
            (directory / "ratios.svg").write_text(drawn, encoding="utf-8")
        if mistake == "a quick run":
            data["quick"] = True
        if mistake != "no results":
            (directory / "results.json").write_text(json.dumps(data), encoding="utf-8")
        found = recorded(readme, page)
        readme.write_text(
            "" if mistake == "a row without a word" else "Group `lock`: `lock uncontended`",
            encoding="utf-8",
        )
        return found + described([("lock", "lock uncontended")], readme)


def said_of_missing() -> list[str]:
    """What is wrong with the tables of a run without two rivals, and of one after it."""
    whole = sample("pthread", "glib", "parking_lot")
    results.note_missing(whole, whole)
    part = sample("pthread", missing=("GLib", "Rust", "Boost"))
    results.note_missing(part, whole)
    later = sample("pthread", missing=("GLib", "Rust"))
    results.note_missing(later, part)
    wrong = (
        [f"with all: {table.markdown(whole)}"]
        if "without" in table.text(whole) + table.markdown(whole)
        else []
    )
    for data in (part, later):
        if "    without GLib, parking_lot: not there" not in table.text(data):
            wrong.append(table.text(data))
        if "1.00 pthread, without GLib | –, without parking_lot |" not in table.markdown(data):
            wrong.append(table.markdown(data))
    return wrong


def built_anew() -> list[str]:
    """What is wrong when benches/Makefile builds a small program before GLib is installed, with it,
    again, with another one, and without."""
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        for directory in ("benches/programs", "bin", "include", "release"):
            (tree / directory).mkdir(parents=True)
        shutil.copy(ROOT / "benches/Makefile", tree / "benches")
        for program in (ROOT / "benches/programs").glob("*.c"):
            (tree / "benches/programs" / program.name).write_text(
                "int main(void) { return 0; }\n", encoding="utf-8"
            )
        (tree / "benches/rivals.hpp").write_text("", encoding="utf-8")
        (tree / "include/threading.h").write_text("", encoding="utf-8")
        source = (
            '#include <cstdio>\n#ifdef BENCH_HAS_GLIB\n#define WITH "glib"\n#else\n#define WITH'
            ' "none"\n#endif\n'
        )
        (tree / "benches/main.cpp").write_text(
            source + "int main() { std::puts(WITH); }\n", encoding="utf-8"
        )
        library = tree / "release/libthreading.so"
        subprocess.run(["cc", "-shared", "-x", "c", "/dev/null", "-o", library], check=True)
        (tree / "bin/pkg-config").write_text(f"""#!/bin/sh
case "$*" in *glib-2.0*) test -e {tree}/glib || exit 1 ;; *) exit 1 ;; esac
case $1 in --modversion) cat {tree}/glib ;; esac
""", encoding="utf-8")
        (tree / "bin/pkg-config").chmod(0o755)
        build = tree / "build"
        command = ["make", "--no-print-directory", "-C", tree / "benches", f"BUILD={build}"]
        command += [
            f"THREADING_INCLUDE_DIR={tree}/include",
            f"THREADING_LIBRARY_DIR={tree}/release",
        ]
        environment = {**os.environ, "PATH": f"{tree}/bin:{os.environ['PATH']}", "MAKEFLAGS": ""}
        wrong = []
        for step, version, wanted, builds in (
            ("without GLib", "", "none", True),
            ("with GLib", "1", "glib", True),
            ("the same again", "1", "glib", False),
            ("with another GLib", "2", "glib", True),
            ("without it again", "", "none", True),
        ):
            (tree / "glib").unlink(missing_ok=True)
            if version:
                (tree / "glib").write_text(version, encoding="utf-8")
            made = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            said = subprocess.run(
                [build / "threading_bench"], capture_output=True, text=True, timeout=20, check=False
            ).stdout.strip()
            if made.returncode != 0 or said != wanted:
                wrong.append(f"{step}: it has {said}: {made.stdout}{made.stderr}")
            if builds != ("threading_bench" in made.stdout):
                wrong.append(f"{step}: {made.stdout}")
            if (build / "programs/empty_glib").exists() != (wanted == "glib"):
                wrong.append(f"{step}: an empty program with GLib is there, or is not")
        return wrong


def self_test() -> int:
    cases = {
        "": None,
        "no results": "is not there",
        "a quick run": "--quick",
        "another figure in the table": "benchmarks.md: what it says",
        "another figure in the README": "README.md: what it says",
        "a README without a plot": "shows 0 plots",
        "a plot of another day": "was not measured on",
        "a plot that is not shown": "shown nowhere",
        "a plot that is not there": "which is not there",
        "a plot of 41 lines": "has 41 lines",
        "a row without a word": "does not say",
    }
    failures = 0
    for mistake, wanted in cases.items():
        found = planted(mistake)
        good = not found if wanted is None else any(wanted in each for each in found)
        print(
            f"{'ok' if good else 'FAILED'}: {mistake or 'nothing wrong'}"
            + ("" if good else f": {found}")
        )
        failures += not good
    for what, check in {
        "a row without its rivals": said_of_missing,
        "rivals that come and go": built_anew,
    }.items():
        found = check()
        print(f"{'FAILED' if found else 'ok'}: {what}", *found, sep="\n    " if found else "")
        failures += bool(found)
    return 1 if failures else 0


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    program = pathlib.Path(
        sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/benches/threading_bench"
    )
    listed = listed_by(program)
    mistakes = recorded(ROOT / "README.md", ROOT / "docs/benchmarks.md") + described(
        listed, ROOT / "benches/README.md"
    )
    for mistake in mistakes:
        print(f"check-benches.py: {mistake}")
    print(f"{len(listed)} rows, {len(mistakes)} mistakes")
    return 1 if mistakes or not listed else 0


if __name__ == "__main__":
    sys.exit(main())
