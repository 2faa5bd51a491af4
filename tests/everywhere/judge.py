#!/usr/bin/env python3
"""Judges what ctest has found on a platform: judge.py CASES.xml KNOWN.txt FIGURES

KNOWN.txt lists what is known to fail there, and why: in each line a regular expression for the
whole name of a case, spaces, and the reason. A line that begins with # is a comment. One line of
figures goes to FIGURES. The exit status is 0 if nothing has failed that is not in the list.
"""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


def read_known(path):
    """Pairs of a pattern and a reason."""
    known = []
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.strip() and not line.startswith("#"):
            pattern, reason = line.split(None, 1)
            known.append((re.compile(pattern), reason))
    return known


def outcome_of(case):
    """What has become of one case of the JUnit file."""
    if case.get("status") == "run":
        return "passed"
    # A program that is not there is skipped too, for another reason.
    skipped = case.find("skipped")
    is_asked_for = skipped is not None and skipped.get("message", "").startswith("SKIP_")
    return "skipped" if is_asked_for else "failed"


def judge(cases, known):
    """Counts outcomes, and names what was not expected."""
    counts, surprises, used = collections.Counter(), [], set()
    for case in cases:
        name, outcome = case.get("name"), outcome_of(case)
        place = next((at for at, (pattern, _) in enumerate(known) if pattern.fullmatch(name)), None)
        if outcome == "failed" and place is not None:
            outcome = "fail for a known reason"
            used.add(place)
        elif outcome == "failed":
            surprises.append(name)
        counts[outcome] += 1
    return counts, surprises, used


def self_test():
    """Planted results."""
    def case(name, text):
        return xml.fromstring(f'<testcase name="{name}" {text}</testcase>')
    cases = [
        case("a.one", 'status="run">'), case("a.two", 'status="fail"><failure/>'),
        case("a.three", 'status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>'),
        case("b.four", 'status="fail"><failure/>'),
        case("b.five", 'status="notrun"><skipped message="Unable to find executable"/>'),
    ]
    counts, surprises, used = judge(cases, [(re.compile(r"b\..*"), "why"), (re.compile("c"), "")])
    assert counts == {
        "passed": 1, "failed": 1, "skipped": 1, "fail for a known reason": 2
    }, counts
    assert surprises == ["a.two"] and used == {0}, (surprises, used)
    print("ok: judge.py tells known failures from others")


def main():
    """Reads, judges and writes."""
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    results, list_of_known, figures = map(pathlib.Path, sys.argv[1:])
    known = read_known(list_of_known)
    cases = list(xml.parse(results).getroot().iter("testcase"))
    counts, surprises, used = judge(cases, known)
    for name in surprises:
        print(f"FAILED: {name}")
    for at in sorted(used):
        print(f"known: {known[at][0].pattern}: {known[at][1]}")
    parts = [
        f"{counts[outcome]:,} {outcome}"
        for outcome in ("passed", "skipped", "fail for a known reason", "failed") if counts[outcome]
    ]
    line = f"{len(cases):,} cases: " + ", ".join(parts)
    print(line)
    figures.write_text(line + "\n")
    return 1 if surprises or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
