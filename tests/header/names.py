#!/usr/bin/env python3
"""Checks that threading.h defines no macro and declares no function but its own: names that begin
with threading_ or THREADING_.

    names.py COMPILER INCLUDE_DIR"""

import os
import re
import subprocess
import sys
import tempfile

OURS = re.compile(r"threading_|THREADING_")
STANDARD = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"


def run(compiler, source, *options):
    return subprocess.run(
        [compiler, "-x", "c", *options, "-"], input=source, capture_output=True, text=True,
        check=True, timeout=60,
    ).stdout


def macros(compiler, source, *options):
    return set(
        re.findall(r"^#define (\w+)", run(compiler, source, "-E", "-dM", *options), re.MULTILINE)
    )


def functions(compiler, source, *options):
    with tempfile.TemporaryDirectory() as directory:
        prototypes = os.path.join(directory, "prototypes")
        run(compiler, source, "-fsyntax-only", "-aux-info", prototypes, *options)
        with open(prototypes, encoding="utf-8") as file:
            return set(
                re.findall(
                    r"^/\* [^*]*threading\.h:[^*]* \*/ [^(]*?(\w+) \(", file.read(), re.MULTILINE
                )
            )


def main():
    compiler, include = sys.argv[1:]
    header = STANDARD + "#include <threading.h>\n"
    defined = macros(compiler, header, "-I", include) - macros(compiler, STANDARD)
    declared = functions(compiler, header, "-I", include)
    foreign = sorted(name for name in defined | declared if not OURS.match(name))
    print(f"{len(defined)} macros, {len(declared)} functions")
    if foreign:
        print("not ours: " + ", ".join(foreign))
    if "THREADING_NULL" not in defined or "threading_lock_acquire" not in declared:
        print("the names of the header were not found")
        return 1
    return 1 if foreign else 0


if __name__ == "__main__":
    sys.exit(main())
