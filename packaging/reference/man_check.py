"""Looks whether man pages say all that the header says: a page for each function and each type,
each @param and @retval with its words, and no reference to a page that is not there.

The comments are read by tests/misuse/doxygen.py and not by what made the pages.
"""

import pathlib
import re
import sys
import tempfile

from source import ROOT, doxygen

# \fBname\fP(3), or .BR name (3).
REFERENCE = re.compile(
    r"(?:^\.BR (?=\w+ )|\\fB(?=\w+\\))(\w+)(?:\\fP| )\((3|7)\)", re.MULTILINE
)
HEADER = ROOT / "include" / "threading.h"


def plain(text):
    """The words of a page or of a comment, without what sets them."""
    text = re.sub(r'^\.(?:\\"|IP|in|nf|fi|nh|ad).*$|^\.[A-Z]{1,2} ?', "", text, flags=re.MULTILINE)
    text = re.sub(r"\\f[A-Z]", "", text)
    for roff, mark in (("\\e", "\\"), ("\\-", "-"), ("\\&", ""), ("\\(bu", ""), ("\\(aq", "'")):
        text = text.replace(roff, mark)
    text = re.sub(r"(?<=\w)\((?:3|7)\)", "", text)
    return re.findall(r"\w+", text)


def has(words, wanted):
    return f" {' '.join(wanted)} " in f" {' '.join(words)} "


def sections_of(page):
    parts = re.split(r"^\.SH \"?([^\"\n]*)\"?$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], map(plain, parts[2::2])))


def check_function(function, page):
    """What the page of a function lacks."""
    comment, sections = doxygen.parse(function.doc), sections_of(page)
    places = {"param": "PARAMETERS", "retval": "RETURN VALUE", "return": "RETURN VALUE"}
    for command in comment.commands:
        place = command.argument.upper() if command.name == "par" else places.get(command.name)
        entry = [] if command.name == "par" else [command.argument]
        wanted = plain(" ".join([*entry, command.text]))
        if not has(sections.get(place, []), wanted):
            yield f"it lacks @{command.name} {command.argument}: {command.text}".strip()
    for paragraph in comment.prose:
        # An item's dash, and code in it, may stand in paragraphs of their own.
        wanted = plain(re.sub(r"[@\\]code.*?[@\\]endcode", "", paragraph))
        if not has(sections.get("DESCRIPTION", []), wanted):
            yield f"it lacks: {paragraph}"


def check(pages, directory):
    """A line for each mistake in the directory."""
    written = {str(path.relative_to(directory)): path.read_text(encoding="utf-8")
               for path in directory.glob("man*/*")}
    wanted = {f"man3/{name}.3" for name in pages.source.functions}
    wanted |= {f"man7/{name}.7" for name in [*pages.source.types, "threading"]}
    for name in sorted(wanted - set(written)):
        yield f"there is no {name}"
    for name in sorted(set(written) - set(pages.all())):
        yield f"{name} is about nothing in the header"
    for name, text in sorted(written.items()):
        for other, section in REFERENCE.findall(text):
            if f"man{section}/{other}.{section}" not in written:
                yield f"{name}: there is no {other}({section})"
    for function in pages.source.functions.values():
        page = written.get(f"man3/{function.name}.3")
        for problem in check_function(function, page) if page else ():
            yield f"man3/{function.name}.3: {problem}"


def report(pages, directory):
    problems = list(check(pages, directory))
    for problem in problems:
        print(f"man.py: {problem}", file=sys.stderr)
    count = sum(len(doxygen.parse(one.doc).of("retval"))
                for one in pages.source.functions.values())
    print(f"{len(pages.source.functions)} functions with {count} @retval have their man pages:"
          f" {len(problems)} problems")
    return 1 if problems else 0


PAGE = "man3/threading_lock_acquire.3"
# A name, the page, what is replaced by what (None: the page is not there), and what must be said.
PLANTED = [
    ("a page that is not there", PAGE, None, "there is no man3/threading_lock_acquire.3"),
    ("an object's page that is not there", "man7/threading_latch.7", None,
     "there is no man7/threading_latch.7"),
    ("a status that is left out", PAGE, (r"\.TP\n\\fBTHREADING_DESTROYED.*?(?=\.TP)", ""),
     "lacks @retval THREADING_DESTROYED"),
    ("a status by another name", PAGE, (r"THREADING_DESTROYED", "THREADING_BUSY"),
     "lacks @retval THREADING_DESTROYED"),
    ("a word that is left out", PAGE, (r"there is no memory", "there is memory"),
     "lacks @retval THREADING_NO_RESOURCES"),
    ("a parameter that is left out", PAGE, (r"\.SH PARAMETERS.*?(?=\.SH)", ""),
     "lacks @param lock"),
    ("what blocks is left out", PAGE, (r"\.SH BLOCKING.*?(?=\.SH)", ""), "lacks @par Blocking"),
    ("a sentence that is left out", PAGE, (r"A\s+release\s+happens", "It happens"),
     "lacks: A thread that already"),
    ("a reference that leads nowhere", PAGE, (r"\.BR threading_lock_release", ".BR threading_lok"),
     r"there is no threading_lok\(3\)"),
    ("a page of something else", "man3/threading_nothing.3", ("", "x"), "is about nothing"),
]


def plant(directory, name, change):
    path = directory / name
    if change is None:
        path.unlink()
        return
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = re.sub(*change, before, flags=re.DOTALL)
    assert after != before, f"{name} has no {change[0]}"
    path.write_text(after, encoding="utf-8")


def self_test(make, write):
    """Runs every sample; a line that says how many were not judged rightly, or 0."""
    failures = 0
    for title, name, change, message in [("all pages", "", None, None), *PLANTED]:
        with tempfile.TemporaryDirectory() as work:
            directory = pathlib.Path(work)
            write(HEADER, directory, quiet=True)
            if name:
                plant(directory, name, change)
            said = "\n".join(check(make(HEADER), directory))
        good = not said if message is None else re.search(message, said)
        print(f"{'ok' if good else 'FAILED'}: {title}")
        if not good:
            failures += 1
            print(f"    {said[:2000]}")
    return f"man.py --self-test: {failures} failed" if failures else 0
