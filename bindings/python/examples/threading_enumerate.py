"""Joins all threads, without having kept them."""

import random
import threading
import time


def worker():
    name = threading.current_thread().name
    pause = random.randint(1, 5)
    print("Starting:", name, "sleeping", pause)
    time.sleep(pause)  # not to synchronise: the work
    print("Ending  :", name)


for _ in range(3):
    threading.Thread(target=worker, daemon=True).start()

for thread in threading.enumerate():
    if thread is not threading.current_thread():
        print("Joining :", thread.name)
        thread.join()
