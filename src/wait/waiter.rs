//! A waiter: what the library keeps for each thread of the operating system that it knows.
//!
//! It is a slot of a table of its own, so it is recycled and never freed: a late wake-up, or a look
//! at a thread that is gone, finds memory of the right type. For a thread that the library did not
//! start, the slot's handle is the thread's ident.
//!
//! A waiter is a parker, on which its thread sleeps, and as many nodes as it is linked into queues
//! with: the one here, and those of a wait for several objects ([`Entries`]), which stay with the
//! slot.

use core::mem::offset_of;
// Not the facade's: its own thread writes it, and readers believe it only if the wait record says
// so.
use core::sync::atomic::AtomicU32 as OwnNumber;

use crate::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use crate::object;
use crate::object::handle::{Handle, Kind, Tag};
use crate::object::slot::slots;
use crate::object::table::Vacant;
use crate::object::word::Word;
use crate::platform::fork_epoch;
use crate::platform::robust::RobustMutex;
use crate::probe::Awaited;
use crate::wait::adaptive::AdaptiveSpin;
use crate::wait::entries::Entries;
use crate::wait::lifeline::Lifeline;
use crate::wait::list::Node;
use crate::wait::parker::{Outcome, Parker};
use crate::wait::turn::Turn;
use crate::wait::wait_record::{Observed, Wait};

/// See the top of this file.
#[repr(C, align(128))]
pub struct Waiter {
    word: Word,
    next_free: AtomicU32,
    index: AtomicU32,
    /// Its place in a queue.
    pub node: Node,
    /// Where its thread sleeps.
    pub parker: Parker,
    /// The thread's record, as the bits of a thread's handle; 0 if it has none. Written by the
    /// thread itself or, before it runs, by its creator.
    pub record: AtomicU64,
    /// What the C library calls the thread; for threads of ours.
    pub native_handle: AtomicUsize,
    /// The next in the stack of ended threads, as index + 1.
    pub next_ended: AtomicU32,
    /// The room of `text`, in bytes.
    pub text_capacity: AtomicU32,
    /// Where `threading_current_name` copies to; null at first. It stays with the slot.
    pub text: AtomicPtr<u8>,
    /// What the thread has learnt about spinning for a lock before it waits.
    pub acquiring: AdaptiveSpin,
    /// How many of `entries` the wait that goes on uses; 0: it is a wait for one object, or there
    /// is none. It changes only while nobody believes the wait record.
    entries_in_use: OwnNumber,
    /// The thread's turn at the mutex for which it has waited last.
    pub turn: Turn,
    /// Its places in the queues of several objects at once.
    pub entries: Entries,
    /// Which thread of the operating system's it was made for, and whether that is gone.
    pub lifeline: Lifeline,
}

// Each thread has one: with one word more it would be half as large again. Some processors' robust
// mutexes are larger, and so is what a model puts in the place of a number.
const _: () = assert!(
    size_of::<Waiter>() <= 256 || size_of::<RobustMutex>() > 40 || size_of::<AtomicU64>() > 8
);

/// A wait as another thread sees it.
pub struct Look {
    /// What is recorded of it.
    pub wait: Observed,
    /// The address of the queue; null for a wait in several, or in none.
    pub home: usize,
    /// Since when, in nanoseconds of the monotonic clock.
    pub arrival: u64,
    /// How many entries it uses; 0: it is a wait for one object.
    pub entries: usize,
}

slots! { Waiter, kind: Kind::Waiter, word: word }

/// From this many waiters on, each time that their number has doubled, those are freed whose
/// threads are gone and whose kernel's ids nobody has: so they are never more than half of all. A
/// signal handler may come here.
const SWEEP_FROM: u32 = 1024;

#[cold]
fn sweep(below: u32) {
    for index in 0..below {
        let Some(waiter) = TABLE.get(index) else { return };
        let state = waiter.word.load();
        // ORDERING: Relaxed: a record of its own is ended by whoever lists the threads, and the
        // waiter with it.
        if state.is(state.tag())
            && waiter.record.load(Ordering::Relaxed) == 0
            && waiter.lifeline.has_no_thread()
        {
            waiter.free_as(Handle::new(state.tag(), index));
        }
    }
}

impl Waiter {
    /// Where a reader outside the process finds how many entries are in use.
    pub const ENTRIES_IN_USE_AT: usize = offset_of!(Waiter, entries_in_use);

