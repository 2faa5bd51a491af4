#!/usr/bin/env python3
"""Checks bindings/README.md: a row for each function of the header and for its constant, in its
order, and names that are really there.

A cell that begins with a dash says why a language has nothing of its own for a function. Any other
cell names what it has: the Go and C++ names must be declared in the binding's sources, and the
Python names must be found in the package, which needs the library (THREADING_LIBRARY, or wherever
the loader finds it). With --self-test, planted mistakes must be found.
"""

import ast
import builtins
import importlib
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
HEADER = HERE.parent / "include" / "threading.h"
COLUMNS = ["C", "Go", "C++", "Python"]


def functions():
    """The names of the header's functions and of its constant, without their prefix."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    # Names that end with an underscore are the header's own.
    return re.findall(
        r"^\w[\w \*]*?\bthreading_([a-z][a-z0-9_]*[a-z0-9])(?:\(|\[\];)", text, flags=re.MULTILINE
    )


def rows():
    """The rows of the table: lists of cells, without their back quotes."""
    found = []
    for line in (HERE / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `threading_") and len(cells) == len(COLUMNS):
            found.append([cell.replace("`", "") for cell in cells])
    return found


def items(cell):
    """The names in a cell, separated by commas and semicolons outside of brackets."""
    depth, start, parts = 0, 0, []
    for place, letter in enumerate(cell + ","):
        depth += (letter in "([{") - (letter in ")]}")
        if letter in ",;" and depth == 0:
            parts.append(cell[start:place].strip())
            start = place + 1
    return parts


def sources(directory, pattern):
    """The text of a binding's sources without comments."""
    text = "\n".join(
        path.read_text()
        for path in sorted((HERE / directory).rglob(pattern))
        if "test" not in path.name
    )
    return re.sub(r"//.*", "", text)


class Go:
    """Types, functions and methods that are exported."""

    def __init__(self):
        text = sources("go", "*.go")
        self.names = set(re.findall(r"^func ([A-Z]\w*)[\[(]", text, flags=re.MULTILINE))
        self.names |= {
            f"{kind}.{name}"
            for kind, name in re.findall(
                r"^func \(\w* ?\*?([A-Z]\w*)[^)]*\) ([A-Z]\w*)\(", text, flags=re.MULTILINE
            )
        }
        self.names |= {
            f"{kind}{{}}" for kind in re.findall(r"^type ([A-Z]\w*)", text, flags=re.MULTILINE)
        }

    def missing(self, cell):
        return [item for item in items(cell) if item not in self.names]


class Cpp:
    """Classes, and functions and members that are declared anywhere in the headers."""

    def __init__(self):
        self.text = sources("cpp/include", "*.hpp")

    def declares(self, name):
        word = re.escape(name)
        pattern = (
            rf"(?<![\w]){word}\s*\(|\b(class|struct)\b[^;{{(]*\b{word}\b|\b{word}\s*[;={{]"
        )
        return re.search(pattern, self.text)

    def missing(self, cell):
        absent = []
        for item in items(cell):
            path = re.sub(r"<[^>]*>|\(.*", "", item)
            parts = [part for part in re.split(r"::|\.", path) if part]
            names = [part.lstrip("~") for part in parts if re.match(r"~?[a-z]\w*$", part)]
            if not names and not re.match(r"[*\->]+$", item):
                absent.append(item)
            absent += [f"{item} ({name})" for name in names if not self.declares(name)]
        return absent


class Python:
    """What the package has."""

    def __init__(self):
        sys.path.insert(0, str(HERE / "python"))
        self.module = importlib.import_module("libthreading")

    def look_up(self, node):
        """The object that an expression names, or None where only a run could tell."""
        if isinstance(node, ast.Name):
            if node.id in ("exception", "func", "value", "size"):
                return None
            return getattr(self.module, node.id, None) or getattr(builtins, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.look_up(node.value)
            # A local's attributes are its user's, and what a call returns is not looked into.
            if owner is None or owner is self.module.local:
                return None
            # A Condition has some of its methods from its lock, when it is made.
            return (
                getattr(owner, node.attr)
                if hasattr(owner, node.attr) or not isinstance(owner, type)
                else getattr(owner(), node.attr)
            )
        if isinstance(node, ast.Call):
            self.look_up(node.func)
            for argument in node.args:
                if isinstance(argument, (ast.Name, ast.Attribute, ast.Call)) and not argument_only(
                    argument
                ):
                    self.look_up(argument)
        return None

    def missing(self, cell):
        absent = []
        for item in items(cell):
            try:
                expression = re.sub(r"\s=\s.*", "", item)
                self.look_up(ast.parse(re.sub(r"=(?=[,)])", "=None", expression), mode="eval").body)
            except (SyntaxError, AttributeError) as error:
                absent.append(f"{item} ({error})")
        return absent


def argument_only(node):
    """Whether this is the name of a parameter: lower case, and not called."""
    return isinstance(node, ast.Name) and node.id.islower()


def problems(table, expected, languages):
    """What is wrong with these rows."""
    found = []
    names = [row[0].removeprefix("threading_") for row in table]
    found += [f"threading_{name} has no row" for name in expected if name not in names]
    found += [f"threading_{name} is not in the header" for name in names if name not in expected]
    found += [
        f"threading_{name} has {names.count(name)} rows"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    if not found and names != expected:
        found.append("the rows are not in the order of the header")
    for row in table:
        for column, language, cell in zip(COLUMNS[1:], languages, row[1:]):
            if cell.startswith("–"):
                if len(cell) < 5:
                    found.append(f"{row[0]}: no reason why {column} has nothing")
            elif not cell:
                found.append(f"{row[0]}: nothing for {column}")
            else:
                found += [f"{row[0]}: {column} has no {name}" for name in language.missing(cell)]
    return found


def self_test(table, expected, languages):
    """Each of these mistakes must be found."""
    good = [row for row in table if row[0] == "threading_lock_acquire"][0]
    changed = lambda column, cell: [
        good[:column] + [cell] + good[column + 1 :] if row is good else row for row in table
    ]
    mistakes = {
        "a row less": table[1:],
        "a row too many": table + [["threading_nothing", "– none", "– none", "– none"]],
        "a row twice": table + [good],
        "another order": table[::-1],
        "a Go name that is not there": changed(1, "Lock.Take"),
        "a C++ name that is not there": changed(2, "lock::take_it"),
        "a Python name that is not there": changed(3, "Lock.take()"),
        "an empty cell": changed(1, ""),
        "no reason": changed(2, "–"),
    }
    missed = [
        name for name, planted in mistakes.items() if not problems(planted, expected, languages)
    ]
    for name in missed:
        print(f"check_table: a planted mistake was not found: {name}")
    return bool(missed)


def main():
    table, expected, languages = rows(), functions(), [Go(), Cpp(), Python()]
    if sys.argv[1:] == ["--self-test"]:
        return self_test(table, expected, languages)
    found = problems(table, expected, languages)
    for problem in found:
        print(f"bindings/README.md: {problem}")
    print(f"{len(expected)} names, {len(table)} rows, {len(found)} problems")
    return bool(found) or not expected


if __name__ == "__main__":
    sys.exit(main())
