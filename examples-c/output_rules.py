"""What may vary in the output of each example: the rules by which check_output.py compares.

A program that has no rule in RULES, at the end, prints the same each time.
"""

import dataclasses
import datetime
import re
from collections.abc import Callable, Sequence

Lines = Sequence[str]


@dataclasses.dataclass(frozen=True)
class Rule:
    # The name of the thread that printed the line, or anything else that is the same for all lines
    # of one thread.
    thread: Callable[[str], str] = lambda line: "MainThread"
    # The lines without what may vary.
    canonical: Callable[[Lines], Lines] = lambda lines: lines
    # The seconds that a program which printed the lines took at least.
    least: Callable[[Lines], float] = lambda lines: 0.0
    # Why a program that is right can have printed these lines in that many seconds, although they
    # are not canonical.
    excuse: Callable[[Lines, float], str | None] = lambda lines, seconds: None
    # What matches this in a line holds numbers that vary within their range.
    varies: str = r"(?!)"


def thread_matching(pattern: str) -> Callable[[str], str]:
    """The thread is the pattern's first group. A line that does not match is no known thread's."""

    def thread(line: str) -> str:
        match = re.search(pattern, line)
        return match[1] if match else ""

    return thread


def threads_in_any_order(thread: Callable[[str], str], **others) -> Rule:
    """Each thread prints its lines in their order; how the threads take turns is open."""
    return Rule(thread=thread, canonical=lambda lines: sorted(lines, key=thread), **others)


def seconds(number: float) -> Callable[[Lines], float]:
    return lambda lines: number


# threading_daemon and threading_daemon_join_timeout: the process ends before the daemon's sleep
# does.


def daemon_excuse(lines: Lines, took: float) -> str | None:
    return (
        f"the program was held up: it took {took:.1f} seconds, and the daemon sleeps only 2"
        if took >= 2
        else None
    )


# threading_enumerate: the threads are joined in any order, but one after the other.

ENUMERATE_WORKER = r"^(?:Starting|Ending  ): (\S+)"
ENUMERATE_PAUSE = r"sleeping ([1-5])$"
JOINING = "Joining : "


def enumerate_thread(line: str) -> str:
    return "MainThread" if line.startswith(JOINING) else thread_matching(ENUMERATE_WORKER)(line)


def enumerate_canonical(lines: Lines) -> Lines:
    workers, joins, ended, joined = [], [], set(), None
    for line in lines:
        if line.startswith(JOINING):
            early = joined is not None and joined not in ended
            joins.append(line + (f" <before {joined} had ended>" if early else ""))
            joined = line.removeprefix(JOINING)
        else:
            workers.append(re.sub(ENUMERATE_PAUSE, "sleeping <1 to 5>", line))
            if line.startswith("Ending"):
                ended.add(enumerate_thread(line))
    return sorted(workers, key=enumerate_thread) + sorted(joins)


def enumerate_least(lines: Lines) -> float:
    return max(
        (float(pause[1]) for line in lines if (pause := re.search(ENUMERATE_PAUSE, line))),
        default=0.0,
    )


def enumerate_excuse(lines: Lines, took: float) -> str | None:
    joins = [line for line in lines if line.startswith(JOINING)]
    before = lines[: lines.index(joins[0])] if joins else lines
    gone = [enumerate_thread(line) for line in before if line.startswith("Ending")]
    missing = [name for name in gone if JOINING + name not in joins]
    return f"{', '.join(missing)} ended before main listed the threads" if missing else None


# threading_timer: t1 fires while the process waits for it, t2 never.

TIMER_INTERVAL = 3
TIMER_FIRED = r"^Worker running (t[12])$"


def timer_excuse(lines: Lines, took: float) -> str | None:
    """Timers that fire before main has cancelled t2, or has ended, fired at the right time if that
    has passed."""
    fired = [match[1] for line in lines if (match := re.search(TIMER_FIRED, line))]
    if took < TIMER_INTERVAL or sorted(fired) not in (["t1"], ["t1", "t2"]):
        return None
    return f"main was held up for so long that {' and '.join(fired)} fired before it was done"


# Log lines: the name of the thread, and in some programs the time in front of it.

LOG_THREAD = thread_matching(r"\((\S+) *\) ")
LOG_TIME = r"^\d{4}-(?:0\d|1[0-2])-[0-3]\d [0-2]\d:[0-5]\d:[0-6]\d,\d{3} "
# What the times of two lines may lack, in seconds: they are cut to milliseconds, and are those of
# the wall clock, which the system may slow down a little to set it right; the library waits by
# another clock.
LOG_TIME_ERROR = 0.01


# threading_lock: the pauses are random; the counter is printed when all is done.

