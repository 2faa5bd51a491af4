#!/usr/bin/env python3
"""Every function, type, enumeration constant and public macro of threading.h has a Doxygen comment,
and a function's comment says in a fixed order what a caller has to know:

    one sentence, in the words that the header's first page defines; @param of each parameter;
    @retval of each status that can come out, with its cause (@return for an answer); @par Blocking;
    @par Thread safety; and, where there is something to say, @par Memory ordering and @since.

What is said is also tested: each @retval of a function is named by a file of tests/ that calls the
function, or comes out in the misuse table; and what comes out in the misuse table has its @retval.

What the pages for those who change the library name in the code is there: docs_pages.py. What the
pages for users name in the header, and where they lead, is there too: docs_guide.py.

    check-docs.py [HEADER]        checks the header, the tests and the pages of this repository
    check-docs.py --self-test     checks this program against planted comments
"""

import os
import pathlib
import re
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "misuse"))
sys.dont_write_bytecode = True

import docs_guide  # noqa: E402
import docs_pages  # noqa: E402
import doxygen  # noqa: E402
import generate  # noqa: E402
import header as header_reader  # noqa: E402

TEST_FILES = (".c", ".cpp", ".h", ".rs", ".py")
# Functions whose success no caller sees.
NEVER_OK = {"threading_exit"}
# Functions that hand on a status that they were given: an answer, and no outcome of theirs.
HANDS_ON = {"threading_check", "threading_with_failed_"}
ORDER = {
    "param": 1,
    "retval": 2,
    "return": 2,
    "returns": 2,
    "par Blocking": 3,
    "par Thread safety": 4,
    "par Memory ordering": 5,
    "since": 6,
}
STATUS = re.compile(r"\bTHREADING_[A-Z_]*[A-Z]\b")


def ranked(comment):
    """The commands whose place is fixed, in the order in which they stand."""
    for command in comment.commands:
        name = f"par {command.argument}" if command.name == "par" else command.name
        if name in ORDER:
            yield name, ORDER[name]


def check_order(comment):
    highest, before = 0, ""
    for name, rank in ranked(comment):
        if rank < highest:
            yield f"@{name} stands behind @{before}"
        if rank > highest:
            highest, before = rank, name


def check_sentence(comment):
    if not comment.prose:
        yield "no sentence says what it is"
    elif not re.search(r"[.:]$", comment.prose[0]):
        yield f"the first paragraph is not a sentence: “{comment.prose[0]}”"


# One verb for one thing, as the header's first page defines them; and what readers could not parse.
WORDS = {
    r"g[ia]v(e|es|en|ing) up|giv(e|es|en|ing) \w+ up": (
        "detach, for a thread or a timer; release, for a lock"
    ),
    r"claims?": "destroy, or detach",
    r"so it is\.": "what is so now",
    r"counts? as finished": "end: to finish a thread is to join it, read its result and destroy it",
    r"Whose time|Who (has|joins|waits|finds|takes)|[Ww]hoever": "a sentence with a noun",
    r"of which the error hook": "for which the error hook is called",
    r"0 and less": "0 or less",
}


def check_words(doc):
    text = re.sub(r"\s+", " ", re.sub(r"\n\s*(\*|///)?", "\n", doc))
    for pattern, better in WORDS.items():
        found = re.search(rf"\b(?:{pattern})", text)
        if found:
            yield f"“{found[0]}”: {better}"


def check_parameters(function, comment):
    documented = [command.argument for command in comment.of("param")]
    declared = [parameter.name for parameter in function.parameters]
    if documented != declared:
        yield f"@param of ({', '.join(documented)}), and the parameters are ({', '.join(declared)})"
    for command in comment.of("param"):
        if not command.text:
            yield f"@param {command.argument} says nothing"


def check_results(function, comment, constants):
    statuses = [command.argument for command in comment.of("retval")]
    for command in comment.of("retval"):
        if command.argument.startswith("THREADING_") and command.argument not in constants:
            yield f"@retval {command.argument}: there is no such status"
        if not command.text:
            yield f"@retval {command.argument} does not say its cause"
    for status in sorted({status for status in statuses if statuses.count(status) > 1}):
        yield f"@retval {status} stands twice"
    if function.returns == "threading_status" and function.name not in HANDS_ON:
        if "THREADING_OK" not in statuses and function.name not in NEVER_OK:
            yield "no @retval THREADING_OK"
        if comment.of("return", "returns"):
            yield "@return, and it returns a status: @retval names each"
    elif function.returns != "void":
        if not any(command.text for command in comment.of("return", "returns")):
            yield "no @return says what it answers"
    elif comment.of("return", "returns", "retval"):
        yield "a result is described, and it returns none"


