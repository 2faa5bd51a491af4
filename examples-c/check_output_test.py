#!/usr/bin/env python3
"""Tests check_output.py: it accepts what the examples may print, and rejects any of it that is
damaged."""

import difflib
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # leaves no __pycache__ beside the sources
import check_output  # noqa: E402
from output_damages import DAMAGES, rule_of, swapped_lines, text  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = sorted(path.stem for path in HERE.glob("*.c"))


def expected_of(name):
    return (HERE / "expected" / f"{name}.txt").read_text()


def judge(name, output, took=None):
    """The verdict on a run that took just as long as it must, unless told otherwise."""
    rule = rule_of(name)
    least = rule.least(check_output.split(output))
    return check_output.judge(rule, expected_of(name), output, least if took is None else took)


class Damage(unittest.TestCase):
    def test_every_damage_is_rejected(self):
        for name in PROGRAMS:
            lines = expected_of(name).splitlines()
            for damage in DAMAGES:
                for i, output in enumerate(damage(name, lines)):
                    with self.subTest(program=name, damage=damage.__name__, number=i):
                        self.assertNotEqual(output, text(lines))
                        if judge(name, output).accepted:
                            difference = difflib.unified_diff(
                                lines, output.splitlines(), "right", "accepted", lineterm=""
                            )
                            self.fail("\n".join(difference))

    def test_only_where_no_thread_prints_two_different_lines_is_nothing_swapped(self):
        nothing = [
            name
            for name in PROGRAMS
            if not list(swapped_lines(name, expected_of(name).splitlines()))
        ]
        without = ["lock_with", "semaphore", "simple", "simpleargs", "subclass"]
        self.assertEqual(nothing, [f"threading_{name}" for name in without])

    def test_empty_output_is_rejected(self):
        for name in PROGRAMS:
            with self.subTest(program=name):
                self.assertFalse(judge(name, "").accepted)

    def test_too_early_is_rejected(self):
        for name in (
            "threading_names", "threading_names_log", "threading_daemon_join",
            "threading_daemon_join_timeout", "threading_enumerate", "threading_lock",
            "threading_event", "threading_condition", "threading_timer",
        ):
            with self.subTest(program=name):
                least = rule_of(name).least(check_output.split(expected_of(name)))
                self.assertGreaterEqual(least, 1)
                self.assertFalse(judge(name, expected_of(name), least - 0.001).accepted)

    def test_numbers_out_of_range_are_rejected(self):
        for name, old, new in (
            ("threading_lock", "Sleeping 0.66", "Sleeping 1.01"),
            ("threading_enumerate", "sleeping 5", "sleeping 6"),
            ("threading_enumerate", "sleeping 5", "sleeping 0"),
            ("threading_lock_noblock", "2008-01-13", "2008-13-13"),
            ("threading_event", "2008-01-13", "2008-02-31"),
            ("threading_condition", "13:01:24", "24:01:24"),
            ("threading_semaphore", "15:35:06", "15:65:06"),
            ("threading_local", "value= 19", "value= 0"),
            ("threading_local", "value= 19", "value= 101"),
            ("threading_local", "value= 1000", "value= 100"),
            ("threading_local_defaults", "value= 79", "value= 1000"),
            ("threading_local_defaults", "479616 for Thread-1", "479617 for Thread-1"),
            ("threading_local_defaults", "479616", "0"),
        ):
            with self.subTest(program=name, new=new):
                self.assertIn(old, expected_of(name))
                self.assertFalse(judge(name, expected_of(name).replace(old, new, 1)).accepted)

    def test_a_wait_that_its_line_shows_to_be_too_short_is_rejected(self):
        for name, old, new in (
            # non-block, after 1.989 seconds of 2
            ("threading_event", "13:25:04,526", "13:25:04,514"),
            ("threading_event", "13:25:05,563", "13:25:05,525"),  # main, after 2.989 seconds of 3
            # block, 2.989 seconds after main began to sleep
            ("threading_event", "13:25:05,564", "13:25:05,525"),
        ):
            with self.subTest(program=name, new=new):
                self.assertIn(old, expected_of(name))
                self.assertFalse(judge(name, expected_of(name).replace(old, new)).accepted)

    def test_a_line_that_must_wait_for_another_thread_is_rejected_before_that(self):
        for name, first, then in (
            ("threading_event", "(MainThread) Waiting", "(block     ) e.isSet()"),
            ("threading_condition", "(p ) Making", "(c1) Resource"),
            ("threading_condition", "(p ) Making", "(c2) Resource"),
        ):
            with self.subTest(program=name, then=then):
                lines = expected_of(name).splitlines()
                early = next(line for line in lines if then in line)
                lines.remove(early)
                lines.insert(next(i for i, line in enumerate(lines) if first in line), early)
                self.assertTrue(judge(name, text(lines)).decided)
                self.assertFalse(judge(name, text(lines)).accepted)

    def test_a_pool_that_no_semaphore_of_five_allows_is_rejected(self):
        for old, new in (
            # six at once
            ("['12', '16', '17', '18', '19']", "['11', '12', '16', '17', '18', '19']"),
            ("['0', '1', '2']", "['0', '1']"),  # a worker that is not in the pool while it runs
            ("['0', '1', '2']", "['0', '2', '2']"),  # one that is in it twice
            ("['0', '1', '2']", "['0', '2', '20']"),  # one that nobody started
            ("['0', '1', '2']", "[]"),
            ("['0', '1', '2']", "['0' '1', '2']"),
        ):
            with self.subTest(old=old, new=new):
                self.assertIn(old, expected_of("threading_semaphore"))
                verdict = judge(
                    "threading_semaphore", expected_of("threading_semaphore").replace(old, new)
                )
                self.assertFalse(verdict.accepted)
                self.assertTrue(verdict.decided)

    def test_a_line_of_main_after_one_of_a_thread_that_it_started_later_is_rejected(self):
        for name, last in (("threading_local", 1), ("threading_local_defaults", 0)):
            with self.subTest(program=name):
                lines = expected_of(name).splitlines()
                self.assertIn("MainThread", lines[last])
                lines.insert(last + 1, lines.pop(last))
                self.assertFalse(judge(name, text(lines)).accepted)


