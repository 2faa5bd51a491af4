"""What the pages for users say of the header, and where their links lead, is there.

Each name that begins with threading_ or THREADING_ is a word of the header. A name in back quotes
that begins with _ is the end of a name, and goes on from one that stands before it in the same
paragraph: `threading_lock_acquire`, `_release`. A link to a file of the repository leads to one
that is there, and a link to a heading to one of that page.
"""

import pathlib
import re

PAGES = ("README.md", "docs/guide/*.md", "docs/interface.md", "docs/finding-a-hang.md",
         "docs/process-end.md", "docs/from-python.md")
HEADER = "include/threading.h"
NAME = re.compile(r"\b(?:threading|THREADING)_\w*\w(?!\w|\.|-|…|/|\*)")
# `_exit` and `_beginthreadex` are whole names, of other libraries.
ENDING = re.compile(r"(?<=`)_(?!exit|begin)[a-z]\w+")
WHOLE = re.compile(r"\b[a-z]\w*_\w+")
LINK = re.compile(r"\]\(([^)\s]+)\)")
# What is no name of the header, and is a file or a name of a program.
FILES = re.compile(r"\b(?:lib)?threading_\w+\.(?:c|py|h)\b")


def without_code(text):
    return re.sub(r"```.*?```", lambda b: "\n" * b[0].count("\n"), text, flags=re.DOTALL)


def slug(heading):
    """What stands behind # in a link to this heading."""
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")


def headings(path):
    text = without_code(path.read_text(encoding="utf-8"))
    return {slug(line) for line in re.findall(r"^#+ +(.*)$", text, re.MULTILINE)}


def check_link(root, page, link):
    """What is wrong with a link, or None."""
    if "://" in link or link.startswith("mailto:"):
        return None
    name, _, anchor = link.partition("#")
    target = (page.parent / name) if name else page
    if not target.exists():
        return f"there is no {name}"
    if anchor and anchor not in headings(target):
        return f"{target.resolve().relative_to(root.resolve())} has no heading #{anchor}"
    return None


def goes_on(ending, names, words):
    """Whether one of the names, cut before an underscore, goes on with the ending."""
    cuts = {name[:at.start()] for name in names for at in re.finditer("_|$", name)}
    return any(cut + ending in words for cut in cuts)


def check_names(text, words):
    """A line's number and what is wrong there, for each name that the header lacks."""
    for paragraph in re.finditer(r"(?:.+\n?)+", text):
        # A row of a table is a paragraph, and a sentence over two lines is one.
        part, first = paragraph[0], text.count("\n", 0, paragraph.start()) + 1
        rows = part.split("\n") if part.startswith("|") else [part]
        for index, row in enumerate(rows):
            plain = FILES.sub("", row)
            names = NAME.findall(plain)
            # `threading_rlock_…` stands for all that begin so.
            begun = re.findall(r"\b(threading_\w*?)_(?:…|\*)", plain)
            for name in names:
                if name not in words:
                    yield first + index, f"the header has no {name}"
            for ending in ENDING.finditer(plain):
                # It goes on from another library's name, if that stands nearest before it.
                before = WHOLE.findall(plain[:ending.start()])
                own = not before or before[-1].startswith("threading_")
                if own and not goes_on(ending[0], names + begun, words):
                    yield first + index, f"no name before it goes on with {ending[0]}"


def check(root):
    """A line for each mistake, and how many pages were read."""
    problems, count = [], 0
    words = set(re.findall(r"\w+", (root / HEADER).read_text(encoding="utf-8")))
    for pattern in PAGES:
        for page in sorted(root.glob(pattern)):
            count += 1
            where = page.relative_to(root)
            text = page.read_text(encoding="utf-8")
            for number, line in enumerate(without_code(text).splitlines(), 1):
                told = [check_link(root, page, link) for link in LINK.findall(line)]
                problems += [f"{where}:{number}: {one}" for one in told if one]
            found = check_names(without_code(text), words)
            problems += [f"{where}:{number}: {one}" for number, one in found]
    return problems, count


SAMPLES = {
    "names, endings and links that are there": (
        "# A lock\n`threading_lock_acquire`, `_release`, threading_lock.c, [it](other.md#its-end), "
        "[above](#a-lock), [web](https://example.org/x)\n```\nthreading_nothing\n```\n",
        0,
    ),
    "a name that is not there": ("`threading_lock_get(lock)`\n", 1),
    "an ending that is not there": ("`threading_lock_acquire` and `_get`\n", 1),
    "an ending of many names": ("`threading_lock_…`, and `_release`\n", 0),
    "an ending of another row": ("| `threading_lock_acquire` |\n| `_release` |\n", 1),
    "an ending of another library's name": (
        "| `sem_post`, `_wait` | `threading_lock_release` |\n", 0
    ),
    "an ending on the next line": ("`threading_lock_acquire` and\n`_release`\n", 0),
    "a file that is not there": ("[it](nowhere.md)\n", 1),
    "a heading that is not there": ("[it](other.md#end)\n", 1),
    "a heading of this page that is not there": ("[it](#end)\n", 1),
}


def self_test(work):
    """How many of the samples, made in that directory, are not told right."""
    failed = 0
    (work / "include").mkdir()
    (work / HEADER).write_text("threading_lock_acquire(); threading_lock_release();\n")
    (work / "other.md").write_text("## Its (end)\n")
    for name, (text, expected) in SAMPLES.items():
        (work / "README.md").write_text(text, encoding="utf-8")
        problems, _ = check(work)
        if len(problems) != expected:
            print(f"docs_guide: {name}: {problems}")
            failed += 1
    return failed


if __name__ == "__main__":
    print("\n".join(check(pathlib.Path(__file__).resolve().parent.parent)[0]))
