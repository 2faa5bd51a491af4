"""A pool in which no more than five threads are active."""

import logging
import random
import threading
import time

logging.basicConfig(level=logging.DEBUG, format="%(asctime)s (%(threadName)-2s) %(message)s")


class ActivePool:
    def __init__(self):
        self.active = []
        self.lock = threading.Lock()

    def make_active(self, name):
        with self.lock:
            self.active.append(name)

    def make_inactive(self, name):
        with self.lock:
            self.active.remove(name)

    def __str__(self):
        with self.lock:
            return str(self.active)


def worker(semaphore, pool):
    with semaphore:
        name = threading.current_thread().name
        pool.make_active(name)
        logging.debug("Running: %s", pool)
        time.sleep(random.random())  # not to synchronise: the work
        pool.make_inactive(name)


pool = ActivePool()
semaphore = threading.Semaphore(5)
for number in range(20):
    threading.Thread(target=worker, name=str(number), args=(semaphore, pool)).start()
