//! The state word: the tag of a slot's object and the object's state in 64 bits that change
//! together.
//!
//! | bits  | name             | set by                         | cleared by                     |
//! |-------|------------------|--------------------------------|--------------------------------|
//! | 32-63 | tag              | the making of an object        | its end, which puts the next   |
//! |       |                  |                                | generation's tag here          |
//! | 31    | INSPECT          | making, and switching          | switching inspection off       |
//! |       |                  | inspection on                  |                                |
//! | 30    | LIVE             | the making of an object        | its end                        |
//! | 29    | WAITERS          | linking into the queue, under  | emptying the queue, under its  |
//! |       |                  | its lock                       | lock                           |
//! | 28    | DESIGNATED_WAKER | waking a waiter that may find  | that waiter, when it takes or  |
//! |       |                  | it taken                       | relinks                        |
//! | 0-27  |                  | the object: see its own file   |                                |
//!
//! LIVE is part of every expected value. So the compare-exchange that acts on an object proves in
//! the same instruction that the handle names it. Every fast path expects INSPECT to be clear: an
//! object that has it always takes the slow path, and no fast path tests for it. WAITERS equals
//! "the queue is not empty" whenever the queue's lock is free. While DESIGNATED_WAKER is set a
//! woken waiter is on its way, and a release need not wake another.
//!
//! In a free slot LIVE is clear, and the upper half is the tag of the next object; RETIRED says
//! that there is no next object. A live word changes only by compare-exchanges, and each keeps the
//! bits that it does not own.

use crate::atomic::{AtomicU64, Ordering};
use crate::object::handle::{Handle, Kind, LAST_GENERATION, Tag};
pub use crate::probe::INSPECT;
use crate::status::Status;

/// The object exists. Below bit 31, so that x86 adds it as a constant within an instruction.
pub const LIVE: u64 = 1 << 30;
/// The queue is not empty.
pub const WAITERS: u64 = 1 << 29;
/// A woken waiter is on its way.
pub const DESIGNATED_WAKER: u64 = 1 << 28;
/// In a free slot only: its generations are used up.
const RETIRED: u64 = 1;

/// A tag and the state beside it, as one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State(pub u64);

impl State {
    /// A live word of that tag with that state.
    #[inline]
    pub const fn live(tag: Tag, bits: u64) -> State {
        State((tag.0 as u64) << 32 | LIVE | bits)
    }

    /// The tag.
    #[inline]
    pub const fn tag(self) -> Tag {
        Tag((self.0 >> 32) as u32)
    }

    /// Whether the object of this tag lives here.
    #[inline]
    pub const fn is(self, tag: Tag) -> bool {
        self.0 & (0xffff_ffff << 32 | LIVE) == (tag.0 as u64) << 32 | LIVE
    }

    /// Whether the word has the handle's tag. The object may be alive, ended for good, or not made
    /// yet.
    #[inline(always)]
    pub const fn names(self, handle: Handle) -> bool {
        (self.0 ^ handle.0) >> 32 == 0
    }

    /// Whether all of these bits are set.
    #[inline]
    pub const fn has(self, bits: u64) -> bool {
        self.0 & bits == bits
    }

    /// With these bits set.
    #[inline]
    pub const fn with(self, bits: u64) -> State {
        State(self.0 | bits)
    }

    /// With these bits clear.
    #[inline]
    pub const fn without(self, bits: u64) -> State {
        State(self.0 & !bits)
    }

    /// The status for a handle of this tag, in a table of that kind, whose object does not live
    /// here: as [`State::gone`], but `THREADING_INVALID_HANDLE` if the tag is of another kind.
    pub fn stale_status(self, tag: Tag, kind: Kind) -> Status {
        let passed = self.has_passed(tag);
        if tag.kind() == kind as u32 && passed {
            Status::THREADING_DESTROYED
        } else {
            Status::THREADING_INVALID_HANDLE
        }
    }

    /// The status for a handle of this tag, of this table's kind, whose object does not live here:
    /// `THREADING_DESTROYED` if its generation has passed, else `THREADING_INVALID_HANDLE`.
    pub fn gone(self, tag: Tag) -> Status {
        if self.has_passed(tag) {
            Status::THREADING_DESTROYED
        } else {
            Status::THREADING_INVALID_HANDLE
        }
    }

    /// Whether an object of this tag, which is of this table's kind, has ended here.
    #[inline(always)]
    fn has_passed(self, tag: Tag) -> bool {
        tag.generation() < self.tag().generation()
            || (tag == self.tag() && !self.has(LIVE) && self.has(RETIRED))
    }
}

/// The atomic word itself.
#[repr(transparent)]
pub struct Word(AtomicU64);

impl Word {
    /// A slot that was never used.
    pub const UNUSED: Word = Word(AtomicU64::new(0));
    /// The word of an object without a handle: one of the library's own.
    pub const INTERNAL: Word = Word(AtomicU64::new(LIVE));

