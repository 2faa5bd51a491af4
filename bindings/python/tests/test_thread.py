"""Thread and the functions about threads, beyond what CPython's test_threading looks at."""

import _thread
import math
import os
import sys
import unittest

import tools
import libthreading as threading


def started(**arguments: object) -> threading.Thread:
    thread = threading.Thread(**arguments)
    thread.start()
    return thread


class ThreadTest(unittest.TestCase):
    def test_arguments_have_their_names(self) -> None:
        seen = []
        thread = started(
            group=None,
            target=lambda *a, **k: seen.append((a, k)),
            name="n",
            args=[1],
            kwargs={"b": 2},
            daemon=True,
        )
        thread.join(timeout=None)
        self.assertEqual(seen, [((1,), {"b": 2})])
        self.assertEqual((thread.name, thread.daemon), ("n", True))

    def test_names_are_the_library_s_and_the_operating_system_s(self) -> None:
        def work() -> None:
            pass

        self.assertRegex(threading.Thread().name, r"^Thread-\d+$")
        suffix = r" \(work\)" if sys.version_info >= (3, 10) else ""
        self.assertRegex(threading.Thread(target=work).name, rf"^Thread-\d+{suffix}$")
        self.assertEqual(threading.Thread(name=123).name, "123")
        names = []

        def look() -> None:
            threading.current_thread().name = "größer als fünfzehn"
            with open(
                f"/proc/self/task/{threading.get_native_id()}/comm",
                encoding="utf-8",
                errors="replace",
            ) as file:
                names.append(file.read().rstrip("\n"))

        thread = started(target=look)
        thread.join()
        self.assertEqual(thread.name, "größer als fünfzehn")
        self.assertTrue(names[0] and thread.name.startswith(names[0].rstrip("\ufffd")))
        thread.name = "ä" * 1000
        self.assertEqual(thread.name, "ä" * 1000)

    def test_bad_names_raise(self) -> None:
        for name in ("a\0b", "\udcff"):
            self.assertRaises(ValueError, threading.Thread, name=name)
            self.assertRaises(ValueError, setattr, threading.Thread(), "name", name)

    def test_ids_are_none_before_the_start_and_stay_afterwards(self) -> None:
        ids = []
        thread = threading.Thread(
            target=lambda: ids.append((threading.get_ident(), threading.get_native_id()))
        )
        self.assertIsNone(thread.ident)
        self.assertIsNone(thread.native_id)
        thread.start()
        thread.join()
        self.assertEqual([(thread.ident, thread.native_id)], ids)
        self.assertEqual(threading.main_thread().native_id, os.getpid())

    def test_idents_are_never_used_again(self) -> None:
        idents = []
        for _ in range(20):
            thread = started()
            thread.join()
            idents.append(thread.ident)
        self.assertEqual(len(set(idents)), 20)

    def test_bad_timeouts_raise_and_negative_ones_poll(self) -> None:
        end = threading.Event()
        thread = started(target=end.wait)
        self.assertRaises(ValueError, thread.join, math.nan)
        self.assertRaises(OverflowError, thread.join, timeout=threading.TIMEOUT_MAX + 1)
        for timeout in (-1, 0, 0.001):
            self.assertIsNone(thread.join(timeout))
            self.assertTrue(thread.is_alive())
        end.set()
        thread.join()
        self.assertFalse(thread.is_alive())

    def test_what_is_forgotten_in_a_subclass_is_told(self) -> None:
        class Forgetful(threading.Thread):
            def __init__(self) -> None:
                pass

        self.assertRaisesRegex(RuntimeError, "__init__", Forgetful().start)
        self.assertRaisesRegex(RuntimeError, "__init__", Forgetful().join)

    def test_a_closed_one_is_stale(self) -> None:
        thread = started()
        thread.join()
        thread.close()
        questions = (
            lambda: thread.name,
            lambda: thread.ident,
            lambda: thread.native_id,
            lambda: thread.daemon,
        )
        for use in (thread.start, thread.join, thread.is_alive, *questions):
            self.assertRaises(threading.DestroyedError, use)
        self.assertIn("closed", repr(thread))

    def test_one_that_is_closed_while_it_runs_goes_on(self) -> None:
        begun, end = threading.Event(), threading.Event()
        names = []

        def work() -> None:
            begun.set()
            end.wait()
            names.append(threading.current_thread())

        thread = started(target=work)
        begun.wait()
        thread.close()
        end.set()
        tools.until(self, lambda: names)
        self.assertEqual(names, [thread])

    def test_the_target_and_its_arguments_are_let_go_of(self) -> None:
        thread = started(target=lambda value: None, args=(object(),))
        thread.join()
        self.assertFalse(hasattr(thread, "_target") or hasattr(thread, "_args"))


