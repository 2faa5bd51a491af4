"""Ways to damage what an example printed, for the tests of check_output.py."""

import re

import check_output

NUMBER = r"\d+(?:\.\d+)?"


def rule_of(name):
    return check_output.RULES.get(name, check_output.Rule())


def text(lines):
    return "".join(line + "\n" for line in lines)


def dropped_lines(name, lines):
    for i in range(len(lines)):
        yield text(lines[:i] + lines[i + 1 :])


def doubled_lines(name, lines):
    for i in range(len(lines)):
        yield text(lines[: i + 1] + lines[i:])


def swapped_lines(name, lines):
    """Each line changes places with the next one of the same thread, unless they are the same."""
    thread = rule_of(name).thread
    for i, line in enumerate(lines):
        following = (k for k in range(i + 1, len(lines)) if thread(lines[k]) == thread(line))
        k = next(following, None)
        if k is not None and lines[k] != line:
            yield text(lines[:i] + [lines[k]] + lines[i + 1 : k] + [line] + lines[k + 1 :])


def changed_numbers(name, lines):
    """Each number becomes one greater; one that may vary becomes none at all."""
    for i, line in enumerate(lines):
        varies = [match.span() for match in re.finditer(rule_of(name).varies, line)]
        for number in re.finditer(NUMBER, line):
            free = any(begin <= number.start() < end for begin, end in varies)
            other = "x" if free else str(int(number[0]) + 1)
            yield text(
                lines[:i] + [line[: number.start()] + other + line[number.end() :]] + lines[i + 1 :]
            )


def torn_lines(name, lines):
    """Each line loses its end to the next, and the last is cut."""
    for i in range(len(lines) - 1):
        yield text(lines[:i] + [lines[i] + lines[i + 1]] + lines[i + 2 :])
    yield text(lines)[:-1]
    yield text(lines)[:-2]


DAMAGES = (dropped_lines, doubled_lines, swapped_lines, changed_numbers, torn_lines)
