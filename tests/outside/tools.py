"""Processes to look at, and what looks at them: for check.py."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
SKIPPED = 77
LIMIT = 60
SOCKET = {"THREADING_SOCKET": "1"}

sys.dont_write_bytecode = True


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def expect(what, is_so, *shown):
    if not is_so:
        sys.exit("\n".join([f"not so: {what}", *map(str, shown)]))


@contextlib.contextmanager
def process(program, *arguments, environment=None, become=None):
    """A process that has set its scene, and ends with the block; `become` makes it another
    user's."""
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o777 if become else 0o755)
        command = [program, work, *arguments]
        try:
            started = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env={**os.environ, **(environment or {})}, preexec_fn=become,
            )
        except PermissionError:
            skip("that user may not run the program")
        with started as child:
            try:
                expect("the scene is set", child.stdout.readline() == "ready\n")
                def ask(letter):
                    child.stdin.write(letter)
                    child.stdin.flush()
                    expect("it is done", child.stdout.readline() == "done\n")
                yield child.pid, pathlib.Path(work), ask
            finally:
                child.kill()


def become_nobody():
    """What makes a process that of the user nobody; None: this user is not root."""
    if os.getuid() != 0:
        return None
    import pwd
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        skip("there is no user nobody")
    def become():
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
    return become


def run_where_all_may_read(work, tool, *arguments, become):
    """Runs a copy of a tool as another user."""
    for path in TOOLS.iterdir():
        if path.is_file():
            shutil.copy(path, work)
    made = run("/usr/bin/env", "python3", work / tool, *arguments, preexec_fn=become, cwd="/")
    if "Permission denied" in made.stderr and "python" in made.stderr:
        skip("that user may not run python3")
    return made


def run(*command, **options):
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=LIMIT, check=False,
        **options,
    )


def dump(*arguments):
    made = run(sys.executable, TOOLS / "threading-dump", *arguments)
    expect("threading-dump reads it", made.returncode == 0, made.stderr)
    return made.stdout


def gdb(*arguments, commands):
    """What gdb prints for the commands, without what it says itself."""
    if shutil.which("gdb") is None:
        skip("there is no gdb")
    script = [part for command in commands for part in ("-ex", command)]
    made = run("gdb", "-batch", "-nx", "-ex", f"source {TOOLS}/threading_gdb.py", *script,
               *arguments)
    if "ptrace: Operation not permitted" in made.stderr:
        skip("gdb may not attach here")
    return made


def without_times(text):
    """Each line without seconds, in which two dumps may differ; the lines about times too."""
    text = re.sub(r"\d+\.\d{3} s", "N s", text)
    about = ("Each line is true", "Times are those")
    return "\n".join(line for line in text.splitlines() if not line.startswith(about))


def without_names_of_strangers(text):
    return re.sub(r'^(native=\d+) ".*" has not', r"\1 has not", text, flags=re.MULTILINE)


def untimed(text):
    """JSON without what the time changes, and in the one order."""
    data = json.loads(text)
    del data["monotonic"]
    for thread in data["threads"]:
        for name in ("seconds", "remaining"):
            number = thread.get("wait", {}).pop(name, None)
            expect(f"{name} is no negative number", number is None or number >= 0, thread)
        for wait in thread.get("last_waits", []):
            times = wait.pop("seconds"), wait.pop("ago")
            expect("no time is negative", min(times) >= 0, thread)
    data["objects"].sort(key=lambda known: known["handle"])
    return data


def read_as_it_dumps_itself(pid, work):
    """The text and the JSON that are read of a process, which are what it has written itself."""
    text, own = dump(pid), (work / "text").read_text()
    expect("the texts are the same", without_times(text) == without_times(own), own, text)
    read, own = untimed(dump("--json", pid)), untimed((work / "json").read_text())
    expect("the JSON is the same", read == own, own, read)
    return text, own


def make_core(pid, path):
    """A core of a process, which runs on: by gdb."""
    made = gdb("-p", str(pid), commands=[f"gcore {path}"])
    if not path.exists():
        skip(f"gdb makes no core here: {made.stderr.strip().splitlines()[-1:]}")
    return path


def blocks_of_the_page(language):
    """The lines of each block of docs/debugging.md in that language."""
    page = (ROOT / "docs" / "debugging.md").read_text()
    found = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    expect(f"the page has {language}", found)
    return [line for block in found for line in block.splitlines()]


def without_numbers(text):
    """As lines, without times, and without what differs between processes."""
    text = re.sub(r"native=\d+", "native=N", without_times(text))
    text = re.sub(r" at \w+\.c:\d+$", " at a line", text, flags=re.MULTILINE)
    text = re.sub(r"^#\d+ +0x\w+ (in .*) at \S+:\d+$", r"a frame \1", text, flags=re.MULTILINE)
    return set(re.sub(r"^\$\d+ = ", "", text, flags=re.MULTILINE).splitlines())


def reader_of(pid):
    """The reader itself, whose functions a case puts something in between."""
    sys.path.insert(0, str(TOOLS))
    from threading_memory import Process, find_layout
    from threading_reader import Program
    memory = Process(pid)
    return Program(
        memory.read, find_layout(memory), pid, memory.comm, memory.tasks, memory.clock
    )


def top(*arguments):
    made = run(sys.executable, TOOLS / "threading-top", "--interval", "0.2", *arguments)
    expect("threading-top reads it", made.returncode == 0, made.stderr)
    return made.stdout


def expect_top(said, pid):
    for pattern in (
        rf"libthreading [\d.]+: process {pid} \(.*\); \d+ threads, \d+ waiting, .* 1 deadlock",
        r"DEADLOCK \(probable\): (?=.*\"teller-1\")(?=.*\"teller-2\")(?=.*\"auditor\").* > .* > ",
        r" +waits/s +waiting +now +waits +total wait +longest +object",
        r' +\d+\.\d{3}  "auditor" waits for lock "accounts" .*, held by "teller-1", at scene.c:\d+',
    ):
        expect(f"it shows {pattern}", re.search(f"^{pattern}", said, re.MULTILINE), said)
    expect("a sleeper does not wait", '"sleeper"' not in said, said)
