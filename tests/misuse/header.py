"""Reads threading.h: what it declares, and the Doxygen comment in front of each declaration.

It reads declarations, not text that looks like one: comments, strings and macro bodies cannot be
taken for a function. All branches of a conditional are read. What it does not understand is an
error, so that nothing can be left out in silence.

    header.py --exports FILE      prints the names that a library with this header has to export
"""

import re
import sys
from dataclasses import dataclass, field


class HeaderError(Exception):
    """Something in the header that this reader does not understand."""


@dataclass
class Token:
    kind: str
    text: str
    line: int


@dataclass
class Parameter:
    type: str
    name: str


@dataclass
class Function:
    name: str
    returns: str
    parameters: list
    doc: str
    line: int

    @property
    def private(self):
        return self.name.endswith("_")


@dataclass
class Named:
    name: str  # of a type, an enumeration constant or a macro
    doc: str
    line: int
    value: str = ""
    fields: list = field(default_factory=list)


@dataclass
class Header:
    functions: dict = field(default_factory=dict)
    types: dict = field(default_factory=dict)
    callbacks: dict = field(default_factory=dict)
    constants: dict = field(default_factory=dict)
    macros: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)

    def handles(self):
        """The object types: structs of nothing but bits. threading_object stands for any."""
        found = [name for name, it in self.types.items() if it.fields == ["uint64_t bits"]]
        return [name for name in found if name != "threading_object"]


TOKENS = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<directive>^[ \t]*\#(?:\\\n|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|[^\n])*)
      | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      | (?P<word>[A-Za-z_]\w*)
      | (?P<number>\d[\w.]*)
      | (?P<mark>\.\.\.|::|->|\S)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE)

# Comments that speak of a file or a group, not of the declaration that happens to follow.
GROUPING = re.compile(r"[@\\](file|defgroup|addtogroup|mainpage|page|name|weakgroup)\b|[@\\][{}]")
AGGREGATES = ("typedef", "struct", "enum", "union", "class")
CLOSING = {"(": ")", "{": "}", "[": "]"}


def tokens_of(text):
    line = 1
    position = 0
    for match in TOKENS.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        yield Token(match.lastgroup, match.group(), line)


def is_doc(comment):
    return (
        comment.startswith("/**")
        and not comment.startswith(("/***", "/**/", "/**<"))
        and not GROUPING.search(comment)
    )


def group_end(tokens, start):
    """The index behind the bracket that closes the one at start."""
    depth = []
    for index in range(start, len(tokens)):
        text = tokens[index].text
        if tokens[index].kind != "mark":
            continue
        if text in CLOSING:
            depth.append(CLOSING[text])
        elif text in CLOSING.values():
            if text != depth.pop():
                break
            if not depth:
                return index + 1
    raise HeaderError(f"line {tokens[start].line}: this '{tokens[start].text}' is never closed")


def is_macro_name(token):
    names = r"THREADING_[A-Z0-9_]+|__attribute__|__extension__"
    return token.kind == "word" and re.fullmatch(names, token.text) is not None


def without_macros(tokens):
    """Drops attribute macros, with their arguments: what is left is plain C."""
    kept = []
    index = 0
    while index < len(tokens):
        if is_macro_name(tokens[index]):
            index += 1
            if index < len(tokens) and tokens[index].text == "(":
                index = group_end(tokens, index)
        else:
            kept.append(tokens[index])
            index += 1
    return kept


def spelled(tokens):
    """The tokens as one type: 'const char *', 'void **'."""
    words = [token.text for token in tokens if token.text not in ("struct", "enum", "extern")]
    return re.sub(r"\* (?=\*)", "*", " ".join(words))


def parse_parameter(tokens):
    if not tokens or tokens[-1].kind != "word" or any(token.text in "()[]" for token in tokens):
        raise HeaderError(
            f"line {tokens[0].line if tokens else 0}: not a parameter with a type and a name:"
            f" {spelled(tokens)!r}"
        )
    return Parameter(spelled(tokens[:-1]), tokens[-1].text)


def parse_parameters(tokens):
    """The parameters between the brackets of a prototype."""
    parts = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in CLOSING) - (token.text in CLOSING.values())
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    if len(parts) == 1 and [token.text for token in parts[0]] in (["void"], []):
        return []
    return [parse_parameter(part) for part in parts]


