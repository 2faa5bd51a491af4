"""Planted mistakes for ci/check-layers: each is reported as it should be, and nothing else is."""

import pathlib
import tempfile

PYTHON = "bindings/python/libthreading/"
# A crate without mistakes, with all that could be taken for one.
CORRECT = {
    "src/lib.rs": "mod capi;\nmod sync;\nmod local;\nmod wait;\nmod platform;\nmod atomic;\n",
    "src/capi/mod.rs": "pub mod lock;\nuse crate::sync::lock;\n#[cfg(test)]\nmod tests;\n",
    "src/capi/lock.rs": "use crate::{sync::{self, lock::{self as locks}}, wait};\n",
    "src/capi/tests.rs": "use crate::capi::lock;\nuse crate::nothing;\n",
    "src/sync/mod.rs": "pub mod lock;\npub use lock::Lock;\n",
    "src/sync/lock.rs": """
        //! See crate::capi::lock.
        use crate::wait::queue::Queue;
        /* use crate::capi::lock; /* use crate::capi; */ use crate::capi; */
        const TEXT: &str = "crate::capi \\" crate::capi";
        const RAW: &str = r#"use crate::capi; " crate::capi"#;
        const QUOTE: char = '"';
        fn hold<'a>(value: &'a u8) { crate::wait::queue::push(value); core::hint::spin_loop() }
        #[cfg(test)]
        use crate::capi::lock;
        #[cfg(all(test, not(loom)))]
        #[allow(dead_code)]
        mod tests {
            use crate::capi::lock;
            fn test() { crate::capi::lock::f(); }
        }
        """,
    "src/local/mod.rs": "use crate::wait::queue;\n",
    "src/wait/mod.rs": "pub mod queue;\npub fn all() { queue::push(0) }\n",
    "src/wait/queue.rs": "use crate::{atomic::Word, platform::{self, futex}};\n",
    "src/platform/mod.rs": """
        #[cfg(all(target_os = "linux", not(loom)))]
        mod linux;
        #[cfg(all(target_os = "linux", not(loom)))]
        use linux as port;
        #[cfg(loom)]
        mod model;
        #[cfg(loom)]
        use model as port;
        pub use port::futex;
        pub mod clock;
        """,
    "src/platform/clock.rs": "use crate::platform::futex;\n",
    "src/platform/linux/mod.rs": "pub mod futex;\n",
    "src/platform/linux/futex.rs": "use crate::atomic::Word;\n",
    "src/platform/model/mod.rs": "#[path = \"../any/futex.rs\"]\npub mod futex;\n",
    "src/platform/any/futex.rs": "use crate::atomic::Word;\n",
    "src/atomic.rs": "",
    PYTHON + "__init__.py": "from libthreading import thread\nfrom libthreading.event import E\n",
    PYTHON + "thread.py": "import sys\nfrom libthreading.event import Event\n",
    PYTHON + "event.py": "import threading\n",
}
PORTS = ("src/platform/linux/mod.rs", "src/platform/linux/futex.rs", "src/platform/model/mod.rs",
         "src/platform/any/futex.rs")
