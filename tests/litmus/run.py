#!/usr/bin/env python3
"""Tries the library's protocols in every execution that the memory model allows: run.py [WORD...]

The orders of the atomics are those that stand in `src` at this moment. Then each that is listed in
a test is made weaker, one at a time, and the test has to fail: so it is known to need that order.
WORDs choose tests by their files' names and their promises.
"""

import importlib
import pathlib
import sys
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import litmus  # noqa: E402  pylint: disable=wrong-import-position


def all_tests():
    """Pairs of a file's name and a test."""
    for path in sorted((HERE / "protocols").glob("*.py")):
        module = importlib.import_module(f"protocols.{path.stem}")
        for test in module.TESTS:
            yield path.stem, test


def verdict(test):
    """What is wrong with a test, as lines, and how many executions and weaker orders it took."""
    try:
        orders = test.current()
    except litmus.Unknown as error:
        return [str(error)], 0
    problem, count = test.problem(orders)
    if problem:
        return [problem], count
    wrong = []
    for name, weaker in test.weaker.items():
        if orders[name] == weaker:
            wrong.append(f"{name} is no stronger than {weaker}")
        elif test.problem({**orders, name: weaker})[0] is None:
            wrong.append(f"it holds with {name} = {weaker} as well, not only {orders[name]}")
    return wrong, count


def main(words):
    """Runs what is asked for."""
    passed = failed = 0
    for file, test in all_tests():
        if words and not any(word in f"{file} {test.promise}" for word in words):
            continue
        begun = time.monotonic()
        wrong, count = verdict(test)
        took = time.monotonic() - begun
        print(f"{'FAILED' if wrong else 'ok'}: {file}: {test.promise}")
        print(
            f"    {count} executions; each of {len(test.weaker)} weaker orders fails"
            f"; {took:.1f} s" if not wrong else "    " + "\n    ".join(wrong)
        )
        passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
