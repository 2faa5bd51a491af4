#!/usr/bin/env python3
"""Which lines of the library its tests reach: the C programs, the Rust tests and the runs under
race detectors together.

    tests/coverage/run.py [--missing] [--only REGULAR-EXPRESSION]

The library is built with the compiler's counters, the test programs, which are built already, run
with it in place of the real one, and what they have counted is put together line by line. A line
counts if the compiler made code of it. `cov` of the crate llvm_profparser reads the counters; it is
installed below target/ if it is not there. What ends by a signal or `_exit` writes no counters, and
is not seen.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "coverage"
COUNTERS = {
    "RUSTFLAGS": "-C instrument-coverage",
    "CARGO_TARGET_DIR": str(WORK / "build"),
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
}
# Functions that say what went wrong: their lines are not asked for.
ERROR_TEXT = re.compile(r"src/capi/status\.rs")
# Not run in the library that these tests load.
NOT_ASKED = re.compile(r"src/(capi/tests|atomic|platform/race_window)\.rs")


def run(command, raw, **more):
    """Runs a command whose processes write their counters into a directory of their own."""
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir(parents=True)
    environment = dict(os.environ, LLVM_PROFILE_FILE=f"{raw}/%p-%m.profraw", **more)
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )


def cov():
    """The program that reads counters."""
    found = shutil.which("cov") or shutil.which("cov", path=str(WORK / "tools" / "bin"))
    if not found:
        subprocess.run(
            ["cargo", "install", "--quiet", "llvm_profparser", "--root", str(WORK / "tools")],
            check=True,
        )
        found = str(WORK / "tools" / "bin" / "cov")
    return found


def lines_of(raw, objects):
    """{file: {line: reached}} of all counters in a directory."""
    files = sorted(raw.glob("*.profraw"))
    if not files:
        sys.exit(f"coverage: nothing was counted in {raw}")
    found = {}
    for binary in objects:
        command = [cov(), "show", "--object", str(binary)]
        for file in files:
            command += ["--instr-profile", str(file)]
        shown = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            errors="replace",
        ).stdout
        current = None
        for line in shown.splitlines():
            if re.match(r"/\S+\.rs\s*$", line):
                path = pathlib.Path(line.strip())
                current = (
                    found.setdefault(str(path.relative_to(ROOT)), {})
                    if path.is_relative_to(ROOT / "src")
                    else None
                )
            elif current is not None:
                match = re.match(r"\s*(\d+)\|\s*([\d.]+\w?)\|", line)
                if match:
                    current[int(match[1])] = current.get(int(match[1]), False) or match[2] != "0"
    return found


def merge(into, more):
    for file, lines in more.items():
        known = into.setdefault(file, {})
        for line, reached in lines.items():
            known[line] = known.get(line, False) or reached


def build_library():
    # Build scripts count as well, and are of no interest.
    environment = dict(os.environ, LLVM_PROFILE_FILE=str(WORK / "build.profraw"), **COUNTERS)
    subprocess.run(
        ["cargo", "rustc", "--quiet", "--release", "--lib", "--crate-type", "cdylib"], cwd=ROOT,
        env=environment, check=True,
    )
    library = WORK / "lib" / "libthreading.so.0"
    library.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(WORK / "build" / "release" / "libthreading.so", library)
    return library


def c_programs(library):
    """What ctest runs with the shared library; those that measure how many threads the system
    allows find fewer of them."""
    raw = WORK / "raw-c"
    result = run(
        [
            "ctest", "--test-dir", "target/ctest", "-E", r"static|widened|thread_limits", "-j", "3",
            "--timeout", "120",
        ],
        raw,
        LD_LIBRARY_PATH=str(library.parent),
    )
    print(
        next((line for line in result.stdout.splitlines() if "tests passed" in line), "no ctest"),
        flush=True,
    )
    return lines_of(raw, [library])


def race_detectors(library):
    """A correct program under ThreadSanitizer, Helgrind and DRD, and one that is wrong."""
    program = WORK / "correct"
    options = ["-std=c11", "-g", "-O1", "-Iinclude", "-Ltarget/release", "-lthreading"]
    found = {}
    for number, (sanitizer, command) in enumerate(
        [
            (["-fsanitize=thread"], []), ([], ["valgrind", "-q", "--tool=helgrind"]),
            ([], ["valgrind", "-q", "--tool=drd"]),
        ]
    ):
        subprocess.run(
            [
                "gcc", *options[:3], *sanitizer, "tests/tools/correct.c", "-o", str(program),
                *options[3:],
            ],
            cwd=ROOT,
            check=True,
        )
        raw = WORK / f"raw-tool-{number}"
        run(
            [*command, str(program)], raw, LD_LIBRARY_PATH=str(library.parent),
            TSAN_OPTIONS="exitcode=0",
        )
        merge(found, lines_of(raw, [library]))
    return found


def rust_tests():
    raw = WORK / "raw-rust"
    environment = dict(COUNTERS, CARGO_TARGET_DIR=str(WORK / "build-tests"))
    result = run(["cargo", "test", "--lib"], raw, **environment)
    print(
        next(
            (line for line in result.stdout.splitlines() if line.startswith("test result")),
            result.stdout,
        ),
        flush=True,
    )
    binaries = [
        path
        for path in (WORK / "build-tests" / "debug" / "deps").glob("threading-*")
        if path.suffix == "" and os.access(path, os.X_OK)
    ]
    return lines_of(raw, [max(binaries, key=lambda path: path.stat().st_mtime)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--missing", action="store_true", help="list the lines that no test reaches"
    )
    parser.add_argument("--only", default="", help="files whose names match")
    options = parser.parse_args()
    library = build_library()
    found = c_programs(library)
    merge(found, race_detectors(library))
    # Lines of tests themselves stand in the same files: only what the library has counts.
    known = {file: set(lines) for file, lines in found.items()}
    for file, lines in rust_tests().items():
        merge(
            found,
            {
                file: {
                    line: reached for line, reached in lines.items() if line in known.get(file, ())
                }
            },
        )
    reached = total = 0
    for file in sorted(found):
        if NOT_ASKED.search(file) or not re.search(options.only, file):
            continue
        lines = found[file]
        hit = sum(lines.values())
        aside = " (error text, not counted)" if ERROR_TEXT.search(file) else ""
        print(f"{file:28} {hit:5} of {len(lines):5}  {hit / max(len(lines), 1):4.0%}{aside}")
        if not aside:
            reached, total = reached + hit, total + len(lines)
        if options.missing:
            source = (ROOT / file).read_text().splitlines()
            for line in sorted(line for line, hit in lines.items() if not hit):
                print(f"    {line}: {source[line - 1].strip()}")
    print(f"{reached} of {total} lines: {reached / max(total, 1):.1%}")
    return 0 if total else 1


if __name__ == "__main__":
    sys.exit(main())
