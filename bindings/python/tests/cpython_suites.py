"""Runs CPython's own tests of threading, those of the interpreter that runs this, on libthreading.

    cpython_suites.py lock_tests         test.lock_tests, unmodified, on the classes of libthreading
    cpython_suites.py test_threading DIRECTORY
                                         test.test_threading, with libthreading in the place of
                                         threading; it writes to DIRECTORY
    cpython_suites.py test_local         test.test_threading_local, on libthreading.local
    cpython_suites.py test_concurrent_futures DIRECTORY
                                         the part of test.test_concurrent_futures about threads,
                                         with an Executor in the place of ThreadPoolExecutor

What does not apply stands in cpython_exceptions.txt, with its reason. A listed test that passes, or
that does not exist, is a failure here, so that the list stays true.
"""

import faulthandler
import importlib
import os
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
from tools import PACKAGE  # noqa: E402, which also sees to the signals

EXCEPTIONS = PACKAGE / "tests" / "cpython_exceptions.txt"
# Seconds until a run that hangs shows where, and ends.
LIMIT = 100

import libthreading  # noqa: E402

# Puts libthreading in the place of threading. test_threading names CPython's two kinds of RLock
# when it is imported.
SWAP = (
    f"import sys; sys.path.insert(0, {str(PACKAGE)!r}); import libthreading;"
    " sys.modules['threading'] = libthreading; libthreading._PyRLock = libthreading._CRLock ="
    " libthreading.RLock\n"
)

# Puts an Executor in the place of ThreadPoolExecutor. The tests write its name into their scripts.
SWAP_EXECUTOR = (
    f"import sys; sys.path.insert(0, {str(PACKAGE)!r}); import concurrent.futures, libthreading;"
    " concurrent.futures.ThreadPoolExecutor = type('ThreadPoolExecutor', (libthreading.Executor,),"
    " {})\n"
)


def launcher(swap: str) -> str:
    """The interpreter that the tests start their scripts with: it swaps too."""
    return f"""#!{sys.executable} -ES
import os, sys
arguments = sys.argv[1:]
if "-c" in arguments:
    arguments[arguments.index("-c") + 1] = {swap!r} + arguments[arguments.index("-c") + 1]
os.execv({sys.executable!r}, [{sys.executable!r}, "-B"] + arguments)
"""


def lock_tests() -> unittest.TestSuite:
    from test import lock_tests

    kinds = {
        "LockTests": {"locktype": libthreading.Lock},
        "RLockTests": {"locktype": libthreading.RLock},
        "EventTests": {"eventtype": libthreading.Event},
        "ConditionTests": {"condtype": libthreading.Condition},
        "SemaphoreTests": {"semtype": libthreading.Semaphore},
        "BoundedSemaphoreTests": {"semtype": libthreading.BoundedSemaphore},
        "BarrierTests": {"barriertype": libthreading.Barrier},
    }
    cases = []
    for name, attributes in kinds.items():
        made = {attribute: staticmethod(kind) for attribute, kind in attributes.items()}
        cases.append(type(name, (getattr(lock_tests, name),), {**made, "__module__": "lock_tests"}))
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    return unittest.TestSuite(load(case) for case in cases)


def swap(code: str) -> None:
    """Swaps here, and in the scripts that the tests start from now on."""
    exec(code)
    import test.support
    from test.support import script_helper

    test.support.verbose = 0
    started = pathlib.Path(sys.argv[2], "python")
    started.write_text(launcher(code))
    started.chmod(0o755)
    sys.executable = str(started)
    script_helper.interpreter_requires_environment()


def test_threading() -> unittest.TestSuite:
    swap(SWAP)
    from test import test_threading

    return unittest.defaultTestLoader.loadTestsFromModule(test_threading)


def test_concurrent_futures() -> unittest.TestSuite:
    swap(SWAP_EXECUTOR)
    from test import test_concurrent_futures as tests

    names = ["thread_pool", "shutdown", "wait", "as_completed", "init"]
    modules = [tests]
    if hasattr(tests, "__path__"):  # as of Python 3.12
        modules = [importlib.import_module(f"{tests.__name__}.test_{name}") for name in names]
    found = [
        case
        for module in modules
        for name, case in vars(module).items()
        if name.startswith("ThreadPool") and isinstance(case, type)
    ]
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    return unittest.TestSuite(load(case) for case in found if issubclass(case, unittest.TestCase))


