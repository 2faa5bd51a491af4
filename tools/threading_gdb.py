"""gdb's view of a program that uses libthreading:

    info threading          what every thread waits for, who holds it, and the deadlocks
    threading deadlock      the deadlocks alone
    threading why THREAD    what a thread waits for, what the holder of that waits for, and so on;
                            THREAD is a name, an ident or the system's number of a thread

Handles such as a threading_lock are printed with their kind, name, holder and waiters, and a
backtrace names the function of the library that was called.

gdb loads this by itself where it finds it (docs/debugging.md), or by `source`. It reads memory and
calls nothing in the program, so it works on a core as well.
"""

import os
import sys
import time

import gdb
import gdb.printing

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

from threading_frames import Filter  # noqa: E402
from threading_layout import Unreadable  # noqa: E402
from threading_memory import Process  # noqa: E402
from threading_reader import Program  # noqa: E402
from threading_report import Look  # noqa: E402

SYMBOL = "threading_debug_layout"


def read(address, length):
    try:
        return gdb.selected_inferior().read_memory(address, length).tobytes()
    except (gdb.MemoryError, OverflowError):
        raise Unreadable(f"{length} bytes at {address:#x} cannot be read") from None


def address_of_layout():
    try:
        return int(gdb.parse_and_eval(f"(unsigned long) &{SYMBOL}"))
    except gdb.error:
        raise Unreadable(
            "the program does not use libthreading, or a version without a layout"
        ) from None


def has_core():
    target = gdb.selected_inferior()
    connection = getattr(target, "connection", None)
    return connection is not None and connection.type == "core"


def clock():
    """A process on this machine has our clock."""
    connection = getattr(gdb.selected_inferior(), "connection", None)
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) if (
        connection is None or connection.type == "native"
    ) else None


def comm():
    if not has_core():
        found = Process.comm_of(f"/proc/{gdb.selected_inferior().pid}/comm")
        if found:
            return found
    name = gdb.current_progspace().filename or ""
    # The system keeps so many bytes of a name.
    return os.fsencode(os.path.basename(name))[:15]


def tasks():
    is_core = has_core()
    for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.ptid[1]):
        name = None if is_core or thread.name is None else thread.name.encode()
        yield thread.ptid[1] or thread.ptid[0], name


def name_of(symtab, line):
    return f"{os.path.basename(symtab.filename)}:{line}"


def outside_of_header(address, found):
    """The line of the function in which one of the library's header is inlined there: the last one
    before it that is the program's. None: there is none."""
    if os.path.basename(found.symtab.filename) != "threading.h":
        return None
    block, function = gdb.block_for_pc(address), None
    while block is not None and not block.is_static and not block.is_global:
        function = block if block.function is not None else function
        block = block.superblock
    symtab = function.function.symtab if function is not None else found.symtab
    if symtab.filename == found.symtab.filename:
        return None
    before = [at for at in symtab.linetable() if function.start <= at.pc <= address and at.line]
    if not before:
        return None
    last = max(at.pc for at in before)
    lines = [at.line for at in before if at.pc == last]
    # An optimised function may begin with the call: then its own line stands there as well.
    inside = [line for line in lines if line != function.function.line]
    return name_of(symtab, (inside or lines)[-1])


def place(site):
    """Where the call is that returns there: a line, or else a place in a function."""
    found = gdb.find_pc_line(site - 1)
    if found.symtab is not None and found.line:
        return outside_of_header(site - 1, found) or name_of(found.symtab, found.line)
    symbol, is_in, _ = gdb.execute(f"info symbol {site - 1:#x}", to_string=True).partition(" in ")
    return symbol.replace(" + ", "+") if is_in else f"{site:#x}"


def program():
    pid = gdb.selected_inferior().pid
    if not pid:
        raise Unreadable("no program is being run")
    order = ">" if "big" in gdb.execute("show endian", to_string=True) else "<"
    found = Program(read, address_of_layout(), pid, comm(), tasks, clock, order)
    found.place = place
    return found


def wait_at(site):
    """What the selected thread waits for in the call that returns to `site`: kind and handle."""
    try:
        found = program()
        native_id = gdb.selected_thread().ptid[1]
        for wait in found.waits():
            if wait.object and wait.site == site and found.native_id_of(wait.ident) == native_id:
                return found.kind_name(wait.object), wait.object
    except (Unreadable, gdb.error):
        pass
    return None


class Command(gdb.Command):
    """A command that prints lines; what cannot be read is said in a sentence."""

    def __init__(self, name, doc, completes=gdb.COMPLETE_NONE):
        self.__doc__ = doc
        super().__init__(name, gdb.COMMAND_STATUS, completes)

    def invoke(self, argument, _from_tty):
        try:
            for line in self.lines(Look(program()), argument):
                gdb.write(line + "\n")
        except Unreadable as error:
            raise gdb.GdbError(f"{error}") from None


class InfoThreading(Command):
    def lines(self, look, _argument):
        return look.lines()


class Deadlocks(Command):
    def lines(self, look, _argument):
        deadlocks = look.program.deadlocks()
        if not deadlocks:
            yield "no deadlock"
        for deadlock in deadlocks:
            yield from look.deadlock_lines(deadlock)


class Why(Command):
    def lines(self, look, argument):
        return look.why_lines(look.find_thread(argument.strip().strip('"')))


class HandlePrinter:
    """A handle: kind, name, bits, and who holds it or waits."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        handle = int(self.value["bits"])
        if handle == 0:
            return f"null {self.value.type.strip_typedefs().name}"
        try:
            return Look(program()).handle_text(handle)
        except (Unreadable, gdb.error) as error:
            return f"{handle:#018x} ({error})"


def handle_printers():
    """For the structs of threading.h that have nothing but bits."""
    printers = gdb.printing.RegexpCollectionPrettyPrinter("libthreading")
    kinds = "thread|lock|rlock|rwlock|condition|semaphore|event|barrier|timer|local|latch|stop"
    kinds += "|queue|executor|future"
    printers.add_printer("handle", f"^threading_({kinds})$", HandlePrinter)
    return printers


gdb.printing.register_pretty_printer(None, handle_printers(), replace=True)
Filter(wait_at)
InfoThreading("info threading", "What every thread waits for, who holds it, and the deadlocks.")
gdb.Command("threading", gdb.COMMAND_STATUS, prefix=True)
Deadlocks("threading deadlock", "Threads that wait for each other in a circle.")
Why(
    "threading why",
    "Why a thread does not go on: threading why THREAD.\n\n"
    "THREAD is the thread's name, its ident or the system's number of it.",
)
