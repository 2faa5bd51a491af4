//! The table of the subsystems that a fork or the end of a thread concerns.
//!
//! Every module that has an internal lock, or one of the functions below, is in the table: `tests`
//! searches the sources for locks and functions that are missing.

use crate::inspect::last_waits;
use crate::inspect::recorder::{order, stack};
use crate::inspect::signal;
use crate::inspect::switch;
use crate::inspect::timeline;
use crate::inspect::watch;
use crate::local;
use crate::local::keepers;
use crate::object::table;
use crate::platform::{fork_epoch, futex};
use crate::thread::{alive, at_exit, executor, finish, hooks, name, native, registry, shutdown};
use crate::thread::{stand_in, tasks};
use crate::timer::{alarm, wheel, workers};
use crate::wait::mutex::internal::InternalMutex;
use crate::wait::this_thread;
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
    pub every_round: fn(),
    /// Runs in the last round, after `every_round` of all subsystems, with the thread's waiter if
    /// it has one. True: the subsystem keeps the waiter, and frees it when the thread is gone.
    pub last_round: fn(Option<&'static Waiter>) -> bool,
}

const NONE: Subsystem = Subsystem {
    module: "",
    internal_locks: |_| (),
    repair_after_fork: || (),
    reset_after_fork: || (),
    every_round: || (),
    last_round: |_| false,
};

/// All subsystems, in the lock order. Resets and rounds run in the same order, which matters here:
///
/// | before                     | after                  | because                              |
/// |----------------------------|------------------------|--------------------------------------|
/// | `fork_epoch` is reset      | everything else        | slow paths compare with the epoch    |
/// | `native` is reset          | `this_thread` is reset | each frees waiters: those of ended   |
/// |                            |                        | threads, then all that are left      |
/// | locals are destroyed       | `finish`               | joiners see what destructors did     |
/// | `timeline` keeps the name  | `finish`               | which ends the name                  |
/// | `finish` publishes the end | `recorder::stack`      | the end is recorded there            |
/// | `finish` publishes the end | `stand_in`             | the stand-in waits for other threads |
pub static SUBSYSTEMS: &[Subsystem] = &[
    Subsystem {
        module: "platform::fork_epoch",
        reset_after_fork: fork_epoch::reset_after_fork,
        ..NONE
    },
    Subsystem { module: "platform::futex", reset_after_fork: futex::reset_after_fork, ..NONE },
    Subsystem {
        module: "object::table",
        last_round: |_| {
            table::give_back_cached();
            false
        },
        ..NONE
    },
    Subsystem {
        module: "timer::wheel",
        internal_locks: wheel::internal_locks,
        reset_after_fork: wheel::reset_after_fork,
        ..NONE
    },
    Subsystem {
        module: "timer::workers",
        internal_locks: workers::internal_locks,
        reset_after_fork: workers::reset_after_fork,
        ..NONE
    },
    Subsystem { module: "thread::executor", reset_after_fork: executor::reset_after_fork, ..NONE },
    Subsystem { module: "timer::alarm", reset_after_fork: alarm::reset_after_fork, ..NONE },
    Subsystem { module: "inspect::signal", internal_locks: signal::internal_locks, ..NONE },
    Subsystem {
        module: "inspect::watch",
        internal_locks: watch::internal_locks,
        repair_after_fork: watch::repair_after_fork,
        ..NONE
    },
    Subsystem {
        module: "inspect::switch",
        internal_locks: switch::internal_locks,
        repair_after_fork: switch::repair_after_fork,
        ..NONE
    },
    Subsystem {
        module: "inspect::recorder::order",
        internal_locks: order::internal_locks,
        repair_after_fork: order::repair_after_fork,
        reset_after_fork: order::reset_after_fork,
        ..NONE
    },
    Subsystem { module: "thread::alive", reset_after_fork: alive::reset_after_fork, ..NONE },
    Subsystem {
        module: "thread::shutdown",
        internal_locks: shutdown::internal_locks,
        reset_after_fork: shutdown::reset_after_fork,
        ..NONE
    },
    Subsystem { module: "thread::at_exit", reset_after_fork: at_exit::reset_after_fork, ..NONE },
    Subsystem { module: "thread::tasks", reset_after_fork: tasks::reset_after_fork, ..NONE },
    Subsystem {
        module: "thread::hooks",
        internal_locks: hooks::internal_locks,
        repair_after_fork: hooks::repair_after_fork,
        ..NONE
    },
    Subsystem { module: "thread::name", internal_locks: name::internal_locks, ..NONE },
    Subsystem {
        module: "local::keepers",
        internal_locks: keepers::internal_locks,
        repair_after_fork: keepers::repair_after_fork,
        reset_after_fork: keepers::reset_after_fork,
        ..NONE
    },
    Subsystem { module: "local", every_round: local::every_round, ..NONE },
    Subsystem { module: "thread::native", reset_after_fork: native::reset_after_fork, ..NONE },
    Subsystem { module: "thread::registry", reset_after_fork: registry::reset_after_fork, ..NONE },
    Subsystem {
        module: "inspect::timeline",
        reset_after_fork: timeline::reset_after_fork,
        last_round: timeline::last_round,
        ..NONE
    },
    Subsystem {
        module: "inspect::last_waits",
        reset_after_fork: last_waits::reset_after_fork,
        ..NONE
    },
    Subsystem {
        module: "thread::finish",
        every_round: finish::every_round,
        last_round: finish::last_round,
        ..NONE
    },
    Subsystem {
        module: "inspect::recorder::stack",
        reset_after_fork: stack::reset_after_fork,
        last_round: stack::last_round,
        ..NONE
    },
    Subsystem {
        module: "thread::stand_in",
        reset_after_fork: stand_in::reset_after_fork,
        last_round: stand_in::last_round,
        ..NONE
    },
    Subsystem {
        module: "wait::this_thread",
        reset_after_fork: this_thread::reset_after_fork,
        ..NONE
    },
];

/// Visits every internal lock, in the lock order.
pub fn for_each_internal_lock(mut visit: impl FnMut(&'static InternalMutex)) {
    for subsystem in SUBSYSTEMS {
        (subsystem.internal_locks)(&mut visit);
    }
}

/// Runs a round of the calling thread's destructors. True: a subsystem keeps its waiter.
pub fn thread_exit(is_last: bool, waiter: Option<&'static Waiter>) -> bool {
    for subsystem in SUBSYSTEMS {
        (subsystem.every_round)();
    }
    let mut keeps_waiter = false;
    for subsystem in SUBSYSTEMS.iter().filter(|_| is_last) {
        keeps_waiter |= (subsystem.last_round)(waiter);
    }
    keeps_waiter
}
