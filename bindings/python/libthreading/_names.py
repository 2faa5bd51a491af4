"""Names, which the library keeps."""

import ctypes
from typing import Callable

from libthreading._errors import error_of


def encoded(name: str) -> bytes:
    """A name for the library."""
    if not isinstance(name, str):
        raise TypeError(f"a name is a str, not {type(name).__name__}")
    if "\0" in name:
        raise ValueError("a name has no null character")
    return name.encode()


def read(get: Callable[..., int], bits: int) -> str:
    """The name of an object, however long it is, from the function that copies it."""
    length, capacity = ctypes.c_size_t(), 64
    while True:
        buffer = ctypes.create_string_buffer(capacity)
        status = get(bits, buffer, capacity, ctypes.byref(length))
        if status:
            raise error_of(status)
        if length.value < capacity:
            return buffer.value.decode()
        capacity = length.value + 1
