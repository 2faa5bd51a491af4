#!/usr/bin/env python3
"""The checker of timelines finds each mistake that is planted here, and none in what is right."""

import copy
import json
import sys

sys.dont_write_bytecode = True

import trace_format  # noqa: E402

GOOD = {
    "displayTimeUnit": "ns",
    "traceEvents": [
        {"ph": "M", "pid": 1, "tid": 1, "name": "process_name", "args": {"name": "bank"}},
        {"ph": "M", "pid": 1, "tid": 1, "name": "thread_name", "args": {"name": "MainThread"}},
        {"ph": "M", "pid": 1, "tid": 2, "name": "thread_name", "args": {"name": "teller"}},
        {"ph": "X", "pid": 1, "tid": 1, "ts": 10.0, "dur": 5.0, "cat": "wait",
         "name": "Lock contention on accounts (owner tid: 2)"},
        {"ph": "X", "pid": 1, "tid": 1, "ts": 11.0, "dur": 1.5, "cat": "wait", "name": "Sleeping"},
        {"ph": "X", "pid": 1, "tid": 2, "ts": 14.0, "dur": 1.0, "cat": "release",
         "name": "Releases lock accounts"},
        {"ph": "i", "pid": 1, "tid": 2, "ts": 9.0, "s": "t", "cat": "mark", "name": "phase 2"},
        {"ph": "b", "pid": 1, "tid": 2, "ts": 8.0, "cat": "hold", "id2": {"local": "0x1"},
         "name": "lock accounts"},
        {"ph": "e", "pid": 1, "tid": 2, "ts": 14.0, "cat": "hold", "id2": {"local": "0x1"},
         "name": "lock accounts"},
        {"ph": "b", "pid": 1, "tid": 1, "ts": 15.0, "cat": "hold", "id2": {"local": "0x2"},
         "name": "lock accounts"},
        {"ph": "e", "pid": 1, "tid": 1, "ts": 16.0, "cat": "hold", "id2": {"local": "0x2"},
         "name": "lock accounts"},
        {"ph": "s", "pid": 1, "tid": 2, "ts": 14.0, "cat": "wake", "name": "lets in", "id": "0x3"},
        {"ph": "f", "pid": 1, "tid": 1, "ts": 14.999, "cat": "wake", "name": "lets in",
         "id": "0x3", "bp": "e"},
        {"ph": "C", "pid": 1, "ts": 1.0, "name": "live threads", "args": {"threads": 2}},
        {"ph": "C", "pid": 1, "ts": 3.0, "name": "live threads", "args": {"threads": 1}},
    ],
}
PROCESS, MAIN, TELLER, WAIT, SLEEP, RELEASE, MARK, B1, E1, B2, E2, S, F, C1, C2 = range(15)


def without(number):
    return lambda events: events.pop(number)


def twice(number):
    return lambda events: events.append(copy.deepcopy(events[number]))


def having(number, **members):
    return lambda events: events[number].update(members)


def lacking(number, member):
    return lambda events: events[number].pop(member)


# What is planted, and a word of what must be said.
PLANTED = [
    (without(PROCESS), "names of the process"),
    (twice(PROCESS), "names of the process"),
    (without(TELLER), "thread 2 has no name"),
    (twice(MAIN), "thread 1 has 2 names"),
    (having(MAIN, args={"name": ""}), "a track's name is empty"),
    (having(MAIN, args={"name": 3}), "a track's name is empty"),
    (having(WAIT, name=""), "without a name"),
    (lacking(WAIT, "name"), "without a name"),
    (having(WAIT, name="Lock contention on accounts (owner tid: teller)"), "find the owner"),
    (having(WAIT, ph="Z"), "unknown phase"),
    (having(WAIT, pid="1"), "no process or thread"),
    (lacking(WAIT, "tid"), "no process or thread"),
    (having(WAIT, pid=2), "more than one process"),
    (having(WAIT, ts=-1.0), "time is none"),
    (having(WAIT, ts="10"), "time is none"),
    (having(WAIT, ts=10.0001), "time is none"),
    (lacking(WAIT, "ts"), "time is none"),
    (having(WAIT, dur=-5.0), "length is none"),
    (lacking(WAIT, "dur"), "length is none"),
    (lacking(WAIT, "cat"), "without a category"),
    (having(SLEEP, dur=9.0), "outlives"),
    (having(SLEEP, ts=9.5), "outlives"),
    (having(MARK, s="x"), "no scope"),
    (lacking(B1, "id2"), "hold without an id"),
    (having(B1, id2={"local": 1}), "hold without an id"),
    (without(E1), "not one beginning and then one end"),
    (without(B1), "not one beginning and then one end"),
    (twice(E1), "not one beginning and then one end"),
    (having(B2, id2={"local": "0x1"}), "not one beginning and then one end"),
    (having(E1, name="lock others"), "begins as"),
    (having(E1, ts=7.0), "ends before it begins"),
    (having(B2, ts=13.0), "two holders"),
    (without(F), "not one beginning and one end"),
    (without(S), "not one beginning and one end"),
    (twice(S), "not one beginning and one end"),
    (lacking(S, "id"), "arrow without an id"),
    (lacking(F, "bp"), "belongs to the next slice"),
    (having(F, ts=13.0), "leads back"),
    (having(F, ts=15.5), "no slice at its f"),
    (having(S, ts=13.5), "no slice at its s"),
    (having(S, tid=1, ts=9.0), "no slice at its s"),
    (having(C1, ts=4.0), "goes back in time"),
    (having(C1, args={"threads": -1}), "less than 0"),
    (having(C1, args={}), "without a number"),
    (lambda events: [events[number].update(id="0x1") for number in (S, F)], "a hold and an arrow"),
    (lambda events: events.append(7), "no object"),
]
TEXTS = [
    ("{", "no JSON"),
    ("[]", "no list of traceEvents"),
    ('{"traceEvents":{}}', "no list of traceEvents"),
    ('{"traceEvents":[],"displayTimeUnit":"s"}', "displayTimeUnit"),
    ('{"traceEvents":[],"traceEvents":[]}', "stands twice"),
    ('{"traceEvents":[NaN],"displayTimeUnit":"ns"}', "NaN is no JSON"),
]


def main():
    failures = 0
    wrong = list(trace_format.check(json.dumps(GOOD)))
    if wrong:
        print("the good one:", *wrong, sep="\n    ")
        failures += 1
    samples = []
    for number, (plant, said) in enumerate(PLANTED):
        whole = copy.deepcopy(GOOD)
        plant(whole["traceEvents"])
        samples.append((f"plant {number}", json.dumps(whole), said))
    samples += [(text, text, said) for text, said in TEXTS]
    for what, text, said in samples:
        found = list(trace_format.check(text))
        if not any(said in one for one in found):
            print(f"{what}: nothing says {said!r}:", *found, sep="\n    ")
            failures += 1
    print(f"{len(samples)} planted mistakes, {failures} failures")
    return failures != 0


sys.exit(main())
