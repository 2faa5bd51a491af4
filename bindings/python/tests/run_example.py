"""Runs a program on CPython's threading, or on libthreading in its place.

    run_example.py cpython|libthreading PROGRAM
"""

import builtins
import pathlib
import runpy
import sys


def whole_lines(*values: object, end: str = "\n", flush: bool = False) -> None:
    """print in one write: Python's writes a line's parts one by one, and another thread's can come
    between."""
    sys.stdout.write(" ".join(map(str, values)) + end)
    sys.stdout.flush()


kind, program = sys.argv[1:]
if kind == "libthreading":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    import libthreading

    sys.modules["threading"] = libthreading
builtins.print = whole_lines
runpy.run_path(program, run_name="__main__")
