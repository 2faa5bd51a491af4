"""Whether a text is a timeline in Chrome's Trace Event Format, as viewers want it.

check(text) yields each mistake that it finds as a sentence. What it wants beyond the format is what
viewers go wrong without: names for every track, slices that lie within each other or apart, an id
for each hold and each arrow that nothing else has, and arrows that begin and end in slices.
"""

import collections
import decimal
import json
import re

PHASES = {"M", "X", "i", "b", "e", "s", "f", "C"}
LOCK_WAIT = re.compile(r"Lock contention on .+ \(owner tid: [1-9][0-9]*\)", re.DOTALL)


def nanoseconds(number):
    """A time of the format, which is in microseconds; None if it is no time."""
    if isinstance(number, bool) or not isinstance(number, (int, decimal.Decimal)):
        return None
    exact = decimal.Decimal(number) * 1000
    return int(exact) if exact >= 0 and exact == int(exact) else None


def unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a member stands twice in {pairs}")
    return found


def refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def read(text):
    """The whole of it, with exact times."""
    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse,
                      parse_float=decimal.Decimal)


def check(text):
    try:
        whole = read(text)
    except (ValueError, RecursionError) as mistake:
        yield f"it is no JSON: {mistake}"
        return
    events = whole.get("traceEvents") if isinstance(whole, dict) else None
    if not isinstance(events, list):
        yield "there is no list of traceEvents"
        return
    if whole.get("displayTimeUnit") not in ("ns", "ms"):
        yield "displayTimeUnit is neither ns nor ms"
    good = []
    for event in events:
        mistake = form(event)
        if mistake:
            yield f"{mistake}: {event}"
        else:
            good.append(event)
    for part in (names, slices, holds, arrows, ids, counters):
        yield from part(good)


def form(event):
    """What is wrong with an event by itself."""
    if not isinstance(event, dict):
        return "an event is no object"
    ph = event.get("ph")
    if ph not in PHASES:
        return "an event of an unknown phase"
    if not isinstance(event.get("pid"), int) or ph != "C" and not isinstance(event.get("tid"), int):
        return "an event of no process or thread"
    if not isinstance(event.get("name"), str) or not event["name"]:
        return "an event without a name"
    if ph == "M":
        name = event.get("args", {}).get("name")
        return None if isinstance(name, str) and name else "a track's name is empty"
    if nanoseconds(event.get("ts")) is None:
        return "an event's time is none"
    if ph == "X" and nanoseconds(event.get("dur")) is None:
        return "a slice's length is none"
    if ph == "i" and event.get("s") not in ("t", "p", "g"):
        return "an instant of no scope"
    if ph != "C" and not isinstance(event.get("cat"), str):
        return "an event without a category"
    return {"b": hold_form, "e": hold_form, "s": arrow_form, "f": arrow_form,
            "C": counter_form}.get(ph, lambda _: None)(event)


def hold_form(event):
    local = event.get("id2", {}).get("local") if isinstance(event.get("id2"), dict) else None
    return None if isinstance(local, str) and local else "a hold without an id"


def arrow_form(event):
    if not isinstance(event.get("id"), str) or not event["id"]:
        return "an arrow without an id"
    if event["ph"] == "f" and event.get("bp") != "e":
        return "an arrow's end belongs to the next slice"
    return None


def counter_form(event):
    values = event.get("args")
    if not isinstance(values, dict) or not values:
        return "a counter without a number"
    if any(not isinstance(value, int) or value < 0 for value in values.values()):
        return "a counter's number is less than 0, or none"
    return None


