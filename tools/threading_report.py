"""What is read of a program (`threading_reader.py`), as text and as JSON: the same that the
program's own `threading_dump` and `threading_dump_json` write."""

import json
from collections import Counter

from threading_circles import PROBABLE
from threading_counts import CountedLook
from threading_last_waits import LastWaitsLook
from threading_layout import Unreadable
from threading_text import quoted, seconds, shown

# How many deadlocks the text shows; more of them have the same cause.
MOST_DEADLOCKS = 16


class Look(CountedLook, LastWaitsLook):
    """One look at a program."""

    def __init__(self, program):
        self.program = program
        self.all_waits, self.held = program.waits(), program.held()
        self.waits = {wait.ident: wait for wait in reversed(self.all_waits)}
        self.held_of = {}
        for held in self.held:
            self.held_of.setdefault(held.holder, []).append(held)
        self.last_waits = program.last_waits()
        self.threads, self.owners = program.threads(), program.own_rlocks()
        self.awaited = Counter(wait.object for wait in self.all_waits)
        # A core does not say when it was made: the latest moment in it is the least that it can be.
        moments = [wait.since for wait in self.all_waits]
        for waits in (self.last_waits or {}).values():
            moments += [wait.began + wait.lasted for wait in waits]
        latest = max(moments, default=0)
        now = program.clock()
        self.is_timed = now is not None
        self.now = now if self.is_timed else latest

    def activity(self, thread):
        wait = self.waits.get(thread.ident)
        if thread.is_pending:
            return "pending", None
        if wait:
            return ("sleeping" if wait.sleeps else "waiting"), wait
        starting = self.program.layout.record_starting
        return ("starting" if thread.phase == starting else "running"), None

    # Text.

    def name_of_thread(self, ident):
        named = self.program.thread_name(ident)
        if named:
            text, is_cut = shown(named)
            return quoted(text) + ("..." if is_cut else "")
        native_id = self.program.native_id_of(ident)
        return f"native thread {native_id}" if native_id else f"thread {ident:#x}"

    def name_of_object(self, handle):
        name, named = "", self.program.object_name(handle)
        if named:
            text, is_cut = shown(named)
            name = " " + quoted(text) + ("..." if is_cut else "")
        of = f" of {self.name_of_object(self.owners[handle])}" if handle in self.owners else ""
        return f"{self.program.kind_name(handle)}{name} ({handle:#018x}){of}"

    def awaited_by(self, wait):
        """What is waited for, and who holds it, and what else may end the wait."""
        holder_of = self.program.holder_of
        others = [wait._replace(object=it, holder=holder_of(it)) for it in wait.others or []]
        return ", or ".join(self.first_awaited_by(each) for each in [wait, *others])

    def first_awaited_by(self, wait):
        program = self.program
        if wait.object == 0:
            return "the library"
        if program.is_kind(wait.object, "thread"):
            return "the end of " + self.name_of_thread(wait.holder)
        text = self.name_of_object(wait.object)
        if wait.holder == wait.ident:
            text += ", which it acquired itself"
        elif wait.holder != 0:
            how = ", and so for " if program.is_kind(wait.object, "executor") else ", held by "
            text += how + self.name_of_thread(wait.holder)
            text += ", which has ended" if program.has_ended(wait.holder) else ""
        reads = program.reads_of(wait.object)
        text += f", with {reads} read{'s' * (reads > 1)}" if reads else ""
        return text + (", used as a signal" if program.is_signal(wait.object) else "")

    def site(self, wait):
        return f", at {self.program.place(wait.site)}" if wait.site else ""

    def times(self, wait):
        text = ""
        if wait.since:
            text += f" for {seconds(self.now - wait.since)} s"
        if wait.deadline:
            text += f", at most {seconds(wait.deadline - self.now)} s more"
        return text

    def deadlock_lines(self, deadlock):
        waits = deadlock.waits
        since = max(wait.since for wait in waits)
        now = self.program.clock() if self.is_timed else self.now
        yield (
            f"DEADLOCK ({deadlock.certainty}) of {len(waits)} thread{'s' * (len(waits) > 1)},"
            f" for {seconds(now - since)} s:"
        )
        for wait in waits:
            yield (
                f"    {self.name_of_thread(wait.ident)} has waited {seconds(now - wait.since)} s"
                f" for {self.awaited_by(wait)}{self.site(wait)}"
            )
        if deadlock.certainty == PROBABLE:
            locks = [wait.object for wait in waits if self.program.is_plain(wait.object)]
            yield "    unless another thread releases " + ", or ".join(
                map(self.name_of_object, locks)
            )
        yield ""

    def head_lines(self, deadlocks):
        sleeping = sum(wait.sleeps for wait in self.all_waits)
        threads = sum(not thread.is_pending for thread in self.threads)
        yield (
            f"libthreading {self.program.layout.library}: process {self.program.process_id}"
            f" ({quoted(self.program.comm)}); {threads} thread{'' if threads == 1 else 's'},"
            f" {len(self.all_waits) - sleeping} waiting, {sleeping} sleeping,"
            f" {deadlocks or 'no'} deadlock{'s' * (deadlocks > 1)}"
        )
        if self.is_timed:
            yield "Each line is true at a moment of its own; deadlocks were looked at twice."
        else:
            yield "Times are those at the last moment that the core knows of, or longer."

    def thread_lines(self, thread):
        line = f"{self.name_of_thread(thread.ident)} ident={thread.ident:#x}"
        if thread.native_id:
            line += f" native={thread.native_id}"
        line += " daemon" if thread.is_daemon else ""
        line += " foreign" if thread.is_foreign else ""
        line += " periodic" if thread.is_periodic else ""
        activity, wait = self.activity(thread)
        line += f" {activity}" + (self.times(wait) if wait else "")
        yield line + (self.site(wait) if activity == "sleeping" else "")
        if activity == "waiting":
            yield f"    for {self.awaited_by(wait)}{self.site(wait)}"
        for held in self.held_of.get(thread.ident, []):
            yield f"    holds {self.held_text(held)}"
        yield from self.last_wait_lines(thread)

    def held_text(self, held):
        waiting = self.awaited.get(held.object, 0)
        return (
            self.name_of_object(held.object)
            + (f", {held.depth} deep" if held.depth > 1 else "")
            + (f", {waiting} waiting" if waiting else "")
        )

    def abandoned_lines(self):
        """Locks that threads wait for and that nobody is left to release."""
        for held in self.held:
            waiting = self.awaited.get(held.object, 0)
            if held.holder and waiting and self.program.has_ended(held.holder):
                yield (
                    f"ABANDONED: {self.name_of_object(held.object)} is held by"
                    f" {self.name_of_thread(held.holder)}, which has ended; {waiting} waiting"
                )

    def lines(self):
        deadlocks = self.program.deadlocks()
        for deadlock in deadlocks[:MOST_DEADLOCKS]:
            yield from self.deadlock_lines(deadlock)
        yield from self.head_lines(len(deadlocks))
        for thread in self.threads:
            if not thread.is_pending:
                yield from self.thread_lines(thread)
        for what, count in zip(("timer", "task"), self.pending()):
            if count:
                periodic = self.pending_periodic_timers() if what == "timer" else 0
                of_them = f", {periodic} of them periodic" if periodic else ""
                yield f"{count} {what}{' is' if count == 1 else 's are'} pending{of_them}"
        for native_id, comm in self.program.unmet(self.threads):
            name = quoted(comm) + " " if comm is not None else ""
            yield f"native={native_id} {name}has not called the library"
        yield from self.abandoned_lines()
        yield from self.contention_lines()
        yield from self.hold_lines()

    def pending(self):
        """How many timers are not due, and how many tasks have not begun."""
        pending = [thread.is_task for thread in self.threads if thread.is_pending]
        return pending.count(False), pending.count(True)

    def pending_periodic_timers(self):
        return sum(thread.is_pending and thread.is_periodic for thread in self.threads)

    def handle_text(self, handle):
        """An object in a few words: what it is, who has it, and how many wait."""
        program, state = self.program, []
        if program.is_kind(handle, "timer") or program.is_kind(handle, "future"):
            # Another name for its thread.
            bits = 32 + program.layout.handle_generation_bits
            handle = program.layout.named["thread"].number << bits | handle & (1 << bits) - 1
        data = program.slot(handle)
        if data is None:
            return f"{program.kind_name(handle)} ({handle:#018x}), which does not exist any more"
        if program.is_kind(handle, "thread"):
            return self.thread_text(handle, data)
        state += self.state_of(handle, data)
        holder = program.holder_of(handle)
        if holder:
            ended = ", which has ended" if program.has_ended(holder) else ""
            state.append(f"held by {self.name_of_thread(holder)}{ended}")
        if self.awaited.get(handle):
            state.append(f"{self.awaited[handle]} waiting")
        return ", ".join([self.name_of_object(handle), *state])

    def state_of(self, handle, data):
        """What the word of an object that nobody holds says, as a list of words."""
        program, layout = self.program, self.program.layout
        slots = layout.kinds[program.kind_of(handle)]
        word = program.word(slots, data)
        if slots.name in ("lock", "rlock"):
            depth = layout.field(data, layout.rlock_depth, 4) if slots.name == "rlock" else 0
            is_held = word & layout.mutex_locked != 0
            return [f"{depth} deep"] * (is_held and depth > 1) if is_held else ["free"]
        if slots.name == "rwlock":
            reads = program.reads_in(word)
            is_free = not reads and not word & layout.mutex_locked
            return ["free"] if is_free else [f"{reads} read{'s' * (reads > 1)}"] * (reads > 0)
        if slots.name == "semaphore":
            return [f"value {word & layout.semaphore_count}"]
        if slots.name == "event":
            return ["set" if word & layout.event_set else "clear"]
        if slots.name == "barrier":
            parties = layout.field(data, layout.barrier_parties, 4)
            return [f"{word & layout.barrier_arrived} of {parties} have arrived"]
        if slots.name == "stop":
            return ["requested" if word & layout.stop_requested else "not requested"]
        if slots.name == "queue":
            limit = layout.field(data, layout.queue_maxsize, 4)
            puts, gets = (layout.field(data, at) for at in (layout.queue_puts, layout.queue_gets))
            shut = ["shut"] * (word & layout.queue_shut != 0)
            return [f"{min(puts - gets, limit)} of {limit} items", *shut]
        if slots.name == "executor":
            shut = ["shut"] * (word & layout.executor_shut != 0)
            return [f"{word & layout.executor_count} tasks have not ended", *shut]
        return [f"count {word & layout.latch_count}"] if slots.name == "latch" else []

    def thread_text(self, handle, data):
        ident = self.program.layout.field(data, self.program.layout.record_ident)
        wait = self.waits.get(ident)
        state = self.program.phase_name(data)
        if wait:
            state = "sleeping" if wait.sleeps else f"waiting for {self.awaited_by(wait)}"
        return f"thread {self.name_of_thread(ident)} ({handle:#018x}), {state}"

    def find_thread(self, what):
        """The ident of the thread of that name, ident or number of the system's."""
        number = None
        try:
            number = int(what, 0)
        except ValueError:
            pass
        for thread in self.threads:
            named = self.program.thread_name(thread.ident)
            if named and named[0] == what.encode() or number in (thread.ident, thread.native_id):
                return thread.ident
        raise Unreadable(f"libthreading knows no thread {what!r} that runs")

    def why_lines(self, ident):
        """Why a thread does not go on: what it waits for, what the holder of that waits for, and so
        on."""
        seen = []
        while ident not in seen:
            seen.append(ident)
            wait = self.waits.get(ident)
            if wait is None:
                ended = self.program.has_ended(ident)
                yield f"{self.name_of_thread(ident)} {'has ended' if ended else 'does not wait'}"
                return
            what = "sleeps" if wait.sleeps else f"waits for {self.awaited_by(wait)}"
            yield f"{self.name_of_thread(ident)} {what}{self.times(wait)}{self.site(wait)}"
            if wait.holder in (0, ident):
                return
            ident = wait.holder
        for deadlock in self.program.deadlocks():
            if ident in [wait.ident for wait in deadlock.waits]:
                yield f"this is a deadlock ({deadlock.certainty})"

    # JSON.

    def json_name(self, named):
        return shown(named)[0].decode("utf-8", "replace") if named else None

    @staticmethod
    def json_ident(ident):
        return f"{ident:#018x}" if ident else None

    def awaited_name(self, wait):
        is_thread = self.program.is_kind(wait.object, "thread")
        return (self.program.thread_name if is_thread else self.program.object_name)(wait.object)

    def json_wait(self, wait):
        kind = self.program.kind_name(wait.object) if wait.object else "library"
        since = wait.since or self.now
        return {
            "kind": "sleep" if wait.sleeps and not wait.object else kind,
            "object": f"{wait.object:#018x}",
            "name": self.json_name(self.awaited_name(wait)),
            **({} if wait.others is None else {"others": [f"{it:#018x}" for it in wait.others]}),
            "seconds": float(seconds(self.now - since)),
            "remaining": float(seconds(wait.deadline - self.now)) if wait.deadline else None,
            "holder": self.json_ident(wait.holder),
            "site": self.program.place(wait.site) if wait.site else None,
        }

    def json_thread(self, thread):
        activity, wait = self.activity(thread)
        written = {
            "name": self.json_name(self.program.thread_name(thread.ident)),
            "ident": f"{thread.ident:#018x}",
            "native_id": thread.native_id,
            "state": activity,
            "daemon": thread.is_daemon,
            "foreign": thread.is_foreign,
            "periodic": thread.is_periodic,
        }
        if wait:
            written["wait"] = self.json_wait(wait)
        written["holds"] = [f"{held.object:#018x}" for held in self.held_of.get(thread.ident, [])]
        return {**written, **self.json_last_waits(thread)}

    def json_object(self, handle, held):
        written = {
            "kind": self.program.kind_name(handle),
            "handle": f"{handle:#018x}",
            "name": self.json_name(self.program.object_name(handle)),
        }
        if handle in self.owners:
            written["condition"] = f"{self.owners[handle]:#018x}"
        written["holder"] = self.json_ident(held.holder if held else 0)
        if held and held.depth:
            written["depth"] = held.depth
        if self.program.is_kind(handle, "rwlock"):
            written["reads"] = held.reads if held else 0
        written["waiting"] = self.awaited.get(handle, 0)
        written["signal"] = self.program.is_signal(handle)
        return written

    def json_objects(self):
        held = {held.object for held in self.held}
        written = [self.json_object(held.object, held) for held in self.held]
        for handle in sorted(self.awaited):
            if handle and handle not in held and not self.program.is_kind(handle, "thread"):
                written.append(self.json_object(handle, None))
        return written

    def json(self):
        threads = [thread for thread in self.threads if not thread.is_pending]
        return json.dumps({
            "threading": 1,
            "version": self.program.layout.library,
            "pid": self.program.process_id,
            "program": self.program.comm.decode("utf-8", "replace"),
            "monotonic": float(seconds(self.now)),
            "threads": [self.json_thread(thread) for thread in threads],
            "pending_timers": self.pending()[0],
            "pending_periodic_timers": self.pending_periodic_timers(),
            "pending_tasks": self.pending()[1],
            "objects": self.json_objects(),
            "deadlocks": [
                {
                    "certainty": deadlock.certainty,
                    "threads": [f"{wait.ident:#018x}" for wait in deadlock.waits],
                }
                for deadlock in self.program.deadlocks()
            ],
            "contention": [self.json_contended(counts) for counts in self.program.contention()],
            "holds": [self.json_hold(held) for held in self.program.holds()],
            "unmet": [
                {"native_id": native_id, "comm": (comm or b"").decode("utf-8", "replace")}
                for native_id, comm in self.program.unmet(self.threads)
            ],
        }, indent=1)
