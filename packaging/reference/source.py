"""What the reference is made from: the declarations of threading.h, and their comments."""

import pathlib
import re
import sys
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "misuse"))

import doxygen  # noqa: E402
import header as header_reader  # noqa: E402

CODE = re.compile(r"\s*[@\\](end)?(code|verbatim)\b")


@dataclass
class Block:
    kind: str  # "text", "item" of a list, or "code"
    text: str


@dataclass
class Part:
    """The prose of a comment, or one of its commands."""
    name: str = ""  # "" for the prose, else "param", "retval", "return", "par"
    argument: str = ""
    blocks: list = field(default_factory=list)

    @property
    def text(self):
        return " ".join(block.text for block in self.blocks if block.kind != "code")


def add_line(part, line, indent):
    """Adds a line of text to the block that it goes on with, or begins one."""
    text = line.strip()
    last = part.blocks[-1] if part.blocks else None
    if not text:
        if last and last.kind != "code":
            part.blocks.append(Block("", ""))
    elif text.startswith("- "):
        part.blocks.append(Block("item", text[2:]))
    elif last and last.kind == "item" and indent >= 2:
        last.text += " " + text
    elif last and last.kind == "text":
        last.text += " " + text
    else:
        part.blocks.append(Block("text", text))


def parts_of(comment):
    """The prose and the commands of a comment, each as its blocks."""
    parts, code = [Part()], None
    for line in doxygen.lines_of(comment) if comment else []:
        mark = CODE.match(line)
        command = None if code is not None or mark else doxygen.BLOCK.match(line.strip())
        if mark:
            if mark.group(1):
                parts[-1].blocks.append(Block("code", "\n".join(code)))
            code = None if mark.group(1) else []
        elif code is not None:
            code.append(line)
        elif command:
            name, rest, argument = command.group(1), command.group(3), ""
            if name in ("param", "retval"):
                argument, _, rest = rest.partition(" ")
            elif name == "par":
                argument, rest = rest.strip(), ""
            parts.append(Part(name, argument))
            add_line(parts[-1], rest, 0)
        elif not re.match(r"\s*[@\\](mainpage|page)\b", line):
            add_line(parts[-1], line, len(line) - len(line.lstrip()))
    for part in parts:
        part.blocks = [block for block in part.blocks if block.kind]
    return parts


def first_sentence(comment):
    """What a list says of a declaration, without a full stop."""
    text = parts_of(comment)[0].blocks[0].text
    text = re.sub(r" ?\((?:Python\b[^()]*(?:\([^()]*\)[^()]*)*)\)", "", text)
    text = re.split(r"(?<=[^.])\.(?:\s|$)", text)[0]
    if not re.match(r"[A-Z]{2}|Python", text):
        text = text[:1].lower() + text[1:]
    return text


class Source:
    """A header, read."""

    def __init__(self, path):
        self.text = pathlib.Path(path).read_text(encoding="utf-8")
        self.header = header_reader.Reader(self.text).read()
        public = self.header.functions.values()
        self.functions = {known.name: known for known in public if not known.private}
        self.objects = [name for name in self.header.types if name in self.header.handles()]
        self.types = [name for name in self.header.types if not name.endswith("_")]
        numbers = [self.header.macros[f"THREADING_VERSION_{part}"].value
                   for part in ("MAJOR", "MINOR", "PATCH")]
        self.version = ".".join(numbers)

    def page(self, command):
        """The title and the parts of the comment with @mainpage or @page."""
        found = re.search(rf"/\*\*\n \* @{command}\b[^\n]*\n.*?\*/", self.text, re.DOTALL)
        return parts_of(found[0])

    def typedef(self, callback):
        """A callback's declaration, on one line."""
        found = re.search(rf"typedef [^;]*\(\*{callback}\)\([^;]*\);", self.text)
        return re.sub(r"\s+", " ", found[0])

    def members(self, name):
        """The declaration and the comment of each member of a struct."""
        body = re.search(rf"typedef struct (?:\w+\([^)]*\) )?{name} \{{(.*?)^\}}", self.text,
                         re.DOTALL | re.MULTILINE)
        return [(re.sub(r"\s+", " ", member), f"/**{comment}*/") for comment, member in
                re.findall(r"/\*\*(.*?)\*/\s*([^;/]+);", body[1], re.DOTALL)] if body else []

    def constants(self, name):
        """The constants of an enumeration."""
        body = re.search(rf"^enum {name}$(.*?)^\}};", self.text, re.DOTALL | re.MULTILINE)
        words = re.findall(r"^ +(THREADING_\w+) = ", body[1], re.MULTILINE) if body else []
        return [self.header.constants[word] for word in words]

    def object_of(self, function):
        """The type of handle that a function is about, or None."""
        by_name = [one for one in self.objects if function.name.startswith(one + "_")]
        types = [function.returns, *(one.type for one in reversed(function.parameters))]
        by_type = [known.rstrip(" *") for known in types if known.rstrip(" *") in self.objects]
        return (sorted(by_name, key=len)[-1:] + by_type + [None])[0]
