//! The slow path of releasing: who is woken, and who is handed over to.

use crate::object::handle::Handle;
use crate::object::word::{DESIGNATED_WAKER, State, WAITERS};
use crate::platform::clock;
use crate::platform::system;
use crate::status::Status;
use crate::wait::list::Node;
use crate::wait::mutex::mode::{EXCLUSIVE, LOCKED, MARK, Mode};
use crate::wait::mutex::raw::RawMutex;
use crate::wait::parker::Outcome;
use crate::wait::queue::Guard;
use crate::wait::this_thread;

/// How many a release wakes at once of those whom a condition has moved, and how many of them may
/// be in flight at most.
const BATCH: u32 = 2;
const MOST_IN_FLIGHT: u32 = 255;

fn most_in_flight() -> u32 {
    (system::processors() as u32 + 1).min(MOST_IN_FLIGHT)
}

/// After a hand-off the previous owner skips its spin and parks, so that the new owner is not
/// beaten to the next acquire by a thread that is already running.
pub fn skip_next_spin() {
    if let Some(own) = this_thread::own_waiter() {
        own.acquiring.skip_next_spin();
    }
}

impl RawMutex {
    /// Releases LOCKED, and wakes a waiter or hands over to it. The caller's fast path has failed.
    ///
    /// # Errors
    /// `THREADING_NOT_ACQUIRED` if nobody holds it; `THREADING_INVALID_HANDLE` or
    /// `THREADING_DESTROYED` if nothing of this handle lives here.
    #[cold]
    #[inline(never)]
    pub fn release_slow(&self, object: Handle) -> Result<(), Status> {
        let tag = object.tag();
        let found = self.core.word.load();
        if found.is(tag) && found.has(LOCKED) {
            self.clear_holder();
        }
        let is_over =
            found.has(WAITERS) && found.has(DESIGNATED_WAKER) && self.is_turn_over(clock::now());
        let without_waking = self.core.word.update(|state| {
            let nobody_to_wake = !state.has(WAITERS) || state.has(DESIGNATED_WAKER) && !is_over;
            (state.is(tag) && state.has(LOCKED) && nobody_to_wake).then_some(state.without(MARK))
        });
        let Err(state) = without_waking else { return Ok(()) };
        if !state.is(tag) {
            return Err(state.gone(tag));
        }
        if !state.has(LOCKED) {
            return Err(Status::THREADING_NOT_ACQUIRED);
        }
        self.release_under(&self.core.lock(), object)
    }

    /// The release under the queue's lock; errors as [`RawMutex::release_slow`]. Beside it others
    /// may acquire and release (two releases that meet are legal for a lock that is used as a
    /// signal), and a woken waiter may clear DESIGNATED_WAKER: so each step is a compare-exchange
    /// of exactly what was decided upon.
    pub fn release_under(&self, guard: &Guard<'_>, object: Handle) -> Result<(), Status> {
        let tag = object.tag();
        let mut all_gave_up = false;
        loop {
            let state = guard.state();
            if !state.is(tag) {
                return Err(state.gone(tag));
            }
            if !state.has(LOCKED) {
                return Err(Status::THREADING_NOT_ACQUIRED);
            }
            let waits = state.has(WAITERS) && !all_gave_up;
            let hand_off = waits && self.should_hand_off(guard);
            if !waits || state.has(DESIGNATED_WAKER) && !hand_off {
                let clear = if guard.is_empty() { WAITERS } else { 0 };
                if self.core.word.compare_exchange(state, state.without(MARK | clear)).is_ok() {
                    return Ok(());
                }
                continue;
            }
            let in_batches = !hand_off && (guard.head_is_requeued() || self.in_flight() > 0);
            if let Some(answer) = in_batches.then(|| self.release_batch(guard)).flatten() {
                return answer;
            }
            match guard.claim_first() {
                Some(node) => return self.release_to(guard, node, hand_off),
                None => all_gave_up = true,
            }
        }
    }

    /// Whether the calling thread has no turn at it, or not any more.
    fn is_turn_over(&self, now: u64) -> bool {
        this_thread::own_waiter().is_none_or(|own| own.turn.is_over(self.address(), now))
    }

    /// Whether the calling thread's turn is over and the first waiter is starving, so that the lock
    /// is to be handed off to it; if so, that is noted.
    fn should_hand_off(&self, guard: &Guard<'_>) -> bool {
        guard.first_arrival().is_some_and(|arrival| {
            let now = clock::now();
            self.is_turn_over(now) && self.is_hand_off_due(arrival, now)
        })
    }

    /// Hands over to a waiter that was claimed just now, or lets go and wakes it. Nobody else sets
    /// DESIGNATED_WAKER, under this lock.
    fn release_to(
        &self,
        guard: &Guard<'_>,
        node: &'static Node,
        hand_off: bool,
    ) -> Result<(), Status> {
        let clear = if guard.is_empty() { WAITERS } else { 0 };
        let next = |state: State| match hand_off {
            true => state.without((MARK ^ LOCKED) | clear),
            false => state.without(MARK | clear).with(DESIGNATED_WAKER),
        };
        if hand_off {
            self.hand_to(node.parker().record.ident());
        }
        let left = self.core.word.update(|state| state.has(LOCKED).then(|| next(state)));
        let outcome = if hand_off && left.is_ok() { Outcome::HandedOff } else { Outcome::Woken };
        if left.is_err() {
            // Another thread has released it in between: the claimed waiter tries for itself. It is
            // no holder; whoever has acquired meanwhile may lose its note with it.
            self.clear_holder();
            let woken = |state: State| state.without(clear).with(DESIGNATED_WAKER);
            let _ = self.core.word.update(|state| Some(woken(state)));
        }
        if outcome == Outcome::HandedOff {
            skip_next_spin();
        }
        guard.defer_wake(node, outcome);
        left.map(|_| ()).map_err(|_| Status::THREADING_NOT_ACQUIRED)
    }

