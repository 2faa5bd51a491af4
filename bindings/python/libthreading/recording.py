"""What costs something while it is recorded: how long locks are held, and the last waits."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

from libthreading import _library
from libthreading._errors import error_of
from libthreading._library import threading_holds_top, threading_inspect
from libthreading._lists import listed
from libthreading.inspection import KINDS, name_of

_RECORDED = {"holds": _library.INSPECT_HOLDS, "waits": _library.INSPECT_WAITS}


class Hold(NamedTuple):
    """How a Lock or RLock was held."""

    # What it is: "lock" or "rlock".
    kind: str
    # Its number, which a dump shows too.
    object: int
    # How many holds are over, how many seconds they were together, and the longest of them.
    holds: int
    total: float
    longest: float
    # The ident of the thread whose hold the longest was.
    longest_holder: int

    @property
    def name(self) -> Optional[str]:
        """Its name; None if it has none, or has ended."""
        return name_of(self.kind, self.object)


def inspect(*what: str) -> None:
    """Records that from now on, and nothing else: "holds", "waits", or nothing.

    While holds are recorded, each acquire and release takes longer. Of "waits" each thread keeps
    the last 32, which dump then shows. Raises ValueError for another word. The order in which
    locks are taken is not recorded for Python: an acquire of this package tries first, and a try
    cannot be part of a deadlock.
    """
    bits = 0
    for word in what:
        if word not in _RECORDED:
            raise ValueError(f"{word!r} is nothing to inspect")
        bits |= _RECORDED[word]
    status = threading_inspect(bits)
    if status:
        raise error_of(status)


def holds() -> List[Hold]:
    """The Locks and RLocks that were held since "holds" was switched on last, those first that were
    held longest."""
    return [
        Hold(
            kind=KINDS.get(seen.kind, "object"),
            object=seen.object,
            holds=seen.holds,
            total=seen.total,
            longest=seen.longest,
            longest_holder=seen.longest_holder,
        )
        for seen in listed(_library.hold, threading_holds_top)
    ]
