"""What a litmus test is: threads that do what a protocol of the library does, with the orders that
the library's own source has at this moment."""

import functools
import pathlib
import re
from dataclasses import dataclass

from candidates import executions

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent / "src"
ORDER = re.compile(r"\bOrdering::(Relaxed|Acquire|Release|AcqRel|SeqCst)\b")


class Unknown(Exception):
    """The source is not as the test expects it."""


NAMED = r"( *)(?:pub(?:\([a-z]+\))? )?(?:const |unsafe )*fn {}\b"


@functools.cache
def orders_in(file, function):
    """The orders in the functions of that name, from the name to the brace that closes each."""
    found, indent, known = [], None, False
    for line in (SOURCE / file).read_text().splitlines():
        if indent is None:
            named = re.match(NAMED.format(function), line)
            indent = named.group(1) if named else None
            known = known or named is not None
        else:
            found += ORDER.findall(line.split("//")[0])
            if line == indent + "}":
                indent = None
    if not known:
        raise Unknown(f"{file} has no function {function}")
    return found


def order_at(place):
    """The order that stands in the source at 'wait/queue_lock.rs lock 1/2': the first of the two in
    that function."""
    file, function, which = place.split()
    at, count = map(int, which.split("/"))
    found = orders_in(file, function)
    if len(found) != count:
        raise Unknown(f"{file}: {function} has {len(found)} orders, and the test knows {count}")
    return found[at - 1]


@dataclass
class Litmus:
    """One test."""
    # What holds in every execution, as a sentence.
    promise: str
    # Where in the source each order stands; one that begins with = is what a system does.
    orders: dict
    # What each place has at first.
    initial: dict
    # Makes the threads from the orders.
    threads: object
    # Whether a result is right: of the results of the threads, and of the last values.
    holds: object
    # The weaker orders with each of which it does not hold.
    weaker: dict
    # Whether the interesting thing happens at all in some execution.
    happens: object = lambda results, final: True

    def current(self):
        """The orders of the source."""
        return {
            name: place[1:] if place.startswith("=") else order_at(place)
            for name, place in self.orders.items()
        }

    def problem(self, orders):
        """Why it does not hold with these orders, in words, or None; and how many executions were
        looked at."""
        count, happened = 0, False
        for execution in executions(self.threads(orders), self.initial):
            count += 1
            if execution.race():
                return "a race:\n" + execution.describe(), count
            final = execution.final()
            if not self.holds(execution.results, final):
                return f"{execution.results}:\n" + execution.describe(), count
            happened = happened or self.happens(execution.results, final)
        return (None if happened else "what it is about never happens"), count
