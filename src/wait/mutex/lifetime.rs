//! How a mutex is made and ended, and the conditions that pin it.

use core::hint;

use crate::object::cause::{Cause, because};
use crate::object::handle::{Handle, Kind, LAST_GENERATION, Tag};
use crate::object::word::{INSPECT, State};
use crate::platform::clock;
use crate::platform::fork_epoch;
use crate::probe::Hold;
use crate::status::Status;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::pins::NotPinned;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::queue;

/// How long one waits for a holder to note itself, in nanoseconds.
const HOLDER_TIMEOUT: u64 = 1_000_000;
/// The ident of a thread that never existed.
const GONE: Handle = Handle::new(Tag::new(Kind::Waiter, LAST_GENERATION), u32::MAX);

impl RawMutex {
    /// Resets the mutex for a new object of that tag, on which `pins` conditions are made. Called
    /// before the object is published.
    pub fn reset(&self, tag: Tag, pins: u32) {
        self.pins.reset(tag, pins);
        // Without the queue's lock, since no other thread touches the field: a waiter of the slot's
        // last object finds its tag gone and leaves the count alone.
        self.in_flight.set(0);
    }

    /// Marks the object of that tag, which no condition can be made on. Called before it is
    /// published. An object that is not marked needs no call.
    pub fn mark(&self, tag: Tag) {
        self.pins.mark(tag);
    }

    /// Whether the object of that tag is marked.
    pub fn is_marked(&self, tag: Tag) -> bool {
        self.pins.is_marked(tag)
    }

    /// Counts a condition that is made on this object. While the count is not 0 the object cannot
    /// be destroyed.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if no object of this tag is alive here;
    /// `THREADING_NO_RESOURCES` if there are too many conditions.
    pub fn pin(&self, tag: Tag, kind: Kind) -> Result<(), Status> {
        match self.pins.up(tag) {
            Ok(()) => {}
            Err(NotPinned::Full) => {
                let cause = const {
                    &Cause(
                        Status::THREADING_NO_RESOURCES,
                        c"1,048,575 conditions were made with the lock",
                    )
                };
                return Err(because(cause));
            }
            Err(NotPinned::Gone) => return Err(self.core.word.load().stale_status(tag, kind)),
        }
        // `end` acquires the queue's lock and then reads the count. Either it sees this pin. Or it
        // acquired the lock before this pin: then this thread finds the lock held, or finds the
        // object gone.
        if self.core.is_locked() {
            drop(self.core.lock());
        }
        let state = self.core.word.load();
        if state.is(tag) {
            return Ok(());
        }
        self.pins.down(tag);
        Err(state.stale_status(tag, kind))
    }

    /// How many conditions are made on this object; 1 as well if it belongs to whoever has made it.
    pub fn pins(&self) -> u32 {
        self.pins.count()
    }

    /// Uncounts a condition that was made on this object and has ended.
    pub fn unpin(&self, tag: Tag) {
        self.pins.down(tag);
    }

    /// Ends the object if no thread waits for it and no thread holds it, except one that is gone.
    /// `state` is a state in which the object was alive. `Ok(true)`: the slot may be used again.
    /// `is_alive` must return true for 0, a holder that has not stored its ident yet. Exactly
    /// `pins` conditions may be made on the object. `hold` tells listeners how the object was held
    /// in its last state. If `why_in_use` returns a cause, the object does not end either.
    ///
    /// A thread that acquires the object at the same time may store its ident too late. It then
    /// counts as a thread that was just arriving, and its release fails with the object's end.
    ///
    /// # Errors
    /// `THREADING_BUSY`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if the object has
    /// ended.
    #[inline(always)]
    pub fn end(
        &self,
        handle: Handle,
        state: State,
        pins: u32,
        is_alive: impl Fn(u64) -> bool,
        hold: impl Fn(State) -> Hold,
        why_in_use: impl Fn(State) -> Option<&'static Cause>,
    ) -> Result<bool, Status> {
        let idle = why_in_use(state).is_none();
        match idle.then(|| self.end_idle(state, pins)).flatten() {
            Some(again) => Ok(again),
            None => self.end_slow(handle, pins, is_alive, hold, why_in_use),
        }
    }

    /// Ends the object if its word is `state`, and the object is idle there. `None`: nothing was
    /// changed.
    #[inline]
    fn end_idle(&self, state: State, pins: u32) -> Option<bool> {
        let may_end = || self.pins.count() == pins;
        if state.has(LOCKED) {
            None
        } else if pins == 0 {
            self.core.end_idle_locked(state, may_end)
        } else {
            // The object belongs to a condition, and no other condition can be made on it: no
            // concurrent pin has to be excluded.
            may_end().then(|| self.core.end_idle(state)).flatten()
        }
    }

    #[cold]
    #[inline(never)]
    fn end_slow(
        &self,
        handle: Handle,
        pins: u32,
        is_alive: impl Fn(u64) -> bool,
        hold: impl Fn(State) -> Hold,
        why_in_use: impl Fn(State) -> Option<&'static Cause>,
    ) -> Result<bool, Status> {
        static PINNED: Cause = Cause(
            Status::THREADING_BUSY,
            c"a condition that was made with it has not been destroyed",
        );
        static HELD: Cause = Cause(Status::THREADING_BUSY, c"a thread that has not ended holds it");
        self.core.repair();
        let held = self.core.word.load();
        // `is_alive` may look into other tables, so it runs before the queue's lock is acquired.
        let holder = if held.has(LOCKED) { self.known_holder(held, &is_alive) } else { GONE.0 };
        let abandoned = held.has(LOCKED) && !is_alive(holder);
        let why_busy = |state: State| {
            let stored = if holder == GONE.0 { 0 } else { holder };
            let still_abandoned = abandoned && is_same(state, held) && self.holder() == stored;
            if self.pins.count() != pins {
                Some(&PINNED)
            } else if state.has(LOCKED) && !still_abandoned {
                Some(&HELD)
            } else {
                why_in_use(state)
            }
        };
        let last_hold = |state: State| (hold(state), state.has(LOCKED));
        self.core.end_slow(handle, &queue::NO_PENDING, why_busy, last_hold)
    }

    /// The holder's ident. In a forked child it is [`GONE`] if no holder stores its ident: then the
    /// fork came between the acquire and the store of a thread that is gone. A note with a mark, of
    /// a thread that has ended, may be about to change: see `wait::holder_note`.
    fn known_holder(&self, held: State, is_alive: impl Fn(u64) -> bool) -> u64 {
        let mut end = None;
        loop {
            let seen = self.look_at_holder();
            let holder = seen.ident();
            let may_change = if holder == 0 {
                fork_epoch::is_forked()
            } else {
                seen.has_mark() && !is_alive(holder)
            };
            if !may_change || !is_same(self.core.word.load(), held) {
                return holder;
            }
            let now = clock::now();
            if now >= *end.get_or_insert(now + HOLDER_TIMEOUT) {
                return if holder == 0 { GONE.0 } else { holder };
            }
            hint::spin_loop();
        }
    }
}

/// Whether nothing has happened to the object between these states: INSPECT may come and go.
fn is_same(state: State, earlier: State) -> bool {
    state.without(INSPECT) == earlier.without(INSPECT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::Tag;

    #[test]
    fn what_was_pinned_once_and_for_all_ends_without_the_queues_lock() {
        let mutex = RawMutex::INTERNAL;
        let guard = mutex.core.lock();
        let state = guard.state();
        assert_eq!(mutex.end_idle(state, 0), None);
        mutex.pins.reset(Tag::NONE, 1);
        assert_eq!(mutex.end_idle(state, 1), Some(true));
    }
}
