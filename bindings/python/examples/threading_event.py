"""Threads that wait until an event is set, one of them not for long."""

import logging
import threading
import time

logging.basicConfig(level=logging.DEBUG, format="%(asctime)s (%(threadName)-10s) %(message)s")


def wait_for_event(event):
    logging.debug("wait_for_event starting")
    event.wait()
    logging.debug("e.isSet()->%s", event.is_set())


def wait_for_event_timeout(event, seconds):
    logging.debug("wait_for_event_timeout starting")
    event.wait(seconds)
    logging.debug("e.isSet()->%s", event.is_set())


event = threading.Event()
threading.Thread(name="block", target=wait_for_event, args=(event,)).start()
threading.Thread(name="non-block", target=wait_for_event_timeout, args=(event, 2)).start()

logging.debug("Waiting before calling Event.set()")
time.sleep(3)  # not to synchronise: longer than non-block waits
event.set()
logging.debug("Event is set")
