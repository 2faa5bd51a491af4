"""What the pages for those who change the library say of the code is there.

A word in back quotes is a path if it has a slash: that file or directory exists. It is a name if it
is one word of letters, digits, underscores and double colons with a capital, an underscore or a
colon in it: each part of it is a word of the sources. Commands have spaces, and are left alone.
"""

import pathlib
import re

PAGES = ("docs/architecture.md", "CONTRIBUTING.md")
SOURCES = ("src", "ci", "tests", "bindings", "include", "tools")
ENDINGS = {".rs", ".c", ".h", ".cpp", ".hpp", ".py", ".go", ".sh", ".def", ".toml", ".txt"}
QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#:\s]+)")
NAME = re.compile(r"(?=.*[A-Z_:])[A-Za-z_]\w*(::\w+)*")


def without_code(text):
    """The text with its blocks of code left empty, so that lines keep their numbers."""
    return re.sub(
        r"^( *)```.*?^ *```", lambda block: "\n" * block[0].count("\n"), text,
        flags=re.DOTALL | re.MULTILINE,
    )


def words_of(root):
    """Every word of the sources."""
    words = set()
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in ENDINGS and path.is_file():
                words |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return words


def check(root, pages=PAGES):
    """A line for each path and each name that is not there, and how many were looked for."""
    problems, count, words = [], 0, words_of(root)
    for page in pages:
        text = without_code((root / page).read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            linked = [str((root / page).parent / link) for link in LINK.findall(line)]
            for said in linked + QUOTED.findall(line):
                is_path = "/" in said and " " not in said
                if is_path and not (root / said).exists():
                    problems.append(f"{page}:{number}: there is no {said}")
                is_name = not is_path and NAME.fullmatch(said) and not said.startswith("_")
                for part in said.split("::") if is_name else ():
                    if part not in words:
                        problems.append(f"{page}:{number}: nothing in the sources is named {part}")
                count += bool(is_path or is_name)
    return problems, count


SAMPLES = {
    "a path, a name and a command": (
        "See `src/lock.rs`, [it](lock.md), `Lock::acquire_slow` and `make check`.\n"
        "```\n`src/x.rs`\n```\n",
        0,
    ),
    "a path that is not there": ("See `src/clock.rs`.\n", 1),
    "a link that leads nowhere": ("See [it](clock.md).\n", 1),
    "a name that is not there": ("See `Lock::acquire_quick`.\n", 1),
    "a type that is not there": ("See `Clock`.\n", 1),
}


def self_test(work):
    """How many of the samples, made in that directory, are not told right."""
    failed = 0
    (work / "src").mkdir()
    (work / "src" / "lock.rs").write_text("impl Lock { fn acquire_slow() {} }\n", encoding="utf-8")
    (work / "lock.md").write_text("", encoding="utf-8")
    for name, (text, expected) in SAMPLES.items():
        (work / "page.md").write_text(text, encoding="utf-8")
        problems, _ = check(work, ["page.md"])
        if len(problems) != expected:
            print(f"docs_pages: {name}: {problems}")
            failed += 1
    return failed