LOCK_PAUSE = r"Sleeping (0\.\d\d|1\.00)$"


def lock_canonical(lines: Lines) -> Lines:
    threads = [re.sub(LOCK_PAUSE, "Sleeping <0.00 to 1.00>", line) for line in lines[:-1]]
    return sorted(threads, key=LOG_THREAD) + [f"{line} <last>" for line in lines[-1:]]


def lock_least(lines: Lines) -> float:
    """The longest thread's pauses, which are rounded to hundredths when they are printed."""
    pauses: dict[str, float] = {}
    for line in lines:
        if pause := re.search(LOCK_PAUSE, line):
            pauses[LOG_THREAD(line)] = pauses.get(LOG_THREAD(line), 0.0) + float(pause[1]) - 0.005
    return max(pauses.values(), default=0.0)


# threading_lock_noblock: how many tries a thread needs is open; that it counts them rightly is not.


def noblock_canonical(lines: Lines) -> Lines:
    """Failures that lead up to a success may be any number and are left out; all others stay."""
    canonical = []
    tries: dict[str, int] = {}
    failures: dict[str, list[str]] = {}
    for line in sorted(lines, key=LOG_THREAD):
        line = re.sub(LOG_TIME, "<time> ", line)
        thread = LOG_THREAD(line)
        head = f"<time> ({thread:8}) "
        number = tries.get(thread, 0) + 1
        if line == f"{head}Iteration {number}: Not acquired":
            tries[thread] = number
            failures.setdefault(thread, []).append(line)
        elif line == f"{head}Iteration {number}: Acquired":
            tries[thread] = number
            failures[thread] = []
            canonical.append(f"{head}Iteration <the next>: Acquired")
        else:
            canonical += failures.pop(thread, [])
            canonical.append(
                line.replace(f"after {tries.get(thread, 0)} iterations", "after <all> iterations")
            )
    return canonical + [line for left in failures.values() for line in left]


# threading_event and threading_condition: some lines have to wait for others.


@dataclasses.dataclass(frozen=True)
class Wait:
    """The line `end` comes after the line `begin`, at least so many seconds later. Both are given
    without their times."""

    begin: str
    end: str
    seconds: float = 0.0

    def cut_short(self, what: str, when: dict[str, datetime.datetime]) -> bool:
        """Whether the line `what` came too early; `when` tells the times of the lines up to it."""
        if what != self.end:
            return False
        if self.begin not in when:
            return True
        return (when[what] - when[self.begin]).total_seconds() < self.seconds - LOG_TIME_ERROR


def threads_that_wait(waits: Sequence[Wait], **others) -> Rule:
    """Each thread prints its lines in their order, with the times of day; lines of different
    threads as `waits` says."""

    def canonical(lines: Lines) -> Lines:
        canonical = []
        when: dict[str, datetime.datetime] = {}
        for line in lines:
            what = re.sub(LOG_TIME, "", line)
            try:
                when[what] = datetime.datetime.strptime(
                    line.removesuffix(what), "%Y-%m-%d %H:%M:%S,%f "
                )
            except ValueError:
                canonical.append(f"<no time> {line}")
                continue
            early = [
                f" <too early after {wait.begin}>" for wait in waits if wait.cut_short(what, when)
            ]
            canonical.append(f"<time> {what}{''.join(early)}")
        return sorted(canonical, key=LOG_THREAD)

    return Rule(thread=LOG_THREAD, canonical=canonical, varies=LOG_TIME, **others)


EVENT_WAITING = "(MainThread) Waiting before calling Event.set()"
EVENT_TIMEOUT = "(non-block ) e.isSet()->False"
EVENT_WAITS = (
    Wait("(non-block ) wait_for_event_timeout starting", EVENT_TIMEOUT, 2),
    Wait(EVENT_WAITING, "(MainThread) Event is set", 3),
    Wait(EVENT_WAITING, "(block     ) e.isSet()->True", 3),
)


def event_excuse(lines: Lines, took: float) -> str | None:
    late = EVENT_TIMEOUT.replace("False", "True")
    return (
        "non-block was held up until the event was set"
        if any(line.endswith(late) for line in lines)
        else None
    )


CONDITION_MADE = "(p ) Making resource available"
CONDITION_WAITS = (
    Wait(CONDITION_MADE, "(c1) Resource is available to consumer"),
    Wait(CONDITION_MADE, "(c2) Resource is available to consumer"),
)


# threading_deadlock: how long the threads have waited when the watch looks is open.

DEADLOCK_WAITED = r"\d+\.\d{3}(?= s\b)"
WATCH_INTERVAL = 0.1


def deadlock_canonical(lines: Lines) -> Lines:
    return [re.sub(DEADLOCK_WAITED, "<seconds>", line) for line in lines]


