"""Log lines with the name of the thread that writes them."""

import logging
import threading
import time

logging.basicConfig(level=logging.DEBUG, format="[%(levelname)s] (%(threadName)-10s) %(message)s")


def work(seconds):
    logging.debug("Starting")
    time.sleep(seconds)  # not to synchronise: the work
    logging.debug("Exiting")


my_service = threading.Thread(name="my_service", target=work, args=(3,))
worker = threading.Thread(name="worker", target=work, args=(2,))
unnamed = threading.Thread(target=work, args=(2,))

worker.start()
unnamed.start()
my_service.start()
