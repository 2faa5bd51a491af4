#!/usr/bin/env python3
"""Plants small mistakes in the library, one at a time, and tells which of them the tests find.

A mutant is built in a copy of the source tree; the test programs, which are built already, are then
run with it in place of the real library, those of the mutated object first, until one fails. The
Rust tests are asked before the cases that take long and, if that is wished, the race detectors and
the models at last. A mutant that does not compile is none. What survives is listed; what survives
and is explained in survivors.md is counted apart.

    tests/mutants/run.py [--sample N] [--seed S] [--only REGULAR-EXPRESSION] [--minutes M]
                         [--resume] [--explained] [--thorough]
"""

import argparse
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import time

import cases
import operators
import survivors

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "mutants"
TREE = WORK / "tree"
LIBRARIES = WORK / "lib"
# What was caught, by what, and how long each case takes without a mistake: for `--resume`.
RESULTS = WORK / "caught.json"
USUAL = WORK / "usual.json"
# What is not mutated: what only tools see, what tests and models alone use, and what is not of this
# system.
LEFT_OUT = re.compile(
    r"/tests\.rs$|src/(inspect/|platform/(race_window|(model|any|freebsd|macos|windows)/)|atomic)"
)
# What tells tools is a matter for them.
TELLS_TOOLS = re.compile(
    r"probe::|report_(created|acquired|releasing|internal)|publish_order|announce_final"
)
WANTED = r"^((conformance|misuse|stress)\..*shared|plugin\..*_keys)$"
# The programs that are about a file, where they are not called as it is.
NEAR = {
    "src/sync/lock": "lock|timeout|with",
    "src/sync/rlock": "rlock|lock|timeout",
    "src/sync/any_lock": "condition",
    "src/sync/semaphore": "semaphore|fork",
    "src/wait/mutex/raw": "lock|rlock|semaphore|condition",
    "src/wait/mutex/acquire": "lock|semaphore|waits",
    "src/wait/queue": "condition|lock|event|semaphore",
    "src/wait/waiter": "condition|event|timeout",
    "src/wait/this_thread": "foreign|thread_current|signal_safety",
    "src/wait/wait_until": "thread_join|timeout|sleep",
    "src/wait/mutex/internal": "timer|thread",
    "src/timer/": "timer|fork_timer",
    "src/local/": "local",
    "src/lifecycle/": "fork|waits_fork|local_fork|thread_end",
    "src/thread/alive": "shutdown|exit|thread_end|fork_callbacks",
    "src/thread/shutdown": "shutdown|exit|thread_end|fork_callbacks",
    "src/thread/at_exit": "exit|shutdown",
    "src/thread/exit_notice": "exit",
    "src/thread/stand_in": "exit|shutdown",
    "src/thread/tasks": "exit|shutdown",
    "src/thread/registry": "thread_enumerate|thread_current|foreign_end|fork",
    "src/thread/native": "thread_result|thread_join|thread_cancel|start_refused",
    "src/thread/affinity": "thread_affinity|faults_sandbox",
    "src/thread/at_start": "thread_affinity|thread_priority",
    "src/thread/noted": "thread_affinity|thread_priority|thread_stack",
    "src/thread/priority": "thread_priority|faults_sandbox",
    "src/thread/attributes": "thread_daemon|thread_stack|thread_current",
    "src/thread/hooks": "thread_hooks|printed|error_message",
    "src/thread/excepthook": "thread_hooks|printed|error_message",
    "src/thread/name": "thread_names|thread_os_names|object_names_crowd",
    "src/thread/finish": "thread|local|exit",
    "src/thread/": "thread|exit|shutdown",
    "src/capi/after": "with",
    "src/capi/mod": "errors|misuse",
    "src/capi/affinity": "thread_affinity",
    "src/capi/priority": "thread_priority",
    "src/capi/attributes": "thread_stack|thread_names|thread",
    "src/capi/name": "names",
    "src/capi/time": "sleep|timeout",
    "src/object/handle": "errors|lock_lifetime",
    "src/object/table": "lock_capacity|local_capacity|lock_lifetime",
    "src/object/word": "lock|event|semaphore",
    "src/wait/timeout": "timeout|sleep",
    "src/object/kinds": "slots|errors",
    "src/object/slot": "slots|lock_lifetime",
    "src/object/cause": "errors",
    "src/object/label": "names",
    "src/object/names": "object_names",
    "src/object/note": "object_names|faults_resources",
    "src/object/text": "names",
    "src/capi/causes": "errors",
    "src/wait/lifetime": "lock_lifetime|condition_lifetime|event|barrier",
    "src/wait/mutex/lifetime": "lock_lifetime|condition_lifetime|fork",
}
# The models that are about a file.
MODELS = {
    "src/sync/": None,
    "src/object/table": ["table"],
    "src/object/slot": ["table"],
    "src/object/label": ["label"],
    "src/object/names": ["label"],
    "src/wait/": ["lock", "rlock", "condition", "semaphore", "event", "barrier", "latch", "park"],
    "src/object/word": ["lock", "condition", "event"],
    "src/timer/": ["timer"],
    "src/thread/alive": ["exit"],
    "src/thread/shutdown": ["exit"],
    "src/thread/": ["thread"],
}


