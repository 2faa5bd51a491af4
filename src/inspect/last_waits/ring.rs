//! The ring in which one thread records its last waits.
//!
//! A wait is a head and three words, and its place is a seqlock of its own (`inspect::sequence`):
//!
//! | word | bits | means                                                                        |
//! |------|------|------------------------------------------------------------------------------|
//! | head | 8-63 | when it ended: the lower 56 bits of the monotonic clock's nanoseconds        |
//! | head | 4    | ONE_OF_SEVERAL: another object, or a stop, might have ended it too           |
//! | head | 0-3  | how it ended: an [`Outcome`], which is never 0                               |
//! | 1    |      | the object's handle; 0: the thread slept                                     |
//! | 2    |      | when it began, in nanoseconds                                                |
//! | 3    |      | where the call returns to that waited; 0: nobody knows                       |
//!
//! The thread takes the next place when it begins to wait, and writes the head when it wakes. So
//! nobody reads a wait that goes on. A signal handler that waits meanwhile takes the place after
//! that. The rounds of one wait, of which each but the last was in vain, share a place.
//!
//! The epoch and the ident say whose waits these are:
//!
//! | epoch | means                                                     | next                     |
//! |-------|-----------------------------------------------------------|--------------------------|
//! | even  | all waits are those of the thread of that ident           | odd, by the next thread  |
//! |       |                                                           | that has the ring        |
//! | odd   | the ring changes hands: its places are being emptied      | even, by that thread     |

use core::mem::offset_of;

use crate::atomic::{AtomicU64, Ordering, fence};
use crate::inspect::sequence::Sequence;
use crate::platform::features::KEPT_WAITS;
use crate::wait::parker::Outcome;

/// How many waits a thread keeps.
pub const KEPT: usize = KEPT_WAITS;

/// What a nanosecond counts in a head.
pub const END_UNIT: u64 = 1 << 8;
/// See the table.
pub const ONE_OF_SEVERAL: u64 = 1 << 4;
/// The bits of the outcome.
pub const OUTCOME: u64 = 15;
const END_BITS: u32 = 56;

/// A wait that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// The bits of the object's handle; 0: the thread slept.
    pub object: u64,
    /// When it began, in nanoseconds of the monotonic clock.
    pub began: u64,
    /// How long it lasted.
    pub lasted: u64,
    /// Where the call returns to; 0: unknown.
    pub site: u64,
    /// How it ended: the number of an [`Outcome`].
    pub outcome: u32,
    /// Whether another object, or a stop, might have ended it too.
    pub is_one_of_several: bool,
}

impl Waited {
    const NONE: Waited =
        Waited { object: 0, began: 0, lasted: 0, site: 0, outcome: 0, is_one_of_several: false };

    fn of(head: u64, [object, began, site]: [u64; 3]) -> Waited {
        let lasted = (head / END_UNIT).wrapping_sub(began) & ((1 << END_BITS) - 1);
        let outcome = (head & OUTCOME) as u32;
        Waited {
            object,
            began,
            lasted,
            site,
            outcome,
            is_one_of_several: head & ONE_OF_SEVERAL != 0,
        }
    }

    /// How long ago it ended.
    pub fn ago(&self, now: u64) -> u64 {
        now.saturating_sub(self.began.saturating_add(self.lasted))
    }

    /// Whether its time ran out, which may also have been the time of a stop.
    pub fn has_timed_out(&self) -> bool {
        self.outcome == Outcome::TimedOut as u32
    }

    /// Whether a stop ended it.
    pub fn was_stopped(&self) -> bool {
        self.outcome == Outcome::Interrupted as u32
    }

    /// Whether the barrier broke.
    pub fn was_broken(&self) -> bool {
        self.outcome == Outcome::Broken as u32
    }
}

/// The waits of a thread, the latest first.
pub struct List {
    waits: [Waited; KEPT],
    length: usize,
}

impl List {
    /// All of them.
    pub fn all(&self) -> &[Waited] {
        self.waits.get(..self.length).unwrap_or_default()
    }
}

/// See the top of this file. All zero at first: nobody's.
#[repr(C, align(64))]
pub struct Ring {
    epoch: AtomicU64,
    ident: AtomicU64,
    /// How many places were taken since the thread has the ring.
    taken: AtomicU64,
    places: [Sequence<3>; KEPT],
}

impl Ring {
    /// Where a reader outside the process finds `epoch`, `ident`, `taken` and `places`.
    pub const FIELDS_AT: [usize; 4] = [
        offset_of!(Ring, epoch),
        offset_of!(Ring, ident),
        offset_of!(Ring, taken),
        offset_of!(Ring, places),
    ];

    /// Nobody's.
    pub const fn new() -> Ring {
        Ring {
            epoch: AtomicU64::new(0),
            ident: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            places: [const { Sequence::new() }; KEPT],
        }
    }

    /// The ident of the thread whose waits these are; 0: nobody's.
    pub fn ident(&self) -> u64 {
        // ORDERING: Relaxed: a hint; `read` looks again.
        self.ident.load(Ordering::Relaxed)
    }

    /// The place of the wait that is so many after the first.
    #[inline(always)]
    fn place(&self, number: u64) -> Option<&Sequence<3>> {
        self.places.get(number as usize % KEPT)
    }

    /// The calling thread, whose ring it is from now on, begins to wait for that object, since that
    /// moment, in a call that returns to that place. A handler of the same thread's that comes in
    /// between may overwrite one of its own waits, and nothing else.
    #[inline]
    pub fn begin(&self, ident: u64, object: u64, began: u64, site: u64) {
        if self.ident() != ident {
            self.give(ident);
        }
        // ORDERING: Relaxed, both: only the calling thread takes places.
        let taken = self.taken.load(Ordering::Relaxed);
        let words = [object, began, site];
        // Another round of the same wait.
        if let Some(last) = self.place(taken.wrapping_sub(1))
            && last.own() == words
        {
            return last.begin();
        }
        if let Some(place) = self.place(taken) {
            // ORDERING: Relaxed: as above.
            self.taken.store(taken.wrapping_add(1), Ordering::Relaxed);
            place.begin();
            place.set(words);
        }
    }

