"""Threads that know their names."""

import threading
import time


def work(seconds):
    name = threading.current_thread().name
    print(f"{name} Starting\n", end="")
    time.sleep(seconds)  # not to synchronise: the work
    print(f"{name} Exiting\n", end="")


my_service = threading.Thread(name="my_service", target=work, args=(3,))
worker = threading.Thread(name="worker", target=work, args=(2,))
unnamed = threading.Thread(target=work, args=(2,))

worker.start()
unnamed.start()
my_service.start()
