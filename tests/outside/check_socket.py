#!/usr/bin/env python3
"""What a process that was started with THREADING_SOCKET=1 answers `tools/threading-dump` and
`tools/threading-top`:

    check_socket.py PROGRAM CASE        as check.py
"""

import os
import socket
import sys

from tools import (
    SOCKET, TOOLS, become_nobody, dump, expect, expect_top, process, read_as_it_dumps_itself, run,
    run_where_all_may_read, untimed, without_times,
)


def a_process_answers_by_its_socket_as_it_dumps_itself(program):
    with process(program, environment=SOCKET) as (pid, work, _):
        own = without_times((work / "text").read_text())
        expect("the texts are the same", without_times(dump("--socket", pid)) == own)
        read, own = (work / "json").read_text(), dump("--json", "--socket", pid)
        expect("the JSON is the same", untimed(read) == untimed(own), own, read)
        read_as_it_dumps_itself(pid, work)


def where_the_memory_may_not_be_read_the_process_is_asked(program):
    become = become_nobody()
    with process(program, "unreadable", environment=SOCKET, become=become) as (pid, work, _):
        own = without_times((work / "text").read_text())
        made = run_where_all_may_read(work, "threading-dump", pid, become=become)
        expect("the texts are the same", without_times(made.stdout) == own, own, made)
        made = run_where_all_may_read(work, "threading-top", "--once", "--interval", "0.2", pid,
                                      become=become)
        expect_top(made.stdout, pid)


def what_has_no_socket_is_named_in_a_sentence(program):
    with process(program) as (pid, _, _), socket.socket(socket.AF_UNIX) as other:
        made = run(sys.executable, TOOLS / "threading-dump", "--socket", pid)
        said = f"process {pid} has no socket: it was not started with THREADING_SOCKET=1"
        expect("it has none", said in made.stderr and made.returncode == 1, made)
        other.bind(f"\0threading/{pid}")
        other.listen()
        made = run(sys.executable, TOOLS / "threading-dump", "--socket", pid)
        expect("another's is not asked", f"another process, {os.getpid()}, has" in made.stderr)
    made = run(sys.executable, TOOLS / "threading-dump", "--socket", pid)
    expect("it is gone", f"there is no process {pid}" in made.stderr, made)


if __name__ == "__main__":
    globals()[sys.argv[2]](sys.argv[1])
