"""Two timers, one of which is cancelled in time."""

import threading
import time


def delayed():
    print("Worker running", threading.current_thread().name)


t1 = threading.Timer(3, delayed)
t1.name = "t1"
t2 = threading.Timer(3, delayed)
t2.name = "t2"

print("Starting timers")
t1.start()
t2.start()

print("Waiting before canceling", t2.name)
time.sleep(2)  # not to synchronise: the two seconds in which t2 could still be cancelled
print("Canceling", t2.name)
t2.cancel()
print("Main thread done")