    /// Reads the word to find out what to attempt. The compare-exchange that follows decides,
    /// except where the caller says why the load is enough.
    #[inline]
    pub fn load(&self) -> State {
        // ORDERING: Acquire, pairs with the Release half of every change below: a thread that sees
        // a state (finished, destroyed) sees what was written before it (a result, a name).
        State(self.0.load(Ordering::Acquire))
    }

    /// Reads the word for a compare-exchange that follows and decides.
    #[inline(always)]
    pub fn load_relaxed(&self) -> State {
        // ORDERING: Relaxed: the compare-exchange that follows decides.
        State(self.0.load(Ordering::Relaxed))
    }

    /// Changes the word if it has the expected value; `Err` is the value that the word has. Success
    /// acquires, since a new holder needs what the last holder wrote, and releases, since a holder
    /// that leaves publishes what it wrote.
    #[inline]
    pub fn compare_exchange(&self, from: State, to: State) -> Result<(), State> {
        // ORDERING: AcqRel, pairs with itself and with `load`: see above. Failure: Acquire, as
        // `load`.
        match self.0.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(()),
            Err(found) => Err(State(found)),
        }
    }

    /// As [`Word::compare_exchange`], for a fast path that acquires.
    #[inline(always)]
    pub fn cas_acquire(&self, from: State, to: State) -> Result<(), State> {
        // ORDERING: Acquire, pairs with `cas_release` and `compare_exchange`: the last holder has
        // published what the lock guards. Failure: Relaxed, since the slow path tries the value
        // that was found, or reads the word again.
        match self.0.compare_exchange(from.0, to.0, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(found) => Err(State(found)),
        }
    }

    /// As [`Word::compare_exchange`], for a fast path that releases.
    #[inline(always)]
    pub fn cas_release(&self, from: State, to: State) -> Result<(), State> {
        // ORDERING: Release, pairs with `cas_acquire` and `compare_exchange`: publishes what the
        // lock guards. Failure: Relaxed, as above.
        match self.0.compare_exchange(from.0, to.0, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(found) => Err(State(found)),
        }
    }

    /// Changes the word to the state that `next` returns. `Ok` is the state before the change,
    /// `Err` the state for which `next` returned `None`.
    #[inline]
    pub fn update(&self, mut next: impl FnMut(State) -> Option<State>) -> Result<State, State> {
        let mut state = self.load();
        loop {
            let Some(to) = next(state) else { return Err(state) };
            match self.compare_exchange(state, to) {
                Ok(()) => return Ok(state),
                Err(found) => state = found,
            }
        }
    }

    /// The tag of the next object in this free slot, which belongs to the caller alone.
    pub fn next_tag(&self, kind: Kind) -> Tag {
        let state = self.load();
        if state.0 == 0 { Tag::new(kind, 0) } else { state.tag() }
    }

    /// Makes the object alive, and publishes all that the caller wrote into the slot.
    pub fn publish(&self, tag: Tag, bits: u64) {
        // ORDERING: Release, pairs with the Acquire of `load` and of `cas_acquire`: a thread that
        // finds the object alive finds it complete. A plain store is enough, since no thread
        // changes a word that is not alive.
        self.0.store(State::live(tag, bits).0, Ordering::Release);
    }

    /// Ends the object if its word has the expected value. `Ok(true)`: the slot may be used again;
    /// `Ok(false)`: its generations are used up. `Err`: the value that the word has.
    pub fn end(&self, from: State) -> Result<bool, State> {
        let tag = from.tag();
        if tag.generation() == LAST_GENERATION {
            let retired = State((tag.0 as u64) << 32 | RETIRED);
            return self.compare_exchange(from, retired).map(|()| false);
        }
        self.compare_exchange(from, State(((tag.0 + 1) as u64) << 32)).map(|()| true)
    }
}

/// The word of the object that this handle names, with no other bit set.
#[inline(always)]
pub const fn idle(handle: Handle) -> State {
    State::live(handle.tag(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::threading_status::*;

    #[test]
    fn each_end_counts_a_generation_and_the_last_one_retires_the_slot() {
        let word = Word::UNUSED;
        let first = word.next_tag(Kind::Lock);
        word.publish(first, 0);
        assert_eq!(word.end(word.load()), Ok(true));
        assert_eq!(word.next_tag(Kind::Lock), Tag::new(Kind::Lock, 1));
        assert_eq!(word.load().stale_status(first, Kind::Lock), THREADING_DESTROYED);

        let last = Tag::new(Kind::Lock, LAST_GENERATION);
        assert_eq!(word.load().stale_status(last, Kind::Lock), THREADING_INVALID_HANDLE);
        word.publish(last, 0);
        assert_eq!(word.load().stale_status(first, Kind::Lock), THREADING_DESTROYED);
        assert_eq!(word.end(word.load()), Ok(false));
        assert!(!word.load().is(last));
        assert_eq!(word.load().stale_status(last, Kind::Lock), THREADING_DESTROYED);
        assert_eq!(word.load().stale_status(first, Kind::Lock), THREADING_DESTROYED);
        assert_eq!(word.load().stale_status(last, Kind::Rlock), THREADING_INVALID_HANDLE);
    }
}
