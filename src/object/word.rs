//! The state word: a slot's tag and its state, changed together.
//!
//! | bits  | name    | set by                              | cleared by                           |
//! |-------|---------|-------------------------------------|--------------------------------------|
//! | 32-63 | tag     | the making of an object             | its destruction (the next            |
//! |       |         |                                     | generation)                          |
//! | 31    | INSPECT | making, and switching inspection on | switching inspection off             |
//! | 30    | LIVE    | the making of an object             | its destruction                      |
//! | 29    | WAITERS | linking into the queue, under its   | emptying the queue, under its lock   |
//! |       |         | lock                                |                                      |
//! | 28    | DESIGNATED_WAKER  | waking a waiter that may find it    | that waiter, when it takes or        |
//! |       |         | taken                               | relinks                              |
//! | 0-27  |         | the object: see the top of its own  |                                      |
//! |       |         | file                                |                                      |
//!
//! LIVE is part of every expected value, so a compare-exchange that acts on an object proves in the
//! same instruction that the handle names it. INSPECT is expected clear by every fast path: an
//! object that has it takes the slow path always, and no fast path tests for it. WAITERS equals
//! "the queue is not empty" whenever the queue's lock is free. While DESIGNATED_WAKER is set a woken waiter
//! is on its way, and a release need not wake another.
//!
//! In a slot that is free (LIVE clear) the upper half is the tag that comes next, and RETIRED says
//! that there is no next. Every change of a live word is a compare-exchange that keeps the bits
//! that it does not own.

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

    /// Whether this is the tag that stands here, of an object that lives, has ended for good, or is
    /// yet to be made.
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

    /// What to answer to a handle of this tag, of a table of that kind, whose slot does not hold it
    /// alive: as [`State::gone`], but `THREADING_INVALID_HANDLE` if it is of another kind.
    pub fn why_not(self, tag: Tag, kind: Kind) -> Status {
        if tag.kind() == kind as u32 { self.gone(tag) } else { Status::THREADING_INVALID_HANDLE }
    }

    /// What to answer to a handle of this tag, of this table's kind, whose slot does not hold it
    /// alive: `THREADING_DESTROYED` if its generation has passed, else `THREADING_INVALID_HANDLE`.
    pub fn gone(self, tag: Tag) -> Status {
        let is_retired = tag == self.tag() && !self.has(LIVE) && self.has(RETIRED);
        let passed = tag.generation() < self.tag().generation() || is_retired;
        if passed { Status::THREADING_DESTROYED } else { Status::THREADING_INVALID_HANDLE }
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

    /// Reads the word to find out what to attempt; every decision is then made by a
    /// compare-exchange, except where the caller says why a look is enough.
    #[inline]
    pub fn load(&self) -> State {
        // ORDERING: Acquire, pairs with the Release half of every change below: whoever sees a
        // state (finished, destroyed) sees what was written before it (a result, a name).
        State(self.0.load(Ordering::Acquire))
    }

    /// Changes the word if it still has the expected value. Taking something needs what the last
    /// holder wrote, so success acquires; leaving publishes, so success releases.
    #[inline]
    pub fn change(&self, from: State, to: State) -> Result<(), State> {
        // ORDERING: AcqRel, pairs with itself and with `load`: see above. Failure: Acquire, as
        // `load`.
        match self.0.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(()),
            Err(found) => Err(State(found)),
        }
    }

    /// The fast path's attempt to take: the word had the expected value, or `Err` has the one that
    /// it had.
    #[inline(always)]
    pub fn try_take(&self, from: State, to: State) -> Result<(), State> {
        // ORDERING: Acquire, pairs with `try_leave` and `change`: the holder before has published
        // what the lock guards. Failure: Relaxed, since what was found is only tried, or read again
        // on the slow path.
        match self.0.compare_exchange(from.0, to.0, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(found) => Err(State(found)),
        }
    }

    /// A look for a compare-exchange that follows and decides.
    #[inline(always)]
    pub fn glance(&self) -> State {
        // ORDERING: Relaxed: as said.
        State(self.0.load(Ordering::Relaxed))
    }

    /// The fast path's attempt to leave: the word had the expected value, or `Err` has the one that
    /// it had.
    #[inline(always)]
    pub fn try_leave(&self, from: State, to: State) -> Result<(), State> {
        // ORDERING: Release, pairs with `try_take` and `change`: publishes what the lock guards.
        // Failure: Relaxed, as above.
        match self.0.compare_exchange(from.0, to.0, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(found) => Err(State(found)),
        }
    }

    /// Changes the word by `next` until it fits, or until `next` gives up. Returns the state
    /// before, or the one at which `next` gave up.
    #[inline]
    pub fn update(&self, mut next: impl FnMut(State) -> Option<State>) -> Result<State, State> {
        let mut state = self.load();
        loop {
            let Some(to) = next(state) else { return Err(state) };
            match self.change(state, to) {
                Ok(()) => return Ok(state),
                Err(found) => state = found,
            }
        }
    }

    /// The tag for the next object in this free slot, which the caller alone has taken from the
    /// free list.
    pub fn next_tag(&self, kind: Kind) -> Tag {
        let state = self.load();
        if state.0 == 0 { Tag::new(kind, 0) } else { state.tag() }
    }

    /// Brings the object to life: publishes all that the caller wrote into the slot.
    pub fn publish(&self, tag: Tag, bits: u64) {
        // ORDERING: Release, pairs with the Acquire of `load` and of `try_take`: who finds the
        // object alive finds it complete. A plain store is enough, since nobody changes a word that
        // is not alive.
        self.0.store(State::live(tag, bits).0, Ordering::Release);
    }

    /// Ends the object whose word still has the expected value. `Ok(true)`: the slot may be used
    /// again; `Ok(false)`: its generations are used up. `Err`: the word has changed meanwhile.
    pub fn end(&self, from: State) -> Result<bool, State> {
        let tag = from.tag();
        let generation = tag.generation();
        if generation == LAST_GENERATION {
            return self.change(from, State((tag.0 as u64) << 32 | RETIRED)).map(|()| false);
        }
        self.change(from, State(((tag.0 + 1) as u64) << 32)).map(|()| true)
    }

    /// Sets the word from outside all rules.
    #[cfg(test)]
    pub fn force(&self, state: State) {
        // ORDERING: SeqCst: tests only.
        self.0.store(state.0, Ordering::SeqCst);
    }
}

/// Splits a handle for a look at its slot's word.
#[inline(always)]
pub const fn idle(handle: Handle) -> State {
    State::live(handle.tag(), 0)
}
