#!/usr/bin/env python3
"""Makes what Doxygen reads: threading.h without what is private to it, in groups, and the pages of
docs/ that are for users, with links that Doxygen follows.

    html.py HEADER DIRECTORY        writes DIRECTORY/threading.h and DIRECTORY/*.md
    html.py --self-test             checks this program against planted pages
"""

import pathlib
import re
import sys

from source import ROOT, Source, doxygen

# The pages in the order of the list beside them. The first has the others below it.
GUIDE = "docs/guide/README.md"
PAGES = (GUIDE, "docs/interface.md", "docs/finding-a-hang.md", "docs/debugging.md",
         "docs/process-end.md", "docs/safety.md", "docs/from-python.md")
LINK = re.compile(r"\[([^]]+)\]\(([^)\s]+)\)")
# Code in a table that has a bar in it, which Doxygen takes for the end of a cell.
CELL_BAR = re.compile(r"`([^`]*\\\|[^`]*)`")
OTHER_GROUP = "process"
TITLES = {"process": "Process, time, hooks, looks", "status": "Statuses", "macros": "Macros"}
PRIVATE = re.compile(r"_$")


class Missing(Exception):
    """A link that leads nowhere."""


def slug(heading):
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")


def with_bars(found):
    code = found[1].replace("&", "&amp;").replace("<", "&lt;").replace("\\|", "&#124;")
    return f"<code>{code}</code>"


def chapters():
    text = (ROOT / GUIDE).read_text(encoding="utf-8")
    return [f"docs/guide/{name}" for name in re.findall(r"^\d+\. \[[^]]*\]\((.*?)\)", text,
                                                       re.MULTILINE)]


def label_of(path, anchor=""):
    """The name that a page or a heading of it has for Doxygen."""
    name = re.sub(r"\W", "_", path.removeprefix("docs/").removesuffix(".md").lower())
    return f"page_{name}" + (f"_{re.sub(r'[^a-z0-9]', '_', anchor)}" if anchor else "")


class Page:
    """A page of Markdown as Doxygen wants it."""

    def __init__(self, path, known, below=()):
        self.path, self.known, self.below = path, known, below
        self.anchors = set()

    def link(self, found):
        text, target = found.groups()
        if "://" in target:
            return found[0]
        name, _, anchor = target.partition("#")
        folder = (ROOT / self.path).parent
        path = str((folder / name).resolve().relative_to(ROOT)) if name else self.path
        if name and not (ROOT / path).exists():
            raise Missing(f"{self.path}: there is no {name}")
        if path not in self.known:
            return text
        if path in self.below and not anchor:
            return f'@subpage {label_of(path)} "{text}"'
        return f'@ref {label_of(path, anchor)} "{text}"'

    def heading(self, line):
        marks, title = re.match(r"(#+) +(.*)", line).groups()
        label = label_of(self.path, slug(title) if len(marks) > 1 else "")
        self.anchors.add(label)
        return f"{marks} {re.sub('`', '', title)} {{#{label}}}"

    def convert(self, text):
        out, code = [], False
        # A link may go over the end of a line.
        text = re.sub(r"\[([^]\n`]*)\n *([^]\n`]*\]\()", r"[\1 \2", text)
        for line in text.split("\n"):
            if line.startswith("```"):
                code = not code
                language = line[3:] if line[3:] in ("c", "python") else ""
                known = {"c": "{.c}", "python": "{.py}"}.get(language, "{.unparsed}")
                out.append("```" + (known if code else ""))
            elif code:
                out.append(line)
            elif line.startswith("#"):
                out.append(self.heading(line))
            else:
                out.append(CELL_BAR.sub(with_bars, LINK.sub(self.link, line)))
        return "\n".join(out)


def pages(source):
    """The text of each page by the name of its file."""
    below = chapters()
    known = [*PAGES, *below]
    result = {}
    for path in known:
        page = Page(path, known, below if path == GUIDE else ())
        text = page.convert((ROOT / path).read_text(encoding="utf-8"))
        result[label_of(path) + ".md"] = linked(text, source)
    return result


NAME = re.compile(
    r"(?P<code>[@\\]code.*?[@\\]endcode|^```.*?^```|^#.*?$|@(?:ref|subpage) \S+(?: \"[^\"]*\")?"
    r"|^ \* @(?:retval|param|page)\s+\S+)"
    r"|`(?P<quoted>\w+)`|(?P<span>`[^`]*`|<code>.*?</code>)|(?<![#\w])(?P<bare>\w+)\b(?![(\w])",
    re.DOTALL | re.MULTILINE,
)


def linked(text, source):
    """A text in which Doxygen finds the names of functions and constants, but not in code."""
    def link(found):
        name = found["quoted"] or found["bare"]
        if name in source.functions:
            return f"{name}()"
        if name and (name in source.header.constants or name in source.types):
            return f"#{name}"
        return found[0]
    return NAME.sub(link, text)