# What it is, the files that are otherwise than above, and the one line that must be said of it.
MISTAKES = [
    ("an import that leads up", {"src/wait/queue.rs": "\nuse crate::sync::lock::Lock;\n"},
     "src/wait/queue.rs:2: wait::queue imports sync::lock: up from wait to sync"),
    ("an upward path in code", {"src/wait/queue.rs": "fn f() {\n    crate::sync::lock::f();\n}\n"},
     "src/wait/queue.rs:2: wait::queue imports sync::lock: up from wait to sync"),
    ("an upward path behind another module",
     {"src/wait/queue.rs": "fn f() {\n    super::super::sync::lock::f();\n}\n"},
     "src/wait/queue.rs:2: wait::queue imports sync::lock: up from wait to sync"),
    ("an upward path in a macro",
     {"src/wait/queue.rs": "macro_rules! m { () => { $crate::sync::lock::f() } }\n"},
     "src/wait/queue.rs:1: wait::queue imports sync::lock: up from wait to sync"),
    ("a macro of a higher floor",
     {"src/sync/lock.rs": "macro_rules! held { () => {} }\n", "src/wait/queue.rs": "held!();\n"},
     "src/wait/queue.rs:1: wait::queue imports sync::lock: up from wait to sync"),
    ("an upward import inside braces",
     {"src/platform/linux/futex.rs": "use crate::{\n    atomic, sync};\n"},
     "src/platform/linux/futex.rs:1: platform::linux::futex imports sync:"
     " up from platform to sync"),
    ("an upward import of the models alone",
     {"src/platform/any/futex.rs": "use crate::wait::queue::Queue;\n"},
     "src/platform/any/futex.rs:1: platform::model::futex imports wait::queue:"
     " up from platform to wait"),
    ("an upward import of users alone",
     {"src/platform/mod.rs": "#[cfg(not(any(loom, test)))]\nuse crate::wait;\n",
      "src/platform/clock.rs": None, "src/wait/queue.rs": "",
      **dict.fromkeys(PORTS)},
     "src/platform/mod.rs:2: platform imports wait: up from platform to wait"),
    ("an upward import behind tests",
     {"src/wait/queue.rs": "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::sync;\n"},
     "src/wait/queue.rs:3: wait::queue imports sync: up from wait to sync"),
    ("an upward import for one architecture",
     {"src/wait/queue.rs": "#[cfg(target_arch = \"aarch64\")]\nuse crate::sync;\n"},
     "src/wait/queue.rs:2: wait::queue imports sync: up from wait to sync"),
    ("an import of the crate's own", {"src/sync/lock.rs": "use crate::Something;\n"},
     "src/sync/lock.rs:1: sync::lock imports lib: up from sync to lib"),
    ("an import between neighbours", {"src/local/mod.rs": "use crate::sync::lock::Lock;\n"},
     "src/local/mod.rs:1: local imports sync::lock: across from local to sync"),
    ("a circle of two", {"src/wait/mod.rs": "pub mod queue;\nuse queue::Queue;\n",
                         "src/wait/queue.rs": "fn f() { super::all() }\n"},
     "circle: wait -> wait::queue -> wait (src/wait/mod.rs:2, src/wait/queue.rs:1)"),
    ("a circle of three in a folder",
     {"src/wait/mod.rs": "pub mod queue;\npub mod node;\npub mod waiter;\n",
      "src/wait/queue.rs": "use super::node::Node;\n",
      "src/wait/node.rs": "use crate::wait::waiter;\n",
      "src/wait/waiter.rs": "use crate::wait::queue as q;\nfn f() { q::push(1) }\n"},
     "circle: wait::node -> wait::waiter -> wait::queue -> wait::node"
     " (src/wait/node.rs:1, src/wait/waiter.rs:1, src/wait/queue.rs:1)"),
    ("a circle of the models alone",
     {"src/wait/mod.rs": "pub mod queue;\npub mod node;\n",
      "src/wait/queue.rs": "#[cfg(loom)]\nuse super::node::Node;\n",
      "src/wait/node.rs": "use super::queue::Queue;\n"},
     "circle: wait::node -> wait::queue -> wait::node (src/wait/node.rs:1, src/wait/queue.rs:2)"),
    ("a circle through another name of a module",
     {"src/platform/linux/futex.rs": "use crate::platform::clock::now;\n"},
     "circle: platform::clock -> platform::linux::futex -> platform::clock"
     " (src/platform/clock.rs:1, src/platform/linux/futex.rs:1)"),
    ("a folder on no floor",
     {"src/lib.rs": CORRECT["src/lib.rs"] + "mod cellar;\n", "src/cellar/mod.rs": "mod wine;\n",
      "src/cellar/wine.rs": ""},
     "src/cellar/mod.rs:1: cellar stands on no floor: name it in ci/check-layers"),
    ("a file that no module declares", {"src/wait/lost.rs": ""},
     "src/wait/lost.rs:1: no module declares it"),
    ("a module without a file", {"src/wait/mod.rs": "pub mod queue;\nmod lost;\n"},
     "src/wait/mod.rs:2: mod lost has no file"),
    ("a circle in Python", {PYTHON + "event.py": "from libthreading import thread\n"},
     f"circle: libthreading.event -> libthreading.thread -> libthreading.event"
     f" ({PYTHON}event.py:1, {PYTHON}thread.py:2)"),
    ("a circle that only a type checker follows",
     {PYTHON + "event.py": "if TYPE_CHECKING:\n    from libthreading.thread import Thread\n"},
     f"circle: libthreading.event -> libthreading.thread -> libthreading.event"
     f" ({PYTHON}event.py:2, {PYTHON}thread.py:2)"),
    ("a circle through a relative import", {PYTHON + "event.py": "from .thread import Thread\n"},
     f"circle: libthreading.event -> libthreading.thread -> libthreading.event"
     f" ({PYTHON}event.py:1, {PYTHON}thread.py:2)"),
    ("a circle through the package itself",
     {PYTHON + "event.py": "import libthreading\n", PYTHON + "thread.py": ""},
     f"circle: libthreading -> libthreading.event -> libthreading"
     f" ({PYTHON}__init__.py:2, {PYTHON}event.py:1)"),
]


def plant(examine, files):
    """What is said of a tree of these files, and how many modules were found."""
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(work)
        for name, text in files.items():
            if text is not None:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
        return examine(root)


def run(examine):
    """Whether each mistake was found, and nothing else; an exit status."""
    failures = 0

    def see(what, said, wanted):
        nonlocal failures
        if said == wanted:
            print(f"ok: {what}")
        else:
            failures += 1
            print(f"FAILED: {what}: {said} instead of {wanted}")

    lines, modules = plant(examine, CORRECT)
    see("a tree without mistakes", (lines, modules), ([[], [], []], 18))
    for what, files, wanted in MISTAKES:
        lines, _ = plant(examine, {**CORRECT, **files})
        see(what, [line for kind in lines for line in kind], [wanted])
    return 1 if failures else 0
