#!/usr/bin/env python3
"""Compares the ABI with packaging/abi/recorded.txt, so that no program that is linked already stops
working unseen: docs/abi.md says what may change, and when a record is due.

    check-abi.py                compares the header and the library that is built with the record
    check-abi.py --record       writes the record anew
    check-abi.py --self-test    checks this program against planted changes

The record has what a compiler sees of threading.h, the version of each exported function, and the
numbers that programs have compiled into them. Libraries without code are made of the record and of
the header, and abidiff compares them. What was added is right, and is said. Without abidiff
(Debian: abigail-tools) names, versions and numbers are compared, and types are not.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "misuse"))
sys.dont_write_bytecode = True

import header as reader  # noqa: E402

HEADER = ROOT / "include" / "threading.h"
LIBRARY = ROOT / "target" / "release" / "libthreading.so"
RECORD = ROOT / "packaging" / "abi" / "recorded.txt"
HEAD = "/* The ABI as it was recorded last: ci/check-abi.py compares with it, and writes it. */\n"
INCLUDES = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
# What a program has compiled into it: constants that are numbers, and what a handle is null by.
NUMBER = re.compile(r"^(?:-?[0-9][\w.]*|\{0\})$")
NOT_ABI = re.compile(r"^THREADING_(?:VERSION_\w+|HAS_WITH)$")


def run(*command, given=None):
    return subprocess.run(
        list(map(str, command)), input=given, capture_output=True, text=True, check=False
    )


def checked(*command, given=None):
    made = run(*command, given=given)
    if made.returncode != 0:
        sys.exit(f"check-abi.py: {command[0]} failed: {made.stderr}")
    return made.stdout


def versions_of(library):
    """The version of each exported name."""
    symbols = checked("nm", "-D", "--defined-only", library).split()
    return dict(word.split("@@") for word in symbols if "@@" in word)


def describe(header_text, versions):
    """The record of a header and of the versions of the functions in it."""
    own = re.sub(r"^#\s*include\s*<.*$", "", header_text, flags=re.MULTILINE)
    numbers = {
        name: macro.value for name, macro in reader.Reader(header_text).read().macros.items()
        if NUMBER.match(macro.value) and not NOT_ABI.match(name)
    }
    seen = checked("cc", "-std=c11", "-E", "-P", "-x", "c", "-", given=own)
    return "".join([
        HEAD,
        *(f"/* {name} = {value} */\n" for name, value in sorted(numbers.items())),
        *(f"/* {name} {version} */\n" for name, version in sorted(versions.items())),
        seen,
    ])


def library_of(record, path):
    """A library without code, whose functions are those of a record."""
    found = reader.Reader(record).read()
    bodies = [
        "{} {}({}) {{ for (;;) {{}} }}\n".format(
            function.returns, function.name,
            ", ".join(f"{one.type} {one.name}" for one in function.parameters) or "void",
        )
        for function in found.functions.values()
    ]
    variables = [f"const unsigned char {name}[1] = {{0}};\n" for name in found.variables]
    declared = re.sub(r"extern const [^;]*\[\];", "", record)
    checked("cc", "-std=gnu11", "-w", "-g", "-shared", "-fPIC", "-x", "c", "-o", path, "-",
            given=INCLUDES + declared + "".join(bodies + variables))


def rows(record, pattern):
    return dict(re.findall(pattern, record, re.MULTILINE))


def compare(old, new):
    """What would break a program, as sentences; and what was added."""
    broken = []
    for what, pattern in (
        ("constant", r"^/\* (\w+) = (.*) \*/$"),
        ("version of", r"^/\* (\w+) (THREADING_[\w.]+) \*/$"),
    ):
        before, after = rows(old, pattern), rows(new, pattern)
        broken += [
            f"{what} {name} was {value}, and is {after.get(name, 'gone')}"
            for name, value in before.items() if after.get(name) != value
        ]
    added = sorted(set(after) - set(before))
    if shutil.which("abidiff"):
        with tempfile.TemporaryDirectory() as work:
            paths = [pathlib.Path(work, name) for name in ("recorded.so", "built.so")]
            library_of(old, paths[0])
            library_of(new, paths[1])
            made = run("abidiff", "--no-added-syms", *paths)
            if made.returncode != 0:
                broken.append(made.stdout + made.stderr)
    return broken, added


PLANTED = """\
#define THREADING_H
#include <stdint.h>
#define THREADING_MOST 7
enum threading_status { THREADING_OK = 0, THREADING_BAD = 1 };
typedef enum threading_status threading_status;
typedef struct threading_lock { uint64_t bits; } threading_lock;
typedef struct threading_wait { int32_t kind; double since; } threading_wait;
threading_status threading_take(threading_lock lock, threading_wait *wait);
threading_status threading_give(threading_lock lock);
"""


def self_test():
    names = {"threading_take": "THREADING_0", "threading_give": "THREADING_0"}
    changes = (
        (False, "nothing", "", ""),
        (False, "a new function", "threading_status threading_give",
         "void threading_more(int n);\nthreading_status threading_give"),
        (False, "a new status", "THREADING_BAD = 1", "THREADING_BAD = 1, THREADING_WORSE = 2"),
        (False, "a comment", "#define", "/* What is new. */\n#define"),
        (True, "a parameter of another type", "threading_give(threading_lock lock)",
         "threading_give(uint32_t lock)"),
        (True, "one more parameter", "threading_give(threading_lock lock)",
         "threading_give(threading_lock lock, int how)"),
        (True, "another result", "threading_status threading_give", "void *threading_give"),
        (True, "a field of another size", "int32_t kind", "int64_t kind"),
        (True, "another number for a status", "THREADING_BAD = 1", "THREADING_BAD = 2"),
    )
    old = describe(PLANTED, names)
    wrong = [
        what for breaks, what, before, after in changes
        if bool(compare(old, describe(PLANTED.replace(before, after, 1), names))[0]) != breaks
        and shutil.which("abidiff")
    ]
    for what, new in (
        ("another constant", describe(PLANTED.replace("MOST 7", "MOST 8"), names)),
        ("a lost function", describe(PLANTED, {"threading_take": "THREADING_0"})),
        ("another version", describe(PLANTED, {**names, "threading_take": "THREADING_0.3"})),
    ):
        wrong += [] if compare(old, new)[0] else [what]
    wrong += scripts_that_are_wrong()
    if wrong:
        sys.exit(f"check-abi.py: self-test: judged wrongly: {', '.join(wrong)}")
    print("check-abi.py: self-test: planted changes are found")


def scripts_that_are_wrong():
    """What the linker's script is made of, with functions of three versions."""
    with tempfile.TemporaryDirectory() as work:
        later, exports = pathlib.Path(work, "versions.txt"), pathlib.Path(work, "list")
        later.write_text("# Names.\nthreading_b THREADING_0.3\nthreading_c THREADING_1\n")
        names = "".join(f"    threading_{letter};\n" for letter in "abc")
        listed = "{\n  global:\n" + names + "\n  local:\n    *;\n};\n"
        exports.write_text(listed)
        awk = ("awk", "-f", ROOT / "packaging" / "abi" / "version-script.awk", later, exports)
        made = "".join(run(*awk).stdout.split())
        wanted = (
            "THREADING_0{global:threading_a;local:*;};"
            "THREADING_0.3{global:threading_b;}THREADING_0;"
            "THREADING_1{global:threading_c;}THREADING_0.3;"
        )
        exports.write_text(listed.replace("global:", "extern:"))
        refused = run(*awk).returncode != 0
    return [what for what, right in (
        ("the linker's script", made == wanted), ("a list that is not understood", refused),
    ) if not right]


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if sys.argv[1:] not in ([], ["--record"]):
        sys.exit(__doc__)
    new = describe(HEADER.read_text(), versions_of(LIBRARY))
    if sys.argv[1:] == ["--record"]:
        RECORD.write_text(new)
        return None
    broken, added = compare(RECORD.read_text(), new)
    if not shutil.which("abidiff"):
        print("check-abi.py: abidiff is not here (Debian: abigail-tools): types were not compared")
    print(f"ABI: {len(new.splitlines())} lines compared, {len(added)} names added to the record")
    if broken:
        sys.exit("\n".join(["check-abi.py: linked programs would break:", *broken]))
    return None


if __name__ == "__main__":
    main()