def names(events):
    """One process, and one name for each thread that anything happens in."""
    if len({event["pid"] for event in events}) > 1:
        yield "there is more than one process"
    process = [event for event in events if event["ph"] == "M" and event["name"] == "process_name"]
    if len(process) != 1:
        yield f"there are {len(process)} names of the process"
    named = collections.Counter(event["tid"] for event in events
                                if event["ph"] == "M" and event["name"] == "thread_name")
    for tid, count in named.items():
        if count > 1:
            yield f"thread {tid} has {count} names"
    used = {event["tid"] for event in events if event["ph"] not in "MC"}
    for tid in sorted(used - set(named)):
        yield f"thread {tid} has no name"
    for event in events:
        if event["name"].startswith("Lock contention on ") and "(owner" in event["name"] \
                and not LOCK_WAIT.fullmatch(event["name"]):
            yield f"a viewer does not find the owner in {event['name']!r}"


def span(event):
    begin = nanoseconds(event["ts"])
    return begin, begin + nanoseconds(event["dur"])


def by_thread(events):
    found = collections.defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            found[event["tid"]].append(event)
    return found


def slices(events):
    """Two slices of a thread lie within each other, or apart."""
    for tid, own in by_thread(events).items():
        stack = []
        for event in sorted(own, key=lambda event: (span(event)[0], -span(event)[1])):
            begin, end = span(event)
            while stack and stack[-1][0] <= begin:
                stack.pop()
            if stack and end > stack[-1][0]:
                yield f"thread {tid}: {event['name']!r} outlives {stack[-1][1]!r} around it"
            stack.append((end, event["name"]))


def holds(events):
    """Each hold begins once and ends once, and a lock has one holder at a time."""
    pairs = collections.defaultdict(list)
    for event in events:
        if event["ph"] in "be":
            pairs[event["cat"], event["id2"]["local"]].append(event)
    held = collections.defaultdict(list)
    for (_, local), pair in pairs.items():
        if [event["ph"] for event in pair] != ["b", "e"]:
            yield f"hold {local} has not one beginning and then one end"
            continue
        first, last = pair
        if first["name"] != last["name"]:
            yield f"hold {local} begins as {first['name']!r} and ends as {last['name']!r}"
        begin, end = nanoseconds(first["ts"]), nanoseconds(last["ts"])
        if end < begin:
            yield f"hold {local} ends before it begins"
        held[first["name"]].append((begin, end))
    for name, spans in held.items():
        spans.sort()
        for (_, end), (begin, _) in zip(spans, spans[1:]):
            if begin < end:
                yield f"{name!r} has two holders at once"
                break


def arrows(events):
    """Each arrow has one beginning and one end, both in slices, and leads forward in time."""
    pairs = collections.defaultdict(list)
    for event in events:
        if event["ph"] in "sf":
            pairs[event["cat"], event["id"]].append(event)
    spans = {tid: sorted(span(event) for event in own) for tid, own in by_thread(events).items()}
    for (_, number), pair in pairs.items():
        if sorted(event["ph"] for event in pair) != ["f", "s"]:
            yield f"arrow {number} has not one beginning and one end"
            continue
        begin, end = sorted(pair, key=lambda event: event["ph"] == "f")
        if nanoseconds(end["ts"]) < nanoseconds(begin["ts"]):
            yield f"arrow {number} leads back in time"
        for event in pair:
            at = nanoseconds(event["ts"])
            if not any(first <= at <= last for first, last in spans.get(event["tid"], ())):
                yield f"arrow {number}: there is no slice at its {event['ph']} in {event['tid']}"


def ids(events):
    """No id stands for two things."""
    whose = collections.defaultdict(set)
    for event in events:
        if event["ph"] in "besf":
            number = event["id2"]["local"] if event["ph"] in "be" else event["id"]
            whose[number].add("hold" if event["ph"] in "be" else "arrow")
    for number, kinds in whose.items():
        if len(kinds) > 1:
            yield f"id {number} is a hold and an arrow"


def counters(events):
    """The numbers of a counter come in the order of time."""
    last = {}
    for event in events:
        if event["ph"] == "C":
            at = nanoseconds(event["ts"])
            if at < last.get(event["name"], 0):
                yield f"counter {event['name']!r} goes back in time"
            last[event["name"]] = at
