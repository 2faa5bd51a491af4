#!/usr/bin/env python3
"""Lists the functions of `src` with an order stronger than Relaxed that no litmus test takes."""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import litmus  # noqa: E402  pylint: disable=wrong-import-position
from run import all_tests  # noqa: E402  pylint: disable=wrong-import-position

FUNCTION = re.compile(
    r" *(?:pub(?:\([a-z]+\))? )?(?:const |unsafe |extern \"C(?:-unwind)?\" )*fn (\w+)"
)


def strong_functions():
    """Pairs of a file and a function, and how many such orders it has."""
    found = {}
    for path in sorted(litmus.SOURCE.rglob("*.rs")):
        file, function = str(path.relative_to(litmus.SOURCE)), ""
        if "tests" in file or "model" in file:
            continue
        for line in path.read_text().splitlines():
            if line.startswith("mod tests"):
                break
            named = FUNCTION.match(line)
            function = named.group(1) if named else function
            strong = [o for o in litmus.ORDER.findall(line.split("//")[0]) if o != "Relaxed"]
            if strong:
                found[file, function] = found.get((file, function), 0) + len(strong)
    return found


def main():
    """Prints what is left, and a count."""
    taken = set()
    for _, test in all_tests():
        for place in test.orders.values():
            if not place.startswith("="):
                file, function, _ = place.split()
                taken.add((file.removeprefix("../src/"), function))
    found = strong_functions()
    left = {where: count for where, count in found.items() if where not in taken}
    for (file, function), count in left.items():
        print(f"{file}: {function}: {count}")
    whole = sum(found.values())
    print(f"{whole - sum(left.values())} of {whole} orders are taken by tests")


if __name__ == "__main__":
    main()