class Header:
    """The declarations of the header, in groups."""

    def __init__(self, path):
        self.source = Source(path)
        self.lines = []

    def add(self, *lines):
        self.lines += lines

    def group_of(self, name):
        return name.removeprefix("threading_")

    def begin(self):
        source = self.source
        main = re.search(r"/\*\*\n \* @mainpage.*?\*/", source.text, re.DOTALL)[0]
        lists = "\n * ".join(["", "@par Pages", *(f"- @ref {label_of(path)}" for path in PAGES),
                             "- @ref analysis"])
        analysis = re.search(r"/\*\*\n \* @page analysis.*?\*/", source.text, re.DOTALL)[0]
        main = main.replace("@mainpage", f"@mainpage libthreading {source.version}")
        self.add("/** @file threading.h", " * The whole interface. */",
                 self.linked(main).removesuffix("\n */") + lists + "\n */", self.linked(analysis))

    def linked(self, comment):
        """A comment in which Doxygen finds the names of functions and constants."""
        return linked(comment, self.source)

    def functions(self, group):
        for one in self.source.functions.values():
            if (self.source.object_of(one) or f"threading_{OTHER_GROUP}") == f"threading_{group}":
                glue = "" if one.returns.endswith("*") else " "
                parameters = ", ".join(f"{p.type} {p.name}" for p in one.parameters) or "void"
                self.add(self.linked(one.doc), f"{one.returns}{glue}{one.name}({parameters});")

    def type(self, name):
        source, doc = self.source, self.source.header.types[name].doc
        constants = source.constants(name)
        if constants:
            self.add(self.linked(doc), f"typedef enum {name} {{")
            for one in constants:
                self.add(self.linked(one.doc), f"{one.name} = {one.value},")
            self.add(f"}} {name};")
        else:
            self.add(self.linked(doc), f"typedef struct {name} {{")
            for member, comment in source.members(name):
                self.add(self.linked(comment), f"{member};")
            self.add(f"}} {name};")

    def group(self, group, types, title):
        about = [] if group in TITLES else [
            f" * @copybrief {types[0]}", " *", f" * @copydetails {types[0]}"]
        self.add(f"/** @defgroup {group} {title}", *about, " * @{ */")
        for name in types:
            self.type(name)
        if group == OTHER_GROUP:
            header = self.source.header
            for one in header.callbacks.values():
                self.add(self.linked(one.doc), self.source.typedef(one.name))
            for one in header.variables.values():
                self.add(self.linked(one.doc), f"extern const unsigned char {one.name}[];")
        if group == "macros":
            for one in self.source.header.macros.values():
                if one.doc and not PRIVATE.search(one.name):
                    arguments = re.match(r"(\([^)]*\))?", one.value)[0]
                    self.add(self.linked(one.doc), f"#define {one.name}{arguments}")
        self.functions(group)
        self.add("/** @} */")

    def write(self):
        self.begin()
        others = [name for name in self.source.types if name not in self.source.objects]
        status = [name for name in others if name.endswith("status")]
        for name in self.source.objects:
            group = self.group_of(name)
            self.group(group, [name], f"{group.capitalize()}s".replace("Latchs", "Latches"))
        self.group("status", status, TITLES["status"])
        self.group(OTHER_GROUP, [name for name in others if name not in status],
                   TITLES[OTHER_GROUP])
        self.group("macros", [], TITLES["macros"])
        return "\n".join(self.lines) + "\n"


def self_test():
    """Runs every sample; a line that says how many were not judged rightly, or 0."""
    known = [GUIDE, "docs/guide/locks.md"]
    samples = [
        ("[it](locks.md#two-locks)", '@ref page_guide_locks_two_locks "it"'),
        ("[it](locks.md)", '@subpage page_guide_locks "it"'),
        ("[it](../../Makefile)", "it"),
        ("[it\nover](locks.md#a-lock)", '@ref page_guide_locks_a_lock "it over"'),
        ("## Two `locks`", "## Two locks {#page_guide_readme_two_locks}"),
        ("```sh\n[it](locks.md)\n```", "```{.unparsed}\n[it](locks.md)\n```"),
        ("| `a\\|b` |", "| <code>a&#124;b</code> |"),
        ("[it](nowhere.md)", None),
    ]
    failures = 0
    for text, wanted in samples:
        try:
            said = Page(GUIDE, known, known[1:]).convert(text)
        except Missing:
            said = None
        print(f"{'ok' if said == wanted else 'FAILED'}: {text!r}")
        failures += said != wanted
    made = Header(ROOT / "include" / "threading.h")
    lost = [one.name for one in made.source.functions.values() if f"{one.name}(" not in made.write()
            or not doxygen.parse(one.doc).prose]
    print(f"{'ok' if not lost else 'FAILED'}: each function is there {lost}")
    failures += bool(lost)
    return f"html.py --self-test: {failures} failed" if failures else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    directory = pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    header = Header(sys.argv[1])
    (directory / "threading.h").write_text(header.write(), encoding="utf-8")
    for name, text in pages(header.source).items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
