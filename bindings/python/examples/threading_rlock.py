"""A thread can take an rlock twice."""

import threading

lock = threading.RLock()


def first():
    print("First try:", lock.acquire())
    second()


def second():
    print("Second try:", lock.acquire(False))


first()