# Lines of different threads depend on each other.
ORDERED = {
    "threading_enumerate", "threading_lock", "threading_event", "threading_condition",
    "threading_local", "threading_local_defaults",
}  # fmt: skip


class Freedom(unittest.TestCase):
    def test_what_the_seed_prints_is_accepted(self):
        for name in PROGRAMS:
            with self.subTest(program=name):
                self.assertEqual(judge(name, expected_of(name)), check_output.ACCEPTED)

    def test_being_late_is_accepted(self):
        for name in PROGRAMS:
            with self.subTest(program=name):
                self.assertEqual(judge(name, expected_of(name), 50), check_output.ACCEPTED)

    def test_one_thread_after_the_other_is_accepted(self):
        for name in check_output.RULES.keys() - ORDERED:
            with self.subTest(program=name):
                lines = sorted(expected_of(name).splitlines(), key=rule_of(name).thread)
                self.assertEqual(judge(name, text(lines)), check_output.ACCEPTED)
                lines = sorted(
                    expected_of(name).splitlines(), key=rule_of(name).thread, reverse=True
                )
                self.assertEqual(judge(name, text(lines)), check_output.ACCEPTED)

    def test_other_numbers_within_range_are_accepted(self):
        for name, old, new in (
            ("threading_lock", "Sleeping 0.66", "Sleeping 1.00"),
            ("threading_enumerate", "sleeping 2", "sleeping 1"),
            ("threading_lock_noblock", "2008-01-13", "2026-12-31"),
            ("threading_event", "2008-01-13", "2026-12-31"),
            ("threading_event", "13:25:04,526", "13:25:05,500"),  # non-block, late
            ("threading_condition", "2008-01-13", "2026-12-31"),
            ("threading_semaphore", "2008-01-13", "2026-12-31"),
            ("threading_semaphore", "['9', '10', '11', '12']", "['12']"),
            ("threading_local", "value= 19", "value= 1"),
            ("threading_local", "value= 19", "value= 100"),
            ("threading_local_defaults", "value= 79", "value= 100"),
            ("threading_local_defaults", "479616", "18446744073709551615"),
        ):
            with self.subTest(program=name):
                self.assertEqual(
                    judge(name, expected_of(name).replace(old, new)), check_output.ACCEPTED
                )

    def test_any_number_of_tries_is_accepted(self):
        lines = []
        for thread, failures in (("Thread-2", 0), ("Thread-3", 12), ("Thread-1", 1)):
            head = f"2026-10-03 10:00:00,042 ({thread}) "
            outcomes = [
                *["Not acquired"] * failures, "Acquired", "Acquired", "Not acquired", "Acquired",
            ]
            lines.append(head + "Starting")
            lines += [f"{head}Iteration {n}: {outcome}" for n, outcome in enumerate(outcomes, 1)]
            lines.append(f"{head}Done after {len(outcomes)} iterations")
        self.assertEqual(judge("threading_lock_noblock", text(lines)), check_output.ACCEPTED)
        fourth = text(
            lines[:-1] + [head + "Iteration 6: Acquired", head + "Done after 6 iterations"]
        )
        self.assertFalse(judge("threading_lock_noblock", fourth).accepted)
        idle = text(
            lines[:-1] + [head + "Iteration 6: Not acquired", head + "Done after 6 iterations"]
        )
        self.assertFalse(judge("threading_lock_noblock", idle).accepted)

    def test_any_order_of_threads_that_do_not_wait_for_each_other_is_accepted(self):
        for name, order in (
            ("threading_event", (1, 2, 0, 3, 5, 4)),
            ("threading_event", (2, 1, 3, 4, 0, 5)),
            ("threading_condition", (2, 1, 0, 3, 5, 4)),
            ("threading_condition", (2, 3, 1, 5, 0, 4)),
            ("threading_local", (0, 1, 4, 2, 5, 3)),
            ("threading_local_defaults", (0, 3, 4, 1, 2)),
        ):
            with self.subTest(program=name, order=order):
                lines = expected_of(name).splitlines()
                self.assertEqual(sorted(order), list(range(len(lines))))
                self.assertEqual(judge(name, text(lines[i] for i in order)), check_output.ACCEPTED)


