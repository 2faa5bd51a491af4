"""local, beyond what CPython's test_threading_local looks at."""

import _thread
import copy
import gc
import sys
import unittest
import weakref

import tools
import libthreading as threading

threading_local = sys.modules["libthreading.local"]


class Value:
    pass


class LocalTest(unittest.TestCase):
    def test_values_end_with_their_thread_whoever_started_it(self) -> None:
        local = threading.local()
        ended = []

        def work() -> None:
            local.value = Value()
            weakref.finalize(local.value, ended.append, threading.get_ident())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.assertEqual(ended, [thread.ident])
        _thread.start_new_thread(work, ())
        tools.until(self, lambda: len(ended) == 2)
        self.assertFalse(hasattr(local, "value"))

    def test_it_cannot_be_copied(self) -> None:
        self.assertRaisesRegex(TypeError, "cannot pickle", copy.copy, threading.local())

    def test_values_end_with_the_local(self) -> None:
        local = threading.local()
        local.value = Value()
        reference = weakref.ref(local.value)
        del local
        gc.collect()
        self.assertIsNone(reference())

    def test_a_thread_remembers_no_local_that_has_ended(self) -> None:
        threading.local().value = 1
        before = len(threading_local._ends.end.locals)
        for _ in range(10):
            threading.local().value = 1
        gc.collect()
        self.assertEqual(len(threading_local._ends.end.locals), before)

    def test_a_subclass_is_initialised_in_each_thread_with_its_arguments(self) -> None:
        seen = []

        class Counted(threading.local):
            kind = "class attribute"
            __slots__ = ("shared",)

            def __init__(self, first: int, *, second: int) -> None:
                seen.append((first, second))
                self.value = first

            @property
            def doubled(self) -> int:
                return 2 * self.value

            @doubled.setter
            def doubled(self, value: int) -> None:
                self.value = value // 2

        local = Counted(1, second=2)
        local.shared = "slot"
        local.doubled = 10
        self.assertEqual(
            (local.value, local.doubled, local.kind, local.__dict__),
            (5, 10, "class attribute", {"value": 5}),
        )
        found = []
        thread = threading.Thread(
            target=lambda: found.append((local.value, local.shared, local.kind))
        )
        thread.start()
        thread.join()
        self.assertEqual(found, [(1, "slot", "class attribute")])
        self.assertEqual(seen, [(1, 2)] * 2)
        local.kind = "own"
        self.assertEqual(local.kind, "own")
        del local.kind
        self.assertEqual(local.kind, "class attribute")
        self.assertRaises(AttributeError, delattr, local, "kind")
        self.assertRaises(AttributeError, delattr, local, "doubled")

    def test_an_init_that_raises_is_tried_again(self) -> None:
        class Reluctant(threading.local):
            willing = True

            def __init__(self) -> None:
                if not Reluctant.willing:
                    raise ZeroDivisionError
                self.value = 1

        local = Reluctant()
        found = []

        def work() -> None:
            Reluctant.willing = False
            try:
                local.value
            except ZeroDivisionError:
                found.append("raised")
            Reluctant.willing = True
            found.append(local.value)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.assertEqual(found, ["raised", 1])


if __name__ == "__main__":
    unittest.main()
