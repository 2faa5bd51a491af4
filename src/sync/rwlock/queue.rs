//! Who waits for an rwlock in which order, and who is let in when.
//!
//! In the queue the readers stand before the writers, since they are let in together: whoever ends
//! a write lets in all readers that wait, also those that came after a writer. Behind them the
//! writers stand in the order in which they came; one that was woken and beaten stands before the
//! other writers again.
//!
//! How readers are let in decides how the rwlock does when there are more threads than processors.
//! A reader that is counted while it still sleeps keeps every writer out until it has had a
//! processor. Then the running threads, which soon want to write or meet such a writer, go to sleep
//! too, and from then on each write costs everybody a sleep: a convoy. So a reader is woken and
//! not counted yet (`Outcome::Batch`): it acquires when it runs, past writers that only wait, and
//! running threads may write until then. One that finds a thread writing waits again, and is
//! BEATEN. A reader that is BEATEN, or has waited for a millisecond, is counted when it is let in.
//! So a reader waits for the write that goes on when it comes, and for one more at most.
//!
//! Nobody counts the readers that are on their way: each of them acquires, and the end of its read
//! settles what it owes to the writers, or finds a thread writing, whose release does.

use crate::object::word::{DESIGNATED_WAKER, State, WAITERS};
use crate::platform::clock;
use crate::sync::rwlock::slot::{READER, Rwlock, WRITERS, is_free, is_full, reads};
use crate::wait::list::Node;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::raw::STARVING;
use crate::wait::mutex::release::skip_next_spin;
use crate::wait::parker::Outcome;
use crate::wait::queue::Guard;

/// What a waiter's note says: it waits to read, it does so again, or it waits to write.
pub const READS: u32 = 1;
#[allow(missing_docs)]
pub const BEATEN: u32 = 2;
#[allow(missing_docs)]
pub const WRITES: u32 = 3;

fn is_writer(node: &Node) -> bool {
    node.note.get() == WRITES
}

/// Whether writers are linked.
pub fn has_writers(guard: &Guard<'_>) -> bool {
    guard.last().is_some_and(is_writer)
}

/// Whether readers are linked.
fn has_readers(guard: &Guard<'_>) -> bool {
    guard.first().is_some_and(|node| !is_writer(node))
}

/// The writer that is to be woken next. Each reader that is passed here waits for that writer, so
/// it is passed once for each time that it is let in.
pub fn first_writer(guard: &Guard<'_>) -> Option<&'static Node> {
    let mut place = guard.first();
    while let Some(node) = place.filter(|node| !is_writer(node)) {
        place = guard.after(node);
    }
    place
}

impl Rwlock {
    /// Lets in all readers that wait, and returns how many of them have to be counted. The caller
    /// keeps writers out meanwhile, and counts them at once.
    fn admit(&self, guard: &Guard<'_>) -> u64 {
        let (mut counted, mut now) = (0, 0);
        while has_readers(guard) {
            let Some(node) = guard.claim_or_unlink_first() else { continue };
            if now == 0 {
                now = clock::now();
            }
            let is_starving = now.saturating_sub(node.arrival()) >= STARVING;
            if node.note.get() == BEATEN || is_starving {
                counted += 1;
                guard.defer_wake(node, Outcome::HandedOff);
            } else {
                guard.defer_wake(node, Outcome::Batch);
            }
        }
        counted
    }

    /// Ends the write of the calling thread, which keeps so many reads: lets in all readers that
    /// wait, or else wakes a writer or hands over to it.
    pub fn end_write(&self, guard: &Guard<'_>, kept: u64) {
        let lets_in = has_readers(guard);
        let inside = kept + if lets_in { self.admit(guard) } else { 0 };
        let is_quiet = inside == 0 && !lets_in && !guard.state().has(DESIGNATED_WAKER);
        if is_quiet && self.pass_to_writer(guard, LOCKED) {
            return;
        }
        let left = clear_if_empty(guard);
        let no_writers = if has_writers(guard) { 0 } else { WRITERS };
        let _ = self.state().update(|state| {
            let done = if state.has(DESIGNATED_WAKER) { 0 } else { no_writers };
            Some(State(state.without(LOCKED | done | left).0 + inside * READER))
        });
    }

    /// Wakes the first writer, or hands over to it if it is starving, at a moment when nobody is
    /// inside. `held` is LOCKED if the caller writes, or 0. False: no writer waits, all have given
    /// up, or another thread is inside; nothing was changed.
    fn pass_to_writer(&self, guard: &Guard<'_>, held: u64) -> bool {
        let Some(first) = first_writer(guard) else { return false };
        if self.mutex.is_hand_off_due(first.arrival(), clock::now()) {
            return self.hand_over(guard, first, held);
        }
        let Some(node) = guard.claim_from(Some(first)) else { return false };
        let left = clear_if_empty(guard);
        let woken = |state: State| state.without(held | left).with(DESIGNATED_WAKER | WRITERS);
        let _ = self.state().update(|state| Some(woken(state)));
        guard.defer_wake(node, Outcome::Woken);
        true
    }

    fn hand_over(&self, guard: &Guard<'_>, first: &'static Node, held: u64) -> bool {
        let may_write = |state: State| held != 0 || is_free(state);
        if self.state().update(|state| may_write(state).then(|| state.with(LOCKED))).is_err() {
            return false;
        }
        let Some(node) = guard.claim_from(Some(first)) else {
            // All have given up, and settle when they have the queue's lock.
            let _ = self.state().update(|state| Some(state.without(LOCKED ^ held)));
            return false;
        };
        self.mutex.hand_to(node.parker().record.ident());
        guard.defer_wake(node, Outcome::HandedOff);
        guard.clear_waiters_if_empty();
        if held != 0 {
            skip_next_spin();
        }
        true
    }

    /// Restores the invariants, after a read has ended or a writer has given up.
    pub fn settle(&self, guard: &Guard<'_>) {
        let state = guard.state();
        if state.has(LOCKED) {
            return;
        }
        if !has_writers(guard) {
            if !state.has(DESIGNATED_WAKER) {
                self.settle_readers(guard);
            }
            return;
        }
        if state.has(DESIGNATED_WAKER) {
            return;
        }
        let keeps_out = |state: State| {
            let waits = !state.has(LOCKED) && reads(state) > 0;
            waits.then_some(state.with(WRITERS))
        };
        loop {
            if self.state().update(keeps_out).is_ok() || self.pass_to_writer(guard, 0) {
                return;
            }
            // All writers have given up, or another thread writes by now. Else readers have come.
            let state = guard.state();
            if is_free(state) || state.has(LOCKED) {
                return;
            }
        }
    }

    /// No writer waits: nobody keeps readers out.
    fn settle_readers(&self, guard: &Guard<'_>) {
        if !has_readers(guard) {
            let clear = |state: State| state.has(WRITERS).then_some(state.without(WRITERS));
            let _ = self.state().update(clear);
            return;
        }
        // A read of the calling thread's keeps writers out meanwhile.
        let entered = self.state().update(|state| {
            let can = !state.has(LOCKED) && !is_full(state);
            can.then_some(State(state.0 + READER))
        });
        if entered.is_err() {
            return;
        }
        let counted = self.admit(guard);
        let left = clear_if_empty(guard);
        let _ = self.state().update(|state| {
            let next = state.without(WRITERS | left);
            Some(State(next.0 + counted * READER - READER))
        });
    }
}

fn clear_if_empty(guard: &Guard<'_>) -> u64 {
    if guard.is_empty() { WAITERS } else { 0 }
}