    /// Makes one, or recycles one, for a thread of ours (0) or for the thread of that kernel's id.
    /// `None`: memory ran out, or a fork is not repaired yet: the repair will take all waiters but
    /// one for those of threads that are gone.
    pub fn new(native_id: u32) -> Option<&'static Waiter> {
        if !fork_epoch::notice() {
            return None;
        }
        let (waiter, handle) = object::make_unheard(|slot: &Waiter, handle| {
            // ORDERING: Relaxed, both: the slot is the caller's alone, and `publish` releases it.
            slot.index.store(handle.index(), Ordering::Relaxed);
            slot.record.store(0, Ordering::Relaxed);
            slot.lifeline.assign(native_id);
            0
        })
        .ok()?;
        if handle.index() >= SWEEP_FROM && handle.index().is_power_of_two() {
            sweep(handle.index());
        }
        Some(waiter)
    }

    /// Whether its thread is gone without having told us: one whose first call came in its last
    /// destructors, too late for us to hear of its end, or one that ended without destructors. Not
    /// for signal handlers.
    pub fn is_abandoned(&self) -> bool {
        self.lifeline.is_gone(self.handle())
    }

    /// Its number in the table.
    pub fn index(&self) -> u32 {
        // ORDERING: Relaxed: written once for each life of the slot, before the waiter is published
        // to anybody.
        self.index.load(Ordering::Relaxed)
    }

    /// What tells it from others for a while, also from the next who has the slot: in a forked
    /// child, a new thread may have that of one that is gone.
    pub fn mark(&self) -> u32 {
        self.handle().tag().generation() << 24 ^ self.index()
    }

    /// Its handle's bits: the ident of a thread that the library did not start.
    pub fn handle(&self) -> Handle {
        let tag: Tag = self.word.load().tag();
        Handle::new(tag, self.index())
    }

    /// Ends the identity and lets the slot be recycled. The caller is the last who uses it.
    pub fn free(&'static self) {
        self.free_as(self.handle());
    }

    /// As `free`, if it still is what this handle names; of several who try it, one succeeds.
    pub fn free_as(&'static self, handle: Handle) -> bool {
        let state = self.word.load();
        if !state.is(handle.tag()) {
            return false;
        }
        let ended = self.word.end(state);
        if ended == Ok(true) {
            TABLE.give_back(Vacant { index: handle.index(), slot: self });
        }
        ended.is_ok()
    }

    /// Its own place in a queue, which names its parker.
    pub fn own_node(&'static self) -> &'static Node {
        self.node.belongs_to(&self.parker);
        &self.node
    }

    /// How many entries are in use.
    #[inline]
    pub fn entries_in_use(&self) -> usize {
        // ORDERING: Relaxed: its own thread has written it; for readers the two looks at the epoch
        // of the wait record say whether it belongs to that wait.
        self.entries_in_use.load(Ordering::Relaxed) as usize
    }

    /// From now on so many entries are in use. To be called by its own thread while its word is not
    /// WAITING, or between `withdraw` and `publish` of its record.
    pub fn use_entries(&self, count: usize) {
        // ORDERING: Relaxed: as in `entries_in_use`.
        self.entries_in_use.store(u32::try_from(count).unwrap_or(0), Ordering::Relaxed);
    }

    /// Whether a wait of its thread goes on, or has nodes in queues still.
    #[inline]
    pub fn is_in_use(&self) -> bool {
        self.parker.is_in_use() || self.entries_in_use() != 0
    }

    /// What its thread waits for, as any other thread may see it. `None`: it does not wait, or that
    /// changed meanwhile. Async-signal-safe.
    pub fn observe(&self) -> Option<Look> {
        // ORDERING: Relaxed, both: `Parker::observe` says whether they belong together.
        let read = || {
            let home = self.node.home.load(Ordering::Relaxed).addr();
            (home, self.node.arrival.load(Ordering::Relaxed), self.entries_in_use())
        };
        let (wait, (home, arrival, entries)) = self.parker.observe(read)?;
        Some(Look { wait, home, arrival, entries })
    }

    /// What its thread waits for, for those who listen. To be called by its own thread.
    pub fn awaited(&self, wait: &Wait) -> Awaited {
        // ORDERING: Relaxed: its own thread has written it, or a notify that has moved the node.
        let since = self.node.arrival.load(Ordering::Relaxed);
        let is_one_of_several = self.entries_in_use() != 0;
        Awaited { object: wait.object.0, since, is_one_of_several }
    }

    /// In a forked child: frees the waiters of all threads but its only one, which has that ident
    /// and that waiter, and so ends their idents. One that a signal handler of that thread has
    /// borrowed, and waits with, stays, and its wait begins again.
    pub fn free_others(own: Option<&'static Waiter>, ident: u64) {
        for index in 0..u32::try_from(TABLE.issued()).unwrap_or(u32::MAX) {
            let Some(slot) = TABLE.get(index) else { return };
            let state = slot.word.load();
            if own.is_some_and(|own| core::ptr::eq(own, slot)) || !state.is(state.tag()) {
                continue;
            }
            if slot.is_in_use() && ident != 0 && slot.parker.record.ident() == ident {
                slot.restart_after_fork();
                continue;
            }
            slot.parker.reset_after_fork();
            slot.entries.restart_after_fork();
            slot.use_entries(0);
            if slot.word.end(state) == Ok(true) {
                TABLE.give_back(Vacant { index, slot });
            }
        }
    }

    /// In a forked child, by its only thread: the kernel's id is another, and the queue is gone, so
    /// a wait in progress (a handler forked in the middle of it) begins again.
    pub fn restart_after_fork(&self) {
        self.lifeline.reset_after_fork();
        self.node.linked.set(false);
        // For a waiter that has given up and finds itself unlinked.
        self.node.outcome.set(Outcome::Retry);
        self.entries.restart_after_fork();
        self.parker.restart_after_fork();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::LAST_GENERATION;

    #[test]
    fn a_waiter_whose_generations_are_used_up_is_never_used_again() {
        let last = Waiter::new(0).expect("a waiter");
        last.word.publish(Tag::new(Kind::Waiter, LAST_GENERATION), 0);
        last.free();
        let others: Vec<_> = (0..100).map(|_| Waiter::new(0).expect("a waiter")).collect();
        assert!(others.iter().all(|other| !core::ptr::eq(*other, last)));
        for other in others {
            other.free();
        }
    }
}