def test_local() -> unittest.TestSuite:
    from test import test_threading_local

    sys.modules["threading"] = test_threading_local.threading = libthreading
    attributes = {"_local": libthreading.local, "__module__": "test_threading_local"}
    case = type("LocalTest", (unittest.TestCase, test_threading_local.BaseLocalTest), attributes)
    return unittest.TestSuite([unittest.defaultTestLoader.loadTestsFromTestCase(case)])


SUITES = {
    "lock_tests": lock_tests,
    "test_threading": test_threading,
    "test_local": test_local,
    "test_concurrent_futures": test_concurrent_futures,
}


HOW = ("fails", "fails if there", "not run")


def listed(suite: str) -> "dict[str, tuple[str, str]]":
    """How each listed test of the suite is treated, and why, by the test's name. Lines for other
    versions are left out."""
    found = {}
    for line in EXCEPTIONS.read_text().splitlines():
        if line and not line.startswith("#"):
            test, versions, how, reason = line.split(" | ")
            of_suite, _, name = test.partition(".")
            first, _, last = versions.partition("-")
            here = sys.version_info[:2]
            if of_suite == suite and version(first) <= here <= version(last or first):
                assert how in HOW, line
                found[name] = (how, reason)
    return found


def version(text: str) -> "tuple[int, ...]":
    return (
        tuple(int(number) for number in text.split(".")) if text != "now" else sys.version_info[:2]
    )


def cases(suite: unittest.TestSuite) -> "list[unittest.TestCase]":
    return [
        case
        for part in suite
        for case in (cases(part) if isinstance(part, unittest.TestSuite) else [part])
    ]


def name_of(case: unittest.TestCase) -> str:
    return ".".join(case.id().split(".")[-2:])


class Result(unittest.TestResult):
    """The outcomes by the test's name: what went wrong, if anything did."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: "dict[str, str]" = {}
        self.skips: "dict[str, str]" = {}
        self.ran: "list[str]" = []

    def startTest(self, test):
        super().startTest(test)
        self.ran.append(name_of(test))

    def _add(self, test, error):
        self.wrong[name_of(test)] = self._exc_info_to_string(error, test)

    def addError(self, test, error):
        self._add(test, error)

    def addFailure(self, test, error):
        self._add(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._add(test, error)

    def addSkip(self, test, reason):
        self.skips[name_of(test)] = reason


def main() -> int:
    suite = sys.argv[1]
    exceptions = listed(suite)
    every = cases(SUITES[suite]())
    problems = []
    for name in sorted(exceptions.keys() - {name_of(case) for case in every}):
        if exceptions[name][0] != "fails if there":
            problems.append(f"{name} is listed, and there is no such test")
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    result = Result()
    unittest.TestSuite(
        case for case in every if exceptions.get(name_of(case), ("",))[0] != "not run"
    ).run(result)
    faulthandler.cancel_dump_traceback_later()
    for name, error in result.wrong.items():
        if name not in exceptions:
            problems.append(f"{name} failed:\n{error}")
    for name, (how, _) in exceptions.items():
        if how != "not run" and name in result.ran and name not in result.wrong:
            problems.append(f"{name} is listed, and passes")
    passed = len(result.ran) - len(result.wrong) - len(result.skips)
    python = ".".join(map(str, sys.version_info[:3]))
    print(
        f"{suite} of Python {python}: {passed} passed, {len(exceptions)} listed,"
        f" {len(result.skips)} skipped by the suite itself"
    )
    for name, reason in result.skips.items():
        print(f"  skipped: {name}: {reason}")
    for problem in problems:
        print(f"  {problem}")
    return 1 if problems or not passed else 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # A test that fails, as listed, can leave a thread behind for which the interpreter would wait
    # for ever.
    os._exit(status)
