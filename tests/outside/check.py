#!/usr/bin/env python3
"""What `tools/threading-dump` and gdb read of a process, from outside, is what the process itself
writes with `threading_dump` and `threading_dump_json`.

    check.py PROGRAM CASE

PROGRAM is a build of scene.c; CASE is the name of one of the functions of a program below. A case
that the machine does not allow is skipped with the reason: exit status 77.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from tools import (
    SOCKET, TOOLS, become_nobody, blocks_of_the_page, dump, expect, expect_top, gdb, make_core,
    process, read_as_it_dumps_itself, reader_of, run, run_where_all_may_read, skip, top, untimed,
    without_names_of_strangers, without_numbers, without_times,
)


def a_process_is_read_as_it_dumps_itself(program):
    with process(program) as (pid, work, _):
        _, own = read_as_it_dumps_itself(pid, work)
        expect("there is a deadlock", len(own["deadlocks"]) == 1)


def a_thread_that_waits_for_its_own_owned_lock_is_read_as_a_deadlock(program):
    with process(program, "owned") as (pid, work, _):
        text, own = read_as_it_dumps_itself(pid, work)
        expect("it is told", "DEADLOCK (certain) of 1 thread, for" in text, text)
        expect("there are three", len(own["deadlocks"]) == 3 and ", and so for " in text, own)


def a_core_is_read_as_the_process_dumped_itself(program):
    with process(program) as (pid, work, _):
        core = make_core(pid, work / "core")
        text, own = dump(core), without_names_of_strangers((work / "text").read_text())
        expect("the texts are the same", without_times(text) == without_times(own), own, text)
        read, own = untimed(dump("--json", core)), untimed((work / "json").read_text())
        for data in (read, own):
            data["unmet"] = [stranger["native_id"] for stranger in data["unmet"]]
        expect("the JSON is the same", read == own, own, read)


def a_core_of_the_kernel_is_read_too(program):
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern.startswith("|") or "/" in pattern or "%" in pattern:
        skip(f"cores do not lie where the process does: core_pattern is {pattern}")
    import resource
    with tempfile.TemporaryDirectory() as work:
        def allow():
            resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
        try:
            child = subprocess.Popen(
                [program, work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                cwd=work, preexec_fn=allow,
            )
        except subprocess.SubprocessError:
            skip("the limit of cores cannot be raised")
        with child:
            expect("the scene is set", child.stdout.readline() == "ready\n")
            child.send_signal(6)
            child.wait()
        cores = [path for path in pathlib.Path(work).iterdir() if path.name.startswith("core")]
        if not cores:
            skip("the kernel has made no core")
        text = dump(cores[0])
        own = without_names_of_strangers((pathlib.Path(work) / "text").read_text())
        # The kernel lists the threads in another order.
        texts = [sorted(without_times(found).splitlines()) for found in (text, own)]
        expect("the texts are the same", texts[0] == texts[1], own, text)


def gdb_shows_the_same_of_a_process_and_of_a_core(program):
    with process(program) as (pid, work, _):
        core = work / "core"
        commands = ["echo <\\n", "info threading", "echo >\\n"]
        made = gdb("-p", str(pid), commands=[*commands, f"gcore {core}"])
        own = without_times((work / "text").read_text())
        def of(text):
            expect("gdb prints a dump", "<\n" in text, made.stdout, made.stderr)
            return without_times(text.partition("<\n")[2].partition("\n>\n")[0])
        expect("of a process", of(made.stdout) == own, own, made.stdout, made.stderr)
        if not core.exists():
            skip("gdb makes no core here")
        made = gdb(program, core, commands=commands)
        found, own = of(made.stdout), without_names_of_strangers(own)
        expect("of a core", found == own, own, found, made.stderr)


def gdb_prints_handles_deadlocks_and_reasons(program):
    with process(program) as (pid, _, _):
        made = gdb("-p", str(pid), commands=[
            "threading deadlock", "threading why teller-1", "threading why sleeper",
            *(f"print {name}" for name in "accounts ledger opened phase first tickets gate timer"
              " heartbeat shelf prices basket shelves clerks errand".split()), "threading why no",
        ])
        for pattern in (
            r"DEADLOCK \(probable\) of 3 threads",
            r'"teller-1" waits for rlock "ledger.*, held by "teller-2" for .* s, at scene.c:\d+\n'
            r'"teller-2" waits for the end of "auditor" for .* s, at scene.c:\d+\n'
            r'"auditor" waits for lock "accounts" .*, held by "teller-1" for .* s, at scene.c:\d+\n'
            r"this is a deadlock \(probable\)",
            r'"sleeper" sleeps for .* s, at most .* s more',
            r'= lock "accounts" \(0x0800\w+\), held by "teller-1", 1 waiting\n',
            r'= rlock "ledger.*" \(0x\w+\), 2 deep, held by "teller-2", 1 waiting\n',
            r'= event "opened" \(0x\w+\), clear, 2 waiting\n',
            r"= barrier \(0x\w+\), 1 of 3 have arrived, 1 waiting\n", r"= thr.*, a pending task\n",
            r"= null threading_lock\n", r'= executor "clerks" .*, 2 tasks have not ended, shut',
            r"= semaphore \(0x\w+\), value 0, 2 waiting\n",
            r"= latch \(0x\w+\), count 1, 1 waiting\n",
            r"= rwlock \(0x28\w+\), 2 reads, 1 waiting\n",
            r'= rwlock "prices" \(0x28\w+\), held by "MainThread", 1 waiting\n',
            r'= thread "Thread-2" \(0x0400\w+\), a pending timer\n.*a pending periodic timer\n',
            r'= queue "basket" .*, 0 of 3 items, 1 waiting\n.*= queue .*, 1 of 1 items, 1 wait',
        ):
            expect(f"gdb prints {pattern}", re.search(pattern, made.stdout), made.stdout)
        expect("an unknown thread is a sentence", "knows no thread 'no'" in made.stderr)


def gdb_shows_the_called_function_in_a_backtrace(program):
    with process(program) as (pid, _, _):
        made = gdb("-p", str(pid), commands=["thread apply all bt"])
        for call, caller in (
            (r'threading_lock_acquire \(lock=lock "accounts" .*, 1 waiting\)', "audit"),
            (r"threading_rlock_acquire \(rlock=rlock .*\)", "work_1"),
            (r"threading_thread_join \(thread=.*\)", "work_2"),
            (r"threading_semaphore_acquire \(semaphore=.*\)", "wait_for_ticket"),
        ):
            frames = rf"\n#\d+ +0x\w+ in {call}.*\n#\d+ +0x\w+ in {caller} \("
            expect(f"gdb prints {frames}", re.search(frames, made.stdout), made.stdout)
        nameless = re.search(r"^#\d+ .* (\?\?| in  )\(\).*", made.stdout, re.MULTILINE)
        expect("each frame has a name", nameless is None, nameless and nameless.group())


def a_process_that_moves_is_in_no_deadlock_and_its_names_are_whole(program):
    names = {None, "first-odd", "first, whose other name takes two slots"}
    with process(program, "moving") as (pid, _, _):
        end, looks, waits = time.monotonic() + 5, 0, 0
        while looks < 20 or time.monotonic() < end:
            data = json.loads(dump("--json", pid))
            expect("no deadlock is seen", data["deadlocks"] == [], data)
            found = {
                known["name"] for known in data["objects"] if known["kind"] == "lock"
            }
            expect("names are whole", found <= names, found)
            looks += 1
            waits += sum("wait" in thread for thread in data["threads"])
        expect("some waits were seen", waits > 0)
        print(f"{looks} looks at {waits} waits")


def a_deadlock_that_is_gone_at_the_second_look_is_none(program):
    with process(program) as (pid, _, ask):
        reader = reader_of(pid)
        expect("it is there at both looks", len(reader.deadlocks()) == 1)
        look_again = reader.look_again
        def look_later(circle):
            ask("r")
            return look_again(circle)
        reader.look_again = look_later
        expect("it is gone at the second", reader.deadlocks() == [])


def a_name_that_changes_while_it_is_read_is_read_again(program):
    with process(program) as (pid, _, ask):
        reader, asked = reader_of(pid), []
        condition = next(handle for handle, _ in reader.each("condition"))
        slot = reader.slot
        def slot_then_rename(handle):
            data = slot(handle)
            if not asked:
                asked.append(ask("n"))
            return data
        reader.slot = slot_then_rename
        named = reader.object_name(condition)
        whole = b"old news, and as long a name as before, in other slots of the same table"
        expect("the new name is read whole", named == (whole, len(whole)), named)


def a_library_that_was_replaced_is_read_all_the_same(program):
    library = next(
        pathlib.Path(line.split()[2])
        for line in run("ldd", program).stdout.splitlines() if "libthreading" in line
    )
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place) / library.name
        shutil.copy(library, copy)
        with process(program, environment={"LD_PRELOAD": str(copy)}) as (pid, work, _):
            own = without_times((work / "text").read_text())
            copy.unlink()
            expect("a deleted one", without_times(dump(pid)) == own)
            shutil.copy(os.path.realpath(sys.executable), copy)
            expect("another at its place", without_times(dump(pid)) == own)


def a_reader_of_another_version_says_which_and_reads_nothing_more(program):
    with process(program) as (pid, work, _):
        for path in TOOLS.iterdir():
            if path.is_file():
                shutil.copy(path, work)
        layout = work / "threading_layout.py"
        text = layout.read_text()
        version = int(re.search(r"^VERSION = (\d+)$", text, re.MULTILINE)[1])
        layout.write_text(text.replace(f"\nVERSION = {version}\n", f"\nVERSION = {version + 1}\n"))
        made = run(sys.executable, work / "threading-dump", pid)
        said = f"version {version}, and this reader knows version {version + 1}"
        expect("it says which", said in made.stderr and made.returncode == 1, made.stderr)
        expect("it reads nothing more", made.stdout == "", made.stdout)


def what_does_not_use_the_library_is_named_in_a_sentence(program):
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdin.write(b"runs\n")
        child.stdin.flush()
        child.stdout.readline()
        made = run(sys.executable, TOOLS / "threading-dump", child.pid)
        child.stdin.close()
    expect("of a process", "does not use libthreading" in made.stderr, made.stderr)
    for what, said in (
        (child.pid, "there is no process"),
        ("/nowhere", "cannot be read: No such file"),
        (__file__, "is no ELF file"),
        (program, "is no core"),
    ):
        made = run(sys.executable, TOOLS / "threading-dump", what)
        lines = made.stderr.strip().splitlines()
        expect(f"{what} is told in one line", len(lines) == 1 and said in lines[0], made.stderr)
        expect("it fails", made.returncode == 1)


def without_rights_it_says_what_to_do(program):
    become = become_nobody() or skip("only root can start a process that this user may not read")
    with process(program) as (pid, work, _):
        made = run_where_all_may_read(work, "threading-dump", pid, become=become)
        lines = made.stderr.strip().splitlines()
        expect("it is one line", len(lines) == 1 and made.returncode == 1, made.stderr)
        for word in ("may not read", f"kill -QUIT {pid}", "ptrace_scope", "root", "_SOCKET=1"):
            expect(f"it names {word}", word in lines[0], made.stderr)
    with process(program, environment=SOCKET) as (pid, work, _):
        made = run_where_all_may_read(work, "threading-dump", pid, become=become)
        expect("who may not ask is told", "only the user" in made.stderr, made.stderr)


def every_command_of_the_page_does_what_it_says(program):
    if shutil.which("gdb") is None:
        skip("there is no gdb")
    said, gdb_lines = set(), blocks_of_the_page("gdb")
    with process(program) as (pid, work, _):
        (work / "bank").symlink_to(program)
        for tool in ("threading-dump", "threading-top"):
            (work / tool).symlink_to(TOOLS / tool)
        # As where it is installed: /usr/local is this directory.
        share = work / "local" / "share" / "libthreading"
        share.parent.mkdir(parents=True)
        share.symlink_to(TOOLS)
        def here(line):
            return line.replace("/usr/local", f"{work}/local").replace("4711", str(pid))
        options = "".join(f" -ex '{here(line)}'" for line in gdb_lines)
        for line in blocks_of_the_page("sh"):
            line = here(line)
            if line.startswith("gdb "):
                line = line.replace("gdb ", "gdb -batch -nx ", 1) + options
            made = run("sh", "-c", line, cwd=work,
                       env={**os.environ, "PATH": f"{work}:{os.environ['PATH']}"})
            if "ptrace: Operation not permitted" in made.stderr + made.stdout:
                skip("gdb may not attach here")
            expect(f"“{line}” succeeds", made.returncode == 0, made.stdout, made.stderr)
            failed = re.search("Error|Undefined", made.stderr)
            expect(f"“{line}” reports no error", not failed, made.stderr)
            said |= without_numbers(made.stdout)
    for line in without_numbers("\n".join(blocks_of_the_page("text"))):
        expect(f"the page's line “{line}” comes out", line in said, *sorted(said))


def threading_top_shows_who_waits_and_the_deadlock(program):
    with process(program, environment=SOCKET) as (pid, _, _):
        for options in ([], ["--socket"]):
            expect_top(top("--once", *options, pid), pid)


def threading_top_shows_what_was_waited_for_since_the_last_look(program):
    row = re.compile(r"^ *(\d+\.\d) +(\d+\.\d\d) +\d+ +(\d+) +\d+\.\d{3} s .* lock ", re.MULTILINE)
    with process(program, "moving", environment=SOCKET) as (pid, _, _):
        for options in ([], ["--socket"]):
            end, is_seen = time.monotonic() + 30, False
            while time.monotonic() < end and not is_seen:
                found = row.findall(top("--once", *options, pid))
                rows = [[float(number) for number in numbers] for numbers in found]
                is_seen = any(rate > 0 and waits > 0 for rate, _, waits in rows)
            expect("some lock is waited for", is_seen, options, rows)


def threading_top_fills_the_terminal_until_q(program):
    import pty
    import select
    with process(program) as (pid, _, _):
        own, its = pty.openpty()
        command = [sys.executable, str(TOOLS / "threading-top"), str(pid)]
        with subprocess.Popen(command, stdin=its, stdout=its, stderr=subprocess.PIPE,
                              env={**os.environ, "TERM": "xterm", "LINES": "30", "COLUMNS": "120"}
                              ) as child:
            os.close(its)
            said, end = b"", time.monotonic() + 30
            while b"q ends" not in said and time.monotonic() < end:
                if select.select([own], [], [], 0.1)[0]:
                    try:
                        said += os.read(own, 65536)
                    except OSError:
                        break
            if b"q ends" not in said and b"curses" in child.stderr.read():
                skip("there is no terminal that curses knows")
            expect("it shows the deadlock", b"DEADLOCK (probable)" in said, said)
            os.write(own, b" q")
            expect("q ends it", child.wait(30) == 0, child.stderr.read())
        os.close(own)


def threading_top_says_in_a_line_what_is_wrong(program):
    gone = subprocess.Popen(["true"])
    gone.wait()
    for arguments, status, said in (
        (["--once", gone.pid], 1, "there is no process"),
        (["--once"], 2, "threading-top [OPTIONS] PID"),
        (["--interval", "0", "--once", 1], 2, "PID is a process"),
        (["--interval", "x", "1"], 2, "PID is a process"),
        (["--what", "1"], 2, "PID is a process"),
        (["core.4711"], 2, "PID is a process"),
    ):
        made = run(sys.executable, TOOLS / "threading-top", *arguments)
        expect(f"{arguments} is told", said in made.stderr, made.stderr)
        expect("it fails", made.returncode == status and made.stdout == "", made.returncode)
    with process(program) as (pid, _, _):
        made = run(sys.executable, TOOLS / "threading-top", pid, stdin=subprocess.DEVNULL)
        expect("without a terminal it says so", "--once" in made.stderr and made.returncode == 1,
               made.stderr)


# Not for ctest: tests/install/run.sh has installed the library.
def installed_readers_are_found(program, prefix=os.environ.get("THREADING_PREFIX", "")):
    with process(program) as (pid, work, _):
        own = without_times((work / "text").read_text())
        # Not by Python's path, which an interpreter may take from its environment.
        made = run(f"{prefix}/bin/threading-dump", pid, cwd=work)
        expect("threading-dump finds its modules", without_times(made.stdout) == own, made)
        made = run(f"{prefix}/bin/threading-top", "--interval", "0.1", "--once", pid, cwd=work)
        expect("and so does threading-top", "DEADLOCK (probable)" in made.stdout, made)
        if shutil.which("gdb") is None:
            skip("there is no gdb")
        made = run(
            "gdb", "-batch", "-nx", "-iex", f"add-auto-load-safe-path {prefix}", "-iex",
            f"add-auto-load-scripts-directory {prefix}/share/gdb/auto-load", "-p", pid,
            "-ex", "info threading", "-ex", "print accounts",
        )
        if "ptrace: Operation not permitted" in made.stderr:
            skip("gdb may not attach here")
        expect("gdb loads its part by itself", own in without_times(made.stdout), made)


def main():
    program, name = sys.argv[1:]
    globals()[name](program)


if __name__ == "__main__":
    main()
