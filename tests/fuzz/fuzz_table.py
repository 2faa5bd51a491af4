"""Writes the fuzzer's table from threading.h: how each function is called, what its parameters are
for, and the statuses that its comment documents.

    fuzz_table.py HEADER TABLE.c

It reads the header as the misuse table does, with the same parser, and stops at what it does not
know: a function added later cannot be forgotten.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "misuse"))

import doxygen  # noqa: E402
import generate as misuse  # noqa: E402
import header as header_reader  # noqa: E402

# Parameters that the misuse table never fills, since it does not call these functions.
PLAIN_NUMBERS = {
    ("int32_t", "status"),
    ("int", "line"),
    ("int32_t", "fd"),
    ("size_t", "bytes"),
    ("bool", "on"),
}
# Functions that end the process, the thread or the library. They have places of their own: see
# ending.c.
ENDINGS = {
    "threading_check": "ENDS_PROCESS_IF_NEGATIVE",
    "threading_exit": "ENDS_THREAD",
    "threading_shutdown": "ENDS_LIBRARY",
    "threading_shutdown_timeout": "ENDS_LIBRARY",
}
# Functions that are not called at random: a signal, the watch or the checker of orders would write
# files and reports of a process that is full of deadlocks. conformance/insight_signal,
# insight_watch and insight_order have their cases.
# An array of objects is nothing that it makes: conformance/wait_any has the cases. From an owned
# lock nobody could rescue those who wait: conformance/lock_owned has the cases.
# To threading_thread_pthread a `void *` is where the answer goes, and elsewhere any number:
# conformance/thread_pthread has the cases.
# Two only give a handle another type; conformance/with_rwlock has their cases.
LEFT_OUT = {
    "threading_lock_set_owned",
    "threading_dump_on_signal",
    "threading_watch",
    "threading_inspect",
    "threading_wait_any",
    "threading_wait_any_timeout",
    "threading_thread_pthread",
    "threading_rwlock_reading",
    "threading_rwlock_writing",
}
ANSWERS = {
    "threading_status": "ANSWERS_STATUS",
    "bool": "ANSWERS_BOOL",
    "size_t": "ANSWERS_NUMBER",
    "uint64_t": "ANSWERS_NUMBER",
    "double": "ANSWERS_REAL",
    "const char *": "ANSWERS_TEXT",
    "void *": "ANSWERS_POINTER",
}


def role_of(function, parameter, handles):
    """The parameter's role in fuzz.h, the kind of its handle, and how the call spells it."""
    if (parameter.type, parameter.name) in PLAIN_NUMBERS:
        return "NUMBER", "KINDS", f"({parameter.type})a[{{0}}].number"
    role, spelling = misuse.role_of(function, parameter, handles)
    kind = "KINDS"
    if parameter.type.removesuffix(" *") in handles:
        kind = misuse.KINDS[parameter.type.removesuffix(" *")]
    if role == "CALLBACK":
        spelling = f"a[{{0}}].given ? fuzz_{parameter.type.removeprefix('threading_')} : NULL"
    elif role == "OUT" and doxygen.parse(function.doc).null_if_zero(parameter.name):
        role = "BUFFER"
    elif parameter.name == "processors":
        role = "PROCESSORS"
    elif role == "OUT" and kind != "KINDS":
        role = "OUT_HANDLE"
    return role, kind, spelling.replace("{{", "{").replace("}}", "}")


def blocks(doc):
    """Whether the paragraph on blocking says that the call waits for something."""
    said = [command.text for command in doc.of("par") if command.argument == "Blocking"]
    if len(said) != 1:
        raise misuse.Unknown("its comment has not one paragraph on blocking")
    return said[0].startswith(("Until ", "For that time"))


def documented(function, doc, constants):
    statuses = [command.argument for command in doc.of("retval")]
    for status in statuses:
        if status not in constants:
            raise misuse.Unknown(f"{function.name}: @retval {status} is no status")
    if function.returns == "threading_status" and not statuses and function.name not in ENDINGS:
        raise misuse.Unknown(f"{function.name}: documents no status")
    return statuses


def row_of(function, header):
    handles = header.handles()
    doc = doxygen.parse(function.doc)
    if function.returns not in ANSWERS and function.returns not in handles:
        raise misuse.Unknown(
            f"{function.name}: no rule says what the type `{function.returns}` answers"
        )
    arguments, parameters = [], []
    for index, parameter in enumerate(function.parameters):
        role, kind, spelling = role_of(function, parameter, handles)
        arguments.append(spelling.replace("{0}", str(index)))
        may_be_null = doc.allows_null(parameter.name) or doc.allows_null_handle(parameter.name)
        nullable = "true" if may_be_null or role == "CONTEXT" else "false"
        parameters.append(f'        {{"{parameter.name}", {role}, {kind}, {nullable}}},')
    call = f"{function.name}({', '.join(arguments)})"
    returns = ANSWERS.get(function.returns, "ANSWERS_HANDLE")
    answer = {
        "ANSWERS_STATUS": f".status = {call}",
        "ANSWERS_REAL": f".real = {call}",
        "ANSWERS_HANDLE": f".value = {call}.bits",
    }.get(returns) or ".value = " + misuse.ASKING[function.returns].format(call)
    statuses = (
        " | ".join(
            f"STATUS_BIT({status})" for status in documented(function, doc, header.constants)
        )
        or "0"
    )
    try:
        waits = str(blocks(doc)).lower()
    except misuse.Unknown as error:
        raise misuse.Unknown(f"{function.name}: {error}") from None
    caller = "\n".join(
        [
            f"static struct answer call_{function.name}(const struct argument *a) {{",
            "    (void)a;",
            f"    return (struct answer){{{answer}}};",
            "}",
        ]
    )
    made = misuse.KINDS[function.returns] if function.returns in handles else "KINDS"
    row = "\n".join(
        [
            f'    {{"{function.name}", call_{function.name}, {returns}, {made},',
            f"     {statuses},",
            (
                f"     {waits}, {str(misuse.accepts_null(function)).lower()},"
                f" {ENDINGS.get(function.name, 'ENDS_NOTHING')}, {len(function.parameters)},"
            ),
            "     {" + ("" if parameters else "{NULL, NUMBER, KINDS, false}},"),
            *parameters,
            *(["     }},"] if parameters else ["    },"]),
        ]
    )
    return caller, row


def write_table(header, path):
    for name in [*ENDINGS, *LEFT_OUT]:
        if name not in header.functions:
            raise misuse.Unknown(
                f"{name} is listed in ENDINGS or LEFT_OUT, but the header has no such function"
            )
    handles = header.handles()
    rows = [
        row_of(function, header)
        for function in header.functions.values()
        if not function.private and function.name not in LEFT_OUT
    ]
    lines = ["/* Written by fuzz_table.py from threading.h. */", '#include "fuzz.h"', ""]
    lines += [caller + "\n" for caller, _ in rows]
    lines += ["const struct function functions[] = {", *(row for _, row in rows), "};"]
    lines += [f"const int function_count = {len(rows)};", ""]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return len(rows), len(handles)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: fuzz_table.py HEADER TABLE.c")
    try:
        functions, kinds = write_table(header_reader.read_header(sys.argv[1]), sys.argv[2])
    except (OSError, header_reader.HeaderError, misuse.Unknown) as error:
        sys.exit(f"fuzz_table.py: {sys.argv[1]}: {error}")
    print(f"{functions} functions, {kinds} kinds of objects")


if __name__ == "__main__":
    main()
