"""On which line of the plot of ratios a row of the benchmark stands: by object, and there by what
is done with it. The plot has at most MOST_LINES: one is for all sizes, and for all that look alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import results

BUSY = "beside busy processes"

# More are not read at a glance.
MOST_LINES = 40

# An object, what is done with it, and the rows, by how their names begin. The first that fits.
PLACES = (
    ("lock", "acquire + release, free", r"lock uncontended$"),
    ("lock", "try, held", r"try on a held lock"),
    ("lock", "acquire + release, contended", r"contended lock|fairness"),
    ("lock", "hand-over", r"ping-pong lock"),
    ("rlock", "acquire + release, free", r"rlock "),
    ("rwlock", "read or write, free", r"rwlock uncontended"),
    ("rwlock", "read and write, contended", r"contended rwlock|longest wait to write"),
    ("condition", "hand-over", r"ping-pong condition"),
    ("condition", "notify all", r"broadcast"),
    ("semaphore", "acquire + release, free", r"semaphore uncontended$"),
    ("semaphore", "acquire + release, contended", r"contended semaphore"),
    ("semaphore", "hand-over", r"ping-pong semaphore"),
    ("event", "is_set, wait, set + clear", r"event "),
    ("event", "hand-over", r"ping-pong event"),
    ("barrier", "a round", r"barrier"),
    ("queue", "put + get, of a condition", r"queue(?! object)"),
    ("queue", "put + get, the object", r"queue object"),
    ("queue", "pipeline", r"pipeline"),
    ("thread", "start + join", r"thread start"),
    ("thread", "enumerate, active count", r"enumerate|active count"),
    ("thread", "first call of a foreign one", r"first call of a foreign thread"),
    ("local", "get", r"local get"),
    ("local", "set", r"local set"),
    ("timer", "start + cancel", r"timer start"),
    ("timer", "lateness", r"timer lateness"),
    ("any object", "make + destroy", r"make \+ destroy"),
    ("any object", "memory", r"memory |timer memory"),
    ("wait_any", "any of several", r"wait_any|ping-pong wait_any|give \+ wait_any"),
    ("stop", "request, hand-over", r"stop |ping-pong stop"),
    ("executor", "submit, result", r"submit "),
    ("process", "signal to a waiter; fork", r"signal to waiter|fork|first lock in a forked child"),
    ("process", "load the library, its size", r"load and exit|library load|library size"),
    ("process", "system calls", r"system calls"),
    ("process", "fast paths under a tool", r".*, inspected$"),
)
# Beside busy processes an object has one line.
BUSY_PLACES = (
    ("lock", r"contended lock|ping-pong lock"),
    ("condition", r"ping-pong condition|broadcast"),
    ("semaphore", r"contended semaphore|ping-pong semaphore"),
    ("event", r"ping-pong event"),
    ("barrier", r"barrier"),
    ("queue", r"queue|pipeline"),
)


@dataclass
class Line:
    """A line of the plot."""

    object: str
    words: str
    rows: list[dict] = field(default_factory=list)

    def compared(self) -> list[tuple[float, bool]]:
        """Ours divided by the best rival's, and whether that is of another language. Where ours is
        nothing there is no place on a log scale."""
        found = [
            (results.ratio(row, results.best(row, elsewhere)), elsewhere)
            for elsewhere in (True, False)
            for row in self.rows
        ]
        return [(over, elsewhere) for over, elsewhere in found if over]


def place_of(row: dict) -> tuple[str, str]:
    """The object, or where it was measured, and what is done."""
    if row["group"] == "busy":
        for words, pattern in BUSY_PLACES:
            if re.match(pattern, row["row"]):
                return BUSY, words
        return BUSY, "the rest"
    for what, words, pattern in PLACES:
        if re.match(pattern, row["row"]):
            return what, words
    # A group that has no place yet has one line.
    return row["group"].replace("_", " "), "all rows"


def lines_of(rows: list[dict]) -> list[Line]:
    """The lines in the order of the places, those with nothing to compare left out."""
    order = [(what, words) for what, words, _ in PLACES]
    order += [(BUSY, words) for words, _ in BUSY_PLACES]
    found = {place: Line(*place) for place in order}
    for row in rows:
        place = place_of(row)
        found.setdefault(place, Line(*place)).rows.append(row)
    # What has no place yet comes before what was measured beside busy processes.
    return sorted(
        (line for line in found.values() if line.compared()), key=lambda line: line.object == BUSY
    )
