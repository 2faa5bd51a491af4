"""A lock that is held by a with statement."""

import threading


def worker_with(lock):
    with lock:
        print("Lock acquired via with")


def worker_no_with(lock):
    lock.acquire()
    try:
        print("Lock acquired directly")
    finally:
        lock.release()


lock = threading.Lock()
threading.Thread(target=worker_with, args=(lock,)).start()
threading.Thread(target=worker_no_with, args=(lock,)).start()
