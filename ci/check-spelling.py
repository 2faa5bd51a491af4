#!/usr/bin/env python3
"""Checks the spelling of the pages and of the header's comments, with hunspell's British English
and codespell.

    check-spelling.py               this repository
    check-spelling.py --self-test   checks this program against planted words

Words that are right, and that no dictionary has, stand in ci/words.txt, one a line. What stands in
code or in back quotes is not checked, nor is a name: a word with a digit, an underscore or a
capital letter inside. If a tool is not installed its part is left out, and that is said.
"""

import pathlib
import re
import shutil
import subprocess
import sys

from docs_guide import without_code

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORDS = ROOT / "ci/words.txt"
HEADER = "include/threading.h"
DICTIONARY = "en_GB"
NOT_PROSE = tuple(map(re.compile, (
    r"(?s)<!--.*?-->",
    r"`[^`\n]*`",
    r"\]\([^)\s]*\)",
    r"(?s)@code.*?@endcode",
    r"[@\\](?:param(?:\[\w+\])?|retval|copydoc|ref|def\w*) +\S+|[@\\]\w+",
    r"\w+://\S+|<[\w/.]+>|\w*[\w/]\.\w+",
    # A path, an option, and a name with an underscore or a digit.
    r"[\w.~-]*[/_][\w./_-]*|(?<!\w)-\w[\w-]*|\w*\d\w*",
)))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


def newlines(text):
    return "\n" * text.count("\n")


def prose_of(name, text):
    """The words of a page, or of the comments of a header, each on its line."""
    if name.endswith(".md"):
        text = without_code(text)
    else:
        parts, end = [], 0
        for comment in COMMENT.finditer(text):
            parts += [newlines(text[end : comment.start()]), comment[0]]
            end = comment.end()
        text = "".join(parts)
    for pattern in NOT_PROSE:
        text = pattern.sub(lambda found: " " + newlines(found[0]), text)
    return text


def words_of(text):
    """The line and the word, for each that is no name."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in WORD.finditer(line):
            word = found[0].replace("’", "'")
            if word[1:] == word[1:].lower():
                yield number, word


def unknown(words):
    """Those that hunspell does not know."""
    command = ["hunspell", "-d", DICTIONARY, "-i", "utf-8", "-l"]
    told = subprocess.run(
        command, input="\n".join(words), capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def own_words():
    return set(WORDS.read_text(encoding="utf-8").split())


def check(texts, known):
    """A line for each word that neither hunspell nor our list knows."""
    found = {}
    for name, text in texts.items():
        for number, word in words_of(prose_of(name, text)):
            found.setdefault(word, f"{name}:{number}")
    wrong = {
        word for word in unknown(found) if word.lower().removesuffix("'s") not in known
    }
    return [f"{found[word]}: {word}" for word in sorted(wrong)]


def texts_of(root):
    command = ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "--", "*.md"]
    pages = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    names = [name for name in (*pages, HEADER) if (root / name).exists()]
    return {name: (root / name).read_text(encoding="utf-8") for name in names}


def has_hunspell():
    if not shutil.which("hunspell"):
        return "hunspell is not installed (Debian: hunspell hunspell-en-gb)"
    told = subprocess.run(
        ["hunspell", "-d", DICTIONARY, "-l"], input="word\n", capture_output=True, text=True
    )
    return None if told.returncode == 0 else f"hunspell has no {DICTIONARY} (hunspell-en-gb)"


def codespell(root, names):
    """What it says, without what is a word of ours."""
    command = ["codespell", "--quiet-level", "3", "-L", ",".join(sorted(own_words())), *names]
    return subprocess.run(command, cwd=root, capture_output=True, text=True).stdout.splitlines()


SAMPLES = (
    ("a word that is right", "a.md", "The colour of a lock.\n", 0),
    ("a word that is wrong", "a.md", "The colur of a lock.\n", 1),
    ("American spelling", "a.md", "The behavior of a lock.\n", 1),
    ("a word of ours, and of it", "a.md", "A mutex. The mutex's owner. Mutex.\n", 0),
    ("code", "a.md", "`colur`\n```\ncolur\n```\n[x](colur.md) <!-- colur -->\n", 0),
    ("names", "a.md", "threading_colur, Colur2, COLUR, src/colur.c, --colur\n", 0),
    ("a comment", "a.h", "int colur;\n/** The colur. */\nint colour;\n", 1),
    ("code in a comment", "a.h", "/** It.\n * @code\n * colur();\n * @endcode\n */\n", 0),
    ("a parameter", "a.h", "/** @param[out] colur  The colour. @retval 0 Yes. */\n", 0),
)


def self_test():
    reason = has_hunspell()
    if reason:
        print(f"check-spelling: not tested: {reason}")
        return 0
    failed = 0
    for what, name, text, expected in SAMPLES:
        problems = check({name: text}, {"mutex"})
        good = len(problems) == expected
        print(f"{'ok' if good else 'FAILED'}: {what}{'' if good else f': {problems}'}")
        failed += not good
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    texts, problems, left_out = texts_of(ROOT), [], []
    reason = has_hunspell()
    if reason:
        left_out.append(reason)
    else:
        problems += check(texts, own_words())
    if shutil.which("codespell"):
        problems += codespell(ROOT, texts)
    else:
        left_out.append("codespell is not installed")
    for problem in problems:
        print(f"check-spelling: {problem}")
    for reason in left_out:
        print(f"check-spelling: left out: {reason}")
    print(f"{len(texts)} texts, {len(problems)} unknown words (right ones go into ci/words.txt)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
