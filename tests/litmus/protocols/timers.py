"""The service of the timers falls asleep while a timer is started (`src/timer/alarm.rs`)."""

from executions import change, exchange, load, store
from litmus import Litmus
from protocols.queue import futex_wait, futex_wake, one_more

KNOWN, DUE = 9, 5  # when the service would wake by itself, and when the new timer is due


def sleeps(o):
    """The wheel is looked at under its lock, so each look or insertion is one step."""
    def service():
        yield store("next", 0, o["begin"])
        announced = yield load("wakeups", o["announced"])
        timers = yield change("wheel", lambda timers: timers, "AcqRel")
        if timers:
            return False, 0
        yield store("next", KNOWN, o["sleep"])
        return (yield from futex_wait("wakeups", announced))

    def starts():
        yield change("wheel", one_more, "AcqRel")
        known = yield load("next", o["first"])
        if 0 < known <= DUE:
            return None
        yield change("wakeups", one_more, o["wake"])
        again = yield load("next", o["again"])
        return (yield from futex_wake()) if again else None
    return [service, starts]


def ends(o):
    """The service has been idle for long and ends, while a timer is started: `service.rs`."""
    def service():
        yield store("started", 0, o["end"])
        announced = yield load("wakeups", o["announced"])
        if announced == 0:
            return "ends"
        now = yield exchange("started", 0, 1, o["go on"], "SeqCst")
        return "goes on" if now == 0 else "ends"

    def starts():
        yield change("wakeups", one_more, o["wake"])
        started = yield load("started", o["ensure"])
        if started == 1:
            return "there is one"
        now = yield exchange("started", 0, 2, o["start"], "SeqCst")
        return "there is one" if now else "starts one"
    return [service, starts]


ALARM, SERVICE = "timer/alarm.rs", "timer/service.rs"
TESTS = [
    Litmus("the service is woken for a timer that is earlier than what it knows",
           {"begin": f"{ALARM} begin_look 1/1", "announced": f"{ALARM} announced 1/1",
            "sleep": f"{ALARM} sleep 1/1", "first": f"{ALARM} wake_if_earlier 1/1",
            "wake": f"{ALARM} wake 1/2", "again": f"{ALARM} wake 2/2"},
           {"next": KNOWN, "wakeups": 0, "wheel": 0, "kernel": 0}, sleeps,
           lambda r, f: not r[0][0] or r[1] is not None and r[1] > r[0][1],
           {"wake": "AcqRel", "again": "Acquire"}, lambda r, f: r[0][0]),
    Litmus("a service that ends has no timer, or another is started",
           {"end": f"{SERVICE} ends 1/3", "announced": f"{ALARM} announced 1/1",
            "go on": f"{SERVICE} ends 2/3", "wake": f"{ALARM} wake 1/2",
            "ensure": f"{SERVICE} ensure 1/1", "start": f"{SERVICE} start 2/5"},
           {"started": 1, "wakeups": 0}, ends, lambda r, f: r != ["ends", "there is one"],
           {"end": "Release", "announced": "Acquire", "wake": "AcqRel", "ensure": "Acquire"}),
]
