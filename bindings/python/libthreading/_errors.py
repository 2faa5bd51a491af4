"""The exceptions of this package, and which of them a status of the library becomes."""

# Python's own, so that who catches one of Python's barriers catches one of ours.
from threading import BrokenBarrierError

from libthreading import _library

__all__ = ["BrokenBarrierError", "DestroyedError", "ThreadError", "error_of"]

ThreadError = RuntimeError


class DestroyedError(RuntimeError):
    """The object was closed: its handle is stale."""

    __module__ = "libthreading"


def error_of(status: int) -> Exception:
    """The exception for a status that means the same wherever it comes from."""
    message = _library.threading_status_message(status).decode()
    if status == _library.DESTROYED:
        return DestroyedError(message)
    if status == _library.INVALID_ARGUMENT:
        return ValueError(message)
    if status == _library.OVERFLOW:
        return OverflowError(message)
    if status == _library.NO_RESOURCES:
        return MemoryError(message)
    if status == _library.NOT_PERMITTED:
        return PermissionError(message)
    return RuntimeError(message)
