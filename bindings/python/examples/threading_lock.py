"""A counter that a lock guards."""

import logging
import random
import threading
import time

logging.basicConfig(level=logging.DEBUG, format="(%(threadName)-10s) %(message)s")


class Counter:
    def __init__(self):
        self.lock = threading.Lock()
        self.value = 0

    def increment(self):
        self.lock.acquire()
        try:
            logging.debug("Acquired lock")
            self.value += 1
        finally:
            self.lock.release()


def worker(counter):
    for _ in range(3):
        pause = random.random()
        logging.debug("Sleeping %0.02f", pause)
        time.sleep(pause)  # not to synchronise: the work
        counter.increment()
    logging.debug("Done")


counter = Counter()
for _ in range(5):
    threading.Thread(target=worker, args=(counter,)).start()

logging.debug("Waiting for worker threads")
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
logging.debug("Counter: %d", counter.value)
