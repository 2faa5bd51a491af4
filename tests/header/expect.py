#!/usr/bin/env python3
"""Runs a compiler on a program and compares what it says with the comments of the program.

    expect.py SOURCE COMPILER [OPTION...]

A line that ends in `expect: TEXT` must be complained of with TEXT in the message or in the notes
that belong to it; with `expect error: TEXT` the complaint must be an error. Where nothing but such
a comment is on a line, the next line is meant. Every complaint must be expected: a program without
such comments must compile in silence. A complaint within a macro counts for the line that uses the
macro."""

import os
import re
import subprocess
import sys

EXPECTATION = re.compile(r"expect(?P<error> error)?: (?P<text>.*?)(?: \*/)?$")
REQUIRED = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):(\d+:)?   required from (here|'.*')$")
MESSAGE = re.compile(
    r"^(?P<file>[^:\n]+):(?P<line>\d+):\d+: (?P<sort>fatal error|error|warning|note): (?P<text>.*)$"
)


def expectations(source):
    with open(source, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            found = EXPECTATION.search(line.rstrip())
            if found:
                alone = re.fullmatch(r"\s*(//|/\*) ?", line[:found.start()])
                yield number + 1 if alone else number, bool(found["error"]), found["text"]


def complaints(source, output):
    """Line, sort and whole text of each complaint; the line is None if none of the source was
    named."""
    result = []
    required = None
    for line in output.splitlines():
        # gcc says before an error in a template which line wants it, and clang in a note behind it.
        wanted = REQUIRED.match(line)
        if wanted and os.path.basename(wanted["file"]) == os.path.basename(source):
            required = int(wanted["line"])
        message = MESSAGE.match(line)
        if not message:
            continue
        here = (
            int(message["line"])
            if os.path.basename(message["file"]) == os.path.basename(source)
            else None
        )
        if here is None and message["sort"] != "note":
            here, required = required, None
        if message["sort"] != "note":
            result.append([here, message["sort"], message["text"]])
        elif result:
            result[-1][2] += "\n" + message["text"]
            if result[-1][0] is None:
                result[-1][0] = here
    return result


def main():
    source, compiler = sys.argv[1], sys.argv[2:]
    command = compiler + ["-S", "-o", os.devnull, source]
    run = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, timeout=60
    )
    unexpected = complaints(source, run.stderr)
    missing = []
    expected = list(expectations(source))
    for number, must_be_error, text in expected:
        for complaint in unexpected:
            if (
                complaint[0] == number
                and text in complaint[2]
                and (not must_be_error or "error" in complaint[1])
            ):
                unexpected.remove(complaint)
                break
        else:
            missing.append(f"{source}:{number}: not reported: {text}")
    for place, sort, text in unexpected:
        missing.append(f"{source}:{place}: not expected: {sort}: {text.splitlines()[0]}")
    if (
        run.returncode != 0
        and not any(must_be_error for _, must_be_error, _ in expected)
        and not missing
    ):
        missing.append(f"the compiler ended with {run.returncode}")
    if missing:
        print(" ".join(command))
        print(run.stderr)
        print("\n".join(missing))
        return 1
    print(f"{len(expected)} mistakes reported, nothing else")
    return 0


if __name__ == "__main__":
    sys.exit(main())
