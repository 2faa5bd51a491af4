"""Small mistakes that can be made in a line of Rust, one at a time: what a mutant differs in from
the library."""

import re

# What is replaced by what. Each match in a line of code is a mutant of its own.
REPLACEMENTS = [
    (r"==", "!="),
    (r"!=", "=="),
    (r"(?<=\s)<(?=\s)", "<="),
    (r"(?<=\s)<=(?=\s)", "<"),
    (r"(?<=\s)>(?=\s)", ">="),
    (r"(?<=\s)>=(?=\s)", ">"),
    (r"&&", "||"),
    (r"\|\|(?= )", "&&"),
    (r"\+ 1\b", "- 1"),
    (r"(?<=\s)- 1\b", "+ 1"),
    (r"\+= ", "-= "),
    (r"-= ", "+= "),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"\.is_null\(\)", ".is_null().eq(&false)"),
    (r"\.is_some\(\)", ".is_none()"),
    (r"\.is_none\(\)", ".is_some()"),
    (r"\.is_ok\(\)", ".is_err()"),
    (r"\.is_err\(\)", ".is_ok()"),
    (r"\bif (?=!)", "if !"),
    (r"\bif (?!let\b|!)(?=[a-z])", "if true || "),
    (r"\.with\((\w+)\)", ".without(\\1)"),
    (r"\.without\((\w+)\)", ".with(\\1)"),
    (r"\.min\(", ".max("),
    (r"\.max\(", ".min("),
    (r"Outcome::HandedOff", "Outcome::Woken"),
    (r"link_last", "link_first"),
    (r"link_first", "link_last"),
    (r"Ok\(\(\)\)", "Err(Status::THREADING_NO_RESOURCES)"),
]

# A statement that is a call and whose value nobody uses can be left out.
CALL = re.compile(r"^\s+(?:let _ = )?[a-z_][\w:.]*(?:\([^;]*\))(?:\.[\w]+\([^;]*\))*;\s*$")


# What the library as it is built here has not: tests, models, other systems, and what features add.
ELSEWHERE = re.compile(
    r"#\[cfg\((test|loom|feature|not\(a|all\(target_os = \"linux\", target_arch = \"aarch64\")"
)
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def code_lines(text):
    """The numbers of the lines that are code of the library: no comments, attributes, imports,
    tests, or what other builds have."""
    elsewhere = None
    for number, line in enumerate(text.splitlines()):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if elsewhere is not None:
            # The item or statement that follows such an attribute ends with the brace in its own
            # column, or on its one line.
            first, column = elsewhere
            if stripped.startswith("#"):
                continue
            if (
                indent == column
                and stripped.startswith("}")
                or first
                and stripped.endswith((";", "}"))
            ):
                elsewhere = None
            else:
                elsewhere = (False, column)
            continue
        if ELSEWHERE.match(stripped):
            elsewhere = (True, indent)
            continue
        if not stripped or stripped.startswith(
            ("//", "#", "use ", "pub use ", "mod ", "pub mod ", "debug_assert")
        ):
            continue
        yield number, line


def mutants_of(text):
    """(line's number, the line instead, what was done) of every mutant of a file."""
    for number, line in code_lines(text):
        # What a string says is not code; nor is a comment.
        code = STRING.sub(lambda string: "_" * len(string.group(0)), line).split("//")[0]
        for pattern, replacement in REPLACEMENTS:
            for match in re.finditer(pattern, code):
                instead = line[: match.start()] + match.expand(replacement) + line[match.end():]
                if instead != line:
                    yield (
                        number, instead,
                        f"{match.group(0).strip()} -> {match.expand(replacement).strip()}",
                    )
        if CALL.match(code):
            yield number, "", "left out"
