"""Tries to take a lock, and counts how often that takes."""

import logging
import random
import threading
import time

logging.basicConfig(level=logging.DEBUG, format="%(asctime)s (%(threadName)-8s) %(message)s")


def random_pause():
    time.sleep(random.random())  # not to synchronise: the work


def worker(lock):
    logging.debug("Starting")
    tries = acquires = 0
    while acquires < 3:
        random_pause()
        have_it = lock.acquire(False)
        try:
            tries += 1
            if have_it:
                logging.debug("Iteration %d: Acquired", tries)
                acquires += 1
                random_pause()
            else:
                logging.debug("Iteration %d: Not acquired", tries)
        finally:
            if have_it:
                lock.release()
    logging.debug("Done after %d iterations", tries)


lock = threading.Lock()
for _ in range(3):
    threading.Thread(target=worker, args=(lock,)).start()