def all_mutants(only):
    found = []
    for path in sorted((ROOT / "src").rglob("*.rs")):
        name = str(path.relative_to(ROOT))
        if LEFT_OUT.search(name) or (only and not re.search(only, name)):
            continue
        lines = path.read_text().splitlines()
        for number, instead, what in operators.mutants_of("\n".join(lines)):
            function = next(
                (
                    match.group(1)
                    for line in reversed(lines[: number + 1])
                    if (match := re.search(r"\bfn (\w+)", line))
                ),
                "",
            )
            found.append(
                {
                    "file": name,
                    "line": number + 1,
                    "function": function,
                    "original": lines[number],
                    "instead": instead,
                    "what": what,
                }
            )
    return found


def run(command, seconds, **options):
    """The exit status, 124 if it took too long, and what it printed."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, **options,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return 124, ""


class Judge:
    """The copy of the tree, and everything that may find a mistake in it."""

    def __init__(self, thorough, resume):
        self.thorough = thorough
        shutil.rmtree(TREE, ignore_errors=True)
        TREE.mkdir(parents=True)
        LIBRARIES.mkdir(parents=True, exist_ok=True)
        for name in (
            "Cargo.toml", "Cargo.lock", "build.rs", "src", "include", "tests/loom", "tests/tools",
        ):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, TREE / name)
        if not build():
            sys.exit("mutants: the library itself does not build")
        self.environment = dict(os.environ, LD_LIBRARY_PATH=str(LIBRARIES))
        self.real = dict(os.environ, LD_LIBRARY_PATH=str(ROOT / "target" / "release"))
        self.cases = cases.of_ctest(ROOT / "target" / "ctest", WANTED)
        # The cases that caught mutants, for each file: the last one first.
        self.killers = {}
        self.measure(json.loads(USUAL.read_text()) if resume and USUAL.exists() else {})

    def measure(self, usual):
        """How long the cases take without a mistake, as far as that is not known; all have to
        pass."""
        for case in self.cases:
            case.usual = usual.get(case.name, 0.0)
        new = [case for case in self.cases if not case.usual]
        killed_by = (
            cases.first_failure(new, self.environment, self.real, record=True) or unit_tests()
        )
        if killed_by:
            sys.exit(f"mutants: {killed_by} fails without any mistake")
        USUAL.write_text(json.dumps({case.name: case.usual for case in self.cases}, indent=1))
        print(
            f"{len(self.cases)} cases, {len(new)} of them measured now, pass without a mistake",
            flush=True,
        )

    def test(self, name, line):
        """What catches the mutant of that line that is built, or None. What caught others of the
        same file is asked first."""
        if TELLS_TOOLS.search(line) and (killer := race_detectors()):
            return killer
        near = next(
            (programs for start, programs in NEAR.items() if name.startswith(start)),
            pathlib.Path(name).stem,
        )
        killers = self.killers.setdefault(name, [])
        groups = cases.ordered(self.cases, near, killers)
        for number, group in enumerate(groups):
            # They take less than the cases that take long.
            if number == cases.LIGHT_GROUPS and (killer := unit_tests()):
                return killer
            killer = cases.first_failure(group, self.environment, self.real)
            if killer:
                killers.insert(0, killer.split()[0])
                return killer
        return (race_detectors() or model_tests(models_of(name))) if self.thorough else None


def build():
    """An optimised library is what the cases are for; its pieces are kept, so that a mutant costs
    little more than its own file."""
    environment = dict(
        os.environ, CARGO_TARGET_DIR=str(WORK / "build"), CARGO_PROFILE_RELEASE_LTO="off",
        CARGO_PROFILE_RELEASE_OPT_LEVEL="1", CARGO_PROFILE_RELEASE_INCREMENTAL="true",
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS="64",
    )
    status, _ = run(
        ["cargo", "rustc", "--release", "--offline", "--lib", "--crate-type", "cdylib"], 300,
        cwd=TREE, env=environment,
    )
    if status == 0:
        shutil.copy(WORK / "build" / "release" / "libthreading.so", LIBRARIES / "libthreading.so.0")
    return status == 0


def unit_tests():
    environment = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "build"))
    status, output = run(["cargo", "test", "--offline", "--lib"], 400, cwd=TREE, env=environment)
    named = re.findall(r"^test (\S+) \.\.\. FAILED", output, flags=re.MULTILINE)
    return None if status == 0 else (f"Rust: {named[0]}" if named else f"Rust: status {status}")


def race_detectors():
    """They use the library that lies where it does in every tree."""
    release = TREE / "target" / "release"
    release.mkdir(parents=True, exist_ok=True)
    for name in ("libthreading.so", "libthreading.so.0"):
        shutil.copy(LIBRARIES / "libthreading.so.0", release / name)
    status, output = run([str(TREE / "tests" / "tools" / "run.sh")], 600, cwd=TREE)
    named = re.findall(r"^tests/tools: (.*)", output, flags=re.MULTILINE)
    return None if status == 0 else f"race detectors: {named[0] if named else status}"


def models_of(name):
    for start, models in MODELS.items():
        if name.startswith(start):
            return models or [pathlib.Path(name).stem.replace("held", "condition")]
    return []


def model_tests(models):
    """The models of an object; a mutant that keeps them from being built is not caught by that."""
    if not models:
        return None
    environment = dict(
        os.environ, CARGO_TARGET_DIR=str(WORK / "loom"), RUSTFLAGS="--cfg loom",
        CARGO_PROFILE_LOOM_INCREMENTAL="true",
    )
    command = ["cargo", "test", "--offline", "--profile", "loom", "--test", "loom"]
    if run(command + ["--no-run"], 400, cwd=TREE, env=environment)[0] != 0:
        return None
    status, output = run(command + ["--", *models], 400, cwd=TREE, env=environment)
    named = re.findall(r"^FAILED: (\S+):", output, flags=re.MULTILINE)
    return None if status == 0 else (f"model: {named[0]}" if named else f"model: status {status}")


def judge_one(judge, mutant, known):
    """The verdict on a mutant: it is planted, built, tested and taken out again."""
    path = TREE / mutant["file"]
    original = path.read_text()
    lines = original.splitlines()
    lines[mutant["line"] - 1] = mutant["instead"]
    path.write_text("\n".join(lines) + "\n")
    try:
        if not build():
            return "does not compile"
        killer = judge.test(mutant["file"], mutant["original"])
        return (
            f"caught by {killer}"
            if killer
            else "explained" if survivors.key(mutant) in known else "SURVIVED"
        )
    finally:
        path.write_text(original)


def report(chosen, verdicts):
    counts = {
        kind: sum(verdict.startswith(kind) for verdict in verdicts)
        for kind in ("caught", "explained", "SURVIVED", "does not")
    }
    tried = len(verdicts) - counts["does not"]
    share = (counts["caught"] + counts["explained"]) / max(tried, 1)
    print(
        f"{tried} mutants that compile: {counts['caught']} caught"
        f" ({counts['caught'] / max(tried, 1):.1%}), {counts['explained']} explained,"
        f" {counts['SURVIVED']} survived; caught or explained {share:.1%}; {counts['does not']} did"
        " not compile"
    )
    for mutant, verdict in zip(chosen, verdicts):
        if verdict == "SURVIVED":
            print(f"{mutant['file']}:{mutant['line']}\n{survivors.row(mutant)}")
    return tried


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument(
        "--resume", action="store_true",
        help="believe what earlier runs have caught in the same source",
    )
    parser.add_argument(
        "--explained", action="store_true",
        help="try also what survivors.md explains, which is believed else",
    )
    parser.add_argument(
        "--thorough", action="store_true",
        help="ask race detectors and models too: minutes for what survives all else",
    )
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mutants = all_mutants(options.only)
    random.Random(options.seed).shuffle(mutants)
    chosen = mutants[: options.sample]
    print(f"{len(mutants)} mutants, {len(chosen)} of them tried, seed {options.seed}", flush=True)
    known = survivors.explained()
    judge = Judge(options.thorough, options.resume)
    end = time.monotonic() + options.minutes * 60
    caught = json.loads(RESULTS.read_text()) if options.resume and RESULTS.exists() else {}
    verdicts = []
    for number, mutant in enumerate(chosen, 1):
        began = time.monotonic()
        if began > end:
            print(f"the time is over after {number - 1}")
            break
        place = f"{mutant['file']}:{mutant['line']}"
        name = f"{place}: {mutant['original'].strip()} => {mutant['instead'].strip()}"
        believed = (
            "explained"
            if survivors.key(mutant) in known and not options.explained
            else caught.get(name)
        )
        verdicts.append(believed or judge_one(judge, mutant, known))
        print(
            f"{number:4} {place}: {mutant['what']}: {verdicts[-1]}"
            f" ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
        if verdicts[-1].startswith(("caught", "does not compile")):
            caught[name] = verdicts[-1]
            RESULTS.write_text(json.dumps(caught, indent=1))
    return 0 if report(chosen, verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