STEPS = (("Starting: ", " sleeping 1"), ("Ending  : ", ""), ("Joining : ", ""))
ENUMERATED = [f"{what}Thread-{thread}{more}" for what, more in STEPS for thread in (1, 2, 3)]
LISTED_LATE = [line for line in ENUMERATED if line != "Joining : Thread-2"]


class Excuses(unittest.TestCase):
    """Outputs that a right program prints when the machine stands still: neither accepted nor the
    program's fault."""

    def check(self, name, output, took):
        verdict = judge(name, output, took)
        self.assertFalse(verdict.accepted)
        self.assertFalse(verdict.decided, verdict.reason)

    def test_a_daemon_that_woke_because_main_was_held_up(self):
        output = expected_of("threading_daemon") + "Exiting : daemon\n"
        self.check("threading_daemon", output, 2.5)
        self.assertTrue(judge("threading_daemon", output, 1.9).decided)

    def test_a_time_out_that_was_overtaken_by_the_set(self):
        right = expected_of("threading_event")
        self.check("threading_event", right.replace("->False", "->True"), 3.1)
        self.assertTrue(judge("threading_event", right.replace("->True", "->False"), 3.1).decided)

    def test_a_timer_that_fired_because_main_was_held_up(self):
        lines = expected_of("threading_timer").splitlines()
        early = [*lines[:3], "Worker running t1", "Main thread done"]
        self.check("threading_timer", text(early), 3.1)
        self.check("threading_timer", text([*lines, "Worker running t2"]), 3.1)
        self.assertTrue(judge("threading_timer", text(early), 2.9).decided)
        self.assertTrue(judge("threading_timer", text(lines[:-1]), 3.1).decided)
        self.assertTrue(
            judge("threading_timer", text([*lines[:-1], "Worker running t2"]), 3.1).decided
        )

    def test_workers_that_start_so_slowly_that_no_five_meet(self):
        lines = [f"2026-10-03 10:00:{i:02},042 ({i:<2}) Running: ['{i}']" for i in range(20)]
        self.check("threading_semaphore", text(lines), 10)

    def test_a_thread_that_ended_before_main_could_list_it(self):
        self.check("threading_enumerate", text(LISTED_LATE), 5)

    def test_a_thread_that_was_alive_must_be_joined(self):
        output = text([
            "Starting: Thread-1 sleeping 1", "Starting: Thread-2 sleeping 5",
            "Starting: Thread-3 sleeping 4", "Joining : Thread-2", "Ending  : Thread-1",
            "Ending  : Thread-3", "Ending  : Thread-2", "Joining : Thread-3",
        ])  # fmt: skip
        self.assertTrue(judge("threading_enumerate", output, 5).decided)


