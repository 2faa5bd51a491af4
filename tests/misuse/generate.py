"""Writes the misuse table from threading.h: one case for each function and each wrong argument that
it can be given.

    generate.py HEADER TABLE.c TESTS.cmake PROGRAM...

TABLE.c is linked with the C files beside this one; TESTS.cmake has one add_test a case for every
PROGRAM, given as form=path. A function whose arguments cannot be made, or that can be given nothing
wrong and is not listed as such, stops the generator: a function added later cannot be forgotten.
"""

import os
import re
import sys

import doxygen
import header as header_reader
from not_called import NOT_CALLED

SECONDS_LIMIT = 60

# What makes a valid argument of each type. An object type names its row of objects.def.
OBJECTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "objects.def")
with open(OBJECTS, encoding="utf-8") as rows:
    KINDS = {
        f"threading_{name}": f"KIND_{kind}"
        for kind, name in re.findall(r"^OBJECT\((\w+), (\w+),", rows.read(), re.M)
    }
CALLBACKS = {
    "threading_target": "valid_target",
    "threading_callback": "valid_callback",
    "threading_thread_hook": "valid_thread_hook",
    "threading_excepthook": "valid_excepthook",
    "threading_error_hook": "misuse_error_hook",
    "threading_deadlock_hook": "valid_deadlock_hook",
    "threading_order_hook": "valid_order_hook",
    "threading_predicate": "valid_predicate",
    "threading_action": "valid_action",
    "threading_init": "valid_init",
    "threading_destructor": "valid_destructor",
}
# By the parameter's name, where its comment does not say from what to what it goes.
NUMBERS = {
    ("size_t", "capacity"): "4",
    ("size_t", "bytes"): "1 << 20",
    ("size_t", "n"): "1",
    ("int32_t", "priority"): "THREADING_PRIORITY_NORMAL",
    ("bool", "daemon"): "true",
    ("bool", "immediate"): "true",
    ("bool", "cancel_pending"): "false",
}
OUT_TYPES = {
    "char *",
    "size_t *",
    "bool *",
    "int *",
    "uint64_t *",
    "double *",
    "void **",
    "threading_wait *",
    "threading_certainty *",
    "threading_contention *",
    "threading_once *",
    "const threading_once *",
    "threading_hold *",
    "const uint32_t *",
}
ASKING = {
    "bool": "(uint64_t)({})",
    "size_t": "(uint64_t)({})",
    "uint64_t": "({})",
    "double": "(uint64_t)({})",
    "void *": "(uint64_t)(uintptr_t)({})",
    "const char *": "(uint64_t)(uintptr_t)({})",
}
# Where a call with nothing wrong in it would be right only on an object in this state.
STATES = {
    "threading_thread_join": "THREAD_ENDED",
    "threading_thread_join_timeout": "THREAD_ENDED",
    "threading_thread_result": "THREAD_ENDED",
    "threading_thread_finish": "THREAD_ENDED",
    "threading_condition_wait": "CONDITION_HELD",
    "threading_condition_wait_timeout": "CONDITION_HELD",
    "threading_condition_wait_for": "CONDITION_HELD",
    "threading_condition_wait_for_timeout": "CONDITION_HELD",
    "threading_timer_rearm": "TIMER_PENDING",
    "threading_condition_wait_stop": "CONDITION_HELD",
    "threading_condition_wait_for_stop": "CONDITION_HELD",
    "threading_thread_join_stop": "THREAD_ENDED",
    "threading_rwlock_release_read": "RWLOCK_READ",
    "threading_rwlock_try_upgrade": "RWLOCK_READ",
    "threading_rwlock_release_write": "RWLOCK_WRITTEN",
    "threading_rwlock_downgrade": "RWLOCK_WRITTEN",
}

HANDLE_FORMS = ("null", "stale", "foreign_kind", "random", "not_yet_issued")
# The name of a case, behind that of its parameter; the form in forms.c that runs it; the statuses
# that it sees come out.
FORMS = {
    "null_pointer": ("null", "pointer_null", {"THREADING_INVALID_ARGUMENT"}),
    "null_without_room": ("null_without_room", "pointer_null_without_room", {"THREADING_OK"}),
    "null_allowed": ("null_is_allowed", "pointer_null_allowed", {"THREADING_OK"}),
    "not_utf8": ("not_utf8", "string_not_utf8", {"THREADING_INVALID_ARGUMENT"}),
    "nan": ("nan", "seconds_nan", {"THREADING_INVALID_ARGUMENT"}),
    "too_large": ("too_large", "seconds_too_large", {"THREADING_INVALID_ARGUMENT"}),
}
HANDLE_STATUSES = {
    "null": {"THREADING_INVALID_HANDLE"},
    "stale": {"THREADING_DESTROYED"},
    "foreign_kind": {"THREADING_INVALID_HANDLE"},
    "random": {"THREADING_INVALID_HANDLE"},
    "not_yet_issued": {"THREADING_INVALID_HANDLE"},
}


