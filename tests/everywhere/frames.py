#!/usr/bin/env python3
"""Checks where the tables of a library for AArch64 say the frames are: frames.py LIBRARY OBJDUMP.

A thread that ends by pthread_exit, a cancellation and a C++ exception go by these tables through
the library, and so does the search for the line of a call. A compiler can write wrong ones: LLVM 22
does where it has copied the beginning of a function, and then a walk goes round in one frame for
ever. The Makefile has the option that keeps it from that.

The instructions tell how far the stack pointer and the frame pointer are below the stack pointer's
value at the entry, along each way through a function. At each call the tables have to say the same.
Functions that leave their first instructions to a helper are passed over.
"""

import re
import subprocess
import sys

INSTRUCTION = re.compile(r"\s+([0-9a-f]+):\t(\S+)(?:\t([^/]*))?")
FUNCTION = re.compile(r"FDE.*pc=([0-9a-f]+)\.\.([0-9a-f]+)")
ROW = re.compile(r"([0-9a-f]{16}) (\S+)")
MOVED = re.compile(r"sp, sp, #(0x[0-9a-f]+|\d+)(?:, lsl #(\d+))?")
PUSHED = re.compile(r"\[sp, #-(\d+)\]!")
POPPED = re.compile(r"\[sp\], #(\d+)")
TARGET = re.compile(r"\b([0-9a-f]+) <")
BRANCHES = ("b.", "cbz", "cbnz", "tbz", "tbnz")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def instructions(library, objdump):
    """Name and operands of each instruction, by its address."""
    lines = output(objdump, "-d", "--no-show-raw-insn", library)
    found = filter(None, map(INSTRUCTION.match, lines))
    return {int(one[1], 16): (one[2], (one[3] or "").strip()) for one in found}


def functions(library):
    """Where each function begins and ends, and the rows of its table: from which address on the
    frame is where."""
    found, rows = [], None
    for line in output("readelf", "--debug-dump=frames-interp", library):
        begins, row = FUNCTION.search(line), ROW.match(line)
        if begins:
            rows = []
            found.append((int(begins[1], 16), int(begins[2], 16), rows))
        elif " CIE " in line:
            rows = None
        elif row and rows is not None:
            rows.append((int(row[1], 16), row[2]))
    return found


def sp_after(name, operands, sp):
    """How far the stack pointer is below its value at the entry; None: it cannot be told."""
    moved, pushed, popped = (kind.search(operands) for kind in (MOVED, PUSHED, POPPED))
    if moved and name in ("add", "sub"):
        step = int(moved[1], 0) << int(moved[2] or 0)
        return sp + (step if name == "sub" else -step)
    if pushed or popped:
        return sp + (int(pushed[1]) if pushed else -int(popped[1]))
    return None if operands.startswith("sp,") and name in ("add", "sub", "mov") else sp


def fp_after(name, operands, sp, fp):
    """The same of the frame pointer."""
    if name in ("mov", "add") and operands.startswith("x29, sp"):
        return sp - int(operands.split("#")[1], 0) if name == "add" else sp
    return fp


def ways_on(address, name, operands):
    """The instructions that may come next."""
    target = TARGET.search(operands)
    jumps = [int(target[1], 16)] if target else []
    if name in ("ret", "br", "udf", "brk"):
        return []
    if name == "b":
        return jumps
    return [address + 4, *(jumps if name.startswith(BRANCHES) else [])]


def calls(start, end, code):
    """Each call of the function, and how far the two pointers are down there."""
    known, left = {start: (0, None)}, [start]
    while left:
        address = left.pop()
        name, operands = code.get(address, ("udf", ""))
        sp, fp = known[address]
        if name in ("bl", "blr"):
            yield address, {"sp": sp, "x29": fp}
        after = sp_after(name, operands, sp), fp_after(name, operands, sp, fp)
        for following in ways_on(address, name, operands) if after[0] is not None else ():
            if start <= following < end and following not in known:
                known[following] = after
                left.append(following)


def main(library, objdump):
    code, checked, wrong = instructions(library, objdump), 0, 0
    for start, end, rows in functions(library):
        has_helper = len(rows) > 1 and any(
            code.get(address, ("", ""))[0] == "bl" for address in range(start, rows[1][0], 4)
        )
        for address, down in () if has_helper else calls(start, end, code):
            row = ["", *(row for at, row in rows if at <= address)][-1]
            register, _, offset = row.partition("+")
            if register in down:
                checked += 1
                if down[register] != int(offset):
                    wrong += 1
                    print(f"frames.py: call at {address:#x}: {row} by the table, {down[register]}")
    print(f"frames.py: {checked} calls, {wrong} with a frame that is elsewhere")
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
