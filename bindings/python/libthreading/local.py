"""local: every thread has attributes of its own in it."""

from __future__ import annotations

import _thread
import weakref
from typing import Any, Callable, Dict, NoReturn, Tuple

from libthreading._errors import error_of
from libthreading._library import (
    destructor,
    init,
    threading_local_delete,
    threading_local_destroy,
    threading_local_get,
    threading_local_new,
    threading_local_set,
)
from libthreading._object import make, retire

Values = Dict[str, Any]

# What the library keeps for each thread is the address of a dictionary, which the local itself
# refers to. The library calls no destructor for it: when a thread has come to that point, the
# interpreter may have gone. CPython's own local ends with the thread's last Python code; in it each
# thread keeps what ends its values.
_ends = _thread._local()


class _End:
    """Ends a thread's values, in that thread, when it is let go of."""

    def __init__(self) -> None:
        # The local of each address; one that ends before the thread takes its own away.
        self.locals: Dict[int, weakref.ref[local]] = {}

    def __del__(self) -> None:
        for address, reference in list(self.locals.items()):
            owner = reference()
            if owner is not None:
                threading_local_delete(_bits_of(owner))
                _values_of(owner).pop(address, None)


def _new_values(owner: local) -> Values:
    try:
        end = _ends.end
    except AttributeError:
        end = _ends.end = _End()
    values: Values = {}
    address, locals_of_thread = id(values), end.locals
    _values_of(owner)[address] = values
    status = threading_local_set(_bits_of(owner), address)
    if status:
        del _values_of(owner)[address]
        raise error_of(status)
    locals_of_thread[address] = weakref.ref(owner, lambda _: locals_of_thread.pop(address, None))
    return values


def _current(owner: local) -> Values:
    """The calling thread's values. At its first touch they are made as those of the first thread
    were."""
    address = threading_local_get(_bits_of(owner))
    if address is not None:
        return _values_of(owner)[address]
    values = _new_values(owner)
    kind: Any = type(owner)
    arguments, keywords = _arguments_of(owner)
    try:
        kind.__init__(owner, *arguments, **keywords)
    except BaseException:
        # The next touch tries again.
        threading_local_delete(_bits_of(owner))
        _values_of(owner).pop(id(values), None)
        _ends.end.locals.pop(id(values), None)
        raise
    return values


def _is_data_descriptor(kind: type, name: str) -> bool:
    for base in kind.__mro__:
        if name in base.__dict__:
            found = type(base.__dict__[name])
            return hasattr(found, "__set__") or hasattr(found, "__delete__")
    return False


class local:
    """Attributes that each thread has for itself.

    The __init__ of a subclass runs once in each thread, at that thread's first touch, with the
    arguments that the local was made with. Its __slots__ are shared by all threads.
    """

    __module__ = "libthreading"
    __slots__ = ("__weakref__", "_local__arguments", "_local__bits", "_local__values")

    def __new__(cls, /, *args: Any, **kwargs: Any) -> local:
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        object.__setattr__(self, "_local__arguments", (args, kwargs))
        object.__setattr__(self, "_local__values", {})
        object.__setattr__(
            self, "_local__bits", make(threading_local_new, init(), destructor(), None)
        )
        # Python runs __init__ for this thread.
        _new_values(self)
        return self

    def __del__(self) -> None:
        retire(threading_local_destroy, _bits_of(self))

    def __reduce__(self) -> NoReturn:
        # A copy would have the same handle, and end it for both.
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def __getattribute__(self, name: str) -> Any:
        values = _current(self)
        if name == "__dict__":
            return values
        if name in values and not _is_data_descriptor(type(self), name):
            return values[name]
        # What the type has; the instance itself has nothing.
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        values = _current(self)
        if name == "__dict__":
            raise AttributeError(
                f"{type(self).__name__!r} object attribute '__dict__' is read-only"
            )
        if _is_data_descriptor(type(self), name):
            object.__setattr__(self, name, value)
        else:
            values[name] = value

    def __delattr__(self, name: str) -> None:
        values = _current(self)
        if name == "__dict__":
            raise AttributeError(
                f"{type(self).__name__!r} object attribute '__dict__' is read-only"
            )
        if _is_data_descriptor(type(self), name):
            object.__delattr__(self, name)
        elif name in values:
            del values[name]
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


# The slots, past __getattribute__.
_arguments_of: Callable[[local], Tuple[Tuple[Any, ...], Dict[str, Any]]] = local.__dict__[
    "_local__arguments"
].__get__
_bits_of: Callable[[local], int] = local.__dict__["_local__bits"].__get__
_values_of: Callable[[local], Dict[int, Values]] = local.__dict__["_local__values"].__get__
