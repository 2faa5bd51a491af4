"""What each thread of a program has waited for last, while that is recorded: read by
`threading_reader.py`, and written by `threading_report.py`."""

from threading_found import LastWait
from threading_text import seconds


class LastWaits:
    """What is read; a part of a Program."""

    def last_waits(self):
        """Lists of the last waits of the threads, by their idents, the latest first; None: they are
        not recorded."""
        layout, found = self.layout, {}
        since = layout.pointer(layout.last_waits_since)
        if since == 0:
            return None
        size = layout.last_waits_size
        for index, _, count in layout.named["waiter"].blocks():
            start = self.note_in(layout.last_waits, index, size)
            if start is None:
                continue
            # Read three times: the same heads before and after, and what stands between them
            # belongs to them.
            reads = [self.read(start, count * size) for _ in range(3)]
            for at in range(0, count * size, size):
                ident, waits = self.ring([read[at:at + size] for read in reads], since)
                if waits:
                    found.setdefault(ident, []).extend(waits)
        return found

    def ring(self, reads, since):
        """The ident of the thread of a ring, and its waits."""
        layout, (before, between, after) = self.layout, reads
        epochs = [layout.field(read, layout.last_waits_epoch) for read in (before, after)]
        ident = layout.field(between, layout.last_waits_ident)
        if epochs[0] != epochs[1] or epochs[0] % 2 == 1 or ident == 0:
            return 0, []
        taken, kept = layout.field(between, layout.last_waits_taken), layout.last_waits_kept
        waits, latest = [], None
        for back in range(1, kept + 1):
            place = layout.last_waits_places + (taken - back) % kept * 32
            head = layout.field(before, place)
            if head == 0 or layout.field(after, place) != head:
                continue
            wait = self.last_wait(head, *(layout.field(between, place + at) for at in (8, 16, 24)))
            if latest is not None and wait.began > latest:
                break
            latest = wait.began
            waits += [wait] * (wait.began >= since)
        return ident, waits

    def last_wait(self, head, handle, began, site):
        lasted = (head // self.layout.last_wait_end_unit - began) % 2**56
        several = head & self.layout.last_wait_one_of_several != 0
        return LastWait(handle, began, lasted, site, head & self.layout.last_wait_outcome, several)


class LastWaitsLook:
    """What is written; a part of a Look."""

    def ago(self, wait):
        return seconds(self.now - wait.began - wait.lasted)

    def last_wait_lines(self, thread):
        waits = (self.last_waits or {}).get(thread.ident, [])
        if waits:
            yield "    last waits, the latest first:"
        for wait in waits:
            yield (
                f"        {'waited' if wait.object else 'slept'} {seconds(wait.lasted)} s"
                f"{self.waited_for(wait)}, until {self.ago(wait)} s ago{self.ended_so(wait)}"
                f"{self.site(wait)}"
            )

    def waited_for(self, wait):
        if wait.object == 0:
            return ""
        is_thread = self.program.is_kind(wait.object, "thread")
        name = self.name_of_thread if is_thread else self.name_of_object
        several = ", or another" if wait.several else ""
        return (" for the end of " if is_thread else " for ") + name(wait.object) + several

    def ended_so(self, wait):
        layout = self.program.layout
        timed_out = ", timed out" + (" or stopped" if wait.several else "")
        return {
            layout.outcome_timed_out: timed_out if wait.object else "",
            layout.outcome_interrupted: ", stopped",
            layout.outcome_broken: ", which broke",
        }.get(wait.outcome, "")

    def json_last_waits(self, thread):
        """The member, if they are recorded."""
        if self.last_waits is None:
            return {}
        waits = self.last_waits.get(thread.ident, [])
        return {"last_waits": [self.json_last_wait(wait) for wait in waits]}

    def json_last_wait(self, wait):
        layout = self.program.layout
        outcomes = {
            layout.outcome_timed_out: "timeout",
            layout.outcome_interrupted: "stopped",
            layout.outcome_broken: "broken",
        }
        return {
            "kind": self.program.kind_name(wait.object) if wait.object else "sleep",
            "object": f"{wait.object:#018x}",
            "name": self.json_name(self.awaited_name(wait)),
            "several": wait.several,
            "seconds": float(seconds(wait.lasted)),
            "ago": float(self.ago(wait)),
            "outcome": outcomes.get(wait.outcome, "woken"),
            "site": self.program.place(wait.site) if wait.site else None,
        }
