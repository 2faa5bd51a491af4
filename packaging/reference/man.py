#!/usr/bin/env python3
"""Makes the man pages from the comments of threading.h: in section 3 one a function, in section 7
one an object or other type, and threading(7), the overview.

    man.py HEADER DIRECTORY          writes DIRECTORY/man3 and DIRECTORY/man7
    man.py --check HEADER DIRECTORY  looks whether pages there say all that the header says
    man.py --self-test               checks this program against planted omissions

The date of the pages is SOURCE_DATE_EPOCH, or else that of the header.
"""

import datetime
import os
import pathlib
import sys

from roff import Writer
from source import Block, Source, first_sentence, parts_of

MARK = '.\\" Part of libthreading, made from the comments of threading.h: change it there.'
# Macros that are used as functions are.
CALLED = ("THREADING_CHECK", "THREADING_WITH")
# A prototype that is wider has a line for each parameter.
PROTOTYPE = 72


def date_of(path):
    seconds = float(os.environ.get("SOURCE_DATE_EPOCH") or pathlib.Path(path).stat().st_mtime)
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d")


class Pages:
    """All pages of a header."""

    def __init__(self, path):
        self.source = Source(path)
        self.date = date_of(path)
        functions = [*self.source.functions, *CALLED]
        self.sections = {**dict.fromkeys(functions, 3), **dict.fromkeys(self.source.types, 7)}
        self.sections["threading"] = 7

    def begin(self, name, purpose, parameters=()):
        writer = Writer(self.sections, name, parameters)
        writer.lines.append(MARK)
        writer.macro("TH", name.upper(), str(self.sections[name]), self.date,
                     f"libthreading {self.source.version}", "libthreading")
        # Names are long: a hyphen in one, or wide spaces between them, make them hard to read.
        writer.macro("nh")
        writer.macro("ad", "l")
        writer.macro("SH", "NAME")
        writer.lines.append(f"{name} \\-")
        writer.fill(purpose.replace("`", ""), plain=True)
        writer.macro("SH", "LIBRARY")
        writer.lines.append("libthreading (\\fI\\-lthreading\\fP)")
        writer.macro("SH", "SYNOPSIS")
        writer.macro("nf")
        writer.macro("B", "#include <threading.h>")
        writer.macro("PP")
        return writer

    def prototype(self, writer, function):
        """The declaration, with what its parameters' types stand for."""
        callbacks = [one.type for one in function.parameters
                     if one.type in self.source.header.callbacks]
        for callback in dict.fromkeys(callbacks):
            writer.macro("B", self.source.typedef(callback))
            writer.macro("PP")
        glue = "" if function.returns.endswith("*") else " "
        head = f"{function.returns}{glue}{function.name}("
        if not function.parameters:
            writer.macro("B", head + "void);")
            return
        types = [one.type + ("" if one.type.endswith("*") else " ") for one in function.parameters]
        whole = head + ", ".join(t + one.name for t, one in zip(types, function.parameters)) + ");"
        pieces = []
        for index, one in enumerate(function.parameters):
            end = ");" if index == len(types) - 1 else ","
            pieces.append((types[index], one.name, end))
        if len(whole) <= PROTOTYPE:
            words = [head + pieces[0][0]]
            for (_, name, end), following in zip(pieces, [*pieces[1:], None]):
                words += [name, end + (" " + following[0] if following else "")]
            writer.macro("BI", *words)
        else:
            writer.macro("B", head)
            for kind, name, end in pieces:
                writer.macro("BI", "        " + kind, name, end)

    def results(self, writer, parts):
        statuses = [part for part in parts if part.name == "retval"]
        answers = [part for part in parts if part.name in ("return", "returns")]
        if statuses or answers:
            writer.macro("SH", "RETURN VALUE")
        for part in answers:
            writer.blocks(part.blocks)
        for part in statuses:
            writer.entry(f"\\fB{part.argument}\\fP", part.blocks)

    def function(self, function):
        parts = parts_of(function.doc)
        names = [one.name for one in function.parameters]
        writer = self.begin(function.name, first_sentence(function.doc), names)
        self.prototype(writer, function)
        writer.macro("fi")
        writer.macro("SH", "DESCRIPTION")
        writer.blocks(parts[0].blocks)
        parameters = [part for part in parts if part.name == "param"]
        if parameters:
            writer.macro("SH", "PARAMETERS")
        for part in parameters:
            writer.entry(f"\\fI{part.argument}\\fP", part.blocks)
        self.callbacks(writer, function)
        self.results(writer, parts)
        for part in parts:
            if part.name == "par":
                writer.macro("SH", part.argument.upper())
                writer.blocks(part.blocks)
        self.see_also(writer, function)
        return writer

    def callbacks(self, writer, function):
        known = self.source.header.callbacks
        for name in dict.fromkeys(one.type for one in function.parameters if one.type in known):
            writer.macro("SH", "CALLBACK")
            writer.lines.append(f"\\fB{name}\\fP:")
            writer.blocks(parts_of(known[name].doc)[0].blocks)

    def see_also(self, writer, function):
        own = self.source.object_of(function)
        others = [one.name for one in self.source.functions.values()
                  if own and self.source.object_of(one) == own]
        types = [one.type.rstrip(" *") for one in function.parameters]
        writer.macro("SH", "SEE ALSO")
        writer.see(["threading", "threading_status", own, *types, *others])

    def macro(self, name):
        known = self.source.header.macros[name]
        parts = parts_of(known.doc)
        writer = self.begin(name, first_sentence(known.doc))
        argument = {"THREADING_WITH": "x"}.get(name, "call")
        writer.macro("BI", f"{name}(", argument, ")" + (" statement" if argument == "x" else ";"))
        writer.macro("fi")
        writer.macro("SH", "DESCRIPTION")
        writer.blocks(parts[0].blocks)
        writer.macro("SH", "SEE ALSO")
        writer.see(["threading", "threading_check", "threading_status", "threading_lock",
                    *(CALLED)])
        return writer

    def type(self, name):
        known = self.source.header.types[name]
        parts = parts_of(known.doc)
        writer = self.begin(name, first_sentence(known.doc))
        constants, members = self.source.constants(name), self.source.members(name)
        if constants:
            writer.macro("B", f"typedef int32_t {name};")
        else:
            writer.macro("B", f"typedef struct {name} {{")
            for member, _ in members:
                writer.macro("B", f"    {member};")
            writer.macro("B", f"}} {name};")
        writer.macro("fi")
        writer.macro("SH", "DESCRIPTION")
        writer.blocks([block for block in parts[0].blocks if block.kind != "code"])
        for title, entries in (
            ("CONSTANTS", [(f"{one.name} ({one.value})", one.doc) for one in constants]),
            ("MEMBERS", members if name not in self.source.objects else []),
        ):
            if entries:
                writer.macro("SH", title)
            for title, doc in entries:
                writer.entry(f"\\fB{title}\\fP".replace("-", "\\-"), parts_of(doc)[0].blocks)
        own = [one for one in self.source.functions.values() if self.source.object_of(one) == name]
        self.functions(writer, own)
        code = [block for block in parts[0].blocks if block.kind == "code"]
        if code:
            writer.macro("SH", "EXAMPLES")
            writer.blocks(code)
        writer.macro("SH", "SEE ALSO")
        writer.see(["threading", *self.source.types])
        return writer

    def functions(self, writer, functions):
        if functions:
            writer.macro("SH", "FUNCTIONS")
        for one in functions:
            sentence = first_sentence(one.doc)
            writer.entry(f"\\fB{one.name}\\fP(3)", [Block("text", sentence + ".")])

    def overview(self):
        source = self.source
        writer = self.begin("threading", "the threads of Python's threading module, for C")
        writer.macro("fi")
        writer.macro("SH", "DESCRIPTION")
        writer.blocks(source.page("mainpage")[0].blocks)
        writer.macro("SH", "OBJECTS AND TYPES")
        for name in source.types:
            doc = source.header.types[name].doc
            writer.entry(f"\\fB{name}\\fP(7)", [Block("text", first_sentence(doc) + ".")])
        self.functions(writer, [one for one in source.functions.values()
                                if not source.object_of(one)])
        writer.macro("SH", "MACROS")
        for known in source.header.macros.values():
            if known.doc and not known.name.endswith("_"):
                writer.entry(f"\\fB{known.name}\\fP", parts_of(known.doc)[0].blocks[:1])
        writer.macro("SH", "STATIC ANALYSIS")
        writer.blocks(source.page("page analysis")[0].blocks)
        writer.macro("SH", "SEE ALSO")
        writer.see([*source.types, *CALLED])
        return writer

    def all(self):
        """The text of each page by the name of its file."""
        writers = [self.overview(), *map(self.function, self.source.functions.values()),
                   *map(self.macro, CALLED), *map(self.type, self.source.types)]
        return {f"man{self.sections[one.own]}/{one.own}.{self.sections[one.own]}":
                "\n".join(one.lines) + "\n" for one in writers}


def write(path, directory, quiet=False):
    pages = Pages(path).all()
    for name, text in pages.items():
        target = pathlib.Path(directory) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(0o644)
    if not quiet:
        print(f"write {len(pages)} man pages to {directory}")


def main():
    if sys.argv[1:] == ["--self-test"]:
        import man_check
        sys.exit(man_check.self_test(Pages, write))
    if len(sys.argv) == 4 and sys.argv[1] == "--check":
        import man_check
        sys.exit(man_check.report(Pages(sys.argv[2]), pathlib.Path(sys.argv[3])))
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write(*sys.argv[1:])


if __name__ == "__main__":
    main()
