"""The end of the interpreter, signals, and forks: each in an interpreter of its own."""

import sys
import unittest

import tools

START = "import libthreading as threading, os, signal, sys, time\n"


class End(unittest.TestCase):
    def prints(self, code: str, *lines: str, status: int = 0, errors: str = "^$") -> None:
        done = tools.run(START + code)
        self.assertEqual(
            (done.stdout.splitlines(), done.returncode), (list(lines), status), done.stderr
        )
        self.assertRegex(done.stderr.strip(), errors)

    def test_threads_are_joined_before_the_end_and_daemons_are_not(self) -> None:
        self.prints(
            """
never = threading.Event()
daemon = threading.Thread(target=lambda: (never.wait(), print("daemon")), daemon=True)
daemon.start()
timer = threading.Timer(1000, print, ["daemon"])
timer.daemon = True
timer.start()
def work():
    threading.main_thread().join()
    threading.Timer(0.01, print, ["timer"]).start()
    print("joined", threading.main_thread().is_alive())
threading.Thread(target=work).start()
print("end")
""",
            "end",
            "joined False",
            "timer",
        )

    def test_what_is_registered_runs_first_and_the_last_of_it_first(self) -> None:
        self.prints(
            """
import atexit
stop = threading.Event()
threading.Thread(target=lambda: (stop.wait(), print("thread"))).start()
atexit.register(print, "atexit")
threading._register_atexit(stop.set)
threading._register_atexit(print, "last", end="!\\n")
""",
            "last!",
            "thread",
            "atexit",
        )

    def test_after_the_shutdown_nothing_starts(self) -> None:
        self.prints(
            """
threading._shutdown()
threading._shutdown()
register = lambda: threading._register_atexit(print)
for start in (threading.Thread(target=print).start, threading.Timer(0, print).start, register):
    try:
        start()
    except RuntimeError as error:
        print(error)
""",
            "can't create new thread at interpreter shutdown",
            "can't create new thread at interpreter shutdown",
            "can't register atexit after shutdown",
        )

    def test_daemons_of_every_kind_do_not_disturb_the_end(self) -> None:
        code = START + """
event, lock, condition, ran = threading.Event(), threading.Lock(), threading.Condition(), set()
def work():
    while True:
        event.wait(0.0001)
        with lock:
            ran.add(threading.current_thread())
        with condition:
            condition.wait(0.0001)
def again():
    timer = threading.Timer(0.0001, again)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:  # the shutdown has begun
        pass
for _ in range(10):
    threading.Thread(target=work, daemon=True).start()
    again()
while len(ran) < 10:
    os.sched_yield()
"""
        for _ in range(5):
            done = tools.run(code, "-X", "faulthandler")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_join_while_the_interpreter_finalizes_does_not_hang(self) -> None:
        for timeout in ("None", "10"):
            with self.subTest(timeout):
                self.prints(
                    f"""
import gc
class Cycle:
    def __init__(self, target):
        self.itself = self
        self.thread = threading.Thread(target=target, daemon=True)
        self.thread.start()
    def __del__(self):
        try:
            self.thread.join({timeout})
        except RuntimeError as error:
            print(type(error).__name__, error, self.thread.is_alive())
        else:
            print(self.thread.is_alive())
def work():
    while True:
        pass
gc.disable()
ended = Cycle(int)
ended.thread.join()
del ended
gc.collect()
Cycle(work)
""",
                    "False",
                    "PythonFinalizationError cannot join thread at interpreter shutdown True"
                    if sys.version_info >= (3, 14)
                    else "False",  # it ended as soon as it wanted the interpreter
                )

    @unittest.skipIf(sys.version_info < (3, 14), "before Python 3.14 such threads end, unnoticed")
    def test_an_interrupted_end_waits_for_the_threads_and_ends(self) -> None:
        for begin in ("threading.Thread(target=work).start()", "threading.Executor().submit(work)"):
            with self.subTest(begin):
                self.prints(
                    f"""
handled = threading.Event()
def handle(*_):
    handled.set()
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, handle)
ends = threading.Event()
threading._register_atexit(ends.set)
def work():
    ends.wait()
    os.kill(os.getpid(), signal.SIGINT)
    handled.wait()
    print("worked")
{begin}
""",
                    "worked",
                    errors="KeyboardInterrupt",
                )

    def test_what_another_package_raises_at_the_end_leaves_no_thread_behind(self) -> None:
        self.prints(
            """
import atexit
import threading as pythons
ends = threading.Event()
def work():
    ends.wait()
    for _ in range(1000000):  # longer than the interpreter lets one thread run
        pass
    print("worked")
threading.Thread(target=work).start()
atexit.register(ends.set)
pythons._register_atexit(int, "no number")
""",
            "worked",
            errors="no number",
        )

    def test_a_signal_handler_runs_while_the_main_thread_waits(self) -> None:
        waits = {
            "lock": "held.acquire()",
            "lock with a timeout": "held.acquire(timeout=1000)",
            "with": "held.__enter__()",
            "rlock": "rlock.acquire()",
            "event": "threading.Event().wait()",
            "semaphore": "threading.Semaphore(0).acquire()",
            "condition": "condition.acquire(); condition.wait()",
            "join": "thread.join()",
        }
        for name, wait in waits.items():
            with self.subTest(name):
                self.prints(
                    f"""
held, rlock, condition = threading.Lock(), threading.RLock(), threading.Condition()
begun, never = threading.Event(), threading.Event()
held.acquire()
thread = threading.Thread(target=lambda: (rlock.acquire(), begun.set(), never.wait()), daemon=True)
thread.start()
begun.wait()
try:
    threading.Timer(0.01, os.kill, [os.getpid(), signal.SIGINT]).start()
    {wait}
except KeyboardInterrupt:
    print("interrupted")
""",
                    "interrupted",
                )

    def test_after_an_interrupted_wait_a_condition_is_held(self) -> None:
        self.prints(
            """
condition = threading.Condition()
try:
    with condition:
        try:
            threading.Timer(0.01, os.kill, [os.getpid(), signal.SIGINT]).start()
            condition.wait()
        finally:
            print(condition._is_owned())
except KeyboardInterrupt:
    print(condition._is_owned())
""",
            "True",
            "False",
        )

    def test_a_handler_that_returns_does_not_end_a_wait(self) -> None:
        self.prints(
            """
event = threading.Event()
def handle(*_):
    print("handled")
    threading.Timer(0.1, event.set).start()
signal.signal(signal.SIGUSR1, handle)
threading.Timer(0.01, os.kill, [os.getpid(), signal.SIGUSR1]).start()
print(event.wait(), event.is_set())
""",
            "handled",
            "True True",
        )

    def test_a_run_that_raises_prints_its_traceback_and_the_process_ends_well(self) -> None:
        self.prints(
            "threading.Thread(target=lambda: 1 / 0, name='n').start()",
            errors=r"(?s)^Exception in thread n:\nTraceback.*ZeroDivisionError: division by zero$",
        )

    def test_in_the_child_of_a_fork_the_caller_is_the_main_thread(self) -> None:
        self.prints(
            """
import _thread
end, done = threading.Event(), threading.Event()
other = threading.Thread(target=end.wait)
other.start()
def fork(what):
    pid = os.fork()
    if pid == 0:
        me = threading.current_thread()
        facts = me is threading.main_thread(), threading.enumerate() == [me]
        facts += other.is_alive(), threading.active_count()
        thread = threading.Thread(target=print, args=(what, type(me).__name__, *facts))
        thread.start()
        thread.join()
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(pid, 0)
def foreign():
    threading.current_thread()
    fork("foreign")
    done.set()
fork("main")
thread = threading.Thread(target=fork, args=["thread"])
thread.start()
thread.join()
_thread.start_new_thread(foreign, ())
done.wait()
end.set()
""",
            "main _MainThread True True False 1",
            "thread Thread True True False 1",
            "foreign _MainThread True True False 1",
            errors="^$|DeprecationWarning",
        )


