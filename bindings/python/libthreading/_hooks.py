"""Hooks of the interpreter that each new thread begins with."""

import sys
from typing import Any, Callable, Optional

Hook = Optional[Callable[..., Any]]

_trace: Hook = None
_profile: Hook = None


def settrace(func: Hook) -> None:
    """Sets what each thread that is started from now on gives to sys.settrace before its run; None
    for nothing."""
    global _trace
    _trace = func


def gettrace() -> Hook:
    """What settrace has set."""
    return _trace


def setprofile(func: Hook) -> None:
    """Sets what each thread that is started from now on gives to sys.setprofile before its run;
    None for nothing."""
    global _profile
    _profile = func


def getprofile() -> Hook:
    """What setprofile has set."""
    return _profile


def begin() -> None:
    """Gives the calling thread the hooks."""
    if _trace is not None:
        sys.settrace(_trace)
    if _profile is not None:
        sys.setprofile(_profile)


for _public in (settrace, gettrace, setprofile, getprofile):
    _public.__module__ = "libthreading"
