"""What the objects have in common that can have a name: all but threads, which always have one, and
locals, whose attributes are their users'."""

from __future__ import annotations

from typing import Any, ClassVar, Optional

from libthreading import _names
from libthreading._errors import error_of
from libthreading._object import Object


class NamedObject(Object):
    """An object of the library that has a name, or none.

    Python's own classes have no attribute `name`. A subclass that was written for them may have
    one, and assign what it likes to it, before this class has made its object too. So anything is
    taken, and kept; the library hears of it if it can be a name.
    """

    _get_name: ClassVar[Any]
    _set_name: ClassVar[Any]

    def _begin(self, bits: int, name: Optional[str]) -> None:
        """Takes the handle of the object, or 0 if it is none of the library's, and its name."""
        self._bits = bits
        if name is not None:
            _names.encoded(name)
            self.name = name
        elif isinstance(self.__dict__.get("name"), str):
            try:
                self._rename(self.__dict__["name"])
            except ValueError:  # it is the subclass's own
                pass

    def _rename(self, name: Optional[str]) -> None:
        if self._bits:
            status = self._set_name(self._bits, None if name is None else _names.encoded(name))
            if status:
                raise error_of(status)

    def _known_name(self) -> Optional[str]:
        """What the library has; None if there is none."""
        return _names.read(self._get_name, self._bits) or None

    @property
    def name(self) -> Any:
        """What it is called in a dump, a str; or None. It says what the object is for."""
        if not self._bits or "name" in self.__dict__:
            return self.__dict__.get("name")
        return self._known_name()

    @name.setter
    def name(self, name: Any) -> None:
        if self._bits and (name is None or isinstance(name, str)):
            self._rename(name)
            self.__dict__.pop("name", None)
        else:
            self.__dict__["name"] = name

    @name.deleter
    def name(self) -> None:
        self.name = None
