"""What a look at a program finds (`threading_reader.py`)."""

import collections

Wait = collections.namedtuple(
    "Wait", "ident object sleeps holder since deadline site waiter epoch others"
)
Held = collections.namedtuple("Held", "holder object depth reads")
Thread = collections.namedtuple(
    "Thread", "ident native_id is_daemon is_foreign phase is_pending is_task is_periodic"
)
Contended = collections.namedtuple(
    "Contended", "object waits timeouts total longest longest_holder"
)
LastWait = collections.namedtuple("LastWait", "object began lasted site outcome several")
Deadlock = collections.namedtuple("Deadlock", "certainty waits")
Holds = collections.namedtuple("Holds", "object count total longest longest_site longest_holder")
