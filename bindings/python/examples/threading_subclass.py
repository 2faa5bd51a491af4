"""A thread class with a run of its own."""

import threading


class MyThread(threading.Thread):
    def run(self):
        print("MyThread:", self.name)


for _ in range(5):
    MyThread().start()
