"""What becomes of an exception that a thread's run does not catch."""

from __future__ import annotations

import sys
from _thread import _excepthook as excepthook
from _thread import _ExceptHookArgs as ExceptHookArgs
from typing import TYPE_CHECKING, Any, Callable

import libthreading

if TYPE_CHECKING:
    from libthreading.thread import Thread

__all__ = ["ExceptHookArgs", "excepthook"]


def make_report() -> Callable[[Thread], None]:
    """Makes the function that reports the exception being handled, as that of a thread.

    It keeps the hooks of the moment: a daemon may need them when the interpreter has put its modules away.
    """
    # Anybody may have put None in their places.
    hook_then: Any = libthreading.excepthook
    sys_hook_then: Any = sys.excepthook
    if hook_then is None:
        raise RuntimeError("threading.excepthook is None")
    if sys_hook_then is None:
        raise RuntimeError("sys.excepthook is None")
    exc_info, package, system, arguments_of, show = sys.exc_info, libthreading, sys, ExceptHookArgs, print

    def report(thread: Thread) -> None:
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
            show("Exception in threading.excepthook:", file=system.stderr or thread._stderr, flush=True)
            sys_hook: Any = system.excepthook
            if sys_hook is None:
                sys_hook = sys_hook_then
            sys_hook(*exc_info())
        finally:
            # It refers to the traceback, which refers to this frame.
            arguments = None

    return report
