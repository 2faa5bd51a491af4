//! The ring in which one thread records its latest events.
//!
//! An event is two words, and its place in the ring is a seqlock of its own (`inspect::sequence`).
//! So a reader gets each event whole or not at all, and the thread never waits for a reader. An
//! event that is overtaken is gone; the others keep their moments, by which they are sorted.
//!
//! | part of the first word | means                                            |
//! |------------------------|--------------------------------------------------|
//! | 16-63                  | when: the lower 48 bits of a [`Moment`]          |
//! | 8-15                   | what; never 0                                    |
//! | 0-7                    | more about it                                    |
//!
//! The second word says of what: see `event`.
//!
//! A signal handler that records while its thread does takes the next place. What is in the ring is
//! of the thread that the *word* of the ring speaks of:
//!
//! | state    | means                                    | next                                |
//! |----------|------------------------------------------|-------------------------------------|
//! | FREE     | nobody's: never used, or a fork has left | CHANGING, by a thread that takes it |
//! |          | its thread behind                        |                                     |
//! | CHANGING | what the ring says of its thread changes | LIVE, ENDED                         |
//! | LIVE     | its thread records                       | CHANGING, by that thread at its     |
//! |          |                                          | end, or by one that takes it, since |
//! |          |                                          | its thread is gone without a word   |
//! | ENDED    | its thread has ended                     | CHANGING, by a thread that takes it |
//!
//! Beside the state the word counts its changes. So a reader that finds the same word before and
//! after has read of one thread alone.

use crate::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use crate::inspect::sequence::Sequence;
use crate::platform::features::RING_EVENTS;
use crate::platform::ticks;

/// A moment, in units of 16 ticks: 48 bits of them last for weeks, and a unit takes about as long
/// as the look at the counter.
pub type Moment = u64;
const TICKS_OF_A_UNIT: u32 = 4;
/// The bits of a moment that an event has.
pub const MOMENT_BITS: u32 = 48;

/// Now.
#[inline]
pub fn now() -> Moment {
    ticks::now() >> TICKS_OF_A_UNIT
}

/// Now, if that takes but a few instructions.
#[inline(always)]
pub fn quick() -> Option<Moment> {
    ticks::quick().map(|ticks| ticks >> TICKS_OF_A_UNIT)
}

/// An event as it stands in a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, what, and more about it: see the top of this file.
    pub head: u64,
    /// Of what.
    pub payload: u64,
}

impl Event {
    /// Something that happens at that moment.
    #[inline]
    pub fn new(moment: Moment, what: u8, more: u8, payload: u64) -> Event {
        Event { head: moment << 16 | u64::from(what) << 8 | u64::from(more), payload }
    }

    /// The lower bits of its moment.
    pub fn moment(self) -> u64 {
        self.head >> 16
    }

    /// What happens.
    pub fn what(self) -> u8 {
        (self.head >> 8) as u8
    }

    /// More about it.
    pub fn more(self) -> u8 {
        self.head as u8
    }
}

/// How many events a thread keeps.
pub const EVENTS: usize = RING_EVENTS;
/// The bytes of an event, so that the number of an event is its place.
const STEP: u64 = 16;
/// How many bytes of its thread's name a ring keeps.
pub const NAME: usize = 64;

const STATE: u64 = 3;
/// See the top of this file.
pub const FREE: u64 = 0;
const CHANGING: u64 = 1;
/// As above.
pub const LIVE: u64 = 2;
/// As above.
pub const ENDED: u64 = 3;
const ONE_CHANGE: u64 = 4;

/// See the top of this file.
#[repr(C, align(64))]
pub struct Ring {
    word: AtomicU64,
    /// How many events were ever written, times [`STEP`].
    next: AtomicU64,
    ident: AtomicU64,
    native_id: AtomicU32,
    name_length: AtomicU32,
    /// Events from before are another thread's.
    since: AtomicU64,
    /// When the thread began, if that was recorded, and when it ended; else 0.
    began: AtomicU64,
    ended: AtomicU64,
    name: [AtomicU64; NAME / 8],
    events: [Sequence<1>; EVENTS],
}

