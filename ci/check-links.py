#!/usr/bin/env python3
"""No link leads nowhere: in the Markdown of the repository, and in the HTML of `make docs`.

    check-links.py [DIRECTORY]      DIRECTORY: the HTML, target/docs/html if not given
    check-links.py --self-test      checks this program against planted links

A link to a file leads to one that is there, and git has it or will have it; a link to a place leads
to a heading, or in HTML to an id. Links to other hosts are counted, and not followed.
"""

import html.parser
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

from docs_guide import headings, without_code

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A link, an image, and an image that is a link.
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
SPAN = re.compile(r"`[^`\n]*`")
ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:|//", re.IGNORECASE)


def markdown_links(text):
    """The line and the target of each link that is not in code."""
    # A link may go over the end of a line, so the text is searched as a whole.
    text = SPAN.sub(lambda span: " " * len(span[0]), without_code(text))
    for found in LINK.finditer(text):
        yield text.count("\n", 0, found.start(1)) + 1, found[1]


class Html(html.parser.HTMLParser):
    """The links of a page, with their lines, and the places to which links can lead."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id" or (name == "name" and tag == "a"):
                self.places.add(value)
            elif name in ("href", "src") and value:
                self.links.append((self.getpos()[0], value))


def files_of(root):
    """What git has in this work tree, or will have."""
    command = ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.split("\0") if name and (root / name).exists()}


def check_markdown(root):
    """A line for each dead link, and how many links there are, elsewhere and here."""
    problems, elsewhere, here = [], 0, 0
    files = files_of(root)
    folders = {str(folder) for name in files for folder in pathlib.PurePath(name).parents}
    for name in sorted(file for file in files if file.endswith(".md")):
        page = root / name
        for line, link in markdown_links(page.read_text(encoding="utf-8")):
            if ELSEWHERE.match(link):
                elsewhere += 1
                continue
            here += 1
            path, _, place = urllib.parse.unquote(link).partition("#")
            target = (page.parent / path).resolve() if path else page.resolve()
            inside = target.is_relative_to(root.resolve())
            known = str(target.relative_to(root.resolve())) if inside else None
            if known not in files and known not in folders:
                problems.append(f"{name}:{line}: there is no {path}")
            elif place and target.suffix == ".md" and place not in headings(target):
                problems.append(f"{name}:{line}: {known} has no heading #{place}")
    return problems, elsewhere, here


def check_html(directory):
    """The same for the pages of a directory."""
    problems, elsewhere, here = [], 0, 0
    pages = {
        path.resolve(): Html(path.read_text(encoding="utf-8", errors="replace"))
        for path in sorted(directory.rglob("*.html"))
    }
    for path, page in pages.items():
        for line, link in page.links:
            if ELSEWHERE.match(link):
                elsewhere += not link.startswith("javascript:")
                continue
            here += 1
            name, _, place = urllib.parse.unquote(link).partition("#")
            name = name.partition("?")[0]
            target = (path.parent / name).resolve() if name else path
            where = f"{path.relative_to(directory.resolve())}:{line}"
            if not target.exists():
                problems.append(f"{where}: there is no {name}")
            elif place and target in pages and place not in pages[target].places:
                problems.append(f"{where}: {target.name} has no place #{place}")
    return problems, elsewhere, here


SAMPLES = (
    ("good links", "a.md", "# A b\n[x](b.md#its-end) [y](#a-b) ![z](c/d.svg) [f](c) <!-- -->\n", 0),
    ("a link in code", "a.md", "`[x](no.md)`\n```\n[x](no.md)\n```\n", 0),
    ("a link to another host", "a.md", "[x](https://example.org/no.md#no)\n", 0),
    ("an image that is a link", "a.md", "[![z](c/d.svg)](no.md)\n", 1),
    ("a link over two lines", "a.md", "[x\ny](no.md)\n", 1),
    ("a link with a title", "a.md", '[x](no.md "title")\n', 1),
    ("no such heading", "a.md", "[x](b.md#end)\n", 1),
    ("no such heading here", "a.md", "[x](#end)\n", 1),
    ("a file that git ignores", "a.md", "[x](ignored.md)\n", 1),
    ("a file outside", "a.md", "[x](../../etc/passwd)\n", 1),
    ("a good page", "h/a.html", '<a href="b.html#here">x</a><img src="b.html"><a href="#">', 0),
    ("no such page", "h/a.html", '<a href="no.html">x</a>', 1),
    ("no such image", "h/a.html", '<img src="no.png">', 1),
    ("no such place", "h/a.html", '<a href="b.html#there">x</a>', 1),
    ("no such place here", "h/a.html", '<a href="#there">x</a>', 1),
    ("code of a page", "h/a.html", '<a href="javascript:void(0)">x</a>', 0),
)


def self_test():
    failed = 0
    for what, name, text, expected in SAMPLES:
        with tempfile.TemporaryDirectory() as work:
            root = pathlib.Path(work)
            for folder in ("c", "h"):
                (root / folder).mkdir()
            (root / "c/d.svg").write_text("")
            (root / ".gitignore").write_text("ignored.md\n")
            (root / "ignored.md").write_text("")
            (root / "b.md").write_text("## Its (end)\n")
            (root / "h/b.html").write_text('<p id="here"></p>')
            (root / name).write_text(text, encoding="utf-8")
            subprocess.run(["git", "-C", work, "init", "--quiet"], check=True)
            problems = check_markdown(root)[0] + check_html(root / "h")[0]
        good = len(problems) == expected
        print(f"{'ok' if good else 'FAILED'}: {what}{'' if good else f': {problems}'}")
        failed += not good
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    directory = pathlib.Path(sys.argv[1]) if sys.argv[1:] else ROOT / "target/docs/html"
    problems, elsewhere, here = check_markdown(ROOT)
    said = f"{here} links in Markdown, {elsewhere} to other hosts"
    if directory.is_dir():
        more, elsewhere, here = check_html(directory)
        problems += more
        said += f"; {here} links in HTML, {elsewhere} to other hosts"
    else:
        said += f"; no HTML: {directory} is not there (make docs writes it)"
    print(*problems, f"{said}: {len(problems)} dead", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
