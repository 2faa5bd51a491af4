"""Every execution of a few small threads that the memory model allows.

The model is RC11 (Lahav, Vafeiadis, Kang, Hur and Dreyer, "Repairing sequential consistency in
C/C++11", 2017), with the release sequences of C++20, but without its rule that nothing comes out of
thin air. So it allows more than Rust does, and more than any processor: what holds in all
these executions holds on each.

A thread is a generator. It yields what it does and is given what it reads:

    found = yield load("x", "Acquire")
    yield store("x", 1, "Release")
    found = yield exchange("x", 0, 1, "AcqRel", "Acquire")    # a compare-exchange
    found = yield change("x", lambda value: value + 1, "Release")
    yield fence("SeqCst")
    yield assume(found == 1)          # executions in which it is not are not looked at

An order of None is an access that is not atomic: one that races with it is an error. A loop that
tries again is written as `assume`: what was read in vain has changed nothing.
"""

import itertools
from dataclasses import dataclass, field

ACQUIRES = ("Acquire", "AcqRel", "SeqCst")
RELEASES = ("Release", "AcqRel", "SeqCst")


def load(place, order):
    """Reads."""
    return ("read", place, order, None, None)


def store(place, value, order):
    """Writes."""
    return ("write", place, order, None, value)


def change(place, to, order):
    """Reads and writes in one step: `to` makes the new value of the old one."""
    return ("update", place, order, None, to)


def exchange(place, expected, to, success, failure):
    """Writes if the expected value is found there, in one step."""
    return ("update", place, success, failure, lambda found: to if found == expected else None)


def fence(order):
    """A fence; none at all with Relaxed."""
    return ("fence", None, order, None, None)


def assume(holds):
    """This execution is of interest only if so."""
    return ("assume", None, None, None, holds)


@dataclass
class Event:
    """A step of a thread."""
    kind: str  # read, write or fence
    place: str
    order: str
    value: object = None
    thread: int = -1  # -1: the initial value
    partner: "Event" = None  # the write of an update, in its read; and the other way round
    number: int = field(default=-1, compare=False)


class Discarded(Exception):
    """A thread assumes what does not hold."""


def replay(program, choices, domains):
    """Runs a thread that reads these values first. Returns its events, its result, and the values
    that the next read may find, if there is one."""
    thread, events, given, answer = program(), [], iter(choices), None
    try:
        while True:
            kind, place, order, failure, what = thread.send(answer)
            answer = None
            if kind == "assume":
                if not what:
                    raise Discarded
            elif kind == "fence":
                events.append(Event("fence", place, order))
            elif kind == "write":
                events.append(Event("write", place, order, what))
            else:
                answer = next(given, replay)
                if answer is replay:
                    return events, None, sorted(domains[place], key=repr)
                to = what(answer) if kind == "update" else None
                event = Event("read", place, failure if what and to is None else order, answer)
                events.append(event)
                if to is not None:
                    event.partner = Event("write", place, order, to)
                    event.partner.partner = event
                    events.append(event.partner)
    except StopIteration as end:
        return events, end.value, None


def traces(program, domains):
    """All that a thread may do, whatever it reads of those values."""
    pending, found = [()], []
    while pending:
        choices = pending.pop()
        try:
            events, result, readable = replay(program, choices, domains)
        except Discarded:
            continue
        if readable is None:
            found.append((choices, events, result))
        else:
            pending.extend(choices + (value,) for value in readable)
    return found


def all_traces(programs, initial):
    """The traces of all threads, with every value that any of them may write. A value that takes
    more steps to make than there are writes is nobody's."""
    domains = {place: {value} for place, value in initial.items()}
    steps = 0
    while True:
        found = [traces(program, domains) for program in programs]
        wider = {place: set(values) for place, values in domains.items()}
        for events in (events for thread in found for _, events, _ in thread):
            for event in events:
                if event.kind == "write":
                    wider[event.place].add(event.value)
        most = sum(
            max((sum(e.kind == "write" for e in events) for _, events, _ in thread), default=0)
            for thread in found
        )
        if wider == domains or steps == most:
            return found
        domains, steps = wider, steps + 1


