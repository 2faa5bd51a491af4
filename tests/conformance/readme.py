#!/usr/bin/env python3
"""Keeps README.md beside this file as the sources say: its tables of programs and of what they
share are made of the comments at the heads of the files, and every case that its other tables name
is there.

    readme.py --write      writes the tables anew
    readme.py              says what is wrong
    readme.py --self-test  checks this program against planted mistakes
"""

import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# A table stands between these.
MARKS = {"programs": "what it holds", "tools": "what it is for"}
SOURCES = (".c", ".cpp", ".h")
CASE = re.compile(r"^(?:CASE|CHILD)\((\w+)\)", re.MULTILINE)
# A program has one of these; EACH_WAIT makes cases whose names a row of objects.def begins.
HAS_CASES = re.compile(r"^(?:CASE|CHILD|EACH_WAIT)\(\w+\)", re.MULTILINE)
# Words of which a table speaks and which are no cases; a case has a longer name than any of these.
NO_CASE = re.compile(r"_?(threading|pthread|test)_\w*|\w{,11}|[A-Z_]+|_\w+|[^_]+")


class Wrong(Exception):
    """What a person has to change."""


def head(file):
    """The first paragraph of the comment that a file begins with."""
    text = file.read_text(encoding="utf-8")
    block = re.match(r"/\*(.*?)\*/", text, re.DOTALL)
    lines = re.match(r"(?://.*\n)+", text)
    if block:
        words = re.sub(r"^ \*", "", block.group(1), flags=re.MULTILINE)
    elif lines:
        words = re.sub(r"^//", "", lines.group(), flags=re.MULTILINE)
    else:
        raise Wrong(f"{file.name}:1: no comment at its head says what it is")
    return " ".join(re.split(r"\n\s*\n", words.strip())[0].split())


def table(folder, name):
    """The rows of a table: a program has cases, and all other sources are what they share."""
    rows = ["| file | " + MARKS[name] + " |", "|---|---|"]
    for file in sorted(folder.iterdir()):
        if file.suffix in SOURCES:
            text = file.read_text(encoding="utf-8")
            is_program = file.suffix != ".h" and HAS_CASES.search(text)
            if bool(is_program) == (name == "programs"):
                says = head(file).replace("|", "\\|")
                # Underscores would be read as emphasis.
                says = re.sub(r"(?<![`/.\w])(\.?\w*_[\w.]*\w|\w+\.(c|cpp|h)\b)", r"`\1`", says)
                rows.append(f"| `{file.name}` | {says} |")
    return rows


def written(folder, text):
    """The text with the tables as they should be."""
    for name in MARKS:
        pattern = re.compile(f"<!-- {name} -->\n.*?<!-- end of {name} -->\n", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise Wrong(f"README.md:1: there is not one table of {name}")
        lines = [f"<!-- {name} -->", *table(folder, name), f"<!-- end of {name} -->", ""]
        text = pattern.sub(lambda _, new="\n".join(lines): new, text)
    return text


def unknown_cases(folder, text):
    """The cases that a table names and no file has."""
    cases = {file.stem for file in folder.iterdir() if file.suffix in SOURCES}
    for file in folder.iterdir():
        if file.suffix in SOURCES:
            cases |= set(CASE.findall(file.read_text(encoding="utf-8")))
    tables = re.compile(r"<!-- (\w+) -->\n.*?<!-- end of \1 -->\n", re.DOTALL)
    ours = tables.sub(lambda found: "\n" * found.group().count("\n"), text)
    for number, line in enumerate(ours.splitlines(), 1):
        if line.startswith("| "):
            for word in re.findall(r"[\w…]+", line.split("|")[2]):
                if "…" not in word and word not in cases and not NO_CASE.fullmatch(word):
                    yield f"README.md:{number}: there is no case {word}"


def check(folder):
    """What is wrong, one line each."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    try:
        wanted = written(folder, text)
    except Wrong as wrong:
        return [str(wrong)]
    problems = list(unknown_cases(folder, text))
    for number, (line, other) in enumerate(zip(text.splitlines(), wanted.splitlines()), 1):
        if line != other:
            return problems + [f"README.md:{number}: the heads of the files say “{other}”"]
    return problems if text == wanted else problems + ["README.md: rows are missing, or too many"]


FILES = {
    "lock.c": (
        "/* Locks: taken\n * and | given back.\n *\n * More of it. */\nCASE(a_lock_is_taken) {}\n"
    ),
    "with.cpp": "// THREADING_WITH in\n// C++.\n#include <new>\n\nCASE(a_block_holds_it) {}\n",
    "waits.c": "/* Each wait. */\nEACH_WAIT(goes_on) {}\n",
    "case.c": "/* The harness. */\n",
    "case.h": "/* What a case_of_all needs. */\n#define CASE(name)\n",
}
README = """# Programs

<!-- programs -->
| file | what it holds |
|---|---|
| `lock.c` | Locks: taken and \\| given back. |
| `waits.c` | Each wait. |
| `with.cpp` | `THREADING_WITH` in C++. |
<!-- end of programs -->
<!-- tools -->
| file | what it is for |
|---|---|
| `case.c` | The harness. |
| `case.h` | What a `case_of_all` needs. |
<!-- end of tools -->

| test | here |
|---|---|
| test_lock | lock: `a_lock_is_taken`, `…_is_given_back`; `threading_lock_release` |
"""
# What it is, what is otherwise, and what must be said.
MISTAKES = [
    ("a file that says something else", {"case.c": "/* Another. */\n"}, "README.md:13: .*Another"),
    ("a new program", {"rlock.c": "/* RLocks. */\nCASE(an_rlock_is_taken) {}\n"}, "README.md:7"),
    ("a file at the end", {"tools.h": "/* Tools. */\n"}, "README.md:15: "),
    ("a program that is gone", {"with.cpp": None}, "README.md:8"),
    ("a file that says nothing", {"case.h": "#define CASE(name)\n"}, "case.h:1: no comment"),
    ("a case that is gone", {"lock.c": FILES["lock.c"].replace("is_taken", "was_taken")},
     "README.md:19: there is no case a_lock_is_taken"),
    ("no table", {"README.md": README.replace("<!-- tools -->", "")}, "not one table of tools"),
]


def self_test():
    failures = 0
    for what, files, wanted in [("nothing wrong", {}, None), *MISTAKES]:
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work)
            for name, text in {**FILES, "README.md": README, **files}.items():
                if text is not None:
                    (folder / name).write_text(text, encoding="utf-8")
            found = check(folder)
        good = not found if wanted is None else len(found) == 1 and re.search(wanted, found[0])
        print(f"{'ok' if good else 'FAILED'}: {what}" + ("" if good else f": {found}"))
        failures += not good
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    readme = HERE / "README.md"
    if sys.argv[1:] == ["--write"]:
        readme.write_text(written(HERE, readme.read_text(encoding="utf-8")), encoding="utf-8")
    problems = check(HERE)
    for problem in problems:
        print(f"tests/conformance/{problem}")
    if problems:
        print("tests/conformance/readme.py --write writes the tables of files anew")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
