"""Where in the program's source a call is, as the library's own dump says it: `file.c:42`, or
`program+0x1234` where there is no line."""

import os
import subprocess

from threading_memory import Elf
from threading_layout import Unreadable

# How long addr2line may take for one call, in seconds.
LIMIT = 20


class Places:
    """The calls of a process or of a core, whose files addr2line reads if it is installed."""

    def __init__(self, memory):
        self.memory = memory
        self.known, self.files = {}, {}

    def __call__(self, site):
        """Of the address to which the call returns."""
        if site not in self.known:
            self.known[site] = self.find(site - 1)
        return self.known[site]

    def find(self, address):
        for mapping in self.memory.mappings:
            if mapping.start <= address < mapping.end:
                path, unloaded = self.in_file(mapping, address)
                if path is None:
                    break
                line = self.line(path, unloaded)
                return line or f"{os.path.basename(mapping.path)}+{unloaded:#x}"
        return f"{address + 1:#x}"

    def in_file(self, mapping, address):
        """The file, and the address that the instruction has in it."""
        path = self.memory.path_of(mapping.path, mapping)
        if path not in self.files:
            try:
                self.files[path] = Elf(path)
            except (OSError, Unreadable):
                self.files[path] = None
        elf = self.files[path]
        start = elf.address_of(mapping.offset) if elf else None
        return (None, 0) if start is None else (path, start + address - mapping.start)

    @staticmethod
    def line(path, address):
        """The line, of the first frame that is not in the library's header."""
        command = ["addr2line", "-i", "-e", path, f"{address:#x}"]
        try:
            made = subprocess.run(
                command, capture_output=True, text=True, timeout=LIMIT, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        for found in made.stdout.splitlines():
            file, _, line = found.split(" (")[0].rpartition(":")
            name = os.path.basename(file)
            if line.isdecimal() and line != "0" and name not in ("threading.h", "??"):
                return f"{name}:{line}"
        return None