def check_function(function, constants):
    comment = doxygen.parse(function.doc)
    yield from check_sentence(comment)
    yield from check_words(function.doc)
    yield from check_order(comment)
    yield from check_parameters(function, comment)
    yield from check_results(function, comment, constants)
    for title in ("Blocking", "Thread safety"):
        texts = [command.text for command in comment.of("par") if command.argument == title]
        if len(texts) != 1 or not texts[0]:
            yield (
                f"@par {title} is"
                f" {'missing or empty' if len(texts) < 2 else 'there more than once'}"
            )


def check_header(header):
    """Everything that is wrong with the comments, as lines."""
    problems = []
    constants = header.constants
    for function in header.functions.values():
        if function.private:
            continue
        if not function.doc:
            problems.append(f"{function.name} (line {function.line}): no comment")
            continue
        problems += [
            f"{function.name} (line {function.line}): {problem}"
            for problem in check_function(function, constants)
        ]
    for known in [
        *header.types.values(), *header.callbacks.values(), *constants.values(),
        *header.macros.values(), *header.variables.values(),
    ]:
        if known.name.endswith("_"):
            continue
        doc = known.doc
        if known.name in constants:
            doc = doc or constants[known.name].doc
        if not doc:
            problems.append(f"{known.name} (line {known.line}): no comment")
        else:
            said = [*check_sentence(doxygen.parse(doc)), *check_words(doc)]
            problems += [f"{known.name} (line {known.line}): {problem}" for problem in said]
    return problems


def retvals_of(function):
    return [
        command.argument
        for command in doxygen.parse(function.doc).of("retval")
        if STATUS.fullmatch(command.argument)
    ]


def check_tests(header, files, misuse):
    """What no test shows. files: the text of each test by its name; misuse: the statuses of the
    misuse table by function."""
    problems = []
    words = {
        name: set(re.findall(r"\b\w+\b(?=\s*\()|\bTHREADING_\w+\b", text))
        for name, text in files.items()
    }
    for function in header.functions.values():
        shown = set(misuse.get(function.name, ()))
        documented = retvals_of(function)
        for status in sorted(shown - set(documented)):
            problems.append(
                f"{function.name}: {status} comes out in the misuse table, and no @retval says so"
            )
        for calls in words.values():
            if function.name in calls:
                shown |= calls
        for status in documented:
            if status not in shown:
                problems.append(f"{function.name}: no test that calls it names {status}")
    return problems


def test_files():
    """The text of each test by its name: everything in tests/, and the test modules of src/."""
    files = {}
    for folder, folders, names in [
        *os.walk(os.path.join(ROOT, "tests")),
        *os.walk(os.path.join(ROOT, "src")),
    ]:
        # The misuse table is asked what it shows; its own C files name everything.
        folders[:] = [name for name in folders if name not in ("misuse", "__pycache__")]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if not name.endswith(TEST_FILES):
                continue
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                text = file.read()
            if path.startswith("src") and name != "tests.rs":
                text = "".join(
                    re.findall(r"^#\[cfg\(test\)\]\nmod .*", text, re.DOTALL | re.MULTILINE)
                )
            if text:
                files[path] = text
    return files


def self_test():
    import docs_samples
    failures = docs_samples.run(sys.modules[__name__])
    with tempfile.TemporaryDirectory() as work:
        failures += docs_pages.self_test(pathlib.Path(work))
    with tempfile.TemporaryDirectory() as work:
        failures += docs_guide.self_test(pathlib.Path(work))
    sys.exit(f"check-docs.py --self-test: {failures} failed" if failures else 0)


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "include", "threading.h")
    try:
        header = header_reader.read_header(path)
        misuse = generate.statuses_of(header)
    except (OSError, header_reader.HeaderError, generate.Unknown) as error:
        sys.exit(f"check-docs.py: {path}: {error}")
    files = test_files()
    wrong, named = docs_pages.check(pathlib.Path(ROOT))
    dead, pages = docs_guide.check(pathlib.Path(ROOT))
    problems = check_header(header) + check_tests(header, files, misuse) + wrong + dead
    for problem in problems:
        print(f"check-docs.py: {problem}")
    retvals = sum(len(retvals_of(function)) for function in header.functions.values())
    macros = sum(not name.endswith("_") for name in header.macros)
    print(
        f"{len(header.functions)} functions with {retvals} @retval,"
        f" {len(header.types) + len(header.callbacks)} types, {len(header.constants)} constants,"
        f" {macros} macros, {len(files)} test files, {named} names in pages,"
        f" {pages} pages for users: {len(problems)} problems"
    )
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
