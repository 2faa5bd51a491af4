"""Where the memory of libthreading is in a program, as its constant `threading_debug_layout` says.

The library exports the constant (src/inspect/layout.rs). It has offsets, bits and addresses by
their names, so that a reader needs no debugging information.
"""

import struct

# The one version of the layout that this reader knows.
VERSION = 1
MAGIC = b"THREADNG"
# Slots that are read at once.
BLOCK = 1024


class Unreadable(Exception):
    """Memory, or a layout, that cannot be read. Its text is a sentence for the user."""


class Slots:
    """The slots of one kind, in a table of the process."""

    def __init__(self, layout, row):
        self.layout = layout
        self.name, self.number, self.size, self.word, self.first, self.table = row

    def chunk(self, number):
        return self.layout.pointer(self.table + self.layout.table_chunks + 8 * number)

    def address(self, index):
        """Where the slot of that index is; None: nowhere."""
        first = self.layout.table_first_segment
        if index < first:
            return self.first + index * self.size
        number = (index // first).bit_length() - 1
        start = self.chunk(number) if number < self.layout.table_chunk_count else 0
        return start + (index - (first << number)) * self.size if start else None

    def blocks(self):
        """Index, address and number of slots of the parts of the table that have been used."""
        first = self.layout.table_first_segment
        issued = min(self.layout.number(self.table + self.layout.table_issued, 8), 2**32 - 1)
        index = 0
        while index < issued:
            segment_end = first << max(index // first, 1).bit_length() - 1
            if index >= first:
                segment_end *= 2
            count = min(BLOCK, issued - index, segment_end - index)
            address = self.address(index)
            if address is None:
                return
            yield index, address, count
            index += count


class Layout:
    """What the constant says: numbers by their names, and the tables by number and by name."""

    def __init__(self, read, address, order):
        self.read = read
        self.order = order
        head = read(address, 80)
        if head[:8] != MAGIC:
            raise Unreadable(f"there is no layout of libthreading at {address:#x}")
        version, size = struct.unpack_from(order + "II", head, 8)
        self.library = head[16:32].rstrip(b"\0").decode("ascii", "replace")
        if version != VERSION:
            raise Unreadable(
                f"the program's libthreading {self.library} has a layout of version {version},"
                f" and this reader knows version {VERSION}: use the reader that was installed with"
                " that library"
            )
        data = read(address, size)
        kinds, kinds_at, row_size, numbers, numbers_at, names_at, names_size = struct.unpack_from(
            order + "7I", data, 32
        )
        self.notes, self.service_threads, self.recording, *addresses = struct.unpack_from(
            order + "7Q", data, 64
        )
        *self.hold_notes, self.last_waits_since, self.last_waits = addresses
        names = data[names_at:names_at + names_size].decode("ascii").split()
        values = struct.unpack_from(f"{order}{numbers}I", data, numbers_at)
        for name, value in zip(names, values):
            setattr(self, name.replace(".", "_"), value)
        self.kinds, self.named = {}, {}
        for at in range(kinds_at, kinds_at + kinds * row_size, row_size):
            name, *row = struct.unpack_from(order + "16sIII4xQQ", data, at)
            slots = Slots(self, [name.rstrip(b"\0").decode("ascii"), *row])
            self.kinds[slots.number] = self.named[slots.name] = slots

    def number(self, address, size):
        return self.field(self.read(address, size), 0, size)

    def pointer(self, address):
        return self.number(address, 8)

    def field(self, data, at, size=8):
        return struct.unpack_from(self.order + {4: "I", 8: "Q"}[size], data, at)[0]

    def others(self, address, data, epoch):
        """What else may end the wait; None: it is a wait for one object."""
        count = self.field(data, self.waiter_entries_in_use, 4)
        entries = self.field(data, self.waiter_entries)
        if count == 0 or entries == 0:
            return None
        count = min(count, self.number(entries + self.entry_room, 4))
        places = (entries + number * self.entry_size for number in range(count))
        shown = [self.pointer(place + self.entry_shown) for place in places]
        same = self.number(address + self.waiter_epoch, 4) == epoch
        return [handle for handle in shown if handle] if same else []
