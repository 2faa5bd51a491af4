"""Candidates for executions: who reads what from whom, and in which order the writes of a place
come. `executions.py` says which of them the model allows."""

import itertools
from dataclasses import replace

from executions import Event, Execution, all_traces


def is_possible(combination, initial):
    """Whether somebody writes each value that is read."""
    written = {(place, value) for place, value in initial.items()}
    for _, events, _ in combination:
        written.update((e.place, e.value) for e in events if e.kind == "write")
    return all(
        (event.place, event.value) in written
        for _, events, _ in combination for event in events if event.kind == "read"
    )


def numbered(combination, initial):
    """Fresh events with numbers and threads, the initial values first."""
    events = [Event("write", place, "Relaxed", value) for place, value in initial.items()]
    for thread, (_, trace, _) in enumerate(combination):
        fresh = {id(event): replace(event, thread=thread) for event in trace}
        for event in trace:
            if event.partner is not None:
                fresh[id(event)].partner = fresh[id(event.partner)]
            events.append(fresh[id(event)])
    for number, event in enumerate(events):
        event.number = number
    return events


def orders_of_writes(writes, sources, events):
    """The orders of the writes of one place, the initial one first, in which each thread's stand as
    it makes them, and an update's directly behind what it has read."""
    first, others = writes[0], writes[1:]
    for order in itertools.permutations(others):
        whole = (first, *order)
        place = {write.number: at for at, write in enumerate(whole)}
        in_order = all(
            place[a.number] < place[b.number]
            for a, b in itertools.combinations(others, 2) if a.thread == b.thread
        )
        whole_updates = all(
            place[sources[write.partner.number]] + 1 == place[write.number]
            for write in others if write.partner is not None
        )
        if in_order and whole_updates:
            yield whole


def candidates_of(combination, initial):
    """Every candidate of these traces."""
    events = numbered(combination, initial)
    results = [result for _, _, result in combination]
    writes = {}
    for event in events:
        if event.kind == "write":
            writes.setdefault(event.place, []).append(event)
    reads = [event for event in events if event.kind == "read"]
    choices = [
        [
            write for write in writes[read.place]
            if write.value == read.value and write is not read.partner
            and not (write.thread == read.thread and write.number > read.number)
        ]
        for read in reads
    ]
    for chosen in itertools.product(*choices):
        sources = {read.number: write.number for read, write in zip(reads, chosen)}
        orders = [orders_of_writes(group, sources, events) for group in writes.values()]
        for whole in itertools.product(*orders):
            yield Execution(events, results, sources, dict(zip(writes, whole)))


def executions(programs, initial):
    """Every execution that the model allows."""
    for combination in itertools.product(*all_traces(programs, initial)):
        if is_possible(combination, initial):
            for candidate in candidates_of(combination, initial):
                if candidate.solve():
                    yield candidate
