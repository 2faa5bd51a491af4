"""What becomes of an exception that a thread's run does not catch."""

from __future__ import annotations

import sys
from _thread import _excepthook as excepthook
from _thread import _ExceptHookArgs as ExceptHookArgs
from types import ModuleType
from typing import Any, Callable, Optional, Protocol, TextIO

__all__ = ["ExceptHookArgs", "excepthook"]

_package: ModuleType


class Reporting(Protocol):
    """What a report needs of a Thread: where to write if nothing else is left."""

    _stderr: Optional[TextIO]


def look_in(package: ModuleType) -> None:
    """Says whose `excepthook` counts."""
    global _package
    _package = package


def make_report() -> Callable[[Reporting], None]:
    """Makes the function that reports the exception being handled, as that of a thread.

    It keeps the hooks of the moment: a daemon may need them when the interpreter has put its
    modules away.
    """
    # Anybody may have put None in their places.
    hook_then: Any = _package.excepthook
    sys_hook_then: Any = sys.excepthook
    if hook_then is None:
        raise RuntimeError("threading.excepthook is None")
    if sys_hook_then is None:
        raise RuntimeError("sys.excepthook is None")
    exc_info, arguments_of, show = sys.exc_info, ExceptHookArgs, print
    package, system = _package, sys

    def report(thread: Reporting) -> None:
        arguments = None
        try:
            hook: Any = package.excepthook
            if hook is None:
                hook = hook_then
            arguments = arguments_of([*exc_info(), thread])
            hook(arguments)
        except Exception as error:
            error.__suppress_context__ = True
            del error
            stderr = system.stderr or thread._stderr
            show("Exception in threading.excepthook:", file=stderr, flush=True)
            sys_hook: Any = system.excepthook
            if sys_hook is None:
                sys_hook = sys_hook_then
            sys_hook(*exc_info())
        finally:
            # It refers to the traceback, which refers to this frame.
            arguments = None

    return report
