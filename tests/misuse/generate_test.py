"""That no function can be left out of the misuse table: generate.py stops at what it does not know,
and a program with the table does not link with a library that lacks a function of the header.

    generate_test.py HEADER ARCHIVE COMPILER NEEDED_LIBRARY...
"""

import os
import re
import subprocess
import sys
import tempfile

import header as header_reader

HERE = os.path.dirname(os.path.abspath(__file__))
failures = []

# What is planted in the header, and what the generator must say of it.
PLANTED = [
    (
        "an argument of an unknown type",
        "threading_status threading_planted(FILE *stream);",
        r"threading_planted.*no maker.*FILE \*",
    ),
    (
        "a callback of an unknown type",
        (
            "typedef int (*threading_comparison)(int a, int b);\nthreading_status"
            " threading_planted(threading_comparison compare);"
        ),
        r"threading_planted.*no maker.*threading_comparison",
    ),
    (
        "an object type without a maker",
        "typedef struct threading_gate { uint64_t bits; } threading_gate;",
        r"no maker.*threading_gate",
    ),
    (
        "a size that may be right or wrong",
        "threading_status threading_planted(size_t slices);",
        r"threading_planted.*slices.*no maker",
    ),
    (
        "a type of answer that no rule covers",
        "float threading_planted(threading_lock lock);",
        r"threading_planted.*float",
    ),
    (
        "a function that takes nothing and is not listed",
        "uint64_t threading_planted(void);",
        r"threading_planted.*nothing it takes can be wrong",
    ),
    (
        "a declaration that is no plain prototype",
        "threading_status (*threading_planted(int which))(void);",
        r"not a declaration that is understood.*threading_planted",
    ),
    (
        "an array parameter",
        "threading_status threading_planted(size_t counts[4]);",
        r"threading_planted.*not a parameter",
    ),
    (
        "a public function with its body in the header",
        "static inline int threading_planted(void) { return 0; }",
        r"threading_planted has a body",
    ),
    (
        "a variable",
        "extern int threading_planted;",
        r"not a declaration that is understood.*threading_planted",
    ),
    (
        "a type of another name",
        "typedef void *(*Routine)(void *arg);",
        r"Routine does not begin with threading_",
    ),
    (
        "a constant of another name",
        "extern const unsigned char planted_layout[];",
        r"planted_layout does not begin with threading_",
    ),
    ("a function of another name", "int planted(void);", r"planted does not begin with threading_"),
]


def check(name, holds, detail):
    print(f"{'ok' if holds else 'FAILED'}: {name}")
    if not holds:
        failures.append(name)
        print(detail)


def run(*command):
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout


def tool_of(compiler, name):
    """What the compiler uses by that name: of another processor's files the machine's own may know
    nothing."""
    status, output = run(compiler, f"-print-prog-name={name}")
    return output.strip() if status == 0 and output.strip() else name


def generate(header, folder):
    return run(
        sys.executable,
        os.path.join(HERE, "generate.py"),
        header,
        os.path.join(folder, "table.c"),
        os.path.join(folder, "tests.cmake"),
        "shared=misuse",
    )


def generate_planted(text, planted, folder):
    """Runs the generator on the header with more text in it, behind everything else and inside the
    include guard."""
    place = text.rindex("#endif")
    path = os.path.join(folder, "planted.h")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{text[:place]}{planted}\n{text[place:]}")
    return generate(path, folder)


def generator_stops(text, folder):
    """Each planted declaration stops the generator, with a line that names it; in comments and
    macros they are harmless."""
    for name, declaration, message in PLANTED:
        status, output = generate_planted(text, declaration, folder)
        check(
            f"the generator stops at {name}",
            status != 0 and re.search(message, output, re.DOTALL) is not None,
            output,
        )
        status, output = generate_planted(text, f"/* {declaration} */", folder)
        check("  and not in a comment", status == 0, output)
        lines = declaration.replace("\n", " \\\n")
        status, output = generate_planted(text, f"#define THREADING_PLANTED_ {lines}", folder)
        check("  and not in a macro", status == 0, output)
    path = os.path.join(folder, "planted.h")
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"\bthreading_monotonic\b", "threading_clock", text))
    status, output = generate(path, folder)
    check(
        "the generator stops when a listed function is gone",
        status != 0 and "threading_monotonic" in output,
        output,
    )


def table_needs_every_function(header, archive, compiler, libraries, folder):
    """Each function of the header is a symbol that the table asks the linker for."""
    table = os.path.join(folder, "table.o")
    include = os.path.dirname(header)
    status, output = run(
        compiler,
        "-std=c11",
        "-D_GNU_SOURCE",
        f"-I{include}",
        f"-I{HERE}",
        "-c",
        os.path.join(folder, "table.c"),
        "-o",
        table,
    )
    check("the table compiles", status == 0, output)
    _, output = run(tool_of(compiler, "nm"), "-u", table)
    wanted = {line.split()[-1] for line in output.splitlines() if line.strip()}
    declared = set(header_reader.read_header(header).functions)
    check(
        "the table asks the linker for every function",
        declared <= wanted,
        sorted(declared - wanted),
    )

    objects = [table]
    for source in ("attempt", "callbacks", "forms", "issued", "run", "../objects"):
        objects.append(os.path.join(folder, os.path.basename(source) + ".o"))
        status, output = run(
            compiler,
            "-std=c11",
            "-D_GNU_SOURCE",
            f"-I{include}",
            f"-I{HERE}",
            "-c",
            os.path.join(HERE, source + ".c"),
            "-o",
            objects[-1],
        )
        check(f"{source}.c compiles", status == 0, output)
    program = os.path.join(folder, "program")
    needed = [f"-l{library}" for library in libraries]
    status, output = run(compiler, "-o", program, *objects, archive, *needed)
    check("the table links with the whole library", status == 0, output)
    objcopy = tool_of(compiler, "objcopy")
    for dropped in ("threading_lock_release", "threading_shutdown"):
        lacking = os.path.join(folder, "liblacking.a")
        status, output = run(objcopy, f"--redefine-sym={dropped}=dropped", archive, lacking)
        check(f"a copy of the library without {dropped} can be made", status == 0, output)
        status, output = run(compiler, "-o", program, *objects, lacking, *needed)
        check(
            "  and the table does not link with it",
            status != 0 and f"`{dropped}'" in output or f": {dropped}\n" in output,
            output,
        )


def main():
    header, archive, compiler, *libraries = sys.argv[1:]
    with open(header, encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        status, output = generate(header, folder)
        check("the header as it is gives a table", status == 0, output)
        generator_stops(text, folder)
        status, output = generate(header, folder)
        table_needs_every_function(header, archive, compiler, libraries, folder)
    sys.exit(f"{len(failures)} failed" if failures else 0)


if __name__ == "__main__":
    main()
