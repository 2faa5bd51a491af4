"""A thread cannot take a lock twice."""

import threading

lock = threading.Lock()


def first():
    print("First try:", lock.acquire())
    second()


def second():
    print("Second try:", lock.acquire(False))


first()
