//! The sorts of objects, declared once: whatever depends on the sorts there are is made from this
//! list.
//!
//! To add one, add a row. The numbers are part of every handle, so a row keeps its number for ever.
//! 10 to 14 are reserved for `Rwlock`, `Stop`, `Latch`, `Queue` and `Executor`; what C never sees
//! counts down from the highest number.

use crate::platform::tls;

/// Calls the macro of this name with the list. A row is:
///
/// - its documentation, its name and its number;
/// - `kept` if each thread keeps a free slot of it (`object::table`), else `shared`. Kept kinds are
///   those that no signal handler makes or ends: a handler could take the slot that its thread is
///   taking;
/// - the struct by which C passes its handles, and what that says of itself; nothing if C sees
///   none.
macro_rules! for_each_kind {
    ($then:ident) => {
        $then! {
            /// A thread. The bits of its handle are the thread's ident as well.
            Thread = 1, shared, threading_thread "A thread, as C passes it.";
            /// A lock.
            Lock = 2, kept, threading_lock "A lock, as C passes it.";
            /// A reentrant lock.
            Rlock = 3, kept, threading_rlock "An rlock, as C passes it.";
            /// A condition.
            Condition = 4, kept, threading_condition "A condition, as C passes it.";
            /// A semaphore, bounded or not.
            Semaphore = 5, kept, threading_semaphore "A semaphore, as C passes it.";
            /// An event.
            Event = 6, kept, threading_event "An event, as C passes it.";
            /// A barrier.
            Barrier = 7, kept, threading_barrier "A barrier, as C passes it.";
            /// A timer: another name for its thread, with the same generation and index.
            Timer = 8, shared, threading_timer "A timer, as C passes it.";
            /// A local.
            Local = 9, kept, threading_local "A local, as C passes it.";
            /// What the library keeps for a thread of the operating system. Its handle is the ident
            /// of a thread that the library did not start.
            Waiter = 62, shared;
            /// The ident of a thread for which there was no memory: a counter, without a slot.
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
        /// The sorts of objects. The numbers are part of every handle.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum Kind {
            $($(#[$text])+ $name = $number,)+
        }

        /// Each kind, and whether a thread keeps a free slot of it.
        const ROWS: &[(Kind, bool)] = &[$((Kind::$name, is_kept!($slots)),)+];
    };
}

macro_rules! is_kept {
    (kept) => {
        true
    };
    (shared) => {
        false
    };
}

for_each_kind!(declare_kinds);

/// The greatest number that a kind has.
pub const LAST_KIND: u32 = Kind::Anonymous as u32;

impl Kind {
    /// Which of a thread's kept slots is of this kind, if one is.
    pub const fn kept_place(self) -> Option<usize> {
        let (mut row, mut place) = (0, 0);
        while row < ROWS.len() {
            let (kind, is_kept) = ROWS[row];
            if kind as u32 == self as u32 {
                return if is_kept { Some(place) } else { None };
            }
            place += is_kept as usize;
            row += 1;
        }
        None
    }
}

/// Of how many kinds a thread keeps a free slot.
pub const KEPT: usize = {
    let (mut row, mut kept) = (0, 0);
    while row < ROWS.len() {
        kept += ROWS[row].1 as usize;
        row += 1;
    }
    kept
};

const _: () = assert!(KEPT <= tls::KEPT, "a thread's block has no place for a slot of each kind");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kept_kind_has_a_place_of_its_own_and_others_have_none() {
        let places = ROWS.iter().filter_map(|(kind, _)| kind.kept_place());
        assert!(places.eq(0..KEPT));
        assert_eq!(Kind::Lock.kept_place(), Some(0));
        assert_eq!(Kind::Local.kept_place(), Some(KEPT - 1));
        for kind in [Kind::Thread, Kind::Timer, Kind::Waiter, Kind::Anonymous] {
            assert_eq!(kind.kept_place(), None);
        }
    }
}
