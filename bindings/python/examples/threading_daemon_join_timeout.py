"""Waits for a daemon, but not for long."""

import threading
import time


def daemon():
    print("Starting:", threading.current_thread().name, flush=True)
    time.sleep(2)  # not to synchronise: the work
    print("Exiting :", threading.current_thread().name, flush=True)


def non_daemon():
    print("Starting:", threading.current_thread().name, flush=True)
    print("Exiting :", threading.current_thread().name, flush=True)


d = threading.Thread(name="daemon", target=daemon, daemon=True)
t = threading.Thread(name="non-daemon", target=non_daemon)

d.start()
t.start()

d.join(1)
print("d.isAlive()", d.is_alive())
t.join()