class Foreign(unittest.TestCase):
    def test_a_foreign_thread_is_a_daemon_named_dummy_as_long_as_it_lives(self) -> None:
        seen, end, before = [], threading.Event(), threading.active_count()

        def work() -> None:
            seen.append(threading.current_thread())
            end.wait()

        _thread.start_new_thread(work, ())
        tools.until(self, lambda: seen)
        dummy = seen[0]
        self.assertRegex(dummy.name, r"^Dummy-\d+$")
        self.assertTrue(dummy.daemon and dummy.is_alive())
        self.assertIn(dummy, threading.enumerate())
        self.assertEqual(threading.active_count(), before + 1)
        self.assertRaisesRegex(RuntimeError, "dummy", dummy.join)
        end.set()
        tools.until(self, lambda: threading.active_count() == before)
        self.assertNotIn(dummy, threading.enumerate())

    def test_enumerate_lists_the_same_objects_each_time(self) -> None:
        end = threading.Event()
        threads = [started(target=end.wait) for _ in range(10)]
        self.assertEqual(threading.enumerate(), threading.enumerate())
        self.assertLessEqual({threading.main_thread(), *threads}, set(threading.enumerate()))
        end.set()
        for thread in threads:
            thread.join()
        self.assertTrue(set(threads).isdisjoint(threading.enumerate()))

    def test_a_thread_that_the_library_started_for_another_can_be_joined(self) -> None:
        library = threading._library
        bits = library.handle()
        end = threading.Event()
        target = library.target(lambda _: end.wait() and None)
        self.assertEqual(
            library.threading_thread_spawn(b"another's", target, None, bits), library.OK
        )
        thread = next(one for one in threading.enumerate() if one.name == "another's")
        end.set()
        thread.join()
        self.assertFalse(thread.is_alive())
        self.assertEqual(library.threading_thread_destroy(bits), library.OK)

    def test_a_thread_that_is_about_to_end_and_has_no_object_any_more_is_not_listed(self) -> None:
        library = threading._library
        bits = library.handle()
        end = threading.Event()
        target = library.target(lambda _: end.wait() and None)
        library.threading_thread_spawn(b"ending", target, None, bits)
        threading._registry.give_up(bits.value)
        self.assertTrue(library.threading_thread_is_alive(bits))
        self.assertNotIn("ending", [one.name for one in threading.enumerate()])
        end.set()
        library.threading_thread_finish(bits, None)

    def test_the_main_thread_can_be_neither_started_nor_closed(self) -> None:
        main = threading.main_thread()
        self.assertRaisesRegex(RuntimeError, "only be started once", main.start)
        self.assertRaisesRegex(RuntimeError, "cannot join current thread", main.join)
        main.close()
        self.assertTrue(main.is_alive())
        self.assertFalse(main.daemon)


    def test_a_thread_runs_on_the_processors_that_it_is_given(self) -> None:
        processor = min(os.sched_getaffinity(0))
        found = []
        thread = threading.Thread(target=lambda: found.append(os.sched_getaffinity(0)))
        for wrong in ([], [-1], [1 << 32], [8192]):
            self.assertRaises(ValueError, thread.set_affinity, wrong)
        thread.set_affinity([processor, 8191])
        self.assertRaises(ValueError, thread.start)
        thread.set_affinity({processor})
        thread.start()
        thread.join()
        self.assertEqual(found, [{processor}])
        self.assertRaises(ValueError, thread.set_affinity, [processor])

    def test_a_thread_runs_with_the_priority_that_it_is_given(self) -> None:
        def nice() -> int:
            return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

        if nice() > 10:
            self.skipTest("the process is lower than low")
        found = []
        thread = threading.Thread(target=lambda: found.append(nice()))
        self.assertRaises(ValueError, thread.set_priority, 3)
        thread.set_priority(threading.Priority.REALTIME)
        thread.set_priority(threading.Priority.LOW)
        thread.start()
        thread.join()
        self.assertEqual(found, [10])
        self.assertRaises(ValueError, thread.set_priority, threading.Priority.NORMAL)


class Functions(unittest.TestCase):
    def test_stack_size_returns_what_it_was_and_refuses_too_little(self) -> None:
        self.assertEqual(threading.stack_size(65536), 0)
        for size in (1, 32767, -1, 1 << 63, 1 << 64):
            self.assertRaises(ValueError, threading.stack_size, size)
        self.assertRaises(TypeError, threading.stack_size, 65536.0)
        started().join()
        self.assertEqual(threading.stack_size(), 65536)
        self.assertEqual(threading.stack_size(), 0)

    def test_the_excepthook_is_looked_up_when_a_run_raises(self) -> None:
        seen = []
        thread = threading.Thread(target=lambda: 1 / 0)
        threading.excepthook = seen.append
        try:
            thread.start()
            thread.join()
        finally:
            threading.excepthook = threading.__excepthook__
        self.assertEqual(
            [(args.exc_type, args.thread) for args in seen], [(ZeroDivisionError, thread)]
        )
        seen.clear()

    def test_hooks_reach_new_threads(self) -> None:
        for set_hook, get_hook in (
            (threading.settrace, threading.gettrace),
            (threading.setprofile, threading.getprofile),
        ):
            seen = set()
            hook = lambda frame, event, argument: seen.add(threading.get_ident())
            set_hook(hook)
            try:
                self.assertIs(get_hook(), hook)
                thread = started(target=lambda: None)
                thread.join()
            finally:
                set_hook(None)
            self.assertEqual(seen, {thread.ident})


if __name__ == "__main__":
    unittest.main()
