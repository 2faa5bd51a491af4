"""A value that each thread has for itself."""

import random
import threading


def show_value(data):
    value = getattr(data, "value", "No value yet")
    print(threading.current_thread().name, ": value=", value)


def worker(data):
    show_value(data)
    data.value = random.randint(1, 100)
    show_value(data)


data = threading.local()
show_value(data)
data.value = 1000
show_value(data)

for _ in range(2):
    threading.Thread(target=worker, args=(data,)).start()
