"""What ctypes is told is what the header says."""

import ctypes
import pathlib
import re
import sys
import unittest

import tools
from libthreading import _declaring, _library

REPOSITORY = tools.PACKAGE.parent.parent
HEADER = REPOSITORY / "include" / "threading.h"
sys.path.insert(0, str(REPOSITORY / "tests" / "misuse"))
import header as header_reader  # noqa: E402

PLAIN = {
    "void": None,
    "bool": ctypes.c_bool,
    "int": ctypes.c_int,
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "const uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "double": ctypes.c_double,
    "threading_status": ctypes.c_int32,
    "threading_kind": ctypes.c_int32,
    "threading_certainty": ctypes.c_int32,
    "threading_wait": _library.wait,
    "const threading_wait": _library.wait,
    "const threading_object": _library.handle,
    "threading_contention": _library.contention,
    "threading_once": ctypes.c_uint64,
    "const threading_once": ctypes.c_uint64,
    "threading_hold": _library.hold,
    "const threading_order": _library.order,
    "threading_reading": _library.handle,
    "threading_writing": _library.handle,
    "void *": ctypes.c_void_p,
    "void **": ctypes.POINTER(ctypes.c_void_p),
    "char *": ctypes.c_char_p,
    "const char *": ctypes.c_char_p,
    "const threading_exception *": ctypes.POINTER(_library.exception),
}


class Declarations(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.header = header_reader.read_header(str(HEADER))
        cls.text = HEADER.read_text()

    def type_of(self, spelled: str) -> object:
        if spelled in PLAIN:
            return PLAIN[spelled]
        if spelled in self.header.handles():
            return _library.handle
        if spelled in self.header.callbacks:
            return getattr(_library, spelled.replace("threading_", "", 1))
        self.assertTrue(spelled.endswith(" *"), spelled)
        return ctypes.POINTER(self.type_of(spelled[:-2]))

    def test_every_function_is_declared_as_in_the_header(self) -> None:
        self.assertEqual(set(_library.DECLARED), set(self.header.functions))
        for name, function in self.header.functions.items():
            with self.subTest(name):
                expected = (
                    self.type_of(function.returns),
                    tuple(self.type_of(part.type) for part in function.parameters),
                )
                self.assertEqual(_library.DECLARED[name], expected)
                self.assertEqual(getattr(_library, name).argtypes, expected[1])

    def test_every_callback_is_declared_as_in_the_header(self) -> None:
        for name in self.header.callbacks:
            with self.subTest(name):
                found = re.search(rf"typedef ([\w ]+?\*?) ?\(\*{name}\)\(([^)]*)\);", self.text)
                assert found is not None
                kind = getattr(_library, name.replace("threading_", "", 1))
                parameters = [
                    re.sub(r"\bstruct |\w+$", "", part).strip() for part in found[2].split(",")
                ]
                self.assertEqual(kind._restype_, self.type_of(found[1].strip()))
                self.assertEqual(kind._argtypes_, tuple(self.type_of(part) for part in parameters))

    def test_every_enumerator_has_the_header_s_number(self) -> None:
        enumerators = {
            name: int(value)
            for name, value in re.findall(
                r"^    THREADING_(\w+) = (-?\d+),", self.text, re.MULTILINE
            )
        }
        self.assertEqual(enumerators, {name: getattr(_library, name, None) for name in enumerators})
        statuses = {
            name: number
            for name, number in enumerators.items()
            if not name.startswith(("KIND_", "CERTAINTY_", "PRIORITY_"))
        }
        self.assertGreater(len(statuses), 15)
        for name, number in statuses.items():
            self.assertEqual(_library.threading_status_name(number).decode(), f"THREADING_{name}")

    def test_structs_have_the_header_s_members(self) -> None:
        for name in ("wait", "contention", "order", "hold"):
            with self.subTest(name):
                self.check_members(f"threading_{name}", getattr(_library, name))

    def check_members(self, name: str, declared: "type[ctypes.Structure]") -> None:
        found = re.search(
            rf"typedef struct {name} \{{(.*?)\n\}} {name};", self.text, re.DOTALL
        )
        assert found is not None
        plain = {"const void *": ctypes.c_void_p, "uint32_t": ctypes.c_uint32}
        members = re.findall(
            r"^    (\w[\w ]*?(?: \*| ))(\w+)(?:\[(\d+)\])?;", found[1], re.MULTILINE
        )
        expected = []
        for spelled, name, count in members:
            kind = plain.get(spelled.strip()) or self.type_of(spelled.strip())
            expected.append((name, kind * int(count) if count else kind))
        self.assertEqual(declared._fields_, expected)

    def test_limits_are_the_header_s(self) -> None:
        limits = {
            name.replace("THREADING_", "", 1): float(macro.value)
            for name, macro in self.header.macros.items()
            if name.endswith("_MAX")
        }
        self.assertGreater(len(limits), 1)
        self.assertEqual(limits, {name: getattr(_library, name, None) for name in limits})

    def test_what_keeps_the_gil_never_blocks_and_takes_no_callback(self) -> None:
        quick = [
            name
            for name in _library.DECLARED
            if getattr(_declaring.keeping, name) is getattr(_library, name)
        ]
        self.assertGreater(len(quick), 30)
        for name in quick:
            comment = re.sub(r"\s*\n \* ", " ", self.header.functions[name].doc)
            blocking = re.search(r"@par Blocking (.*?\.)", comment)
            assert blocking is not None
            self.assertRegex(
                blocking[1],
                "^Never(;|\\.|, apart from what the (initialiser|destructors?) do)",
                name,
            )


if __name__ == "__main__":
    unittest.main()
