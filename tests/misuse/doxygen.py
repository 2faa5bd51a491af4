"""Takes a Doxygen comment apart: the prose, then the commands in their order."""

import re
from dataclasses import dataclass, field

BLOCK = re.compile(
    r"[@\\](brief|param|retval|returns?|par|since|note|warning|attention|remarks?|pre|post|see|sa"
    r"|deprecated|ingroup)"
    r"(\[[a-z,]+\])?(?:\s+|$)(.*)"
)


@dataclass
class Command:
    name: str
    argument: str   # of @param and @retval the name, of @par the title
    text: str


@dataclass
class Comment:
    prose: list = field(default_factory=list)      # paragraphs before the first command
    commands: list = field(default_factory=list)

    def of(self, *names):
        return [command for command in self.commands if command.name in names]

    def parameter(self, name):
        """What @param says of one parameter, on one line."""
        return " ".join(command.text for command in self.of("param") if command.argument == name)

    def allows_null(self, name):
        return re.search(r"\bor NULL\b(?! if\b)", self.parameter(name)) is not None

    def allows_null_handle(self, name):
        return "ith the null handle" in self.parameter(name)

    def bounds(self, name):
        """The least and the greatest value of a number, where it says: 1 to 8; at least 1."""
        found = re.search(r"\b(\d[\d,]*) to (THREADING_\w+|\d[\d,]*)", self.parameter(name))
        least = found or re.search(r"\bat least (\d[\d,]*)", self.parameter(name))
        if not least:
            return None
        return int(least.group(1).replace(",", "")), found and found.group(2).replace(",", "")

    def null_if_zero(self, name):
        """The size for which a pointer may be NULL, where it says: or NULL if `capacity` is 0."""
        found = re.search(r"\bor NULL if `?(\w+)`? is 0\b", self.parameter(name))
        return found.group(1) if found else None


def lines_of(comment):
    text = re.sub(r"^/\*\*<?|\*/$", "", comment.strip())
    return [re.sub(r"^\s*\* ?", "", line).rstrip() for line in text.split("\n")]


def parse(comment):
    parsed = Comment()
    if not comment:
        return parsed
    paragraph = []
    code = False
    for line in lines_of(comment):
        if re.match(r"\s*[@\\](code|verbatim)\b", line):
            code = True
        block = None if code else BLOCK.match(line.strip())
        if re.match(r"\s*[@\\](endcode|endverbatim)\b", line):
            code = False
        if block:
            add_paragraph(parsed, paragraph)
            add_command(parsed, block, paragraph)
        elif line.strip() or code:
            paragraph.append(line.strip())
        else:
            add_paragraph(parsed, paragraph)
    add_paragraph(parsed, paragraph)
    return parsed


def add_command(parsed, block, paragraph):
    name, rest = block.group(1), block.group(3)
    if name == "brief":
        paragraph.append(rest)
        return
    argument = ""
    if name in ("param", "retval"):
        argument, _, rest = rest.partition(" ")
    elif name == "par":
        argument, rest = rest.strip(), ""
    parsed.commands.append(Command(name, argument, rest.strip()))


def add_paragraph(parsed, paragraph):
    text = " ".join(part for part in paragraph if part)
    paragraph.clear()
    if not text:
        return
    if parsed.commands:
        last = parsed.commands[-1]
        last.text = f"{last.text} {text}".strip()
    else:
        parsed.prose.append(text)
