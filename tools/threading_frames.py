"""gdb's backtraces through libthreading: the frame that a program's call has entered has the name
of the function that was called.

A call that has to wait leaves the exported function by a jump (src/platform/site.rs), so the frame
belongs to a function inside the library that many calls share. The call instruction, which is in
front of the address to which the frame returns, says which function the program has called. It is
found with and without the library's debug symbols.
"""

import gdb
from gdb.FrameDecorator import FrameDecorator

PREFIX = "threading_"


def signed(number, bits):
    return number - (1 << bits) if number >> bits - 1 else number


def number(address, length):
    order = "big" if "big" in gdb.execute("show endian", to_string=True) else "little"
    memory = gdb.selected_inferior().read_memory(address, length)
    return int.from_bytes(memory.tobytes(), order)


def target_of_call(returns_to, architecture):
    """Where the call leads that returns there, if its instruction says so; else None."""
    if architecture.startswith("i386:x86-64"):
        if number(returns_to - 5, 1) == 0xE8:
            return returns_to + signed(number(returns_to - 4, 4), 32)
        if number(returns_to - 6, 2) == 0x15FF:
            return number(returns_to + signed(number(returns_to - 4, 4), 32), 8)
    elif architecture == "aarch64":
        word = number(returns_to - 4, 4)
        if word >> 26 == 0b100101:
            return returns_to - 4 + 4 * signed(word & 0x3FFFFFF, 26)
    return None


def called_function(frame):
    """The name of the exported function by whose call a frame was entered, or None."""
    try:
        caller = frame.older()
        if frame.type() != gdb.NORMAL_FRAME or caller is None:
            return None
        target = target_of_call(caller.pc(), caller.architecture().name())
        if target is None:
            return None
        symbol = gdb.execute(f"info symbol {target:#x}", to_string=True).split(" ", 1)
    except (gdb.error, OverflowError):
        return None
    name = symbol[0].partition("@")[0]
    is_start = len(symbol) > 1 and not symbol[1].startswith("+")
    return name if is_start and name.startswith(PREFIX) and name != frame.name() else None


class Argument:
    def __init__(self, name, value):
        self.name, self.number = name, value

    def symbol(self):
        return self.name

    def value(self):
        return self.number


class CalledFrame(FrameDecorator):
    """A frame with the name that the program called, and what the thread waits for."""

    def __init__(self, base, name, argument):
        super().__init__(base)
        self.name, self.argument = name, argument

    def function(self):
        return self.name

    def frame_args(self):
        return [self.argument] if self.argument else None

    def frame_locals(self):
        return None


class Filter:
    """`wait_at` finds the wait of the selected thread whose call returns to an address: a kind and
    a handle, or None."""

    def __init__(self, wait_at):
        self.wait_at = wait_at
        self.name, self.priority, self.enabled = "libthreading", 100, True
        gdb.frame_filters[self.name] = self

    def decorate(self, base):
        frame = base.inferior_frame()
        name = called_function(frame)
        if name is None:
            return base
        found = self.wait_at(frame.older().pc())
        return CalledFrame(base, name, found and Argument(found[0], handle_value(*found)))

    def filter(self, frames):
        return map(self.decorate, frames)


def handle_value(kind, handle):
    """As the program's own type, if that is known, so that it is printed as a handle is."""
    try:
        handle_type = gdb.lookup_type(PREFIX + kind)
        return gdb.Value(handle.to_bytes(8, "little"), handle_type)
    except (gdb.error, ValueError):
        return gdb.Value(handle)
