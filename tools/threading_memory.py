"""The memory of a process or of a core, and where in it libthreading's layout is.

ELF is read here as far as that needs: the symbols of a file, and the notes and segments of a core.
"""

import os
import struct
import sys
import time

from threading_layout import MAGIC, Unreadable

SYMBOL = b"threading_debug_layout"
PT_LOAD, PT_NOTE = 1, 4
SHT_SYMTAB, SHT_DYNSYM = 2, 11
NT_PRSTATUS, NT_PRPSINFO, NT_FILE = 1, 3, 0x46494c45
ET_CORE = 4
PAGE = 4096


class Elf:
    """An ELF file of 64 bits: its program headers, sections and symbols."""

    def __init__(self, path):
        try:
            self.file = open(path, "rb")
        except OSError as error:
            raise Unreadable(f"{path} cannot be read: {error.strerror}") from None
        head = self.file.read(64)
        if len(head) < 64 or head[:4] != b"\x7fELF" or head[4] != 2:
            raise Unreadable(f"{path} is no ELF file of 64 bits")
        self.order = "<" if head[5] == 1 else ">"
        (
            self.type, _, _, _, segments, sections, _, _, segment_size, segment_count,
            section_size, section_count, _,
        ) = struct.unpack(self.order + "HHIQQQIHHHHHH", head[16:64])
        # With 65,535 segments or more the number is in the first section.
        if segment_count == 0xffff and sections:
            segment_count = struct.unpack(self.order + "I", self.at(sections + 44, 4))[0]
        self.segments = list(self.rows("IIQQQQQQ", segments, segment_size, segment_count))
        self.sections = list(self.rows("IIQQQQIIQQ", sections, section_size, section_count))

    def at(self, offset, length):
        self.file.seek(offset)
        return self.file.read(length)

    def rows(self, form, offset, size, count):
        data = self.at(offset, size * count)
        for start in range(0, len(data) - size + 1, size) if data else ():
            yield struct.unpack_from(self.order + form, data, start)

    def symbol(self, wanted):
        """The value of a symbol; None: there is none of that name."""
        for _, kind, _, _, offset, size, link, _, _, entry in self.sections:
            if kind not in (SHT_SYMTAB, SHT_DYNSYM) or link >= len(self.sections):
                continue
            names = self.at(self.sections[link][4], self.sections[link][5])
            place = names.find(b"\0" + wanted + b"\0")
            if place < 0:
                continue
            for name, _, _, section, value, _ in self.rows("IBBHQQ", offset, entry, size // entry):
                if name == place + 1 and section != 0:
                    return value
        return None

    def address_of(self, offset):
        """The address that an offset in the file has before the file is loaded somewhere."""
        for kind, _, at, address, _, size, _, _ in self.segments:
            if kind == PT_LOAD and at // PAGE * PAGE <= offset < at + size:
                return address - at + offset
        return None


class Mapping:
    """A part of a file that is mapped somewhere."""

    def __init__(self, start, end, offset, path, is_code=False):
        self.start, self.end, self.offset, self.path = start, end, offset, path
        self.is_code = is_code


def files_of(mappings):
    """The mappings of each file, the library's first and then the program's."""
    files = {}
    for mapping in mappings:
        files.setdefault(mapping.path, []).append(mapping)
    program = next(iter(files), None)
    def rank(path):
        return "libthreading" not in os.path.basename(path), path != program
    return sorted(files.items(), key=lambda item: rank(item[0]))


def has_magic(read, address):
    try:
        return read(address, len(MAGIC)) == MAGIC
    except Unreadable:
        return False


def by_symbol(memory, path, mappings):
    """Where a file's symbol is, if the file is still the one that is mapped."""
    try:
        elf = Elf(memory.path_of(path, mappings[0]))
        value = elf.symbol(SYMBOL)
    except (OSError, Unreadable, struct.error):
        return None
    if value is None:
        return None
    for mapping in mappings:
        unloaded = elf.address_of(mapping.offset)
        if unloaded is not None:
            address = mapping.start - unloaded + value
            return address if has_magic(memory.read, address) else None
    return None


def by_magic(memory, mappings):
    """Where the layout is in a file without that symbol, or one that was replaced since."""
    for mapping in mappings:
        if mapping.is_code:
            continue
        try:
            data = memory.read(mapping.start, mapping.end - mapping.start)
        except Unreadable:
            continue
        place = data.find(MAGIC)
        while place >= 0:
            # What follows must look like a version and a size.
            head = data[place + 8:place + 16].ljust(8, b"\0")
            version, size = struct.unpack(memory.order + "II", head)
            if place % 8 == 0 and 0 < version < 1000 and 128 < size < 1 << 16:
                return mapping.start + place
            place = data.find(MAGIC, place + 1)
    return None


def find_layout(memory):
    """The address of `threading_debug_layout`."""
    files = files_of(memory.mappings)
    for path, mappings in files:
        address = by_symbol(memory, path, mappings)
        if address is not None:
            return address
    for path, mappings in files:
        address = by_magic(memory, mappings)
        if address is not None:
            return address
    raise Unreadable(f"{memory.name} does not use libthreading, or a version without a layout")


class NoRights(Unreadable):
    """This user may not read the memory of the process."""


def inner_id(process_id, task):
    """The id that a thread of a process has in the process's own namespace."""
    try:
        with open(f"/proc/{process_id}/task/{task}/status", "rb") as status:
            for line in status:
                if line.startswith(b"NSpid:"):
                    return int(line.split()[-1])
    except OSError:
        pass
    return int(task)


class Process:
    """A process that runs on meanwhile."""

    def __init__(self, process_id):
        self.order = "<" if sys.byteorder == "little" else ">"
        self.id, self.name = process_id, f"process {process_id}"
        try:
            self.memory = os.open(f"/proc/{process_id}/mem", os.O_RDONLY | os.O_CLOEXEC)
            with open(f"/proc/{process_id}/maps", "rb") as maps:
                self.mappings = [found for found in map(self.mapping, maps) if found]
        except PermissionError:
            raise NoRights(self.no_rights()) from None
        except OSError:
            raise Unreadable(f"there is no process {process_id}") from None
        if not self.mappings and self.has_ended():
            raise Unreadable(f"{self.name} has ended")
        self.own_id = inner_id(self.id, self.id)
        self.comm = self.comm_of(f"/proc/{process_id}/comm")

    def no_rights(self):
        return (
            f"this user may not read the memory of {self.name}: be the user whose process it is, or"
            " root, and where /proc/sys/kernel/yama/ptrace_scope is not 0, root; or start it with"
            " THREADING_SOCKET=1, and it answers by itself; or, if it was started with"
            f" THREADING_DUMP_SIGNAL=QUIT, let it write its own dump: kill -QUIT {self.id}"
        )

    @staticmethod
    def mapping(line):
        """A line of maps, if it is a file's."""
        area, rights, offset, _, inode, *path = line.rstrip(b"\n").split(None, 5)
        if inode == b"0" or not path:
            return None
        start, end = (int(part, 16) for part in area.split(b"-"))
        return Mapping(start, end, int(offset, 16), os.fsdecode(path[0]), b"x" in rights)

    def path_of(self, path, mapping):
        """Where this process finds the file: in the other's root, or, if it was deleted, by its
        mapping."""
        inside = f"/proc/{self.id}/root{path}"
        if os.path.exists(inside):
            return inside
        return f"/proc/{self.id}/map_files/{mapping.start:x}-{mapping.end:x}"

    def read(self, address, length):
        try:
            data = os.pread(self.memory, length, address)
        except (OSError, OverflowError):
            data = b""
        if len(data) == length:
            return data
        if self.has_ended():
            raise Unreadable(f"{self.name} has ended")
        raise Unreadable(f"{length} bytes at {address:#x} of {self.name} cannot be read")

    def has_ended(self):
        try:
            with open(f"/proc/{self.id}/stat", "rb") as stat:
                return stat.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
        except OSError:
            return True

    @staticmethod
    def comm_of(path):
        try:
            with open(path, "rb") as comm:
                return comm.read().rstrip(b"\n")
        except OSError:
            return b""

    def tasks(self):
        try:
            tasks = os.listdir(f"/proc/{self.id}/task")
        except OSError:
            return
        for task in sorted(map(int, tasks)):
            yield inner_id(self.id, task), self.comm_of(f"/proc/{self.id}/task/{task}/comm")

    @staticmethod
    def clock():
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


class Core:
    """A core, with the files that were mapped for what it leaves out."""

    def __init__(self, path):
        self.name = path
        self.elf = Elf(path)
        if self.elf.type != ET_CORE:
            raise Unreadable(f"{path} is no core")
        self.order = self.elf.order
        self.mappings, self.ids, self.own_id, self.comm = [], [], 0, b""
        self.loads = [
            (address, size, in_file, at)
            for kind, _, at, address, _, in_file, size, _ in self.elf.segments
            if kind == PT_LOAD
        ]
        for kind, _, at, _, _, size, _, _ in self.elf.segments:
            if kind == PT_NOTE:
                self.read_notes(self.elf.at(at, size))
        self.files = {}

    def read_notes(self, data):
        at = 0
        while at + 12 <= len(data):
            name_size, size, kind = struct.unpack_from(self.order + "III", data, at)
            start = at + 12 + (name_size + 3) // 4 * 4
            note = data[start:start + size]
            at = start + (size + 3) // 4 * 4
            if kind == NT_PRSTATUS and size > 36:
                self.ids.append(struct.unpack_from(self.order + "I", note, 32)[0])
            elif kind == NT_PRPSINFO and size > 56:
                self.own_id = struct.unpack_from(self.order + "I", note, 24)[0]
                # gdb writes a byte more of a long name than the kernel has.
                self.comm = note[40:55].partition(b"\0")[0]
            elif kind == NT_FILE:
                self.read_files(note)

    def read_files(self, note):
        count, unit = struct.unpack_from(self.order + "QQ", note)
        paths = note[16 + 24 * count:].split(b"\0")
        for number, path in zip(range(count), paths):
            start, end, offset = struct.unpack_from(self.order + "QQQ", note, 16 + 24 * number)
            self.mappings.append(Mapping(start, end, offset * unit, os.fsdecode(path)))

    @staticmethod
    def path_of(path, _mapping):
        return path

    def read(self, address, length):
        """From the core; what it leaves out, from the files."""
        data = b""
        while len(data) < length:
            part = self.part(address + len(data), length - len(data))
            if not part:
                raise Unreadable(f"{self.name} does not have the {length} bytes at {address:#x}")
            data += part
        return data

    def part(self, address, length):
        for start, _, in_file, at in self.loads:
            if start <= address < start + in_file:
                return self.elf.at(at + address - start, min(length, start + in_file - address))
        for mapping in self.mappings:
            if mapping.start <= address < mapping.end:
                length = min(length, mapping.end - address)
                return self.in_file(mapping, mapping.offset + address - mapping.start, length)
        return b""

    def in_file(self, mapping, offset, length):
        if mapping.path not in self.files:
            try:
                self.files[mapping.path] = open(mapping.path, "rb")
            except OSError:
                self.files[mapping.path] = None
        file = self.files[mapping.path]
        if file is None:
            return b""
        file.seek(offset)
        return file.read(length)

    def tasks(self):
        """A core has no names of threads."""
        return ((number, None) for number in self.ids)

    @staticmethod
    def clock():
        return None
