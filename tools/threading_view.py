"""What threading-top shows of one look at a process: of its memory, or of its own answer."""

import collections
import json

from threading_report import Look
from threading_text import quoted, seconds

# now: of the monotonic clock, in nanoseconds. deadlocks, waiting: lines. contended: Contended.
View = collections.namedtuple("View", "now head deadlocks contended waiting")
# key: the same at each look. waiting: how many threads wait now. Times are in nanoseconds.
Contended = collections.namedtuple("Contended", "key name waiting waits total longest")

SECOND = 1_000_000_000


def deadlock_line(certainty, names):
    return f"DEADLOCK ({certainty}): {' > '.join(names)}"


def waiting_line(lasted, thread, awaited, site):
    return f"{seconds(lasted):>9}  {thread} waits for {awaited}{site}"


def of_memory(program):
    """A look at the memory of a program (`threading_reader.py`)."""
    look = Look(program)
    contention, deadlocks = program.contention(), program.deadlocks()
    contended = []
    for found in contention:
        holder = program.holder_of(found.object)
        held = f", held by {look.name_of_thread(holder)}" if holder else ""
        contended.append(Contended(
            found.object, look.name_of_object(found.object) + held,
            look.awaited.get(found.object, 0), found.waits, found.total, found.longest,
        ))
    waits = [wait for wait in look.all_waits if not wait.sleeps]
    waits.sort(key=lambda wait: wait.since or look.now)
    return View(
        look.now,
        next(iter(look.head_lines(len(deadlocks)))),
        [
            deadlock_line(found.certainty, [look.name_of_thread(it.ident) for it in found.waits])
            for found in deadlocks
        ],
        contended,
        [
            waiting_line(look.now - (wait.since or look.now), look.name_of_thread(wait.ident),
                         look.awaited_by(wait), look.site(wait))
            for wait in waits
        ],
    )


def of_answer(answer):
    """The JSON that a process has written of itself."""
    return Answer(json.loads(answer)).view()


def nanoseconds(number):
    return round(number * SECOND)


def quoted_name(name):
    return quoted(name.encode("utf-8", "replace"))


class Answer:
    """What a process says of itself, in words."""

    def __init__(self, data):
        self.data = data
        self.threads = {thread["ident"]: thread for thread in data["threads"]}
        self.objects = {known["handle"]: known for known in data["objects"]}

    def name_of_thread(self, ident):
        thread = self.threads.get(ident)
        if thread and thread["name"] is not None:
            return quoted_name(thread["name"])
        return f"native thread {thread['native_id']}" if thread else f"thread {int(ident, 0):#x}"

    def name_of(self, kind, name, handle):
        named = "" if name is None else " " + quoted_name(name)
        text = f"{kind}{named} ({handle})"
        condition = self.objects.get(handle, {}).get("condition")
        if condition is None:
            return text
        owner = self.objects.get(condition, {"kind": "condition", "name": None})
        return f"{text} of {self.name_of(owner['kind'], owner['name'], condition)}"

    def name_of_other(self, handle):
        """What a wait for several objects waits for beside the first."""
        known = self.objects.get(handle)
        return self.name_of(known["kind"], known["name"], handle) if known else f"({handle})"

    def awaited_by(self, ident, wait):
        if wait["kind"] == "library":
            return "the library"
        holder, known = wait["holder"], self.objects.get(wait["object"], {})
        if wait["kind"] == "thread":
            text = "the end of " + (
                self.name_of_thread(holder) if holder else self.name_of_other(wait["object"])
            )
        else:
            text = self.name_of(wait["kind"], wait["name"], wait["object"])
            if holder == ident:
                text += ", which it acquired itself"
            elif holder:
                text += f", held by {self.name_of_thread(holder)}"
            reads = known.get("reads", 0)
            text += f", with {reads} read{'s' * (reads > 1)}" if reads else ""
            text += ", used as a signal" if known.get("signal") else ""
        return ", or ".join([text, *map(self.name_of_other, wait.get("others", []))])

    def head(self):
        states = collections.Counter(thread["state"] for thread in self.data["threads"])
        count, deadlocks = len(self.threads), len(self.data["deadlocks"])
        return (
            f"libthreading {self.data['version']}: process {self.data['pid']}"
            f" ({quoted_name(self.data['program'])}); {count} thread{'s' * (count != 1)},"
            f" {states['waiting']} waiting, {states['sleeping']} sleeping,"
            f" {deadlocks or 'no'} deadlock{'s' * (deadlocks > 1)}"
        )

    def contended(self, counts):
        known = self.objects.get(counts["object"], {})
        holder = known.get("holder")
        held = f", held by {self.name_of_thread(holder)}" if holder else ""
        return Contended(
            counts["object"],
            self.name_of(counts["kind"], counts["name"], counts["object"]) + held,
            known.get("waiting", 0), counts["waits"], nanoseconds(counts["total"]),
            nanoseconds(counts["longest"]),
        )

    def view(self):
        data = self.data
        waits = [
            (thread["wait"]["seconds"], thread["ident"], thread["wait"])
            for thread in data["threads"] if thread["state"] == "waiting"
        ]
        waits.sort(key=lambda found: -found[0])
        return View(
            nanoseconds(data["monotonic"]),
            self.head(),
            [
                deadlock_line(found["certainty"], map(self.name_of_thread, found["threads"]))
                for found in data["deadlocks"]
            ],
            [self.contended(counts) for counts in data["contention"]],
            [
                waiting_line(
                    nanoseconds(lasted), self.name_of_thread(ident), self.awaited_by(ident, wait),
                    f", at {wait['site']}" if wait["site"] else "",
                )
                for lasted, ident, wait in waits
            ],
        )