class Unknown(Exception):
    """The table has no way to call this function."""


class Case:
    def __init__(self, function, index, name, form, statuses, number="0"):
        self.function, self.index, self.name, self.form = function, index, name, form
        self.statuses, self.number = statuses, number


def accepts_null(function):
    return function.name.endswith("_destroy")


def number_of(function, parameter):
    """A valid value of a number, if the parameter is one that is known."""
    bounds = doxygen.parse(function.doc).bounds(parameter.name)
    if (parameter.type, parameter.name) in NUMBERS:
        return NUMBERS[parameter.type, parameter.name]
    return str(max(bounds[0], 1)) if parameter.type == "size_t" and bounds else None


def wrong_numbers(bounds):
    """Numbers that are INVALID_ARGUMENT, by what the case is called."""
    least, greatest = bounds or (None, None)
    if least == 1:
        yield "zero", "0"
    if greatest:
        yield "too_large", f"{greatest} + (size_t)1"
        yield "huge", "SIZE_MAX"


def role_of(function, parameter, handles):
    """What a parameter is for: its role in misuse.h, and how the call spells it."""
    where = f"{function.name}, parameter `{parameter.name}`"
    kind = parameter.type
    if kind in handles:
        if kind not in KINDS:
            raise Unknown(
                f"{where}: no maker for the object type `{kind}`: add a row to objects.def"
            )
        return "HANDLE", f"({kind}){{a[{{0}}].bits}}"
    if kind.endswith(" *") and kind[:-2] in handles:
        if kind[:-2] not in KINDS:
            raise Unknown(
                f"{where}: no maker for the object type `{kind[:-2]}`: add a row to objects.def"
            )
        role = "HANDLE_POINTER" if function.name.endswith("_ensure") else "OUT"
        return role, "a[{0}].pointer"
    if kind in OUT_TYPES:
        return "OUT", "a[{0}].pointer"
    if kind == "const char *":
        return "STRING", "a[{0}].string"
    if kind == "void *":
        return "CONTEXT", "a[{0}].pointer"
    if kind in CALLBACKS:
        return "CALLBACK", f"a[{{0}}].given ? {CALLBACKS[kind]} : NULL"
    if kind == "double":
        return "SECONDS", "a[{0}].seconds"
    if number_of(function, parameter) is not None:
        return "NUMBER", f"({kind})a[{{0}}].number"
    raise Unknown(f"{where}: no maker for the type `{kind}`: add it to the tables of generate.py")


def cases_of(function, handles):
    """Every wrong argument that a function can be given."""
    doc = doxygen.parse(function.doc)
    acts = function.returns == "threading_status"
    if not acts and function.returns not in ASKING and function.returns not in handles:
        raise Unknown(
            f"{function.name}: no rule says what the type `{function.returns}` answers to a misuse"
        )
    cases = []
    for index, parameter in enumerate(function.parameters):
        role, _ = role_of(function, parameter, handles)
        nullable = doc.allows_null(parameter.name)

        def add(form):
            name, run, statuses = FORMS[form]
            cases.append(
                Case(function, index, f"{parameter.name}_{name}", run, statuses if acts else set())
            )

        if role in ("HANDLE", "HANDLE_POINTER"):
            for form in HANDLE_FORMS:
                if form == "null" and doc.allows_null_handle(parameter.name):
                    continue
                if form == "null" and role == "HANDLE_POINTER":
                    add("null_pointer")
                    continue
                statuses = (
                    {"THREADING_OK"}
                    if form == "null" and accepts_null(function)
                    else HANDLE_STATUSES[form]
                )
                name = f"{parameter.name}_{'holds_' if role == 'HANDLE_POINTER' else ''}{form}"
                cases.append(
                    Case(function, index, name, f"handle_{form}", statuses if acts else set())
                )
        if role in ("OUT", "STRING", "CALLBACK"):
            add("null_allowed" if nullable else "null_pointer")
            size = doc.null_if_zero(parameter.name)
            if size:
                if not any(
                    other.name == size and ("size_t", size) in NUMBERS
                    for other in function.parameters
                ):
                    raise Unknown(
                        f"{function.name}: {parameter.name} may be NULL if {size} is 0, and there"
                        " is no such size"
                    )
                add("null_without_room")
        if role == "STRING" and acts:
            add("not_utf8")
        bounds = doc.bounds(parameter.name) if role == "NUMBER" else None
        for wrong, number in wrong_numbers(bounds):
            cases.append(
                Case(
                    function,
                    index,
                    f"{parameter.name}_{wrong}",
                    "number_wrong",
                    {"THREADING_INVALID_ARGUMENT"} if acts else set(),
                    number,
                )
            )
        if role == "SECONDS":
            add("nan")
            add("too_large")
    return cases


