"""How long locks are held, and what was waited for last."""

import time
import unittest

import libthreading as threading


class RecordingTest(unittest.TestCase):
    def tearDown(self) -> None:
        threading.inspect()

    def test_the_longest_hold_comes_first(self) -> None:
        accounts, quiet = threading.Lock(name="accounts"), threading.RLock(name="quiet")
        threading.inspect("holds")
        with quiet:
            pass
        with accounts:
            time.sleep(0.002)  # not to synchronise: a hold lasts
        found = threading.holds()
        self.assertEqual((found[0].name, found[0].kind, found[0].holds), ("accounts", "lock", 1))
        self.assertGreaterEqual(found[0].longest, 0.002)
        self.assertEqual(found[0].longest, found[0].total)
        self.assertEqual(found[0].longest_holder, threading.get_ident())
        self.assertIn("quiet", [hold.name for hold in found])

    def test_the_last_waits_are_in_a_dump(self) -> None:
        never = threading.Event(name="never")
        threading.inspect("waits")
        self.assertFalse(never.wait(0.001))
        own = [
            thread for thread in threading.dump_json()["threads"]
            if int(thread["ident"], 16) == threading.get_ident()
        ]
        self.assertIn("never", [wait["name"] for wait in own[0]["last_waits"]])

    def test_what_is_nothing_to_inspect_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            threading.inspect("everything")