class Reader:
    def __init__(self, text):
        self.header = Header()
        self.tokens = list(tokens_of(text))
        self.index = 0
        self.doc = ""
        self.guard = None

    def read(self):
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            if token.kind == "comment":
                if is_doc(token.text):
                    self.doc = token.text
                self.index += 1
            elif token.kind == "directive":
                self.directive(token)
                self.index += 1
            elif token.text in (";", "}"):
                # The end of extern "C"; what else closes a brace was read with what opened it.
                self.index += 1
            elif self.linkage_begins():
                self.index += 3
            elif is_macro_name(token):
                self.index += 1
                if self.index < len(self.tokens) and self.tokens[self.index].text == "(":
                    self.index = group_end(self.tokens, self.index)
            else:
                start = self.index
                self.declaration(self.collect())
                if self.index == start:
                    raise HeaderError(f"line {token.line}: stuck at {token.text!r}")
        return self.header

    def linkage_begins(self):
        words = [token.text for token in self.tokens[self.index : self.index + 3]]
        return words == ["extern", '"C"', "{"]

    def directive(self, token):
        text = re.sub(r"\\\n", " ", token.text)
        name = re.match(r"\s*#\s*(?:define|ifndef)\s+(\w+)", text)
        if name and self.guard is None:
            self.guard = name.group(1)
        define = re.match(r"\s*#\s*define\s+(\w+)(.*)", text, re.DOTALL)
        if not define:
            return
        name, rest = define.group(1), define.group(2)
        trailing = re.search(r"/\*\*<.*?\*/", rest, re.DOTALL)
        doc = trailing.group() if trailing else self.doc
        self.doc = ""
        if name == self.guard:
            return
        known = self.header.macros.get(name)
        if known is None or not known.doc:
            self.header.macros[name] = Named(name, doc, token.line, rest.strip())

    def collect(self):
        """The tokens of one declaration or definition; the index moves behind it."""
        collected = []
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            if token.kind == "directive":
                if re.match(r"\s*#\s*define\b", token.text):
                    raise HeaderError(
                        f"line {token.line}: a #define in the middle of a declaration"
                    )
                self.index += 1
                continue
            if token.text == "{" and token.kind == "mark":
                end = group_end(self.tokens, self.index)
                collected += [
                    part for part in self.tokens[self.index : end] if part.kind != "directive"
                ]
                self.index = end
                if is_body(collected):
                    return collected
                continue
            self.index += 1
            if token.text == ";" and token.kind == "mark":
                return collected
            collected.append(token)
        raise HeaderError(f"line {collected[0].line}: no ';' ends this declaration")

    def declaration(self, tokens):
        doc, self.doc = self.doc, ""
        words = [token.text for token in tokens if token.kind != "comment"]
        if words[0] == "static" or words[0] == "inline":
            self.inline_function(tokens)
        elif words[0] == "typedef" and "{" not in words:
            self.typedef(without_comments(tokens), doc)
        elif words[0] in AGGREGATES and "{" in words:
            self.body(tokens, doc)
        elif words[0] in AGGREGATES and len(words) == 2:
            pass  # a forward declaration
        elif words[:2] == ["extern", "const"] and words[-2:] == ["[", "]"]:
            self.variable(without_comments(tokens), doc)
        else:
            self.function(without_macros(without_comments(tokens)), doc)

    def check_name(self, name, line):
        if not name.startswith("threading_"):
            raise HeaderError(f"line {line}: {name} does not begin with threading_")

    def inline_function(self, tokens):
        """Only private helpers may have their body in the header: a public function is a symbol of
        the library."""
        plain = without_macros(without_comments(tokens))
        for index, token in enumerate(plain[:-1]):
            if token.kind == "word" and plain[index + 1].text == "(":
                if not token.text.endswith("_"):
                    raise HeaderError(
                        f"line {token.line}: {token.text} has a body, and its name does not end"
                        " in '_'"
                    )
                return
        raise HeaderError(f"line {tokens[0].line}: a static that is not a function")

    def variable(self, tokens, doc):
        self.check_name(tokens[-3].text, tokens[0].line)
        self.header.variables[tokens[-3].text] = Named(tokens[-3].text, doc, tokens[0].line)

    def typedef(self, tokens, doc):
        words = [token.text for token in tokens]
        if "(" in words:
            named = re.search(r"\( \* (\w+) \) \(", " ".join(words))
            if not named:
                raise HeaderError(
                    f"line {tokens[0].line}: not a typedef of a function pointer: {' '.join(words)}"
                )
            self.check_name(named.group(1), tokens[0].line)
            self.header.callbacks[named.group(1)] = Named(named.group(1), doc, tokens[0].line)
        else:
            name = words[-1]
            self.check_name(name, tokens[0].line)
            if name not in self.header.types:
                self.header.types[name] = Named(name, doc, tokens[0].line)

    def body(self, tokens, doc):
        opening = next(index for index, token in enumerate(tokens) if token.text == "{")
        end = group_end(tokens, opening)
        before = without_macros(without_comments(tokens[:opening]))
        types = ("typedef", "int32_t")
        before = [token for token in before if token.kind == "word" and token.text not in types]
        rest = without_macros(without_comments(tokens[end:]))
        behind = [token for token in rest if token.kind == "word"]
        name = (behind or before)[-1].text
        self.check_name(name, tokens[0].line)
        inside = tokens[opening + 1:end - 1]
        known = Named(name, doc, tokens[0].line)
        if any(token.text == "enum" for token in before):
            self.enumerators(inside)
        else:
            text = " ".join(token.text for token in without_comments(inside))
            known.fields = [part.strip() for part in text.split(";") if part.strip()]
        earlier = self.header.types.get(name)
        if earlier is None or not earlier.fields:
            self.header.types[name] = known

    def enumerators(self, tokens):
        doc = ""
        last = None
        expecting = True
        for index, token in enumerate(tokens):
            if token.kind == "comment":
                if token.text.startswith("/**<") and last:
                    self.header.constants[last].doc = token.text
                elif is_doc(token.text):
                    doc = token.text
            elif token.text == ",":
                expecting = True
            elif expecting and token.kind == "word":
                value = "".join(
                    part.text
                    for part in tokens[index + 2 : index + 4]
                    if part.kind in ("number", "mark")
                )
                last = token.text
                self.header.constants[last] = Named(last, doc, token.line, value.strip(",}"))
                doc = ""
                expecting = False

    def function(self, tokens, doc):
        words = [token.text for token in tokens]
        opening = words.index("(") if "(" in words else 0
        closed = opening >= 2 and words[-1] == ")" and group_end(tokens, opening) == len(tokens)
        if not closed or tokens[opening - 1].kind != "word":
            raise HeaderError(
                f"line {tokens[0].line}: not a declaration that is understood: {' '.join(words)}"
            )
        name = words[opening - 1]
        self.check_name(name, tokens[0].line)
        try:
            parameters = parse_parameters(tokens[opening + 1:-1])
        except HeaderError as error:
            raise HeaderError(f"{name}: {error}") from None
        function = Function(name, spelled(tokens[:opening - 1]), parameters, doc, tokens[0].line)
        known = self.header.functions.get(name)
        if known and (known.returns, known.parameters) != (function.returns, function.parameters):
            raise HeaderError(f"{name} is declared twice, and differently")
        if known is None or not known.doc:
            self.header.functions[name] = function


def without_comments(tokens):
    return [token for token in tokens if token.kind != "comment"]


def is_body(tokens):
    """Whether the braces just collected were a function's body, which no ';' follows."""
    plain = without_macros(without_comments(tokens))
    if not plain or plain[0].text in AGGREGATES:
        return False
    opening = next(i for i, token in enumerate(plain) if token.text == "{")
    return any(token.text == "(" for token in plain[:opening])


def read_header(path):
    with open(path, encoding="utf-8") as file:
        return Reader(file.read()).read()


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "--exports":
        sys.exit("usage: header.py --exports FILE")
    try:
        header = read_header(sys.argv[2])
    except (HeaderError, OSError) as error:
        sys.exit(f"header.py: {sys.argv[2]}: {error}")
    print("\n".join(sorted([*header.functions, *header.variables])))


if __name__ == "__main__":
    main()