    /// The wait for that object that the calling thread has begun last, if it began no earlier than
    /// at `least`, ends at `now`, as the head's lower bits say.
    #[inline]
    pub fn end(&self, object: u64, least: u64, now: u64, how: u64) {
        // ORDERING: Relaxed: as in `begin`.
        let taken = self.taken.load(Ordering::Relaxed);
        for back in 1..=KEPT as u64 {
            let Some(place) = self.place(taken.wrapping_sub(back)) else { return };
            let [waited_for, began, _] = place.own();
            if place.own_head() == 0 && waited_for == object && began >= least {
                return place.end(now.wrapping_mul(END_UNIT) | how);
            }
        }
    }

    /// From now on it has the waits of the thread of that ident, which calls.
    #[cold]
    #[inline(never)]
    fn give(&self, ident: u64) {
        // ORDERING: Relaxed, both: only the calling thread changes the epoch.
        let odd = self.epoch.load(Ordering::Relaxed) | 1;
        self.epoch.store(odd, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire fence in `read`: whoever reads what is written
        // below finds this epoch, or a later one, after it.
        fence(Ordering::Release);
        for place in &self.places {
            place.begin();
            place.set([0; 3]);
        }
        // ORDERING: Relaxed, both: the store of the epoch publishes them.
        self.taken.store(0, Ordering::Relaxed);
        self.ident.store(ident, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire in `read`.
        self.epoch.store(odd.wrapping_add(1), Ordering::Release);
    }

    /// The waits of the thread of that ident that began no earlier than at `least`, the latest
    /// first, each whole. Those that were overtaken meanwhile are left out. `None`: the ring is
    /// another thread's. Any thread may read, and a signal handler too.
    pub fn read(&self, ident: u64, least: u64) -> Option<List> {
        // ORDERING: Acquire, pairs with the Release in `give`: the ident, and places that are empty
        // or this thread's.
        let epoch = self.epoch.load(Ordering::Acquire);
        if epoch % 2 == 1 || self.ident() != ident {
            return None;
        }
        let mut list = List { waits: [Waited::NONE; KEPT], length: 0 };
        // ORDERING: Relaxed: where to begin. What was taken since then is left out below.
        let taken = self.taken.load(Ordering::Relaxed);
        let mut before = u64::MAX;
        for back in 1..=KEPT as u64 {
            let Some((head, words)) = self.place(taken.wrapping_sub(back))?.read() else {
                continue;
            };
            let wait = Waited::of(head, words);
            if wait.began > before {
                break;
            }
            before = wait.began;
            if let Some(free) = list.waits.get_mut(list.length).filter(|_| wait.began >= least) {
                *free = wait;
                list.length += 1;
            }
        }
        // ORDERING: Acquire, pairs with the Release fence in `give`.
        fence(Ordering::Acquire);
        // ORDERING: Relaxed: after the fence.
        (self.epoch.load(Ordering::Relaxed) == epoch).then_some(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENT: u64 = 7;
    const TIMED_OUT: u64 = Outcome::TimedOut as u64;

    fn objects(ring: &Ring, least: u64) -> Vec<u64> {
        let list = ring.read(IDENT, least).expect("its own");
        list.all().iter().map(|wait| wait.object).collect()
    }

    #[test]
    fn rounds_of_one_wait_are_one_and_its_end_is_that_of_the_last() {
        let ring = Ring::new();
        for round in 1..4 {
            ring.begin(IDENT, 5, 100, 3);
            assert!(objects(&ring, 0).is_empty(), "it goes on");
            ring.end(5, 0, 100 + round, round + 1);
        }
        ring.begin(IDENT, 5, 200, 3);
        ring.end(5, 0, 201, TIMED_OUT | ONE_OF_SEVERAL);
        let list = ring.read(IDENT, 0).expect("its own");
        let last = Waited {
            object: 5,
            began: 200,
            lasted: 1,
            site: 3,
            outcome: TIMED_OUT as u32,
            is_one_of_several: true,
        };
        let before = Waited { began: 100, lasted: 3, outcome: 4, is_one_of_several: false, ..last };
        assert_eq!(list.all(), [last, before]);
        assert_eq!((last.ago(201), last.ago(300), last.ago(5)), (0, 99, 0));
    }

    #[test]
    fn one_that_was_begun_and_whose_end_was_not_heard_is_none() {
        let ring = Ring::new();
        ring.begin(IDENT, 5, 100, 0);
        ring.begin(IDENT, 6, 300, 0);
        ring.end(6, 200, 301, TIMED_OUT);
        // Of one that began before the recording the end is heard.
        ring.end(5, 200, 302, TIMED_OUT);
        ring.end(9, 200, 303, TIMED_OUT);
        assert_eq!((objects(&ring, 0), objects(&ring, 301)), (vec![6], vec![]));
    }

    #[test]
    fn a_time_that_needs_more_bits_than_a_head_has_is_exact() {
        let ring = Ring::new();
        let began = (1 << END_BITS) - 2;
        ring.begin(IDENT, 5, began, 0);
        ring.end(5, 0, began + 5, TIMED_OUT);
        let list = ring.read(IDENT, 0).expect("its own");
        assert_eq!(list.all().first().map(|wait| (wait.began, wait.lasted)), Some((began, 5)));
    }
}
