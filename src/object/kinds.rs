//! The kinds of objects, declared once. All code that depends on the set of kinds is generated from
//! this list.
//!
//! To add a kind, add a row. The numbers are part of every handle, so a row keeps its number for
//! ever. Kinds that C never sees count down from the highest number.

use crate::platform::tls;

/// Calls the macro of this name with the list. A row is:
///
/// - its documentation, its name and its number;
/// - `cached` if each thread caches a free slot of the kind (`object::table`), else `shared`. No
///   signal handler makes or ends an object of a cached kind: the handler could take the slot that
///   its thread is taking;
/// - the struct by which C passes the kind's handles, and the struct's documentation; nothing if C
///   sees no such handle.
macro_rules! for_each_kind {
    ($then:ident) => {
        $then! {
            /// A thread. The bits of its handle are the thread's ident as well.
            Thread = 1, shared, threading_thread "A thread, as C passes it.";
            /// A lock.
            Lock = 2, cached, threading_lock "A lock, as C passes it.";
            /// A reentrant lock.
            Rlock = 3, cached, threading_rlock "An rlock, as C passes it.";
            /// A condition.
            Condition = 4, cached, threading_condition "A condition, as C passes it.";
            /// A semaphore, bounded or not.
            Semaphore = 5, cached, threading_semaphore "A semaphore, as C passes it.";
            /// An event.
            Event = 6, cached, threading_event "An event, as C passes it.";
            /// A barrier.
            Barrier = 7, cached, threading_barrier "A barrier, as C passes it.";
            /// A timer: another name for its thread, with the same generation and index.
            Timer = 8, shared, threading_timer "A timer, as C passes it.";
            /// A local.
            Local = 9, cached, threading_local "A local, as C passes it.";
            /// A read-write lock.
            Rwlock = 10, cached, threading_rwlock "A read-write lock, as C passes it.";
            /// A stop.
            Stop = 11, cached, threading_stop "A stop, as C passes it.";
            /// A latch.
            Latch = 12, cached, threading_latch "A latch, as C passes it.";
            /// A queue.
            Queue = 13, cached, threading_queue "A queue, as C passes it.";
            /// An executor.
            Executor = 14, shared, threading_executor "An executor, as C passes it.";
            /// The future of a task: another name for the task's thread, as a timer is.
            Future = 15, shared, threading_future "A future, as C passes it.";
            /// A text that is read without a lock: see `object::label`.
            Label = 61, shared;
            /// What the library keeps for a thread of the operating system. Its handle is the ident
            /// of a thread that the library did not start.
            Waiter = 62, shared;
            /// The ident of a thread for which there was no memory: a counter without a slot.
            Anonymous = 63, shared;
        }
    };
}
pub(crate) use for_each_kind;

macro_rules! declare_kinds {
    ($(
        $(#[$text:meta])+
        $name:ident = $number:literal, $slots:ident $(, $c:ident $c_text:literal)?;
    )+) => {
        /// The kinds of objects. The numbers are part of every handle.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum Kind {
            $($(#[$text])+ $name = $number,)+
        }

        /// What C programmers call the kind with that number; a handle of no kind that C sees is
        /// only a handle.
        pub fn name(number: u32) -> &'static str {
            let name = match number {
                $($number => concat!($(stringify!($c))?),)+
                _ => "",
            };
            name.strip_prefix("threading_").unwrap_or("handle")
        }

        /// Each kind, and whether a thread caches a free slot of it.
        const ROWS: &[(Kind, bool)] = &[$((Kind::$name, is_cached!($slots)),)+];

        /// The kinds that C names.
        const NAMED: &[Kind] = &[$($(named!($c, Kind::$name),)?)+];
    };
}

macro_rules! named {
    ($c:ident, $kind:expr) => {
        $kind
    };
}

macro_rules! is_cached {
    (cached) => {
        true
    };
    (shared) => {
        false
    };
}

for_each_kind!(declare_kinds);

/// The greatest number that a kind has.
pub const LAST_KIND: u32 = Kind::Anonymous as u32;

/// The greatest number of a kind that C names.
pub const LAST_NAMED_KIND: usize = {
    let (mut row, mut last) = (0, 0);
    while row < NAMED.len() {
        if NAMED[row] as usize > last {
            last = NAMED[row] as usize;
        }
        row += 1;
    }
    last
};

impl Kind {
    /// The index of this kind's slot among a thread's cached slots, if the kind is cached.
    pub const fn cache_index(self) -> Option<usize> {
        let (mut row, mut index) = (0, 0);
        while row < ROWS.len() {
            let (kind, is_cached) = ROWS[row];
            if kind as u32 == self as u32 {
                return if is_cached { Some(index) } else { None };
            }
            index += is_cached as usize;
            row += 1;
        }
        None
    }
}

/// The number of cached kinds.
pub const CACHED_KINDS: usize = {
    let (mut row, mut cached) = (0, 0);
    while row < ROWS.len() {
        cached += ROWS[row].1 as usize;
        row += 1;
    }
    cached
};

const _: () = assert!(CACHED_KINDS <= tls::CACHE_ROOM, "a thread's block has too few cached slots");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cached_kind_has_an_index_of_its_own_and_others_have_none() {
        let indexes = ROWS.iter().filter_map(|(kind, _)| kind.cache_index());
        assert!(indexes.eq(0..CACHED_KINDS));
        assert_eq!(Kind::Lock.cache_index(), Some(0));
        for kind in [Kind::Thread, Kind::Timer, Kind::Label, Kind::Waiter, Kind::Anonymous] {
            assert_eq!(kind.cache_index(), None);
        }
    }

    #[test]
    fn a_kind_is_called_what_c_calls_it() {
        assert_eq!((name(Kind::Lock as u32), name(Kind::Timer as u32)), ("lock", "timer"));
        assert_eq!((name(Kind::Waiter as u32), name(0), name(99)), ("handle", "handle", "handle"));
    }
}