/// What a ring says of its thread.
#[derive(Clone, Copy)]
pub struct Owner {
    /// Its ident, when it recorded its first event.
    pub ident: u64,
    /// The kernel's id.
    pub native_id: u32,
    /// Since when the events are its own.
    pub since: Moment,
    /// When it began, if that was recorded; else 0.
    pub began: Moment,
    /// When it ended; 0: it has not.
    pub ended: Moment,
    /// What it was called when it ended.
    pub name: [u8; NAME],
    /// How long the name is; 0 if it was not kept.
    pub name_length: usize,
}

impl Ring {
    /// A ring of nobody.
    pub const fn new() -> Ring {
        Ring {
            word: AtomicU64::new(0),
            next: AtomicU64::new(0),
            ident: AtomicU64::new(0),
            native_id: AtomicU32::new(0),
            name_length: AtomicU32::new(0),
            since: AtomicU64::new(0),
            began: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            name: [const { AtomicU64::new(0) }; NAME / 8],
            events: [const { Sequence::new() }; EVENTS],
        }
    }

    /// Records an event of the calling thread, whose ring it is.
    #[inline]
    pub fn record(&self, event: Event) {
        // ORDERING: Relaxed: only the calling thread and its signal handlers take places.
        let next = self.next.fetch_add(STEP, Ordering::Relaxed);
        if let Some(place) = self.events.get((next / STEP) as usize % EVENTS) {
            place.begin();
            place.set([event.payload]);
            // A head has its moment in it, so it does not come back.
            place.end(event.head);
        }
    }

    /// Its state.
    pub fn state(&self) -> u64 {
        // ORDERING: Relaxed: whoever acts upon it exchanges the word.
        self.word.load(Ordering::Relaxed) & STATE
    }

    /// The kernel's id of its thread, and when that ended.
    pub fn whose(&self) -> (u32, Moment) {
        // ORDERING: Relaxed, both: hints, for a choice that `take` decides.
        (self.native_id.load(Ordering::Relaxed), self.ended.load(Ordering::Relaxed))
    }

    /// Takes a ring that is in that state, for the thread of this ident and kernel's id. False:
    /// another thread was faster.
    pub fn take(&self, state: u64, ident: u64, native_id: u32) -> bool {
        // ORDERING: Relaxed: the exchange decides.
        let found = self.word.load(Ordering::Relaxed);
        let changing = (found & !STATE).wrapping_add(ONE_CHANGE) | CHANGING;
        // ORDERING: Acquire, pairs with the Release in `settle`: what the last thread has written
        // comes before what this one writes. Relaxed on failure: nothing is read.
        if found & STATE != state
            || self
                .word
                .compare_exchange(found, changing, Ordering::Acquire, Ordering::Relaxed)
                .is_err()
        {
            return false;
        }
        self.give(changing, ident, native_id);
        true
    }

    fn give(&self, changing: u64, ident: u64, native_id: u32) {
        // ORDERING: Release, pairs with the Acquire fence in `read`: whoever reads a field that is
        // written below finds this word, or a later one, after it.
        fence(Ordering::Release);
        // ORDERING: Relaxed, all: `settle` publishes them.
        self.ident.store(ident, Ordering::Relaxed);
        self.native_id.store(native_id, Ordering::Relaxed);
        self.name_length.store(0, Ordering::Relaxed);
        self.since.store(now(), Ordering::Relaxed);
        self.began.store(0, Ordering::Relaxed);
        self.ended.store(0, Ordering::Relaxed);
        self.settle(changing, LIVE);
    }

    fn settle(&self, changing: u64, state: u64) {
        // ORDERING: Release, pairs with the Acquire in `read` and `take`.
        self.word.store(changing & !STATE | state, Ordering::Release);
    }

    /// Its thread, which calls, has just begun.
    pub fn note_beginning(&self, moment: Moment) {
        // ORDERING: Relaxed: a moment, which stands for itself.
        self.began.store(moment, Ordering::Relaxed);
    }

