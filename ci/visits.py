#!/usr/bin/env python3
"""Tells which files of src/ a call visits, floor by floor: how far its reader has to walk.

Callgrind runs ci/visits.c on a library with line numbers, and names the files of all lines that ran
inside the call, inlined ones too. It is a measure and no check: what a compiler leaves out is not
seen, and of a call that waits neither is what it does not do this time.

    visits.py [FUNCTION...]      all three that ci/visits.c is about, if none is given
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "visits"
# How many there should be at most, above the platform.
CALLS = {
    "threading_lock_acquire": 10,
    "threading_condition_wait": 12,
    "threading_thread_start": 8,
}
# What everything stands on is not walked through to follow a call.
GROUND = ("platform", "probe", "atomic", "status", "lib")


def build():
    """The program, linked to a library with line numbers."""
    environment = dict(
        os.environ, CARGO_PROFILE_RELEASE_DEBUG="line-tables-only",
        CARGO_PROFILE_RELEASE_STRIP="none",
    )
    command = ["cargo", "rustc", "--quiet", "--release", "--locked", "--lib"]
    command += ["--crate-type", "cdylib", "--target-dir", WORK]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    program, release = WORK / "visits", WORK / "release"
    command = ["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-I", ROOT / "include"]
    command += [ROOT / "ci" / "visits.c", "-o", program, "-L", release, "-lthreading"]
    subprocess.run([*command, f"-Wl,-rpath,{release}"], check=True)
    # The library goes by its SONAME.
    described = subprocess.run(
        ["objdump", "-p", release / "libthreading.so"], capture_output=True, text=True, check=True
    )
    soname = re.search(r"SONAME\s+(\S+)", described.stdout).group(1)
    (release / soname).unlink(missing_ok=True)
    (release / soname).symlink_to("libthreading.so")
    return program


def visited(program, function):
    """The files below src/ of which lines ran inside the function."""
    dump = WORK / f"callgrind.{function}"
    command = ["valgrind", "-q", "--tool=callgrind", "--collect-atstart=no"]
    command += [f"--toggle-collect={function}", "--compress-strings=no"]
    subprocess.run([*command, f"--callgrind-out-file={dump}", program], check=True, timeout=120)
    source, here, is_call, found = f"{ROOT / 'src'}{os.sep}", "", False, set()
    for line in dump.read_text(encoding="utf-8").splitlines():
        if re.match(r"f[lie]=", line):
            here = line[3:]
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[+\-*\d]", line):
            # The line after `calls=` is what the called function cost. Whoever calls the function
            # that is asked about has nothing but such lines.
            if not is_call and here.startswith(source):
                found.add(here[len(source):])
            is_call = False
    return sorted(found)


def main():
    program = build()
    for function in sys.argv[1:] or CALLS:
        files = visited(program, function)
        above = [file for file in files if not file.startswith(GROUND)]
        limit = f", {CALLS[function]} at most are aimed at" if function in CALLS else ""
        print(f"{function}: {len(above)} files{limit}; and {len(files) - len(above)} of the ground")
        rooms = {}
        for file in files:
            room, _, rest = file.partition("/")
            rooms.setdefault(room, []).append(rest.removesuffix(".rs"))
        for room, names in rooms.items():
            print(f"    {room.removesuffix('.rs')}: {' '.join(filter(None, names))}".rstrip(": "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
