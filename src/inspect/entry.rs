//! What C sees of a wait and of a deadlock.

#![allow(non_camel_case_types)]

use core::ffi::c_void;
use core::ptr;

use crate::inspect::contention::Contended;
use crate::inspect::deadlock::Certainty;
use crate::inspect::recorder::graph::Pair;
use crate::inspect::recorder::holds::Holds;
use crate::inspect::waits::{self, ThreadWait};
use crate::object::handle::{Handle, threading_thread};
use crate::platform::clock;
use crate::wait::mutex::waits::Counts;

/// What a thread waits for. The numbers are part of the ABI: new kinds get new numbers.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
pub enum threading_kind {
    /// Nothing.
    THREADING_KIND_NONE = 0,
    /// The end of a thread.
    THREADING_KIND_THREAD = 1,
    /// A lock.
    THREADING_KIND_LOCK = 2,
    /// An rlock.
    THREADING_KIND_RLOCK = 3,
    /// A notify of a condition. A waiter that was notified waits for the condition's lock.
    THREADING_KIND_CONDITION = 4,
    /// A unit of a semaphore.
    THREADING_KIND_SEMAPHORE = 5,
    /// An event.
    THREADING_KIND_EVENT = 6,
    /// A barrier.
    THREADING_KIND_BARRIER = 7,
    /// A timer.
    THREADING_KIND_TIMER = 8,
    /// A local. No thread waits for one.
    THREADING_KIND_LOCAL = 9,
    /// An rwlock, to read or to write.
    THREADING_KIND_RWLOCK = 10,
    /// A stop.
    THREADING_KIND_STOP = 11,
    /// A latch.
    THREADING_KIND_LATCH = 12,
    /// An item of a queue, or room in it, or the end of its tasks.
    THREADING_KIND_QUEUE = 13,
    /// The end of the tasks of an executor.
    THREADING_KIND_EXECUTOR = 14,
    /// A future. A wait for one is shown as a wait for the end of its thread.
    THREADING_KIND_FUTURE = 15,
    /// Time, in `threading_sleep`.
    THREADING_KIND_SLEEP = 256,
    /// Something of the library's own, for a moment; or the end of all threads, in
    /// `threading_shutdown` or `exit`.
    THREADING_KIND_LIBRARY = 257,
}

/// How sure it is that the threads of a deadlock wait for ever.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
pub enum threading_certainty {
    /// There is no deadlock.
    THREADING_CERTAINTY_NONE = 0,
    /// Their circle has a lock in it, and any thread may release a lock. If another thread does,
    /// they go on; if none does, they wait for ever.
    THREADING_CERTAINTY_PROBABLE = 1,
    /// They wait for ever: all that they wait for are rlocks, owned locks, ends of writes, ends of
    /// threads and ends of an executor's tasks.
    THREADING_CERTAINTY_CERTAIN = 2,
}

/// What one thread waits for.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(non_camel_case_types)]
pub struct threading_wait {
    /// The thread that waits, a borrowed handle; null for a thread that the library did not start
    /// and that has not asked for its handle.
    pub thread: threading_thread,
    /// The ident of that thread.
    pub ident: u64,
    /// The kernel's id of that thread; 0 if it is not known.
    pub native_id: u64,
    /// The bits of the handle of what it waits for; 0 for a sleep, and for what has no handle.
    pub object: u64,
    /// The ident of the thread that holds the lock or rlock, that writes the rwlock, or whose end
    /// is waited for; 0 if nobody is known. For the end of all tasks of an executor it is known
    /// only in a deadlock: there it is one of those tasks, in the circle.
    pub holder: u64,
    /// For how many seconds it has waited.
    pub seconds: f64,
    /// For how many seconds more it waits at most; INFINITY if it has no time-out.
    pub remaining: f64,
    /// The address to which the blocked call returns, from which debuggers and `addr2line` make a
    /// line; NULL if it is not known.
    pub site: *const c_void,
    /// What it waits for.
    pub kind: threading_kind,
    /// For later versions; 0.
    pub reserved: [u32; 7],
}

/// How threads have waited for one lock, rlock, rwlock or semaphore.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(non_camel_case_types)]
pub struct threading_contention {
    /// The bits of its handle.
    pub object: u64,
    /// How many waits have acquired it.
    pub waits: u64,
    /// How many waits ran out of time.
    pub timeouts: u64,
    /// How many seconds the `waits` lasted, all together.
    pub total: f64,
    /// How many seconds the longest was.
    pub longest: f64,
    /// The ident of the thread that held it, or wrote it, when the longest wait began; 0 if it is
    /// not known, and for a semaphore, which nobody holds.
    pub longest_holder: u64,
    /// What it is.
    pub kind: threading_kind,
    /// For later versions; 0.
    pub reserved: [u32; 3],
}

impl From<&Contended> for threading_contention {
    fn from(contended: &Contended) -> threading_contention {
        let Counts { waits, timeouts, total, longest, longest_holder } = contended.counts;
        threading_contention {
            object: contended.object.0,
            waits,
            timeouts,
            total: waits::seconds(total),
            longest: waits::seconds(longest),
            longest_holder,
            kind: kind_of(contended.object),
            reserved: [0; 3],
        }
    }
}

