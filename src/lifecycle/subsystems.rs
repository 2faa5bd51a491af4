//! The table of the subsystems that a fork or the end of a thread concerns.
//!
//! Every module that has an internal lock, or one of the functions below, is in the table. A test
//! searches the sources for modules that are missing.

use crate::local;
use crate::local::values;
use crate::object::table;
use crate::platform::futex;
use crate::thread::{at_exit, finish, hooks, name, reap, shutdown, stand_in, tasks};
use crate::timer::{service, wheel, workers};
use crate::wait::mutex::internal::InternalMutex;
use crate::wait::waiter::Waiter;

/// A subsystem, and what it does when the process forks and when a thread ends.
pub struct Subsystem {
    /// The module's path in the crate.
    pub module: &'static str,
    /// Visits the subsystem's internal locks, in the lock order.
    pub internal_locks: fn(&mut dyn FnMut(&'static InternalMutex)),
    /// Repairs the state behind those locks, in a forked child whose handlers did not run: a thread
    /// that is gone may have been in the middle of a change.
    pub repair_after_fork: fn(),
    /// Discards the threads that are gone, in every forked child. The locks are held or free.
    pub reset_after_fork: fn(),
    /// Runs in each round of the destructors of a thread that ends.
    pub thread_exit: fn(&mut ThreadExit),
}

/// A round of the calling thread's destructors.
pub struct ThreadExit {
    /// Whether this is the last round.
    pub is_last: bool,
    /// The thread's waiter, if it has one.
    pub waiter: Option<&'static Waiter>,
    /// Whether a subsystem keeps the waiter, and frees it when the thread is gone.
    pub keeps_waiter: bool,
}

const NONE: Subsystem = Subsystem {
    module: "",
    internal_locks: |_| (),
    repair_after_fork: || (),
    reset_after_fork: || (),
    thread_exit: |_| (),
};

/// All subsystems, in the lock order, which is also the order in which they end a thread.
pub static SUBSYSTEMS: [Subsystem; 14] = [
    Subsystem {
        module: "timer::wheel",
        internal_locks: wheel::internal_locks,
        reset_after_fork: wheel::reset_after_fork,
        ..NONE
    },
    Subsystem {
        module: "thread::shutdown",
        internal_locks: shutdown::internal_locks,
        reset_after_fork: shutdown::reset_after_fork,
        ..NONE
    },
    Subsystem {
        module: "thread::hooks",
        internal_locks: hooks::internal_locks,
        repair_after_fork: hooks::repair_after_fork,
        ..NONE
    },
    Subsystem { module: "thread::name", internal_locks: name::internal_locks, ..NONE },
    Subsystem {
        module: "local::values",
        internal_locks: values::internal_locks,
        repair_after_fork: values::repair_after_fork,
        reset_after_fork: values::reset_after_fork,
        ..NONE
    },
    Subsystem {
        module: "timer::workers",
        internal_locks: workers::internal_locks,
        reset_after_fork: workers::reset_after_fork,
        ..NONE
    },
    Subsystem { module: "timer::service", reset_after_fork: service::reset_after_fork, ..NONE },
    Subsystem { module: "thread::at_exit", reset_after_fork: at_exit::reset_after_fork, ..NONE },
    Subsystem { module: "thread::tasks", reset_after_fork: tasks::reset_after_fork, ..NONE },
    Subsystem { module: "thread::reap", reset_after_fork: reap::reset_after_fork, ..NONE },
    Subsystem { module: "platform::futex", reset_after_fork: futex::reset_after_fork, ..NONE },
    Subsystem { module: "local", thread_exit: |_| local::thread_exit(), ..NONE },
    Subsystem {
        module: "thread::finish",
        thread_exit: |exit| {
            finish::publish_order();
            if exit.is_last {
                table::give_back_cached();
                exit.keeps_waiter = finish::thread_exit(exit.waiter);
            }
        },
        ..NONE
    },
    Subsystem {
        module: "thread::stand_in",
        reset_after_fork: stand_in::reset_after_fork,
        thread_exit: |exit| {
            if exit.is_last {
                stand_in::thread_exit();
            }
        },
        ..NONE
    },
];

/// Visits every internal lock, in the lock order.
pub fn for_each_internal_lock(mut visit: impl FnMut(&'static InternalMutex)) {
    for subsystem in &SUBSYSTEMS {
        (subsystem.internal_locks)(&mut visit);
    }
}

/// Runs a round of the calling thread's destructors. True: a subsystem keeps its waiter.
pub fn thread_exit(is_last: bool, waiter: Option<&'static Waiter>) -> bool {
    let mut exit = ThreadExit { is_last, waiter, keeps_waiter: false };
    for subsystem in &SUBSYSTEMS {
        (subsystem.thread_exit)(&mut exit);
    }
    exit.keeps_waiter
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::SUBSYSTEMS;

    /// Whether a module is a subsystem: it has a lock of its own, or a function for forks or ends.
    fn is_subsystem(source: &str) -> bool {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let of_its_own = ["internal_locks", "repair_after_fork", "reset_after_fork", "thread_exit"];
        let has_function = of_its_own.iter().any(|name| code.contains(&format!("pub fn {name}(")));
        let has_lock =
            code.lines().any(|line| line.contains("mutex::internal::") && line.contains("Mutex}"));
        has_function || has_lock || code.contains("mutex::internal::Mutex;")
    }

    /// The modules among these (path in the crate, source) that are subsystems and missing in the
    /// table.
    fn missing(sources: &[(String, String)]) -> Vec<String> {
        let is_listed = |module: &str| SUBSYSTEMS.iter().any(|row| row.module == module);
        // The subsystems in the table reset the wait layer and the counts; models do not fork.
        let lower = ["wait::", "lifecycle::", "thread::alive", "platform::model"];
        sources
            .iter()
            .filter(|(module, source)| {
                !lower.iter().any(|lower| module.starts_with(lower))
                    && is_subsystem(source)
                    && !is_listed(module)
            })
            .map(|(module, _)| module.clone())
            .collect()
    }

    fn sources(folder: &Path, path: &str, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let file = entry.expect("an entry").path();
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let module = match name.as_str() {
                "mod" => path.to_owned(),
                _ if path.is_empty() => name,
                _ => format!("{path}::{name}"),
            };
            if file.is_dir() {
                sources(&file, &module, found);
            } else {
                found.push((module, fs::read_to_string(&file).expect("a source")));
            }
        }
    }

    #[test]
    fn every_module_that_a_fork_or_a_threads_end_concerns_is_in_the_table() {
        let mut found = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
        assert!(found.len() > 50, "the sources were not found");
        assert_eq!(missing(&found), Vec::<String>::new());
        for row in &SUBSYSTEMS {
            assert!(found.iter().any(|(module, _)| module == row.module), "{}", row.module);
        }
    }

    #[test]
    fn a_missing_module_is_found() {
        let planted = [
            ("sync::queue", "use crate::wait::mutex::internal::{InternalMutex, Mutex};"),
            ("thread::cache", "pub fn reset_after_fork() {}"),
            ("sync::plain", "pub fn new() {}"),
        ];
        let sources = planted.map(|(module, source)| (module.to_owned(), source.to_owned()));
        assert_eq!(missing(&sources), ["sync::queue", "thread::cache"]);
    }
}
