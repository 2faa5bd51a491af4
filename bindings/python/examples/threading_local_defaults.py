"""A value that each thread has for itself, and that begins as the class says."""

import random
import threading

whole_lines = threading.RLock()


def show_value(data):
    with whole_lines:
        print(threading.current_thread().name, ": value=", end=" ")
        print(data.value)


def worker(data):
    show_value(data)
    data.value = random.randint(1, 100)
    show_value(data)


class MyLocal(threading.local):
    def __init__(self, value):
        print(f"(Initializing {id(self)} for {threading.current_thread().name})", end=" ")
        self.value = value


data = MyLocal(1000)
show_value(data)

for _ in range(2):
    threading.Thread(target=worker, args=(data,)).start()
