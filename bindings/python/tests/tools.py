"""What several tests need."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest
from typing import Callable

PACKAGE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PACKAGE))

# A shell has what it runs in the background ignore these, and interpreters that a test starts would
# inherit that: how a test is started must not change what it finds.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

# Seconds until a test that waits for something gives up.
PATIENCE = 20.0


def until(case: unittest.TestCase, condition: Callable[[], object]) -> None:
    """Waits until the condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            case.fail("what the test waits for has not come")
        os.sched_yield()


def run(code: str, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs a program in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-B", *options, "-c", code],
        env={**os.environ, "PYTHONPATH": str(PACKAGE), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        text=True,
    )