    /// Lets go, and wakes some of those whom a condition has moved here, if any can be woken or are
    /// in flight; else nothing has happened: `None`.
    fn release_batch(&self, guard: &Guard<'_>) -> Option<Result<(), Status>> {
        let most = most_in_flight();
        let free = most.saturating_sub(self.in_flight());
        for _ in 0..free.min(BATCH) {
            let requeued = Some(guard).filter(|guard| guard.head_is_requeued());
            let Some(node) = requeued.and_then(Guard::claim_first) else { break };
            guard.defer_wake(node, Outcome::Batch);
            self.set_in_flight(self.in_flight() + 1);
        }
        if self.in_flight() == 0 {
            return None;
        }
        // Somebody is in flight, and will wake the others when it releases.
        let clear = if guard.is_empty() { WAITERS } else { 0 };
        let no_more = self.in_flight() >= most || !guard.head_is_requeued();
        let set = if no_more { DESIGNATED_WAKER } else { 0 };
        let next = |state: State| state.without(MARK | clear).with(set);
        let left = self.core.word.update(|state| state.has(LOCKED).then(|| next(state)));
        if left.is_err() {
            // Another thread has released it in between.
            let _ = self.core.word.update(|state| Some(state.without(clear).with(set)));
        }
        Some(left.map(|_| ()).map_err(|_| Status::THREADING_NOT_ACQUIRED))
    }

    /// Under the queue's lock, after waiters have been moved here: the next release wakes more of
    /// them if more may be in flight; and if the lock is free and nobody is on the way, the first
    /// is woken.
    pub fn kick_requeued(&self, guard: &Guard<'_>) {
        let in_flight = self.in_flight();
        if in_flight > 0 && in_flight < most_in_flight() {
            let more = |state: State| state.without(DESIGNATED_WAKER);
            let _ = self.core.word.update(|state| state.has(DESIGNATED_WAKER).then(|| more(state)));
        }
        if in_flight == 0 {
            self.wake_available(guard, &EXCLUSIVE);
        }
    }

    /// Under the queue's lock: wakes as many waiters as can acquire in this mode, unless a woken
    /// one is on its way already. One that is starving acquires at once.
    pub fn wake_available(&self, guard: &Guard<'_>, mode: &Mode) {
        loop {
            let state = guard.state();
            if !mode.is_free(state) || !state.has(WAITERS) || state.has(DESIGNATED_WAKER) {
                return;
            }
            if !self.should_hand_off(guard) {
                return self.wake_while_free(guard, mode, state);
            }
            if self.core.word.compare_exchange(state, mode.acquired(state)).is_err() {
                continue;
            }
            match guard.claim_first() {
                Some(node) => {
                    self.hand_to(node.parker().record.ident());
                    guard.defer_wake(node, Outcome::HandedOff);
                }
                // All have given up.
                None => {
                    let _ = self.core.word.update(|state| Some(mode.released(state)));
                    return;
                }
            }
            guard.clear_waiters_if_empty();
        }
    }

    fn wake_while_free(&self, guard: &Guard<'_>, mode: &Mode, state: State) {
        let mut left = state;
        while mode.is_free(left)
            && let Some(node) = guard.claim_first()
        {
            guard.defer_wake(node, Outcome::Woken);
            left = mode.acquired(left);
        }
        if left != state {
            let clear = if guard.is_empty() { WAITERS } else { 0 };
            let woken = |state: State| state.without(clear).with(DESIGNATED_WAKER);
            let _ = self.core.word.update(|state| Some(woken(state)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atomic::Ordering;
    use crate::platform::clock::Deadline;
    use crate::wait::spin_then_park::WaitKind;
    use crate::wait::wait_record::Wait;
    use crate::wait::waiter::Waiter;

    #[test]
    fn nobody_is_woken_for_what_is_held_or_while_a_woken_waiter_is_on_its_way() {
        static MUTEX: RawMutex = RawMutex::INTERNAL;
        let waiter = Waiter::new(1).expect("a waiter");
        let (object, kind, ident) = (Handle::NULL, WaitKind::Lock, waiter.handle().0);
        let wait = Wait { object, kind, ident, broadcast: None };
        let epoch = waiter.parker.prepare_park(&wait, Deadline::Never);
        // It has waited for long. A waiter may have been used before, and keeps what it noted.
        // ORDERING: Relaxed: only this thread knows the node.
        waiter.own_node().arrival.store(1, Ordering::Relaxed);
        let guard = MUTEX.core.lock();
        guard.link_last(waiter.own_node());
        waiter.parker.record.publish(epoch);
        let idle = guard.state();
        for (bits, is_woken) in [(LOCKED, false), (DESIGNATED_WAKER, false), (0, true)] {
            let state = idle.with(WAITERS | bits);
            assert!(MUTEX.core.word.update(|_| Some(state)).is_ok());
            MUTEX.wake_available(&guard, &EXCLUSIVE);
            assert_eq!(waiter.parker.is_undecided(), !is_woken);
        }
        drop(guard);
        assert_eq!(waiter.parker.park(Deadline::Never), Outcome::HandedOff);
        waiter.free();
    }
}
