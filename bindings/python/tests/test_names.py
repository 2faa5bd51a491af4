"""Names of objects, which Python's own classes do not have."""

import os
import unittest
from typing import Any, Callable, Dict

import tools
import libthreading as threading
from libthreading import _library

MAKERS: Dict[str, Callable[..., Any]] = {
    "Lock": threading.Lock,
    "RLock": threading.RLock,
    "RWLock": threading.RWLock,
    "Condition": threading.Condition,
    "Condition on a Lock": lambda **named: threading.Condition(threading.Lock(), **named),
    "Condition on any lock": lambda **named: threading.Condition(AnyLock(), **named),
    "Semaphore": threading.Semaphore,
    "BoundedSemaphore": lambda **named: threading.BoundedSemaphore(2, **named),
    "SaturatingSemaphore": lambda **named: threading.SaturatingSemaphore(1, 2, **named),
    "Event": threading.Event,
    "Barrier": lambda **named: threading.Barrier(1, **named),
    "Barrier with an action": lambda **named: threading.Barrier(1, print, None, **named),
    "Latch": lambda **named: threading.Latch(1, **named),
    "Stop": threading.Stop,
    "Queue": lambda **named: threading.Queue(1, **named),
}


class AnyLock:
    def acquire(self, blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        pass


class NamesTest(unittest.TestCase):
    def each(self) -> Any:
        for kind, make in MAKERS.items():
            with self.subTest(kind):
                yield make

    def test_an_object_has_the_name_that_it_was_made_with(self) -> None:
        for make in self.each():
            self.assertEqual(make(name="accounts").name, "accounts")
            self.assertIsNone(make().name)
            self.assertIsNone(make(name=None).name)

    def test_it_can_be_renamed(self) -> None:
        for make in self.each():
            made = make()
            for name in ("accounts", "Zürich ☂\n\"'", "x" * 63, "y" * 64, "z" * 1000):
                made.name = name
                self.assertEqual(made.name, name)
            made.name = None
            self.assertIsNone(made.name)
            made.name = "ledger"
            del made.name
            self.assertIsNone(made.name)

    def test_what_cannot_be_a_name_is_refused(self) -> None:
        for make in self.each():
            for name in ("a\0b", "\ud800"):
                self.assertRaises(ValueError, make, name=name)
            for wrong in (5, b"accounts", ("a",)):
                self.assertRaises(TypeError, make, name=wrong)

    def test_an_object_keeps_its_name_if_the_new_one_is_refused(self) -> None:
        for kind, make in MAKERS.items():
            if kind != "Condition on any lock":  # which is none of the library's
                made = make(name="accounts")
                for name in ("a\0b", "\ud800"):
                    with self.assertRaises(ValueError):
                        made.name = name
                self.assertEqual(made.name, "accounts")

    def test_a_closed_one_is_stale(self) -> None:
        for kind, make in MAKERS.items():
            if kind != "Condition on any lock":
                made = make(name="accounts")
                made.close()
                self.assertRaises(threading.DestroyedError, getattr, made, "name")
                self.assertRaises(threading.DestroyedError, setattr, made, "name", "ledger")

    def test_the_name_is_the_library_s(self) -> None:
        lock = threading.Lock()
        self.assertEqual(_library.threading_lock_set_name(lock._bits, b"accounts"), 0)
        self.assertEqual(lock.name, "accounts")

    def test_a_name_is_a_keyword_only(self) -> None:
        self.assertRaises(TypeError, threading.Lock, "accounts")
        self.assertRaises(TypeError, threading.Semaphore, 1, "accounts")

    def test_a_condition_s_own_rlock_has_its_name(self) -> None:
        self.assertEqual(threading.Condition(name="full")._lock.name, "full")
        lock = threading.Lock(name="accounts")
        self.assertEqual(threading.Condition(lock, name="full").name, "full")
        self.assertEqual(lock.name, "accounts")

    def test_a_timer_has_a_name(self) -> None:
        self.assertEqual(threading.Timer(1, print, name="alarm").name, "alarm")
        self.assertRegex(threading.Timer(1, print).name, "^Thread-")

        class Own(threading.Timer):
            def run(self) -> None:
                pass

        self.assertEqual(Own(1, print, name="alarm").name, "alarm")

    def test_a_local_s_name_is_its_user_s(self) -> None:
        local = threading.local()
        self.assertRaises(AttributeError, getattr, local, "name")
        local.name = 5
        self.assertEqual(local.name, 5)
        self.assertRaises(TypeError, threading.local, name="seat")

    def test_names_stay_in_the_child_of_a_fork(self) -> None:
        objects = [threading.RLock(name="accounts"), threading.Condition(name="full")]
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                for made in objects:
                    made._at_fork_reinit()
                os.write(write, " ".join(made.name for made in objects).encode())
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as end:
            self.assertEqual(end.read(), b"accounts full")
        os.waitpid(child, 0)


class SubclassTest(unittest.TestCase):
    """A subclass that was written for Python's own classes."""

    def test_it_may_assign_its_own_name_before_the_object_is_made(self) -> None:
        class Own(threading.Semaphore):
            def __init__(self, name: Any, value: int) -> None:
                self.name = name
                super().__init__(value)

        for name in ("accounts", "a\0b", "\ud800", ("a", 1), None, 5):
            own = Own(name, 3)
            self.assertEqual(own.name, name)
            self.assertEqual(own._value, 3)
        self.assertEqual(Own("accounts", 3)._known_name(), "accounts")
        self.assertIsNone(Own(5, 3)._known_name())

    def test_it_may_assign_anything_afterwards(self) -> None:
        class Own(threading.Event):
            pass

        own = Own()
        for name in ("accounts", 5, ("a", 1), "ledger", None):
            own.name = name
            self.assertEqual(own.name, name)

    def test_it_may_have_an_attribute_or_a_property_of_that_name(self) -> None:
        class Attribute(threading.Event):
            name = "accounts"

        class Property(threading.Condition):
            @property
            def name(self) -> Any:
                return "ledger"

        self.assertEqual(Attribute().name, "accounts")
        self.assertEqual(Property().name, "ledger")

    def test_it_may_take_the_keyword_for_itself(self) -> None:
        class Own(threading.Lock):
            def __init__(self, *, name: str) -> None:
                super().__init__()
                self.label = name

        own = Own(name="accounts")
        self.assertEqual((own.label, own.name), ("accounts", None))

    def test_it_may_hand_the_keyword_on(self) -> None:
        class Own(threading.Barrier):
            def __init__(self, **keywords: Any) -> None:
                super().__init__(1, **keywords)

        self.assertEqual(Own(name="start").name, "start")


if __name__ == "__main__":
    assert tools
    unittest.main()
