"""Writes text of the header's comments as the man macros of roff."""

import re
import textwrap

WIDTH = 78
# What is set in another font, or refers to another page.
MARKED = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*"
    r"|(?P<name>#?\b(?:threading|THREADING)_\w*\w)(?P<call>\(\))?"
)


def escaped(text, code=False):
    text = text.replace("\\", "\\e")
    if code:
        marks = {"-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}
        text = re.sub(r"[-'`^~]", lambda mark: marks[mark[0]], text)
    return text


class Writer:
    """The lines of one page. sections: of each name that has a page, its section."""

    def __init__(self, sections, own, parameters=()):
        self.sections, self.own, self.parameters = sections, own, parameters
        self.lines = []

    def macro(self, name, *arguments):
        quoted = [f'"{one}"' if " " in one or not one else one for one in arguments]
        self.lines.append(" ".join([f".{name}", *quoted]))

    def named(self, name, tail=""):
        """A name in bold, with the section of its page if that is another one."""
        section = self.sections.get(name)
        if section and name != self.own:
            return f"\\fB{escaped(name)}\\fP({section})"
        return f"\\fB{escaped(name)}{tail}\\fP"

    def marked(self, found):
        if found["strong"]:
            return f"\\fB{escaped(found['strong'])}\\fP"
        if found["name"]:
            return self.named(found["name"].lstrip("#"), found["call"] or "")
        code = found["code"]
        if code in self.parameters:
            return f"\\fI{escaped(code)}\\fP"
        if code.rstrip("()") in self.sections:
            return self.named(code.rstrip("()"))
        # A space in code is none where a line may end.
        return f"\\fB{escaped(code, code=True)}\\fP"

    def inline(self, text):
        parts, at = [], 0
        for found in MARKED.finditer(text):
            parts += [escaped(text[at:found.start()]), self.marked(found)]
            at = found.end()
        return "".join([*parts, escaped(text[at:])])

    def fill(self, text, plain=False):
        """A paragraph, in lines that are not too long."""
        set_text = escaped(text) if plain else self.inline(text)
        for line in textwrap.wrap(set_text, WIDTH, break_long_words=False, break_on_hyphens=False):
            self.lines.append(("\\&" if line[0] in ".'" else "") + line)

    def code(self, text, first):
        if not first:
            self.macro("PP")
        self.macro("in", "+4n")
        self.macro("nf")
        for line in text.split("\n"):
            line = escaped(line, code=True)
            self.lines.append(("\\&" if line[:1] in (".", "'") else "") + line)
        self.macro("fi")
        self.macro("in")

    def blocks(self, blocks, first=True):
        """Paragraphs; the first of them stands right behind what begins a section or an entry."""
        for block in blocks:
            if block.kind == "code":
                self.code(block.text, first)
            elif block.kind == "item":
                self.macro("IP", "\\(bu", "2")
                self.fill(block.text)
            else:
                if not first:
                    self.macro("PP")
                self.fill(block.text)
            first = False

    def entry(self, title, blocks):
        """An entry of a list; its further paragraphs keep its indentation."""
        self.macro("TP")
        self.lines.append(title)
        for index, block in enumerate(blocks):
            if index:
                self.macro("IP")
            self.fill(block.text)

    def see(self, names):
        """References, one a line, in the order of section and name."""
        known = sorted({name for name in names if name in self.sections and name != self.own},
                       key=lambda name: (self.sections[name], name))
        for name in known:
            comma = [","] if name != known[-1] else []
            self.lines.append(" ".join([".BR", name, f"({self.sections[name]})" + "".join(comma)]))