def table_of(header):
    """All cases, after checking that every function of the header is accounted for."""
    handles = header.handles()
    for handle in handles:
        if handle not in KINDS:
            raise Unknown(f"no maker for the object type `{handle}`: add a row to objects.def")
    for name in NOT_CALLED:
        if name not in header.functions:
            raise Unknown(f"{name} is listed in NOT_CALLED, but the header has no such function")
    cases = []
    for function in header.functions.values():
        if function.name in NOT_CALLED:
            continue
        made = cases_of(function, handles)
        if not made:
            raise Unknown(
                f"{function.name}: nothing it takes can be wrong: say so in NOT_CALLED, or extend"
                " the tables"
            )
        cases += made
    return cases


def statuses_of(header):
    """For each function the statuses that its cases see come out."""
    statuses = {}
    for case in table_of(header):
        statuses.setdefault(case.function.name, set()).update(case.statuses)
    return statuses


def caller(function, handles):
    """A C function that unpacks the arguments and makes the call, and the description of its
    parameters."""
    doc, arguments, rows = doxygen.parse(function.doc), [], []
    for index, parameter in enumerate(function.parameters):
        role, spelling = role_of(function, parameter, handles)
        arguments.append(spelling.replace("{0}", str(index)).replace("{{", "{").replace("}}", "}"))
        kind = parameter.type.removesuffix(" *")
        state = STATES.get(function.name, "FRESH") if index == 0 else "FRESH"
        state = state if role == "HANDLE" else "0"
        number = number_of(function, parameter) or "0"
        rows.append(
            f'    {{"{parameter.name}", {role},'
            f' {f"&object_kinds[{KINDS[kind]}]" if kind in KINDS else "NULL"}, {state}, {number},'
            f" {str(doc.allows_null_handle(parameter.name)).lower()}}},"
        )
    call = f"{function.name}({', '.join(arguments)})"
    acts = function.returns == "threading_status"
    if acts:
        answer = f"(struct answer){{.status = {call}}}"
    elif function.returns in handles:
        answer = f"(struct answer){{.value = {call}.bits}}"
    else:
        answer = f"(struct answer){{.value = {ASKING[function.returns].format(call)}}}"
    return "\n".join(
        [
            f"static struct answer call_{function.name}(const struct argument *a) {{",
            f"    return {answer};",
            "}",
            f"static const struct parameter parameters_{function.name}[] = {{",
            *rows,
            "};",
            f"static const struct function row_{function.name} = {{",
            (
                f'    "{function.name}", call_{function.name}, {str(acts).lower()},'
                f" {str(accepts_null(function)).lower()},"
            ),
            f"    {len(function.parameters)}, parameters_{function.name}}};",
            "",
        ]
    )


def write_table(header, cases, path):
    handles = header.handles()
    called = list(dict.fromkeys(case.function.name for case in cases))
    lines = ["/* Written by generate.py from threading.h. */", '#include "misuse.h"', ""]
    lines += [caller(header.functions[name], handles) for name in called]
    lines += ["const struct misuse misuses[] = {"]
    lines += [
        f'    {{"{case.name}", &row_{case.function.name}, {case.index}, {case.form},'
        f" {case.number}}},"
        for case in cases
    ]
    lines += ["    {NULL, NULL, 0, NULL, 0},", "};", ""]
    lines += [
        (
            "/* Every function of the header, called or not: a library that lacks one does not"
            " link. */"
        ),
        "const struct declared declared_functions[] = {",
    ]
    for name in header.functions:
        reason = f'"{NOT_CALLED[name]}"' if name in NOT_CALLED else "NULL"
        lines.append(f'    {{"{name}", (void (*)(void)){name}, {reason}}},')
    lines += ["    {NULL, NULL, NULL},", "};", ""]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def write_tests(cases, programs, path):
    lines = ["# Written by generate.py from threading.h."]
    for program in programs:
        form, _, executable = program.partition("=")
        names = ["coverage"] + [f"{case.function.name}.{case.name}" for case in cases]
        for name in names:
            test = f"misuse.{name}.{form}"
            lines.append(f'add_test([==[{test}]==] [==[{executable}]==] [==[{name}]==])')
            lines.append(f"set_tests_properties([==[{test}]==] PROPERTIES TIMEOUT {SECONDS_LIMIT})")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    if len(sys.argv) < 5:
        sys.exit("usage: generate.py HEADER TABLE.c TESTS.cmake FORM=PROGRAM...")
    try:
        header = header_reader.read_header(sys.argv[1])
        cases = table_of(header)
    except (OSError, header_reader.HeaderError, Unknown) as error:
        sys.exit(f"generate.py: {sys.argv[1]}: {error}")
    write_table(header, cases, sys.argv[2])
    write_tests(cases, sys.argv[4:], sys.argv[3])
    functions = len({case.function.name for case in cases})
    print(
        f"{len(cases)} cases for {functions} of {len(header.functions)} functions;"
        f" {len(NOT_CALLED)} are not called"
    )


if __name__ == "__main__":
    main()