    /// Its thread, which calls, ends. The ring keeps the name.
    pub fn end(&self, name: &[u8]) {
        // ORDERING: Relaxed: only the calling thread changes the word of a ring that is LIVE,
        // unless it is gone.
        let found = self.word.load(Ordering::Relaxed);
        let changing = (found & !STATE).wrapping_add(ONE_CHANGE) | CHANGING;
        // ORDERING: Relaxed: the fence orders it before the fields.
        self.word.store(changing, Ordering::Relaxed);
        // ORDERING: Release: as in `give`.
        fence(Ordering::Release);
        let mut length = 0;
        for (word, part) in self.name.iter().zip(name.chunks(8)) {
            let mut bytes = [0; 8];
            bytes.iter_mut().zip(part).for_each(|(byte, given)| *byte = *given);
            // ORDERING: Relaxed, all: `settle` publishes them.
            word.store(u64::from_ne_bytes(bytes), Ordering::Relaxed);
            length += part.len() as u32;
        }
        self.name_length.store(length, Ordering::Relaxed);
        self.ended.store(now(), Ordering::Relaxed);
        self.settle(changing, ENDED);
    }

    /// In a forked child, by its only thread: the ring is nobody's.
    pub fn leave_behind(&self) {
        // ORDERING: Relaxed: the process has a single thread.
        let found = self.word.load(Ordering::Relaxed);
        self.word.store((found & !STATE).wrapping_add(ONE_CHANGE) | FREE, Ordering::Relaxed);
    }

    /// In a forked child, by its only thread, whose ring it is: what it has recorded was another
    /// process's.
    pub fn begin_anew(&self, ident: u64, native_id: u32) {
        // ORDERING: Relaxed: the process has a single thread.
        let found = self.word.load(Ordering::Relaxed);
        self.give((found & !STATE).wrapping_add(ONE_CHANGE) | CHANGING, ident, native_id);
    }

    /// Calls `visit` with the events of a thread, those of the longest ago first, each whole, and
    /// returns what the ring says of the thread. `None`: the ring is nobody's, or it has changed
    /// hands meanwhile, and what was visited counts for nothing.
    pub fn read(&self, mut visit: impl FnMut(Event)) -> Option<Owner> {
        // ORDERING: Acquire, pairs with the Release in `settle`: the fields are seen.
        let word = self.word.load(Ordering::Acquire);
        if !matches!(word & STATE, LIVE | ENDED) {
            return None;
        }
        let mut name = [0; NAME];
        for (part, word) in name.chunks_mut(8).zip(&self.name) {
            // ORDERING: Relaxed, all here: the second look at the word says whether they belong
            // together.
            part.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
        }
        let length = self.name_length.load(Ordering::Relaxed) as usize;
        let next = (self.next.load(Ordering::Relaxed) / STEP) as usize;
        let owner = Owner {
            // ORDERING: Relaxed, all: as above.
            ident: self.ident.load(Ordering::Relaxed),
            native_id: self.native_id.load(Ordering::Relaxed),
            since: self.since.load(Ordering::Relaxed),
            began: self.began.load(Ordering::Relaxed),
            ended: self.ended.load(Ordering::Relaxed),
            name,
            name_length: length.min(NAME),
        };
        for number in next..next.wrapping_add(EVENTS) {
            if let Some((head, [payload])) =
                self.events.get(number % EVENTS).and_then(Sequence::read)
            {
                visit(Event { head, payload });
            }
        }
        // ORDERING: Acquire, pairs with the Release fences in `give` and `end`.
        fence(Ordering::Acquire);
        // ORDERING: Relaxed: as above.
        (self.word.load(Ordering::Relaxed) == word).then_some(owner)
    }
}

/// A look back from `now` at the moment of an event, of which only the lower bits are known.
/// `None`: it lies after `now`.
pub fn moment_before(now: Moment, lower: u64) -> Option<Moment> {
    let ago = now.wrapping_sub(lower) & ((1 << MOMENT_BITS) - 1);
    (ago >> (MOMENT_BITS - 1) == 0).then(|| now.wrapping_sub(ago))
}
