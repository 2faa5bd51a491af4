"""How functions of threading.h are declared for ctypes: the types that they have in common, and the
two ways to call them."""

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_bool, c_char_p, c_double, c_int32, c_size_t, c_void_p
from typing import Any, Callable, Dict, Tuple

from libthreading import _finding
from libthreading._structures import exception, handle, order, wait

status = c_int32


target = CFUNCTYPE(c_void_p, c_void_p)
callback = CFUNCTYPE(None, c_void_p)
thread_hook = CFUNCTYPE(None, handle, c_void_p)
excepthook = CFUNCTYPE(None, POINTER(exception), c_void_p)
error_hook = CFUNCTYPE(None, c_char_p, status, handle, c_void_p)
predicate = CFUNCTYPE(c_bool, c_void_p)
action = CFUNCTYPE(c_bool, c_void_p)
init = CFUNCTYPE(c_void_p, c_void_p)
destructor = CFUNCTYPE(None, c_void_p)
deadlock_hook = CFUNCTYPE(None, POINTER(wait), c_size_t, c_int32, c_void_p)
order_hook = CFUNCTYPE(None, POINTER(order), c_size_t, c_void_p)

# What has been declared: the result's type and the parameters' types, by the function's name.
DECLARED: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {}

releasing = _finding.load()
keeping = ctypes.PyDLL(releasing._name, handle=releasing._handle)


def _from(
    library: ctypes.CDLL, name: str, result: Any, parameters: Tuple[Any, ...]
) -> Callable[..., Any]:
    try:
        function = getattr(library, name)
    except AttributeError:
        raise ImportError(
            f"libthreading: {library._name} has no {name}: it is of another version"
        ) from None
    function.restype = result
    function.argtypes = parameters
    DECLARED[name] = (result, parameters)
    return function  # type: ignore[no-any-return]


def slow(name: str, result: Any, *parameters: Any) -> Callable[..., Any]:
    """A function that may block, or call back: the GIL is released around it."""
    return _from(releasing, name, result, parameters)


def quick(name: str, result: Any, *parameters: Any) -> Callable[..., Any]:
    """A function that keeps the GIL, which saves its release and its re-acquisition.

    Only for what never blocks and calls no callback. It may have to wait for a lock inside the
    library; that is safe because the library calls no callback with such a lock held: its holder
    never waits for the GIL.
    """
    return _from(keeping, name, result, parameters)


# The types of functions with a timeout, of those that read a name, and of waits with a stop.
within = (status, handle, c_double)
named = (status, handle, c_char_p, c_size_t, POINTER(c_size_t))
with_stop = (status, handle, c_double, handle)