class Execution:
    """Events, which write each read finds (`rf`), and the order of the writes of each place
    (`mo`). Relations are lists of bit sets: bit b in row a says that a comes before b."""

    def __init__(self, events, results, sources, orders):
        self.events, self.results = events, results
        self.sources, self.orders = sources, orders
        self.size = len(events)

    def final(self):
        """The last value of each place."""
        return {place: writes[-1].value for place, writes in self.orders.items()}

    def relate(self, pairs):
        """A relation of pairs of numbers."""
        rows = [0] * self.size
        for before, after in pairs:
            rows[before] |= 1 << after
        return rows

    def close(self, rows):
        """Its transitive closure."""
        rows = list(rows)
        for middle in range(self.size):
            bit, reached = 1 << middle, rows[middle]
            for at in range(self.size):
                if rows[at] & bit:
                    rows[at] |= reached
        return rows

    def program_order(self):
        """Of each thread; the initial values come before all."""
        pairs = []
        for a, b in itertools.permutations(self.events, 2):
            if a.thread == b.thread and a.number < b.number and a.thread >= 0:
                pairs.append((a.number, b.number))
            elif a.thread < 0 <= b.thread:
                pairs.append((a.number, b.number))
        return self.relate(pairs)

    def released_by(self, order):
        """Pairs of a write and the event that releases it: itself, or a fence before it."""
        for write in self.events:
            if write.kind != "write" or write.order is None:
                continue
            if write.order in RELEASES:
                yield write, write
            for event in self.events:
                if event.kind == "fence" and event.order in RELEASES \
                        and order[event.number] >> write.number & 1:
                    yield write, event

    def acquired_by(self, read, order):
        """The events that acquire what a read finds: itself, or a fence after it."""
        if read.order in ACQUIRES:
            yield read
        for event in self.events:
            if event.kind == "fence" and event.order in ACQUIRES \
                    and order[read.number] >> event.number & 1:
                yield event

    def synchronised(self, order):
        """Pairs of an event that releases and one that acquires it."""
        readers = {}
        for read, write in self.sources.items():
            readers.setdefault(write, []).append(self.events[read])
        for write, release in self.released_by(order):
            sequence = [write]
            while sequence:
                for read in readers.get(sequence.pop().number, ()):
                    if read.partner is not None:
                        sequence.append(read.partner)
                    if read.order is not None:
                        for acquire in self.acquired_by(read, order):
                            yield release.number, acquire.number

    def solve(self):
        """Computes the relations. False: the model forbids the execution."""
        self.order = self.program_order()
        pairs = self.relate(self.synchronised(self.order))
        self.before = self.close([a | b for a, b in zip(self.order, pairs)])
        if any(self.before[at] >> at & 1 for at in range(self.size)):
            return False
        later = [
            (a.number, b.number)
            for writes in self.orders.values()
            for a, b in itertools.combinations(writes, 2)
        ]
        self.later = self.relate(later)
        self.overtaken = [0] * self.size
        for read, write in self.sources.items():
            self.overtaken[read] = self.later[write]
            if self.events[read].partner is not None:
                self.overtaken[read] &= ~(1 << read)
        found = self.relate((write, read) for read, write in self.sources.items())
        self.seen = self.close(
            [a | b | c for a, b, c in zip(self.later, self.overtaken, found)]
        )
        for a in range(self.size):
            for b in range(self.size):
                if self.before[a] >> b & 1 and self.seen[b] >> a & 1:
                    return False
        return self.is_sequential()

    def is_sequential(self):
        """Whether there is one order of all that is SeqCst."""
        strong = [event.number for event in self.events if event.order == "SeqCst"]
        if len(strong) < 2:
            return True
        rows = [0] * self.size
        for a in strong:
            for b in strong:
                if a != b and self.comes_first(a, b):
                    rows[a] |= 1 << b
        rows = self.close(rows)
        return not any(rows[at] >> at & 1 for at in strong)

    def comes_first(self, a, b):
        """Whether the model puts a before b in that order: psc."""
        def around(at, outwards):
            event = self.events[at]
            if event.kind != "fence":
                return [at]
            if outwards:
                return [at] + [x for x in range(self.size) if self.before[at] >> x & 1]
            return [at] + [x for x in range(self.size) if self.before[x] >> at & 1]
        if any(self.follows(x, y) for x in around(a, True) for y in around(b, False)):
            return True
        if self.events[a].kind == self.events[b].kind == "fence":
            if self.before[a] >> b & 1:
                return True
            starts = [x for x in range(self.size) if self.before[a] >> x & 1]
            ends = [y for y in range(self.size) if self.before[y] >> b & 1]
            return any(self.seen[x] >> y & 1 for x in starts for y in ends)
        return False

    def follows(self, a, b):
        """scb: program order, or happens-before between accesses of other places, or of one place,
        or the order of writes, or a read before what overwrites what it has found."""
        if a == b:
            return False
        if (self.order[a] | self.later[a] | self.overtaken[a]) >> b & 1:
            return True
        if not self.before[a] >> b & 1:
            return False
        if self.events[a].place == self.events[b].place is not None:
            return True
        place, other = self.events[a].place, self.events[b].place
        first = [
            x for x in range(self.size)
            if self.order[a] >> x & 1 and (self.events[x].place != place or place is None)
        ]
        last = [
            y for y in range(self.size)
            if self.order[y] >> b & 1 and (self.events[y].place != other or other is None)
        ]
        return any(x == y or self.before[x] >> y & 1 for x in first for y in last)

    def race(self):
        """Two accesses of one place, one of which writes and one of which is not atomic, and
        neither of which happens before the other; or None."""
        for a, b in itertools.combinations(self.events, 2):
            if a.place != b.place or a.place is None or a.thread == b.thread:
                continue
            if "write" not in (a.kind, b.kind) or None not in (a.order, b.order):
                continue
            if not (self.before[a.number] >> b.number | self.before[b.number] >> a.number) & 1:
                return a, b
        return None

    def describe(self):
        """The execution in words."""
        lines = []
        for event in self.events:
            if event.thread < 0:
                continue
            words = [f"    thread {event.thread}: {event.kind}", event.order or "not atomic"]
            if event.kind != "fence":
                words += [event.place, f"= {event.value!r}"]
            if event.number in self.sources:
                writer = self.events[self.sources[event.number]].thread
                words.append("the initial one" if writer < 0 else f"of thread {writer}")
            lines.append(" ".join(words))
        return "\n".join(lines)
