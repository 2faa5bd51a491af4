"""Reads a Rust crate's modules, and what each imports, without a compiler.

An import is a `use`, or a path in code that begins with `crate`, `self`, `super` or the name of a
module, or a macro of another module. It knows as much of the language as this library uses.
"""

import dataclasses
import pathlib
import re
from typing import Dict, List, Optional, Set, Tuple

Path = List[str]
WORD = re.compile(r"[A-Za-z_]\w*")
# Comments, strings and characters. A lifetime is none: no quote closes it behind one character.
BLANKED = re.compile(
    r"""//[^\n]* | [bc]?r(?P<hashes>\#*)".*?"(?P=hashes) | [bc]?"(?:[^"\\]|\\.)*"
    | b?'(?:[^'\\\n]|\\(?:u\{\w+\}|x..|.))'""", re.S | re.X)
PATH = re.compile(r"(?<![\w:.$])(?:\$?[A-Za-z_]\w*)(?:\s*::\s*[A-Za-z_]\w*)+")
USE = re.compile(r"(?<![\w$])use\s+([^;]*);")
MODULE = re.compile(r"(?<![\w$])mod\s+(\w+)\s*([;{])")
MACRO = re.compile(r"(?<![\w$])macro_rules!\s*(\w+)")
ATTRIBUTE = re.compile(r"#!?\[")
# The systems of which the library has a port, or may have one.
SYSTEMS = ("linux", "freebsd", "macos", "windows")


@dataclasses.dataclass(frozen=True)
class Import:
    """One place where a module names another."""
    importer: str
    imported: str
    file: str
    line: int

    def place(self):
        return f"{self.file}:{self.line}"


def blank(text):
    """The text with nothing but code in it; every line and column stays where it was."""
    def spaces(found):
        return re.sub(r"[^\n]", " ", found.group())
    out, at = [], 0
    while True:
        found = BLANKED.search(text, at)
        opened = text.find("/*", at)
        if opened >= 0 and (not found or opened < found.start()):
            end = closed_comment(text, opened)
            out += [text[at:opened], re.sub(r"[^\n]", " ", text[opened:end])]
            at = end
        elif found:
            out += [text[at:found.start()], spaces(found)]
            at = found.end()
        else:
            return "".join(out) + text[at:]


def closed_comment(text, at):
    depth = 0
    for found in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return found.end()
    return len(text)


def closed(code, at):
    """Behind the bracket that closes the one at `at`."""
    depth = 0
    for place in range(at, len(code)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[place], 0)
        if depth == 0:
            return place + 1
    return len(code)


def item_end(code, at):
    """Behind the item, field, arm or statement that begins at `at`, behind its attributes."""
    words = WORD.findall(code[at:at + 80])
    while words and words[0] in ("pub", "crate", "super", "unsafe", "extern"):
        words = words[1:]
    first = words[0] if words else ""
    if first == "const" and words[1:2] and words[1] in ("fn", "unsafe", "extern"):
        first = "fn"
    by_semicolon = first in ("use", "static", "const", "let", "type")
    by_brace = first in ("fn", "impl", "mod", "struct", "enum", "union", "trait", "macro_rules")
    place = at
    while place < len(code):
        mark = code[place]
        if mark == ";" or (mark == "," and not by_semicolon and not by_brace):
            return place + 1
        if mark in ")]}":
            return place
        if mark in "([{":
            place = closed(code, place)
            if mark == "{" and not by_semicolon:
                return place
        else:
            place += 1
    return place


def holds(condition, known):
    """Whether a cfg condition holds; None where that is not known, as for an architecture."""
    found = re.fullmatch(r"\s*(all|any|not)\s*\((.*)\)\s*", condition, re.S)
    if not found:
        return known.get(condition.strip())
    parts = [holds(part, known) for part in split(found.group(2)) if part.strip()]
    if found.group(1) == "not":
        return None if parts[0] is None else not parts[0]
    sure = found.group(1) == "any"
    return sure if sure in parts else None if None in parts else not sure


def split(text):
    """At the commas that stand in no bracket."""
    parts, depth, begun = [], 0, 0
    for place, mark in enumerate(text):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(mark, 0)
        if mark == "," and depth == 0:
            parts.append(text[begun:place])
            begun = place + 1
    return parts + [text[begun:]]


def without_other_configurations(code, text, known):
    """The code, and no item whose cfg does not hold; the text has the strings in the conditions."""
    at = 0
    while True:
        found = ATTRIBUTE.search(code, at)
        if not found:
            return code
        end = closed(code, found.end() - 1)
        attribute = text[found.end():end - 1]
        at = end
        if attribute.startswith("cfg(") and holds(attribute[4:-1], known) is False:
            last = end
            while True:
                follows = re.compile(r"\s*").match(code, last).end()
                if not ATTRIBUTE.match(code, follows):
                    break
                last = closed(code, code.index("[", follows))
            at = item_end(code, follows)
            code = code[:found.start()] + re.sub(r"[^\n]", " ", code[found.start():at]) + code[at:]


