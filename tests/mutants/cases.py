"""The test programs' cases, run with a mutant in place of the library: the likeliest and the
shortest first, until one fails.

A case that hangs is stopped after its limit, which is far above the time that it took without a
mistake. A busy machine must not be taken for a mistake. So a case that fails or hangs is run once
more, alone and for twice as long, and then with the real library: it counts if the mutant fails and
the real library does not.
"""

import json
import os
import re
import subprocess
import threading
import time

# What one case may take: so many seconds at least, and so many times what it took without a
# mistake.
LEAST_LIMIT, TIMES_USUAL, MOST_LIMIT = 4.0, 5.0, 70.0
# What takes longer than this, in seconds, is asked after everything that does not.
LIGHT = 0.3
# So many groups of `ordered` hold none of those.
LIGHT_GROUPS = 3
# Most cases wait for something: more of them at once than there are processors.
TOGETHER = 4
HUNG, STOPPED = "hung", "stopped"


class Case:
    """A command that ctest would run. One that is told where the library lies finds it as the
    others do."""

    def __init__(self, test):
        self.name = test["name"]
        self.program = self.name.split(".")[1]
        self.command = [
            "libthreading.so.0" if word.endswith("/libthreading.so") else word
            for word in test["command"]
        ]
        properties = {entry["name"]: entry["value"] for entry in test.get("properties", [])}
        self.directory = properties.get("WORKING_DIRECTORY")
        self.alone = bool(properties.get("RUN_SERIAL"))
        self.usual = 0.0

    def limit(self, times):
        return (
            min(max(LEAST_LIMIT, TIMES_USUAL * self.usual) * times, MOST_LIMIT)
            if self.usual
            else MOST_LIMIT
        )

    def heavy(self):
        return self.alone or self.usual > LIGHT


def of_ctest(directory, wanted):
    """The cases that ctest knows in that directory, and whose names match."""
    answer = subprocess.run(
        ["ctest", "--test-dir", str(directory), "--show-only=json-v1", "-R", wanted],
        stdout=subprocess.PIPE, check=True,
    )
    return [Case(test) for test in json.loads(answer.stdout)["tests"]]


class Running:
    """The processes of the cases that run at the moment, so that all can be ended."""

    def __init__(self):
        self.lock = threading.Lock()
        self.processes = set()
        self.over = False

    def run(self, case, environment, times):
        """The exit status of a case, `HUNG`, or `STOPPED` if another has failed meanwhile."""
        with self.lock:
            if self.over:
                return STOPPED
            process = subprocess.Popen(
                case.command, cwd=case.directory, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )
            self.processes.add(process)
        late = threading.Event()

        def stop():
            with self.lock:
                if process in self.processes:
                    late.set()
                    self.end(process)

        watchdog = threading.Timer(case.limit(times), stop)
        watchdog.start()
        # Children that a case left behind would disturb the next one: they are ended while its
        # number is still its own.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        watchdog.cancel()
        with self.lock:
            self.end(process)
            status = process.wait()
            self.processes.discard(process)
            return HUNG if late.is_set() else STOPPED if self.over else status

    def end(self, process):
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass

    def end_all(self):
        with self.lock:
            self.over = True
            for process in self.processes:
                self.end(process)


def ask(cases, environment, together, record=False, times=1):
    """One of the cases that fails or hangs, whether it hung, and the cases not asked by then."""
    running, left, found = Running(), list(cases), []
    guard = threading.Lock()

    def worker():
        while True:
            with guard:
                if found or not left:
                    return
                case = left.pop(0)
            began = time.monotonic()
            status = running.run(case, environment, times)
            if record:
                case.usual = time.monotonic() - began
            if status == STOPPED:
                with guard:
                    left.append(case)
            elif status != 0:
                with guard:
                    found.append((case, status == HUNG))
                running.end_all()

    workers = [threading.Thread(target=worker) for _ in range(together)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    # What failed tells more than what hung beside it.
    found.sort(key=lambda one: one[1])
    return (*found[0], left + [case for case, _ in found[1:]]) if found else (None, False, [])


def first_failure(cases, environment, real, record=False):
    """The first case that fails or hangs twice, and which of the two it does; or None. Those that
    run alone come last. `real` is the environment in which the real library is found."""
    for together, part in (
        (TOGETHER, [case for case in cases if not case.alone]),
        (1, [case for case in cases if case.alone]),
    ):
        while part:
            culprit, hung, part = ask(part, environment, together, record)
            if (
                culprit
                and ask([culprit], environment, 1, times=2)[0]
                and (record or not ask([culprit], real, 1, times=2)[0])
            ):
                return culprit.name + (" (hangs)" if hung else "")
    return None


def ordered(cases, near, killers):
    """The cases in the order in which they are asked about a mutant: groups, since what runs alone
    ends its group."""
    rank = {name: number for number, name in enumerate(killers)}

    def close(case):
        return re.match(near, case.program) is not None

    known = [case for case in cases if case.name in rank]
    rest = sorted((case for case in cases if case.name not in rank), key=lambda case: case.usual)
    light = [case for case in rest if not case.heavy()]
    return [
        sorted((case for case in known if not case.heavy()), key=lambda case: rank[case.name]),
        [case for case in light if close(case)],
        [case for case in light if not close(case)],
        [case for case in rest if case.heavy() and close(case)]
        + [case for case in known if case.heavy()],
        [case for case in rest if case.heavy() and not close(case)],
    ]