/// A pair of a circle of locks: a thread took the one, and then wanted the other.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(non_camel_case_types)]
pub struct threading_order {
    /// The thread, a borrowed handle; null for a thread that the library did not start and that has
    /// not asked for its handle.
    pub thread: threading_thread,
    /// The ident of that thread.
    pub ident: u64,
    /// The bits of the handle of the lock or rlock that it took.
    pub held: u64,
    /// The bits of the handle of the lock or rlock that it wanted then. The next pair of the circle
    /// has it as `held`; the last pair wants what the first one has as `held`.
    pub wanted: u64,
    /// The address to which the call returns that took `held`; NULL if it is not known.
    pub held_site: *const c_void,
    /// The address to which the call returns that wanted `wanted`; NULL if it is not known.
    pub wanted_site: *const c_void,
    /// What `held` is.
    pub held_kind: threading_kind,
    /// What `wanted` is.
    pub wanted_kind: threading_kind,
    /// For later versions; 0.
    pub reserved: [u32; 4],
}

impl threading_order {
    /// No pair.
    pub const NONE: threading_order = threading_order {
        thread: threading_thread { bits: 0 },
        ident: 0,
        held: 0,
        wanted: 0,
        held_site: ptr::null(),
        wanted_site: ptr::null(),
        held_kind: threading_kind::THREADING_KIND_NONE,
        wanted_kind: threading_kind::THREADING_KIND_NONE,
        reserved: [0; 4],
    };
}

impl From<&Pair> for threading_order {
    fn from(pair: &Pair) -> threading_order {
        threading_order {
            thread: waits::thread_of(pair.ident).into(),
            ident: pair.ident,
            held: pair.held.object.0,
            wanted: pair.wanted.object.0,
            held_site: ptr::without_provenance(pair.held.site),
            wanted_site: ptr::without_provenance(pair.wanted.site),
            held_kind: kind_of(pair.held.object),
            wanted_kind: kind_of(pair.wanted.object),
            reserved: [0; 4],
        }
    }
}

/// How threads have held one lock or rlock.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(non_camel_case_types)]
pub struct threading_hold {
    /// The bits of its handle.
    pub object: u64,
    /// How many holds are over.
    pub holds: u64,
    /// How many seconds they lasted, all together.
    pub total: f64,
    /// How many seconds the longest was.
    pub longest: f64,
    /// The address to which the call returns that began the longest; NULL if it is not known.
    pub longest_site: *const c_void,
    /// The ident of the thread whose hold that was.
    pub longest_holder: u64,
    /// What it is.
    pub kind: threading_kind,
    /// For later versions; 0.
    pub reserved: [u32; 3],
}

impl From<&Holds> for threading_hold {
    fn from(holds: &Holds) -> threading_hold {
        threading_hold {
            object: holds.object.0,
            holds: holds.count,
            total: waits::seconds(holds.total),
            longest: waits::seconds(holds.longest),
            longest_site: ptr::without_provenance(holds.longest_site),
            longest_holder: holds.longest_holder,
            kind: kind_of(holds.object),
            reserved: [0; 3],
        }
    }
}

impl From<&ThreadWait> for threading_wait {
    fn from(wait: &ThreadWait) -> threading_wait {
        threading_wait {
            thread: waits::thread_of(wait.ident).into(),
            ident: wait.ident,
            native_id: waits::native_id_of(wait.ident).into(),
            object: wait.object.0,
            holder: wait.holder,
            seconds: wait.lasted(clock::now()),
            remaining: wait.remaining(clock::now()),
            site: ptr::without_provenance(wait.site),
            kind: wait.into(),
            reserved: [0; 7],
        }
    }
}

impl From<&ThreadWait> for threading_kind {
    fn from(wait: &ThreadWait) -> threading_kind {
        if wait.sleeps { threading_kind::THREADING_KIND_SLEEP } else { kind_of(wait.object) }
    }
}

fn kind_of(object: Handle) -> threading_kind {
    use threading_kind::*;
    const KINDS: [threading_kind; 15] = [
        THREADING_KIND_THREAD,
        THREADING_KIND_LOCK,
        THREADING_KIND_RLOCK,
        THREADING_KIND_CONDITION,
        THREADING_KIND_SEMAPHORE,
        THREADING_KIND_EVENT,
        THREADING_KIND_BARRIER,
        THREADING_KIND_TIMER,
        THREADING_KIND_LOCAL,
        THREADING_KIND_RWLOCK,
        THREADING_KIND_STOP,
        THREADING_KIND_LATCH,
        THREADING_KIND_QUEUE,
        THREADING_KIND_EXECUTOR,
        THREADING_KIND_FUTURE,
    ];
    let number = object.tag().kind();
    let found = KINDS.into_iter().find(|kind| *kind as u32 == number);
    found.unwrap_or(THREADING_KIND_LIBRARY)
}

impl From<Certainty> for threading_certainty {
    fn from(certainty: Certainty) -> threading_certainty {
        match certainty {
            Certainty::Probable => threading_certainty::THREADING_CERTAINTY_PROBABLE,
            Certainty::Certain => threading_certainty::THREADING_CERTAINTY_CERTAIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::kinds::for_each_kind;

    macro_rules! numbers {
        ($(
            $(#[$text:meta])+
            $kind:ident = $number:literal, $slots:ident $(, $c:ident $c_text:literal)?;
        )+) => {
            [$($(($number, stringify!($c)),)?)+]
        };
    }

    #[test]
    fn each_kind_that_c_sees_has_a_constant_of_its_number() {
        for (number, name) in for_each_kind!(numbers) {
            let object = Handle(number << 58);
            let wait = ThreadWait { object, ..ThreadWait::NONE };
            let kind = threading_kind::from(&wait);
            let constant = format!("{kind:?}").to_lowercase().replace("_kind", "");
            assert_eq!((u64::from(kind as u32), constant.as_str()), (number, name));
        }
    }
}