def show(lines):
    return "printf '%s\\n' " + " ".join(map(shlex.quote, lines))


class WholeRun(unittest.TestCase):
    """Runs check_output.py on shell scripts that stand in for examples."""

    def check(self, name, script, mode=0o755):
        with tempfile.TemporaryDirectory() as directory:
            program = pathlib.Path(directory, "program")
            program.write_text("#!/bin/sh\n" + script.replace("$directory", directory))
            program.chmod(mode)
            expected = HERE / "expected" / f"{name}.txt"
            command = [sys.executable, "-B", HERE / "check_output.py", program, expected]
            return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def test_a_right_program_passes(self):
        done = self.check("threading_rlock", "echo First try: True; echo Second try: 1")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_both_streams_are_compared(self):
        done = self.check(
            "threading_rlock", "echo First try: True; echo Second try: 1; echo oops >&2"
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("+oops", done.stdout)

    def test_a_wrong_program_fails_and_the_difference_is_shown(self):
        done = self.check("threading_rlock", "echo First try: True; echo Second try: 0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("-Second try: 1\n+Second try: 0", done.stdout)

    def test_an_exit_status_or_a_signal_fails(self):
        right = "echo First try: True; echo Second try: 1; "
        for end, message in (("exit 3", "with status 3"), ("kill -9 $$", "by signal 9")):
            with self.subTest(end=end):
                done = self.check("threading_rlock", right + end)
                self.assertEqual(done.returncode, 1)
                self.assertIn(message, done.stdout)

    def test_a_program_that_cannot_be_run_fails(self):
        done = self.check("threading_rlock", "", mode=0o644)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be run", done.stdout)

    def test_an_excused_run_is_repeated(self):
        again = (
            f"test -e $directory/again && {show(ENUMERATED)} && exec sleep 1; touch"
            f" $directory/again; {show(LISTED_LATE)}"
        )
        done = self.check("threading_enumerate", again)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count("This run proves nothing"), 1)

    def test_a_program_that_is_excused_each_time_fails(self):
        done = self.check("threading_enumerate", show(LISTED_LATE))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.count("This run proves nothing"), check_output.RUNS)


class Directory(unittest.TestCase):
    """Program, expected output, rule and the README's table belong together."""

    def test_every_program_has_an_expected_output_and_none_is_left_over(self):
        self.assertEqual(sorted(path.stem for path in (HERE / "expected").iterdir()), PROGRAMS)

    def test_every_rule_is_for_a_program(self):
        self.assertLessEqual(check_output.RULES.keys(), set(PROGRAMS))

    def test_the_readme_lists_every_program(self):
        listed = re.findall(
            r"^\| \[(\w+)\.c\]\((\w+)\.c\) \|", (HERE / "README.md").read_text(), re.MULTILINE
        )
        self.assertEqual(sorted(name for name, link in listed if name == link), PROGRAMS)


if __name__ == "__main__":
    unittest.main()
