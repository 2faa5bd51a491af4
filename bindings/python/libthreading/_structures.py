"""The structs of the header."""

import ctypes
from ctypes import c_char_p, c_double, c_int32, c_uint32, c_uint64, c_void_p

handle = c_uint64


class exception(ctypes.Structure):
    """threading_exception: a failure in a thread."""

    _fields_ = [
        ("type", c_char_p),
        ("message", c_char_p),
        ("payload", c_void_p),
        ("thread", handle),
    ]


class wait(ctypes.Structure):
    """threading_wait: what one thread waits for."""

    _fields_ = [
        ("thread", handle),
        ("ident", c_uint64),
        ("native_id", c_uint64),
        ("object", c_uint64),
        ("holder", c_uint64),
        ("seconds", c_double),
        ("remaining", c_double),
        ("site", c_void_p),
        ("kind", c_int32),
        ("reserved", c_uint32 * 7),
    ]


class contention(ctypes.Structure):
    """threading_contention: how a lock, rlock or semaphore was waited for."""

    _fields_ = [
        ("object", c_uint64),
        ("waits", c_uint64),
        ("timeouts", c_uint64),
        ("total", c_double),
        ("longest", c_double),
        ("longest_holder", c_uint64),
        ("kind", c_int32),
        ("reserved", c_uint32 * 3),
    ]


class order(ctypes.Structure):
    """threading_order: a pair of a circle of locks."""

    _fields_ = [
        ("thread", handle),
        ("ident", c_uint64),
        ("held", c_uint64),
        ("wanted", c_uint64),
        ("held_site", c_void_p),
        ("wanted_site", c_void_p),
        ("held_kind", c_int32),
        ("wanted_kind", c_int32),
        ("reserved", c_uint32 * 4),
    ]


class hold(ctypes.Structure):
    """threading_hold: how a lock or rlock was held."""

    _fields_ = [
        ("object", c_uint64),
        ("holds", c_uint64),
        ("total", c_double),
        ("longest", c_double),
        ("longest_site", c_void_p),
        ("longest_holder", c_uint64),
        ("kind", c_int32),
        ("reserved", c_uint32 * 3),
    ]
