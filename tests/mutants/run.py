#!/usr/bin/env python3
"""Plants small mistakes in the library, one at a time, and tells which of them the tests find.

A mutant is built in a copy of the source tree; the test programs, which are built already, are then run with it in place of the real
library, those of the mutated object first, until one fails. A mutant that does not compile is none. What survives is listed.

    tests/mutants/run.py [--sample N] [--seed S] [--only REGULAR-EXPRESSION] [--minutes M] [--survivors FILE]
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

import operators

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "mutants"
TREE = WORK / "tree"
LIBRARIES = WORK / "lib"
# What is not mutated: what only tools see, what tests alone use, and the facade of another kind of test.
LEFT_OUT = re.compile(r"src/(capi/tests|inspect/|wait/window|atomic)")
# Cases that take long, or keep the machine busy: asked last.
HEAVY = "crowd|signal_safety|ten_thousand|faults_exit|lock_capacity|local_capacity"
# The programs that are about a file, where they are not called as it is.
NEAR = {"exclusive": "lock", "turn": "lock", "held": "condition", "queue": "condition", "until": "thread_join", "wheel": "timer",
        "service": "timer", "workers": "timer", "values": "local", "record": "thread", "internal": "thread"}


def all_mutants(only):
    found = []
    for path in sorted((ROOT / "src").rglob("*.rs")):
        name = str(path.relative_to(ROOT))
        if LEFT_OUT.search(name) or (only and not re.search(only, name)):
            continue
        for number, instead, what in operators.mutants_of(path.read_text()):
            found.append({"file": name, "line": number + 1, "instead": instead, "what": what})
    return found


def run(command, seconds, **options):
    """The exit status; 124 if it took too long."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, **options)
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return 124, ""


def prepare():
    """A copy of the tree with a target of its own, built once without a mistake."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    LIBRARIES.mkdir(parents=True, exist_ok=True)
    for name in ("Cargo.toml", "Cargo.lock", "build.rs", "cbindgen.toml", "src", "include"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, TREE / name)
    status, output = build()
    if status != 0:
        sys.exit(f"mutants: the library itself does not build:\n{output}")
    killed_by = first_failure(r"^conformance\..*\.shared$", HEAVY)
    if killed_by:
        sys.exit(f"mutants: {killed_by} fails without any mistake")


def build():
    environment = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "build"), CARGO_PROFILE_RELEASE_LTO="off", CARGO_PROFILE_RELEASE_OPT_LEVEL="1")
    status, output = run(["cargo", "rustc", "--release", "--offline", "--lib", "--crate-type", "cdylib"], 300, cwd=TREE, env=environment)
    if status == 0:
        shutil.copy(WORK / "build" / "release" / "libthreading.so", LIBRARIES / "libthreading.so.0")
    return status, output


def first_failure(wanted, unwanted=None):
    """The first case that fails with the library in `LIBRARIES`, among those whose names match the one and not the other; or None."""
    command = ["ctest", "--test-dir", str(ROOT / "target" / "ctest"), "-R", wanted, "--timeout", "20", "--stop-on-failure", "-j", "3"]
    status, output = run(command + (["-E", unwanted] if unwanted else []), 600, env=dict(os.environ, LD_LIBRARY_PATH=str(LIBRARIES)))
    if status == 0:
        return None
    named = re.findall(r"\d+ - (\S+) \(", output)
    return named[0] if named else f"ctest: status {status}"


def test(name):
    """What catches a mutant of that file: the cases of its object are asked first, then all, then the heavy ones, then the Rust tests."""
    stem = pathlib.Path(name).stem.replace("mod", pathlib.Path(name).parent.name)
    near = rf"^conformance\.{NEAR.get(stem, stem)}.*\.shared$"
    return (first_failure(near, HEAVY) or first_failure(r"^conformance\..*\.shared$", HEAVY)
            or first_failure(rf"^conformance\..*({HEAVY}).*\.shared$") or unit_tests())


def unit_tests():
    environment = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "build"))
    status, output = run(["cargo", "test", "--offline", "--lib"], 400, cwd=TREE, env=environment)
    named = re.findall(r"^test (\S+) \.\.\. FAILED", output, flags=re.MULTILINE)
    return None if status == 0 else (f"Rust: {named[0]}" if named else f"Rust: status {status}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--survivors", default=str(WORK / "survivors.json"))
    options = parser.parse_args()
    mutants = all_mutants(options.only)
    random.Random(options.seed).shuffle(mutants)
    chosen = mutants[: options.sample]
    print(f"{len(mutants)} mutants, {len(chosen)} of them tried, seed {options.seed}", flush=True)
    prepare()
    end = time.monotonic() + options.minutes * 60
    caught, survived, stillborn = 0, [], 0
    for number, mutant in enumerate(chosen, 1):
        if time.monotonic() > end:
            print(f"the time is over after {number - 1}")
            break
        path = TREE / mutant["file"]
        original = path.read_text()
        lines = original.splitlines()
        mutant["original"] = lines[mutant["line"] - 1]
        lines[mutant["line"] - 1] = mutant["instead"]
        path.write_text("\n".join(lines) + "\n")
        began = time.monotonic()
        status, _ = build()
        if status != 0:
            verdict, stillborn = "does not compile", stillborn + 1
        else:
            killer = test(mutant["file"])
            verdict = f"caught by {killer}" if killer else "SURVIVED"
            caught += bool(killer)
            if not killer:
                survived.append(mutant)
        path.write_text(original)
        print(f"{number:4} {mutant['file']}:{mutant['line']}: {mutant['what']}: {verdict} ({time.monotonic() - began:.0f} s)", flush=True)
    tried = caught + len(survived)
    pathlib.Path(options.survivors).write_text(json.dumps(survived, indent=1))
    print(f"{tried} mutants that compile: {caught} caught, {len(survived)} survived, {caught / max(tried, 1):.0%}; {stillborn} did not compile")
    for mutant in survived:
        print(f"survived: {mutant['file']}:{mutant['line']}: {mutant['what']}: {mutant['original'].strip()}")
    return 0 if tried else 1


if __name__ == "__main__":
    sys.exit(main())
