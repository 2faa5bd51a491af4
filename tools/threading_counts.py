"""What a program has counted of its waits and holds, beside its slots: read by
`threading_reader.py`, and written by `threading_report.py`."""

from threading_found import Contended, Holds
from threading_text import seconds

# How many objects the text shows of each table.
MOST_SHOWN = 20


class Counts:
    """What is read; a part of a Program."""

    def contention(self):
        """What was waited for, the longest waits first."""
        layout, found = self.layout, []
        for name in ("lock", "rlock", "rwlock", "semaphore"):
            for handle, _ in self.each(name):
                note = self.note(handle)
                data = self.read(note, layout.note_size) if note else None
                if data and layout.field(data, layout.note_counted_tag, 4) == handle >> 32:
                    counts = Contended(
                        handle,
                        layout.field(data, layout.note_waits),
                        layout.field(data, layout.note_timeouts, 4),
                        layout.field(data, layout.note_total),
                        layout.field(data, layout.note_longest),
                        layout.field(data, layout.note_longest_holder),
                    )
                    found += [counts] * (counts.waits + counts.timeouts > 0)
        return sorted(found, key=lambda contended: -contended.total)

    def holds(self):
        """What was held while that was recorded, the longest holds first."""
        layout, found = self.layout, []
        recording = layout.pointer(layout.recording)
        for name, notes in zip(("lock", "rlock") if recording else (), layout.hold_notes):
            for handle, _ in self.each(name):
                note = self.note_in(notes, handle, layout.hold_size)
                data = self.read(note, layout.hold_size) if note else None
                if data and layout.field(data, layout.hold_recording) == recording:
                    held = Holds(handle, *(layout.field(data, at) for at in (
                        layout.hold_count, layout.hold_total, layout.hold_longest,
                        layout.hold_longest_site, layout.hold_longest_holder,
                    )))
                    is_its = layout.field(data, layout.hold_tag) == handle >> 32
                    found += [held] * (is_its and held.count > 0)
        return sorted(found, key=lambda held: -held.longest)

    def note(self, handle):
        """The address of the note of an object's slot; None: there is none."""
        layout, kind = self.layout, self.kind_of(handle)
        if kind >= layout.note_kinds:
            return None
        notes = layout.notes + kind * 8 * (layout.table_chunk_count + 1)
        return self.note_in(notes, handle, layout.note_size)

    def note_in(self, notes, handle, size):
        """The address of the note of a slot among those whose segments are listed there."""
        segment, offset, first = 0, handle & 0xffffffff, self.layout.table_first_segment
        if offset >= first:
            chunk = (offset // first).bit_length() - 1
            segment, offset = chunk + 1, offset - (first << chunk)
        start = self.layout.pointer(notes + 8 * segment)
        return start + offset * size if start else None


class CountedLook:
    """What is written; a part of a Look."""

    def contention_lines(self):
        contention = self.program.contention()[:MOST_SHOWN]
        if contention:
            yield "contention:  waits  timeouts  total wait    longest"
        for counts in contention:
            holder = counts.longest_holder
            held = f", the longest held by {self.name_of_thread(holder)}" if holder else ""
            yield (
                f"{counts.waits:18} {counts.timeouts:9}  {seconds(counts.total):>9} s"
                f" {seconds(counts.longest):>9} s {self.name_of_object(counts.object)}{held}"
            )

    def hold_lines(self):
        holds = self.program.holds()[:MOST_SHOWN]
        if holds:
            yield "holds:       count  total held    longest"
        for held in holds:
            place = f", at {self.program.place(held.longest_site)}" if held.longest_site else ""
            yield (
                f"{held.count:18}  {seconds(held.total):>9} s {seconds(held.longest):>9} s"
                f" {self.name_of_object(held.object)}, the longest by"
                f" {self.name_of_thread(held.longest_holder)}{place}"
            )

    def json_contended(self, counts):
        return {
            "kind": self.program.kind_name(counts.object),
            "object": f"{counts.object:#018x}",
            "name": self.json_name(self.program.object_name(counts.object)),
            "waits": counts.waits,
            "timeouts": counts.timeouts,
            "total": float(seconds(counts.total)),
            "longest": float(seconds(counts.longest)),
            "longest_holder": self.json_ident(counts.longest_holder),
        }

    def json_hold(self, held):
        site = held.longest_site
        return {
            "kind": self.program.kind_name(held.object),
            "object": f"{held.object:#018x}",
            "name": self.json_name(self.program.object_name(held.object)),
            "holds": held.count,
            "total": float(seconds(held.total)),
            "longest": float(seconds(held.longest)),
            "longest_holder": self.json_ident(held.longest_holder),
            "longest_site": self.program.place(site) if site else None,
        }
