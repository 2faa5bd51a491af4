#!/usr/bin/env python3
"""Does what a page says: saves its programs, types its commands, and compares what they print.

    run.py INCLUDE LIBRARIES PAGE [SECTION]      directories of threading.h and of the library
    run.py --self-test INCLUDE LIBRARIES         checks this program against planted pages

A block of C or Python is saved under the last name in back quotes before it, such as `bank.c`. It
is short, a C program compiles without a warning, and a later command names it.
Each line of a block of sh is typed into one shell, in a directory with the programs of examples-c;
the tools of this repository are found. A block of text is what the commands since the block of text
before it have printed, but for numbers that differ from run to run. A page without a block of text
proves nothing, and fails. So does a page whose commands print something that it does not show.

A person types slowly: after a command that runs in the background, the threads of that process
come to rest before the next line is typed. A program's lines come when they are complete, as on a
terminal.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# How long a block may take, in seconds; none takes ten.
BLOCK_LIMIT = 40
# How long a program may be, in lines: a reader sees it as a whole.
PROGRAM_LIMIT = 45
NAME = re.compile(r"`([\w-]+\.(?:c|py))`")
# What the shell says of jobs that end; and a thread that begins or ends at that moment.
IGNORED = re.compile(r"bash: |\[\d+\]|native=\d+ .* has not called the library$")
# What differs from run to run, and what stands for it.
VARIES = (
    (r"\b\d+\.\d{3}\b", "<seconds>"),
    (r"\bprocess \d+", "process <id>"),
    (r"\bnative=\d+", "native=<id>"),
    # A place in a program, as ThreadSanitizer shows it; that of gcc 14 says which build it is, too.
    (r"\+0x[0-9a-f]+\)( \(BuildId: [0-9a-f]+\))?$", "+<offset>)"),
    # How often was waited, how long, and who was longest: who came first is open.
    (r"^ +\d+ +\d+ +<seconds> s +<seconds> s", "<waits>"),
    (r'held by "Thread-\d+"', "held by <clerk>"),
)
UNTIL_ASLEEP = """
at_rest() { # process: it has threads, and each of them sleeps
    set -- /proc/$1/task/*/stat
    [ $# -gt 1 ] && ! sed 's/.*) //' "$@" | grep -qv '^S'
}
until_asleep() {
    while ! { at_rest $1 && at_rest $1 && at_rest $1; }; do sleep 0.05; done
}
set -m
ulimit -c 0
"""


class Wrong(Exception):
    """What a person has to change."""


def blocks_of(text, section):
    """The blocks of code of a section, or of all: language, lines, the prose before, its line."""
    inside, language, prose, lines, begin = section is None, None, "", [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if language is None and line.startswith("## ") and section is not None:
            inside = line == f"## {section}"
        if not inside:
            continue
        if language is None and line.startswith("```"):
            language, lines, begin = line[3:], [], number
        elif language is not None and line == "```":
            yield language, lines, prose, begin
            language, prose = None, ""
        elif language is not None:
            lines.append(line)
        else:
            prose += line + "\n"


def canonical(lines):
    said = []
    for line in lines:
        if not IGNORED.match(line):
            for pattern, better in VARIES:
                line = re.sub(pattern, better, line)
            said.append(line.rstrip())
    # An empty line is how a report ends.
    return [line for line in said if line]


class Shell:
    """A shell that is typed into, and what it has printed."""

    def __init__(self, work, environment):
        self.output = work / ".output"
        self.done = work / ".done"
        self.begin = 0
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                ["stdbuf", "-oL", "bash", "--noprofile", "--norc"], cwd=work, env=environment,
                stdin=subprocess.PIPE, stdout=output, stderr=output, text=True,
            )
        # Whether a process may print something after its command has returned.
        self.background = False
        self.type(UNTIL_ASLEEP)

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def run(self, lines):
        """Types the lines, and waits until the shell has done them."""
        self.done.unlink(missing_ok=True)
        for line in lines:
            self.type(line)
            if line.endswith("&"):
                self.background = True
                self.type("until_asleep $!")
        self.type(f": >{self.done.name}")
        return self.wait(self.done.exists)

    def said(self):
        """What was printed since the last call of `forget`."""
        return self.output.read_bytes()[self.begin :].decode().splitlines()

    def forget(self):
        self.begin = self.output.stat().st_size

    def wait(self, is_there, at_once=False):
        deadline = time.monotonic() + (0 if at_once else BLOCK_LIMIT)
        while not is_there():
            if time.monotonic() > deadline or self.process.poll() is not None:
                return False
            time.sleep(0.02)  # not to synchronise: between two looks
        return True

    def end(self):
        if self.process.poll() is None:
            self.type("kill -KILL $(jobs -p) 2>/dev/null")
        self.process.stdin.close()
        try:
            self.process.wait(BLOCK_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()


def check_text(shell, wanted):
    """The commands print the text, and the comparison would see a line that is not there."""
    def is_there():
        return canonical(shell.said()) == canonical(wanted)

    if not shell.wait(is_there, at_once=not shell.background):
        said = "\n".join(shell.said())
        raise Wrong(f"the page shows other lines than these, which were printed:\n{said}")
    said = canonical(shell.said())
    for i in range(len(wanted)):
        if wanted[i].strip() and canonical(wanted[:i] + wanted[i + 1 :]) == said:
            raise Wrong(f"a page without this line is not told from this one: {wanted[i]}")
    shell.forget()


def save(lines, prose, work, environment):
    """Saves a program, and returns its name."""
    names = NAME.findall(prose)
    if not names:
        raise Wrong("the page does not say how the program is called")
    if len(lines) > PROGRAM_LIMIT:
        raise Wrong(f"{names[-1]} has {len(lines)} lines, and more than {PROGRAM_LIMIT}")
    (work / names[-1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if names[-1].endswith(".c"):
        compiler = ["cc", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", names[-1]]
        told = subprocess.run(compiler, cwd=work, env=environment, capture_output=True, text=True)
        if told.returncode != 0:
            raise Wrong(f"{names[-1]} does not compile without a warning:\n{told.stderr}")
    return names[-1]


def check_end(shell, saved, commands, printed):
    """Nothing of the page was left out."""
    for name in saved:
        raise Wrong(f"no command has to do with {name}")
    if not commands or not printed:
        raise Wrong(f"it has {commands} commands, and {printed} lines of text")
    if canonical(shell.said()):
        said = "\n".join(shell.said())
        raise Wrong(f"the page does not show these lines, which were printed at last:\n{said}")


def run_page(path, section, work, environment):
    """How many commands, and how many lines that they print, are as the page says."""
    commands = printed = 0
    saved = set()
    shell = Shell(work, environment)
    try:
        for language, lines, prose, number in blocks_of(path.read_text(encoding="utf-8"), section):
            try:
                if language in ("c", "python"):
                    saved.add(save(lines, prose, work, environment))
                elif language == "sh":
                    if not shell.run(lines):
                        raise Wrong("the commands do not end:\n" + "\n".join(shell.said()))
                    commands += len(lines)
                    saved -= set(re.findall(r"[\w-]+\.(?:c|py)\b", "\n".join(lines)))
                elif language == "text":
                    check_text(shell, lines)
                    printed += len(lines)
            except Wrong as wrong:
                raise Wrong(f"{path.name}:{number}: {wrong}") from None
        try:
            check_end(shell, saved, commands, printed)
        except Wrong as wrong:
            raise Wrong(f"{path.name}: {wrong}") from None
    finally:
        shell.end()
    return commands, printed


def do_page(include, libraries, path, section=None):
    """What run_page returns, in a directory of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("THREADING_")}
    environment |= {"CPATH": include, "LIBRARY_PATH": libraries, "LD_LIBRARY_PATH": libraries}
    environment["PATH"] = f"{ROOT / 'tools'}:{environment['PATH']}"
    with tempfile.TemporaryDirectory() as work:
        for program in (ROOT / "examples-c").glob("*.[ch]"):
            shutil.copy(program, work)
        return run_page(path, section, pathlib.Path(work), environment)


def main():
    # Who runs this in the background of a script has it ignored, and so would all below.
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    if sys.argv[1] == "--self-test":
        import samples
        sys.exit(samples.run(lambda path: do_page(*sys.argv[2:], path), Wrong))
    include, libraries, page, *section = sys.argv[1:]
    try:
        counts = do_page(include, libraries, ROOT / page, *section)
    except Wrong as wrong:
        sys.exit(f"pages: {wrong}")
    print(f"{page}: {counts[0]} commands typed, {counts[1]} lines are printed as the page says")


if __name__ == "__main__":
    main()
