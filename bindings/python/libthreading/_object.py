"""What all objects of this package have in common: a handle of the library, which ends with
them."""

from __future__ import annotations

import collections
import ctypes
import sys
from typing import Any, Callable, ClassVar, Deque, NoReturn, Tuple

from libthreading import _library
from libthreading._errors import DestroyedError, error_of

Destroy = Callable[[int], int]

# Handles whose Python object has gone while they were still in use: an rlock that a living thread
# holds, a lock whose condition has not gone yet. They are tried again, a few each time, when the
# next objects are made.
_left: Deque[Tuple[Destroy, int]] = collections.deque()
_TRIED_AGAIN = 2


def make(new: Callable[..., int], *arguments: Any) -> int:
    """Makes an object of the library, and returns the bits of its handle."""
    for _ in range(min(len(_left), _TRIED_AGAIN)):
        try:
            retire(*_left.popleft())
        except IndexError:  # another thread was quicker
            break
    handle = _library.handle()
    status = new(*arguments, ctypes.byref(handle))
    if status:
        raise error_of(status)
    return handle.value


def retire(
    destroy: Destroy,
    bits: int,
    # Bound here, because objects may go after the names of this module have.
    at_the_end: Callable[[], bool] = sys.is_finalizing,
    busy: int = _library.BUSY,
    left: Callable[[Tuple[Destroy, int]], None] = _left.append,
) -> None:
    """Ends a handle that nobody refers to any more, now or as soon as it is not in use.

    When the interpreter ends it does nothing: the process ends too, and objects go in an order in
    which others may need them.
    """
    if not at_the_end() and destroy(bits) == busy:
        left((destroy, bits))


class Object:
    """An object of the library. It ends with its last reference, or by close()."""

    _destroy: ClassVar[Any]
    _retire = staticmethod(retire)
    _bits = 0
    _closed = False

    def close(self) -> None:
        """Ends the object now: whoever uses it afterwards gets DestroyedError. Closing it again
        does nothing.

        Raises RuntimeError if it is in use: held, waited for or running.
        """
        if self._closed:
            return
        status = self._destroy(self._bits)
        if status == _library.BUSY:
            raise RuntimeError(f"cannot close {self!r}: it is in use")
        if status and status != _library.DESTROYED:
            raise error_of(status)
        self._closed = True

    def __del__(self) -> None:
        if self._bits and not self._closed:
            self._retire(self._destroy, self._bits)

    def __reduce__(self) -> NoReturn:
        # A copy would have the same handle, and end it for both.
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def _no(self) -> bool:
        """The answer to a question to which the library has said no, as it does if the handle is
        stale."""
        if self._closed:
            raise DestroyedError(f"this {type(self).__name__} was closed")
        return False
