"""The timeline and the page."""

import json
import tempfile
import unittest

import tools
import libthreading as threading


class TimelineTest(unittest.TestCase):
    def test_marks_waits_and_holds_are_in_it_while_it_is_on(self) -> None:
        ended = tools.run("""
import os, tempfile
import libthreading as threading
accounts = threading.Lock(name="accounts")
accounts.acquire()
def serve():
    with accounts: pass
thread = threading.Thread(target=serve, name="teller")
thread.start()
while not threading.waiting_for(thread):
    os.sched_yield()
threading.mark("phase 2")
accounts.release()
thread.join()
events = threading.timeline()["traceEvents"]
print([event["name"] for event in events if event.get("cat") == "mark"])
print(sum(event["ph"] == "b" and event["name"] == "lock accounts" for event in events))
print(any(event["name"].startswith("Lock contention on accounts") for event in events))
with tempfile.TemporaryFile() as file:
    threading.timeline_json(file)
    file.seek(0)
    print(b"phase 2" in file.read())
""", THREADING_INSPECT="timeline")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(ended.stdout, "['phase 2']\n2\nTrue\nTrue\n")

    def test_a_mark_that_is_no_text_is_refused(self) -> None:
        for text in ("a\0b", "\udc80"):
            with self.assertRaises(ValueError):
                threading.mark(text)
        threading.mark("nowhere, while it is off")
        self.assertNotIn("nowhere", json.dumps(threading.timeline()))

    def test_the_report_is_one_page_with_the_dump_in_it(self) -> None:
        with threading.Lock(name="accounts"), tempfile.TemporaryFile() as file:
            threading.report_html(file)
            file.seek(0)
            text = file.read().decode()
        self.assertTrue(text.startswith("<!doctype html>"))
        self.assertIn('"name":"accounts"', text)
        with self.assertRaises(OSError), open("/dev/null", "rb") as unwritable:
            threading.report_html(unwritable)
