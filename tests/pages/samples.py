"""Planted pages for run.py --self-test: a good one, and one with each mistake, with what must be
said of it."""

import pathlib
import re
import tempfile

GOOD = """# A page

Save this as `sum.c`:

```c
#include <stdio.h>
#include <threading.h>

static void *add(void *arg) {
    *(int *)arg += 1;
    return NULL;
}

int main(void) {
    int sum = 41;
    threading_thread thread;
    THREADING_CHECK(threading_thread_spawn("adder", add, &sum, &thread));
    THREADING_CHECK(threading_thread_finish(thread, NULL));
    printf("the sum is %d\\n", sum);
    printf("it took 0.123 s\\n");
    return 0;
}
```

```sh
cc sum.c -lthreading -o sum
./sum
```

```text
the sum is 42
it took 9.876 s
```
"""
BUILD = "cc sum.c -lthreading -o sum\n"
SHOWN = "```text\nthe sum is 42\nit took 9.876 s\n```\n"

# A name, what is replaced by what, and what must be said.
BAD = [
    ("a number that is not printed", ("sum is 42", "sum is 43"), "shows other lines.*sum is 42"),
    ("a line that is not printed", ("it took 9", "and more\nit took 9"), "shows other lines"),
    ("a line that is left out", ("the sum is 42\n", ""), "shows other lines.*sum is 42"),
    ("a program that does not compile", ("sum = 41;", "sum = 41"), "does not compile.*error"),
    ("a program with a warning", ("int sum", "int unused, sum"), "does not compile.*unused"),
    ("a function that is not in the header", ("_finish(", "_end("), "does not compile"),
    ("a program without a name", ("`sum.c`", "a file"), "does not say how"),
    ("a program of more than 45 lines", ("int main", "\n" * 40 + "int main"), "more than 45"),
    ("a program that no command names", ("sum.c -lth", "threading_lock.c -lth"), "shows other"),
    ("a program that is only saved", (SHOWN, SHOWN + "\n`x.c`:\n\n```c\nint x;\n```\n"),
     "no command has to do with x.c"),
    ("a program that does not link", ("-lthreading ", ""), "shows other.*undefined reference"),
    ("no text", (SHOWN, ""), "0 lines of text"),
    ("no commands and no text", ("```sh\n" + BUILD + "./sum\n```\n\n" + SHOWN, ""),
     "no command has to do with sum.c"),
    ("lines at the end that are not shown", (SHOWN, SHOWN + "\n```sh\n./sum\n```\n"),
     "does not show.*sum is 42"),
]


def run(judge, wrong_type):
    """Runs every sample; a line that says how many were not judged rightly, or 0."""
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "page.md"

        def told(text):
            path.write_text(text, encoding="utf-8")
            try:
                judge(path)
            except wrong_type as wrong:
                return str(wrong)
            return None

        for name, (old, new), message in [("a good page", ("# A page", "# A page"), None), *BAD]:
            assert old in GOOD, name
            said = told(GOOD.replace(old, new, 1))
            good = said is None if message is None else re.search(message, said or "", re.DOTALL)
            print(f"{'ok' if good else 'FAILED'}: {name}")
            if not good:
                failures += 1
                print(f"    {said}")
    return f"run.py --self-test: {failures} failed" if failures else 0
