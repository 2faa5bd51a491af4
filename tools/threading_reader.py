"""Reads, from outside, what the threads of a program that uses libthreading wait for.

It needs a way to read the program's memory and the address of `threading_debug_layout`, which says
where everything is. It calls and stops nothing in the program, which may run on meanwhile, or be a
core. It does what the library's own look does (src/inspect), in the same order of reads:

- Slots are never unmapped, so no address that was read leads into nothing.
- What a waiter has recorded counts if its epoch is the same, and even, before and after.
- What a slot has counts if its tag is the handle's, before and after. Torn names are read again.
- A deadlock is believed when every wait and every holder of it is the same at a second look.

`threading_report.py` writes what is read as text or JSON.
"""

import struct
import sys

from threading_circles import Circles
from threading_counts import Counts
from threading_found import Held, Thread, Wait
from threading_last_waits import LastWaits
from threading_layout import Layout
from threading_text import LONGEST_NAME

# How often a name that changes is read again.
RETRIES = 100


class Program(Circles, Counts, LastWaits):
    """A program that uses the library.

    read(address, length) returns that many bytes or raises Unreadable. tasks() yields the kernel's
    id and the name of each thread that the system knows; clock() is the monotonic clock in
    nanoseconds, or None if nobody knows what it said.
    """

    def __init__(self, read, address, process_id, comm, tasks, clock, order=None):
        self.order = order or ("<" if sys.byteorder == "little" else ">")
        self.layout = Layout(read, address, self.order)
        self.read, self.process_id, self.comm = read, process_id, comm
        self.tasks, self.clock = tasks, clock
        # What says where a call is, by the address to which it returns.
        self.place = hex

    # Slots.

    def kind_of(self, handle):
        return handle >> 32 + self.layout.handle_generation_bits

    def kind_name(self, handle):
        slots = self.layout.kinds.get(self.kind_of(handle))
        return slots.name if slots else "object"

    def is_kind(self, handle, *names):
        return any(self.layout.named[name].number == self.kind_of(handle) for name in names)

    def lives(self, word, tag):
        return word >> 32 == tag and word & self.layout.word_live != 0

    def slot(self, handle):
        """The bytes of a handle's slot while its object lived; None: it does not live."""
        slots = self.layout.kinds.get(self.kind_of(handle))
        address = slots.address(handle & 0xffffffff) if slots and slots.table else None
        if address is None:
            return None
        tag = handle >> 32
        if not self.lives(self.layout.pointer(address + slots.word), tag):
            return None
        data = self.read(address, slots.size)
        still = self.lives(self.layout.pointer(address + slots.word), tag)
        return data if still and self.lives(self.word(slots, data), tag) else None

    def word(self, slots, data):
        return self.layout.field(data, slots.word)

    def each(self, name):
        """Handle and bytes of each object of a kind that lives when its slot is read."""
        slots = self.layout.named[name]
        for index, address, count in slots.blocks():
            block = self.read(address, count * slots.size)
            for number in range(count):
                data = block[number * slots.size:(number + 1) * slots.size]
                word = self.word(slots, data)
                if word & self.layout.word_live:
                    yield word >> 32 << 32 | index + number, data

    # Waits.

    def record_of_wait(self, slots, data):
        """The fields of the wait in a waiter's slot."""
        layout = self.layout
        ident, obj, deadline, since, site = (
            layout.field(data, at)
            for at in (
                layout.waiter_ident, layout.waiter_object, layout.waiter_deadline,
                layout.waiter_arrival, layout.waiter_site,
            )
        )
        sleeps = layout.field(data, layout.waiter_kind, 4) == layout.wait_sleep
        epoch = layout.field(data, layout.waiter_epoch, 4)
        return ident, obj, sleeps, since, deadline, site, epoch

    def goes_on(self, parker):
        return parker & ~self.layout.parker_manner & 0xffffffff == self.layout.parker_waiting

    def mark(self, slots, data):
        """What tells one wait from all others; None: there is none in this slot."""
        layout = self.layout
        word, epoch = self.word(slots, data), layout.field(data, layout.waiter_epoch, 4)
        waits = self.goes_on(layout.field(data, layout.waiter_parker, 4))
        return (word >> 32, epoch) if waits and epoch % 2 == 0 and self.lives(
            word, word >> 32) else None

    def waits(self):
        """All waits. Each is read three times: the same mark before and after, and what stands
        between them belongs to it."""
        slots, found = self.layout.named["waiter"], []
        for index, address, count in slots.blocks():
            before, between, after = (self.read(address, count * slots.size) for _ in range(3))
            for number in range(count):
                place = slice(number * slots.size, (number + 1) * slots.size)
                mark = self.mark(slots, before[place])
                if mark and mark == self.mark(slots, after[place]):
                    found.append(self.wait(slots, index + number, between[place]))
        # A thread without an ident waits for a lock of the library's own.
        return [wait for wait in found if wait.ident]

    def wait(self, slots, waiter, data):
        ident, obj, sleeps, since, deadline, site, epoch = self.record_of_wait(slots, data)
        others = self.layout.others(slots.address(waiter), data, epoch)
        holder = self.holder_of(obj)
        return Wait(ident, obj, sleeps, holder, since, deadline, site, waiter, epoch, others)

    def again(self, wait):
        """The same wait as it is now, or None, in the order of reads of `Parker::observe`."""
        slots, layout = self.layout.named["waiter"], self.layout
        address = slots.address(wait.waiter)
        def parker():
            return layout.number(address + layout.waiter_parker, 4)
        def epoch():
            return layout.number(address + layout.waiter_epoch, 4)
        if not self.goes_on(parker()) or epoch() != wait.epoch:
            return None
        data = self.read(address, slots.size)
        if not self.goes_on(parker()) or epoch() != wait.epoch:
            return None
        now = self.wait(slots, wait.waiter, data)
        same = (now.epoch, now.ident, now.object) == (wait.epoch, wait.ident, wait.object)
        return now if same else None

    # Holders.

    def holder_of(self, handle):
        """The ident of the thread that holds the lock or rlock, that writes the rwlock, or that is
        to end; 0: unknown."""
        if self.is_kind(handle, "lock", "rlock", "rwlock"):
            data = self.slot(handle)
            return self.holder_in(handle, data) if data else 0
        if self.is_kind(handle, "thread"):
            data = self.slot(handle)
            return self.layout.field(data, self.layout.record_ident) if data else 0
        return 0

    def holder_in(self, handle, data):
        slots, layout = self.layout.kinds[self.kind_of(handle)], self.layout
        word = self.word(slots, data)
        if not word & layout.mutex_locked:
            return 0
        return self.holder_by(layout.field(data, getattr(layout, slots.name + "_holder")), word)

    def holder_by(self, note, word):
        """The ident of the thread that a lock has as its note: the note itself, or one that counts
        only beside a word with its mark (src/wait/holder_note.rs). 0: unknown."""
        layout = self.layout
        if self.kind_of(note):
            return note
        if note == 0 or (word ^ note) & layout.mutex_mark:
            return 0
        kind = layout.named["waiter" if note & layout.holder_note_foreign else "thread"]
        bits = layout.handle_generation_bits
        tag = kind.number << bits | note >> 32 & (1 << bits) - 1
        index = note >> layout.holder_note_index & (1 << layout.holder_note_index_bits) - 1
        return tag << 32 | index

    def is_signal(self, handle, inverse=0):
        """Whether another thread than the holder has released the lock."""
        data = self.slot(handle) if self.is_kind(handle, "lock") else None
        tag = self.layout.lock_signal_tag
        return data is not None and self.layout.field(data, tag, 4) ^ inverse == handle >> 32

    def is_owned(self, handle):
        """Whether only the holder may release the lock: then the tag is inverted."""
        return self.is_signal(handle, 0xFFFFFFFF)

    def is_plain(self, handle):
        """Whether it is a lock that any thread may release."""
        return self.is_kind(handle, "lock") and not self.is_owned(handle)

    def reads_of(self, handle):
        """How many reads of the rwlock there are; 0 for any other object."""
        data = self.slot(handle) if self.is_kind(handle, "rwlock") else None
        return self.reads_in(self.word(self.layout.named["rwlock"], data)) if data else 0

    def reads_in(self, word):
        return (word & self.layout.rwlock_reads) // self.layout.rwlock_read

    def held(self):
        """What is held, by holder."""
        layout, found = self.layout, []
        for name in ("lock", "rlock", "rwlock"):
            for handle, data in self.each(name):
                word = self.word(layout.named[name], data)
                reads = self.reads_in(word) if name == "rwlock" else 0
                if word & layout.mutex_locked or reads:
                    depth = layout.field(data, layout.rlock_depth, 4) if name == "rlock" else 0
                    found.append(Held(self.holder_in(handle, data), handle, depth, reads))
        return sorted(found, key=lambda held: held.holder)

    def own_rlocks(self):
        """The condition of each rlock that was made with one."""
        layout, slots = self.layout, self.layout.named["condition"]
        return {
            layout.field(data, layout.condition_lock): handle
            for handle, data in self.each("condition")
            if self.word(slots, data) & layout.condition_own
        }

    # Threads.

    def thread_of(self, ident):
        """The handle of the thread's record; 0: it has none."""
        if self.is_kind(ident, "thread"):
            return ident
        data = self.slot(ident) if self.is_kind(ident, "waiter") else None
        return self.layout.field(data, self.layout.waiter_record) if data else 0

    def native_id_of(self, ident):
        record = self.slot(self.thread_of(ident))
        if record:
            return self.layout.field(record, self.layout.record_native_id, 4)
        waiter = self.slot(ident) if self.is_kind(ident, "waiter") else None
        return self.layout.field(waiter, self.layout.waiter_native_id, 4) if waiter else 0

    def phase_of(self, data):
        return self.word(self.layout.named["thread"], data) & self.layout.record_phase

    def phase_name(self, data):
        phase, layout = self.phase_of(data), self.layout
        names = {layout.record_new: "new", layout.record_starting: "starting",
                 layout.record_running: "running", layout.record_finished: "ended"}
        word = self.word(layout.named["thread"], data)
        timer = "periodic timer" if word & layout.record_periodic else "timer"
        what = "task" if word & layout.record_task else timer
        return f"a pending {what}" if word & layout.record_pending else names[phase]

    def has_ended(self, ident):
        if self.is_kind(ident, "thread"):
            data = self.slot(ident)
            return data is None or self.phase_of(data) == self.layout.record_finished
        return self.is_kind(ident, "waiter") and self.slot(ident) is None

    def threads(self):
        """The main thread, all others with a record that run, and those without one."""
        layout, mains, others, foreign = self.layout, [], [], []
        for _, data in self.each("thread"):
            word, phase = self.word(layout.named["thread"], data), self.phase_of(data)
            if phase in (layout.record_new, layout.record_finished):
                continue
            is_dummy = word & layout.record_dummy != 0
            (mains if word & layout.record_main else others).append(Thread(
                layout.field(data, layout.record_ident),
                layout.field(data, layout.record_native_id, 4),
                word & layout.record_daemon != 0 and not is_dummy,
                is_dummy, phase, word & layout.record_pending != 0,
                word & layout.record_task != 0,
                word & layout.record_periodic != 0 and not word & layout.record_main,
            ))
        service = self.service_threads()
        for handle, data in self.each("waiter"):
            native_id = layout.field(data, layout.waiter_native_id, 4)
            has_record = layout.field(data, layout.waiter_record) != 0
            is_known = has_record or native_id in (0, self.process_id)
            if not is_known and native_id not in service:
                foreign.append(
                    Thread(handle, native_id, False, True, layout.record_running, *[False] * 3)
                )
        return mains + others + foreign

    def service_threads(self):
        count = self.layout.service_threads_count
        service = self.read(self.layout.service_threads, 4 * count)
        return set(struct.unpack(f"{self.order}{count}I", service))

    def unmet(self, threads):
        """The kernel's id and name of each thread that the library does not know."""
        known = {thread.native_id for thread in threads if not thread.is_pending}
        known |= self.service_threads()
        return [(number, comm) for number, comm in self.tasks() if number not in known]

    # Names.

    def label(self, label, owner):
        """The text of a label, as much of it as is shown, and its whole length."""
        layout, text, whole = self.layout, b"", None
        while True:
            data = self.slot(label) if self.is_kind(label, "label") else None
            if data is None or whole is None and layout.field(data, layout.label_owner) != owner:
                return None
            length = layout.field(data, layout.label_length, 4)
            whole = length if whole is None else whole
            size = min(length, layout.label_bytes)
            text += data[layout.label_text:layout.label_text + size]
            if length <= layout.label_bytes or len(text) >= LONGEST_NAME:
                return text[:LONGEST_NAME], whole
            label = layout.field(data, layout.label_next)

    def thread_name(self, ident):
        """The name of a thread, as bytes, and its whole length; None: it has no record."""
        layout = self.layout
        for _ in range(RETRIES):
            data = self.slot(self.thread_of(ident))
            if data is None:
                return None
            label = layout.field(data, layout.record_name)
            named = self.label(label, 0) if label else self.default_name(data)
            if named:
                return named
        return None

    def default_name(self, data):
        layout = self.layout
        word = self.word(layout.named["thread"], data)
        number = layout.field(data, layout.record_number)
        if word & layout.record_main and number == 0:
            name = b"MainThread"
        else:
            name = b"%s-%d" % (b"Dummy" if word & layout.record_dummy else b"Thread", number)
        return name, len(name)

    def object_name(self, handle):
        """The name of an object, as bytes, and its whole length; None: it has none."""
        note, layout = self.note(handle), self.layout
        if note is None:
            return None
        label = layout.pointer(note + layout.note_label)
        for _ in range(RETRIES):
            named = self.label(label, handle) if label else None
            now = layout.pointer(note + layout.note_label)
            if named or now == label:
                return named
            label = now
        return None