class Module:
    """A file's module: its code, and which names in it stand for which module."""

    def __init__(self, name: str, file: pathlib.Path, shown: str, known: Dict[str, bool]):
        self.name, self.file, self.shown = name, file, shown
        self.text = file.read_text(encoding="utf-8")
        self.code = without_other_configurations(blank(self.text), self.text, known)
        self.inline: List[Tuple[int, int, str]] = []
        self.children: List[Tuple[str, Optional[str], int]] = []
        for found in MODULE.finditer(self.code):
            if found.group(2) == "{":
                opened = found.end() - 1
                self.inline.append((opened, closed(self.code, opened), found.group(1)))
            else:
                path = self.path_attribute(found.start())
                self.children.append((found.group(1), path, found.start()))

    def path_attribute(self, at):
        """What #[path = "…"] before a declaration says."""
        before = self.code[:at]
        begun = max(before.rfind(mark) for mark in (";", "}", "{")) + 1
        attribute = re.search(r"#\[path\b", self.code[begun:at])
        return attribute and self.text[begun + attribute.start():].split('"')[1]

    def line(self, at):
        return self.code.count("\n", 0, at) + 1

    def scope(self, at):
        """The path of the module that code at `at` stands in, with the inline modules around it."""
        around = [name for begun, end, name in self.inline if begun < at < end]
        return (self.name.split("::") if self.name else []) + around


class Crate:
    """All modules of a crate in one configuration."""

    def __init__(self, root: pathlib.Path, loom: bool, test: bool = False, system: str = "linux"):
        self.root = root.resolve()
        self.known = {"loom": loom, "test": test, "miri": False, "unix": system != "windows"}
        for other in SYSTEMS:
            self.known[f'target_os = "{other}"'] = system == other
        self.modules: Dict[str, Module] = {}
        # All files: a module has several where it is not known which of them is compiled.
        self.files: List[Module] = []
        self.missing: List[str] = []
        self.add("", self.root / "src" / "lib.rs")
        self.macros = {}
        for module in self.files:
            for found in MACRO.finditer(module.code):
                self.macros.setdefault(found.group(1), module.name)
        # Modules by the other names that a `use` gives them.
        self.others: Dict[str, str] = {}
        # Twice, since a line may use a name that a later one brings.
        for module in [*self.files, *self.files]:
            self.imports_of(module)

    def add(self, name, file):
        shown = str(file.relative_to(self.root))
        module = Module(name, file, shown, self.known)
        self.modules[name] = module
        self.files.append(module)
        folder = file.parent if file.name in ("lib.rs", "mod.rs") else file.with_suffix("")
        for child, path, at in module.children:
            inner = "::".join(module.scope(at) + [child])
            places = [folder / f"{child}.rs", folder / child / "mod.rs"]
            if path:
                places = [(file.parent / path).resolve()]
            there = [place for place in places if place.is_file()]
            if there:
                self.add(inner, there[0])
            else:
                self.missing.append(f"{shown}:{module.line(at)}: mod {child} has no file")

    def owner(self, path) -> str:
        """The module that a full path leads into, or else the crate itself."""
        if len(path) == 1 and path[0] in self.macros:
            return self.macros[path[0]]
        for length in range(len(path), 0, -1):
            name = self.module("::".join(path[:length]))
            if name:
                return name
        return ""

    def module(self, name: str) -> str:
        """The module of that name, or of that other name; nothing if there is none."""
        return name if name in self.modules else self.others.get(name, "")

    def full(self, path: Path, scope: Path, names: Dict[str, Path]) -> Optional[Path]:
        """The path from the crate's root, if it leads anywhere in the crate."""
        if path[0] in ("crate", "$crate"):
            return path[1:]
        if path[0] in ("self", "super"):
            while path[:1] in (["self"], ["super"]):
                scope = scope if path[0] == "self" else scope[:-1]
                path = path[1:]
            return scope + path
        if path[0] in names:
            return names[path[0]] + path[1:]
        return scope + path if self.module("::".join(scope + path[:1])) else None

    def imports(self) -> Set[Import]:
        found = set()
        for module in self.files:
            found |= self.imports_of(module)
        return found

    def imports_of(self, module: Module) -> Set[Import]:
        found: Set[Import] = set()
        names: Dict[str, Path] = {}

        def note(path, at):
            imported = self.owner(path)
            if imported != module.name:
                found.add(Import(module.name, imported, module.shown, module.line(at)))

        code = module.code
        # Twice, since a line may use a name that a later one brings.
        for use in list(USE.finditer(code)) * 2:
            for path, bound in use_tree(use.group(1)):
                full = self.full(path, module.scope(use.start()), names)
                if full is not None:
                    note(full, use.start())
                    there = self.module("::".join(full))
                    if there:
                        names[bound] = there.split("::")
                        self.others.setdefault("::".join([module.name, bound]), there)
        code = USE.sub(lambda use: re.sub(r"[^\n]", " ", use.group()), code)
        for use in PATH.finditer(code):
            path = re.sub(r"\s", "", use.group()).split("::")
            full = self.full(path, module.scope(use.start()), names)
            if full is not None:
                note(full, use.start())
        for use in re.finditer(r"(?<![\w:$])(\w+)!\s*[(\[{]", code):
            if use.group(1) in self.macros:
                note([use.group(1)], use.start())
        return found


def use_tree(text) -> List[Tuple[Path, str]]:
    """Each path that a `use` names, and the name that it gives it."""
    text = text.strip()
    opened = text.find("{")
    if opened >= 0:
        before = words(text[:opened])
        inside = [part for part in split(text[opened + 1:text.rindex("}")]) if part.strip()]
        return [tree for part in inside for tree in use_tree("::".join(before + [part]))]
    path, _, bound = text.partition(" as ")
    parts = words(path)
    if parts[-1] in ("*", "self") and len(parts) > 1:
        bound = bound or ("*" if parts[-1] == "*" else parts[-2])
        parts = parts[:-1]
    return [(parts, bound.strip() or parts[-1])]


def words(path) -> Path:
    return [part.strip() for part in path.split("::") if part.strip()]