class Finding(unittest.TestCase):
    def test_the_variable_names_the_library_and_nothing_else_is_tried_then(self) -> None:
        done = tools.run("import libthreading", THREADING_LIBRARY="/nowhere/libthreading.so")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "ImportError: .*THREADING_LIBRARY.*/nowhere/libthreading.so")
        path = "import libthreading as t; print(t._declaring.releasing._name)"
        found = tools.run(
            "import ctypes.util, libthreading as t; print([l.split()[-1] for l in"
            " open('/proc/self/maps') if 'libthreading.so' in l][0])"
        )
        named = tools.run(
            path, THREADING_LIBRARY=found.stdout.strip(), LD_LIBRARY_PATH="", PKG_CONFIG_PATH=""
        )
        self.assertEqual(named.stdout, found.stdout, named.stderr)

    def test_pkg_config_is_asked_when_the_loader_knows_none(self) -> None:
        done = tools.run(
            "import libthreading as t; print(t._declaring.releasing._name)", LD_LIBRARY_PATH=""
        )
        self.assertRegex(done.stdout, "/libthreading.so.0$", done.stderr)

    def test_that_there_is_none_is_said_with_what_helps(self) -> None:
        done = tools.run(
            "import libthreading",
            LD_LIBRARY_PATH="",
            PKG_CONFIG_PATH="",
            PKG_CONFIG_LIBDIR="/nowhere",
        )
        self.assertRegex(
            done.stderr, "ImportError: .*libthreading.so.0 is not found.*THREADING_LIBRARY"
        )

    def test_another_library_is_refused(self) -> None:
        done = tools.run("import libthreading", THREADING_LIBRARY="libc.so.6")
        self.assertRegex(done.stderr, "ImportError: .*has no threading_.*another version")


if __name__ == "__main__":
    unittest.main()