# threading_semaphore: who is active with whom is open; that they are no more than five, and at some
# time five, is not.

SEMAPHORE_AT_ONCE = 5
SEMAPHORE_ACTIVE = r"Running: \[('\d+'(?:, '\d+')*)\]$"


def semaphore_active(line: str) -> list[str]:
    match = re.search(SEMAPHORE_ACTIVE, line)
    return re.findall(r"\d+", match[1]) if match else []


def semaphore_most(lines: Lines) -> int:
    return max((len(semaphore_active(line)) for line in lines), default=0)


def semaphore_canonical(lines: Lines) -> Lines:
    workers = {LOG_THREAD(line) for line in lines}
    canonical = []
    for line in lines:
        active = semaphore_active(line)
        if (
            LOG_THREAD(line) in active
            and len(active) == len(set(active))
            and workers.issuperset(active)
        ):
            line = re.sub(SEMAPHORE_ACTIVE, "Running: <some workers, itself among them>", line)
        canonical.append(re.sub(LOG_TIME, "<time> ", line))
    return sorted(canonical, key=LOG_THREAD) + [f"<at most {semaphore_most(lines)} at once>"]


def semaphore_excuse(lines: Lines, took: float) -> str | None:
    most = semaphore_most(lines)
    return (
        f"the workers were so slow to start that only {most} met"
        if most < SEMAPHORE_AT_ONCE
        else None
    )


# threading_local and threading_local_defaults: the threads start when main has printed its lines;
# their values are random.

LOCAL_THREAD = thread_matching(r"(\S+) : value= ")
LOCAL_VALUE = r"(?<=^Thread-[12] : value= )(?:[1-9]\d?|100)$"
LOCAL_ID = r"(?<=\(Initializing )[1-9]\d*(?= for )"


def locals_after_main(main_lines: int) -> Rule:
    """The first lines are main's. Each of the other threads prints its lines in their order; all
    name the same local."""

    def canonical(lines: Lines) -> Lines:
        lines = [re.sub(LOCAL_VALUE, "<1 to 100>", line) for line in lines]
        ids = {number for line in lines for number in re.findall(LOCAL_ID, line)}
        if len(ids) == 1:
            lines = [re.sub(LOCAL_ID, "<id>", line) for line in lines]
        return lines[:main_lines] + sorted(lines[main_lines:], key=LOCAL_THREAD)

    return Rule(thread=LOCAL_THREAD, canonical=canonical, varies=f"{LOCAL_VALUE}|{LOCAL_ID}")


RULES = {
    "threading_simpleargs": threads_in_any_order(lambda line: line),
    "threading_names": threads_in_any_order(thread_matching(r"^(\S+) "), least=seconds(3)),
    "threading_names_log": threads_in_any_order(LOG_THREAD, least=seconds(3)),
    "threading_daemon": Rule(excuse=daemon_excuse),
    "threading_daemon_join": threads_in_any_order(thread_matching(r": (\S+)$"), least=seconds(2)),
    "threading_daemon_join_timeout": threads_in_any_order(
        thread_matching(r": (\S+)$"), least=seconds(1), excuse=daemon_excuse
    ),
    "threading_enumerate": Rule(
        thread=enumerate_thread,
        canonical=enumerate_canonical,
        least=enumerate_least,
        excuse=enumerate_excuse,
        varies=ENUMERATE_PAUSE,
    ),
    "threading_subclass": threads_in_any_order(lambda line: line),
    "threading_timer": Rule(least=seconds(TIMER_INTERVAL), excuse=timer_excuse),
    "threading_event": threads_that_wait(EVENT_WAITS, least=seconds(3), excuse=event_excuse),
    "threading_lock": Rule(
        thread=LOG_THREAD, canonical=lock_canonical, least=lock_least, varies=LOCK_PAUSE
    ),
    "threading_lock_noblock": Rule(thread=LOG_THREAD, canonical=noblock_canonical, varies=LOG_TIME),
    "threading_lock_with": threads_in_any_order(lambda line: line),
    "threading_condition": threads_that_wait(CONDITION_WAITS, least=seconds(4)),
    "threading_deadlock": Rule(
        canonical=deadlock_canonical, least=seconds(WATCH_INTERVAL), varies=DEADLOCK_WAITED
    ),
    "threading_semaphore": Rule(
        thread=LOG_THREAD,
        canonical=semaphore_canonical,
        excuse=semaphore_excuse,
        varies=rf"{LOG_TIME}|{SEMAPHORE_ACTIVE}",
    ),
    "threading_local": locals_after_main(2),
    "threading_local_defaults": locals_after_main(1),
}
