"""The stack size of new threads."""

from operator import index

from libthreading._library import threading_set_stack_size, threading_stack_size


def stack_size(size: int = 0) -> int:
    """Sets the stack size of threads that are started from now on, and returns what it was; 0 is
    the platform's default.

    Raises ValueError for less than 32,768 bytes, or more than any memory.
    """
    before: int = threading_stack_size()
    if index(size) < 0 or size >= 1 << 63 or threading_set_stack_size(size):
        raise ValueError(f"size not valid: {size} bytes")
    return before


stack_size.__module__ = "libthreading"
