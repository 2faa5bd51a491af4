//! What one thread holds at a time, or takes units of: the state word with its queue, and the fast
//! paths.
//!
//! | bit | name   | set by                 | cleared by            | else                       |
//! |-----|--------|------------------------|-----------------------|----------------------------|
//! | 0   | LOCKED | acquiring, while clear | releasing; a hand-off | two holders, or nobody for |
//! |     |        |                        | leaves it set         | ever                       |
//! | 1-27 | MARK  | a lock's fast path     | releasing, a hand-off | a holder that is none, or  |
//! |     |        |                        |                       | a lock that stays locked   |
//!
//! with WAITERS and DESIGNATED_WAKER as in `word.rs`:
//!
//! | LOCKED | WAITERS | DESIGNATED_WAKER | means                                                 |
//! |--------|---------|------------------|-------------------------------------------------------|
//! | 0      | 0       | 0                | free                                                  |
//! | 1      | 0       | 0                | held                                                  |
//! | 1      | 1       | 0                | held, others asleep; the release wakes the first, or  |
//! |        |         |                  | hands over to it                                      |
//! | 1      | any     | 1                | held, and a woken waiter is on its way: the release   |
//! |        |         |                  | wakes nobody, but may hand over to the next in line   |
//! | 0      | any     | 1                | free, and the woken waiter will acquire it or, if it  |
//! |        |         |                  | goes away, wake the next                              |
//! | 0      | 1       | 0                | free, and a batch of waiters is in flight, or all who |
//! |        |         |                  | are linked have given up and are about to unlink      |
//! |        |         |                  | themselves                                            |
//!
//! Barging: newcomers may acquire a free lock past those who sleep, which is what makes it fast. A
//! waiter that was woken and beaten links itself in front again. Fairness: a waiter that has waited
//! for a millisecond is starving, and a release by a thread whose turn is over (`wait::turn`) hands
//! the lock over without letting go, unless this lock was handed off within the last half
//! millisecond. More hand-offs than that would make a convoy, in which every critical section costs
//! a context switch. A thread that barges past a woken waiter looks at the clock now and then: on a
//! single processor that waiter does not run before the time slice is over, which is long.
//!
//! On a busy machine the new owner may wait for a processor, for a time slice or several, and all
//! others wait with it. So it measures how long it took until it ran, and hand-offs rest for four
//! times as long: they take at most a fifth of the time.
//!
//! Batches: a notify may requeue many waiters here at once, and waking them one after the other
//! would leave processors idle. So a release wakes two of them, and so does the release of each
//! that got the lock, while no more are in flight than one for each processor and one to spare.
//! `in_flight` counts them until they acquire the lock or link themselves again, in front and as
//! ordinary waiters. DESIGNATED_WAKER stands for them only when no more can be woken: then a
//! release has nothing to do until one of them arrives, which clears it.

use core::hint;
use core::ptr;

use crate::atomic::{AtomicU64, Cell, Ordering};
use crate::object::word::{DESIGNATED_WAKER, INSPECT, State, WAITERS};
use crate::platform::fork_epoch;
use crate::wait::contention;
use crate::wait::holder_note;
use crate::wait::mutex::mode::{LOCKED, MARK};
use crate::wait::mutex::pins::Pins;
use crate::wait::queue::{Core, Guard};

/// How long a waiter waits before it is starving, in nanoseconds.
pub const STARVING: u64 = 1_000_000;

/// How long a lock rests between two hand-offs, in nanoseconds. Threads that run at the same time
/// have turns at the same time, so there are more hand-offs than one in a turn.
const BETWEEN_HAND_OFFS: u64 = 500_000;

/// For how many times the time that a new owner took until it ran hand-offs rest, and the most that
/// it is charged with, in nanoseconds: a process that was stopped for an hour has lost nothing.
const REST: u64 = 4;
const MOST_LATE: u64 = 100_000_000;

/// See the top of this file.
#[repr(C)]
pub struct RawMutex {
    /// Word and queue.
    pub core: Core,
    /// The thread that holds it; it counts only while LOCKED is set. 0: nobody, or a thread that is
    /// about to note itself, or to release. An ident, which a holder clears before it releases; or
    /// a note that counts only beside a word with its mark (`wait::holder_note`). So whoever finds
    /// the same thread here twice, and that thread asleep in one wait both times, has found the
    /// holder.
    pub holder: AtomicU64,
    /// When it was last handed off, or a later moment until which hand-offs rest, in nanoseconds. A
    /// new object inherits what is left of the rest, which does no harm.
    handed_off: AtomicU64,
    /// How many conditions were made with it.
    pub(super) pins: Pins,
    /// How many of a batch are in flight, above 24 bits of the fork epoch of which that is true;
    /// guarded by the queue's lock.
    pub(super) in_flight: Cell<u32>,
}

// SAFETY: `core`, `pins` and the atomic fields can be shared, and `in_flight` is touched under the
// queue's lock only.
unsafe impl Sync for RawMutex {}

impl RawMutex {
    /// Of an object without a handle; its tag is `Tag::NONE`.
    pub const INTERNAL: RawMutex = RawMutex {
        core: Core::INTERNAL,
        holder: AtomicU64::new(0),
        handed_off: AtomicU64::new(0),
        pins: Pins::new(),
        in_flight: Cell::new(0),
    };

    /// The object whose core's lock is held: a `RawMutex` begins with its core.
    pub fn of<'a>(guard: &Guard<'a>) -> &'a RawMutex {
        RawMutex::around(guard.core())
    }

    /// The object of that core, which is a `RawMutex`'s.
    pub fn around(core: &Core) -> &RawMutex {
        // SAFETY: only objects of this type pass their cores here, and the core is the first field
        // of a `repr(C)` struct.
        unsafe { &*ptr::from_ref(core).cast::<RawMutex>() }
    }

    /// What a thread's turn at it is known by.
    pub(super) fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// The fast path of acquiring: the word is idle, or at least free, with waiters asleep or on
    /// their way. INSPECT is not for the fast path.
    #[inline(always)]
    pub fn try_acquire_fast(&self, idle: State) -> bool {
        match self.core.word.cas_acquire(idle, idle.with(LOCKED)) {
            Ok(()) => true,
            Err(found) => {
                hint::cold_path();
                let is_free = found.without(WAITERS | DESIGNATED_WAKER) == idle;
                if is_free {
                    contention::note_contended();
                }
                is_free && self.core.word.cas_acquire(found, found.with(LOCKED)).is_ok()
            }
        }
    }

    /// As `try_acquire_fast`, for a thread that marks the word with this note of its own.
    #[inline(always)]
    pub fn try_acquire_marked(&self, idle: State, note: u64) -> bool {
        let Err(found) = self.core.word.cas_acquire(idle, holder_note::acquired(idle, note)) else {
            self.set_holder(note);
            return true;
        };
        hint::cold_path();
        if found.without(WAITERS | DESIGNATED_WAKER) == idle {
            contention::note_contended();
        }
        self.try_acquire_found(found, idle, note)
    }

    /// As `try_acquire_marked`, after a look that found it in that state.
    #[inline(always)]
    pub fn try_acquire_found(&self, found: State, idle: State, note: u64) -> bool {
        // What else is set in `found` stays, and the rest is as in `try_acquire_marked`.
        let acquired = found.with(holder_note::acquired(idle, note).0);
        let is_free = found.without(WAITERS | DESIGNATED_WAKER) == idle;
        let is_mine = is_free && self.core.word.cas_acquire(found, acquired).is_ok();
        if is_mine {
            self.set_holder(note);
        }
        is_mine
    }

    /// Whether somebody holds what has that state; INSPECT is not for the fast path.
    #[inline(always)]
    pub fn is_held(state: State, idle: State) -> bool {
        state.without(WAITERS | DESIGNATED_WAKER | (MARK ^ LOCKED)) == idle.with(LOCKED)
    }

    /// The fast path of releasing what was acquired by `try_acquire_marked`, for a thread that
    /// expects to find its own mark, which is that of this note, and nobody who has to be woken.
    /// The note beside the word may stay, since the mark goes.
    #[inline(always)]
    pub fn try_release_marked(&self, idle: State, note: u64) -> bool {
        let is_released = self.core.word.cas_release(holder_note::held(idle, note), idle).is_ok();
        if !is_released {
            hint::cold_path();
            contention::note_contended();
        }
        is_released
    }

    /// As `try_release_marked`, after a look, also of what another thread holds. The look tells
    /// that the note is the holder's.
    #[inline(always)]
    pub fn release_marked(&self, idle: State) -> bool {
        let found = self.core.word.load_relaxed();
        // ORDERING: Relaxed: a note only; if it is not that of the word, this path is not open.
        let held = holder_note::held(idle, self.holder.load(Ordering::Relaxed));
        if found == held {
            return self.core.word.cas_release(found, idle).is_ok();
        }
        hint::cold_path();
        if found.0 ^ idle.0 > WAITERS | DESIGNATED_WAKER | MARK {
            // INSPECT, which has a path of its own, or another object.
            return false;
        }
        if found.without(WAITERS) != held.with(DESIGNATED_WAKER) {
            return self.release_found(found, idle);
        }
        !contention::is_look_due() && self.core.word.cas_release(found, found.without(MARK)).is_ok()
    }

    /// The fast path of releasing what the calling thread has acquired without a mark: nobody has
    /// to be woken. Unless the thread `looks` first it expects that nobody waits.
    #[inline(always)]
    pub fn release_fast(&self, idle: State, looks: bool) -> bool {
        if !looks {
            self.clear_holder();
            if self.core.word.cas_release(idle.with(LOCKED), idle).is_ok() {
                return true;
            }
            hint::cold_path();
            contention::note_contended();
        } else {
            hint::cold_path();
        }
        let found = self.core.word.load_relaxed();
        if looks && found == idle.with(LOCKED) {
            contention::note_uncontended();
        }
        self.release_found(found, idle)
    }

    /// As `release_fast`, after a look that found it in that state.
    #[inline(always)]
    fn release_found(&self, found: State, idle: State) -> bool {
        let held = idle.with(LOCKED);
        if found == held {
            self.clear_holder();
            return self.core.word.cas_release(held, idle).is_ok();
        }
        hint::cold_path();
        if found.without(WAITERS) != held.with(DESIGNATED_WAKER) || contention::is_look_due() {
            return false;
        }
        self.clear_holder();
        self.core.word.cas_release(found, found.without(LOCKED)).is_ok()
    }

    /// The lean path of acquiring what has INSPECT: it is free, and nobody waits or is on the way.
    /// False: the whole slow path has to be taken.
    #[inline(always)]
    pub fn try_acquire_inspected(&self, idle: State, ident: u64) -> bool {
        let inspected = idle.with(INSPECT);
        let acquired = self.core.word.cas_acquire(inspected, inspected.with(LOCKED)).is_ok();
        if acquired {
            self.set_holder(ident);
        }
        acquired
    }

    /// Whether the lean path of releasing is open: nobody waits or is on the way.
    #[inline(always)]
    pub fn is_inspected_alone(&self, idle: State) -> bool {
        self.core.word.load_relaxed() == idle.with(INSPECT | LOCKED)
    }

    /// The lean path of releasing what has INSPECT. False: the whole slow path has to be taken.
    #[inline(always)]
    pub fn try_release_inspected(&self, idle: State) -> bool {
        let held = idle.with(INSPECT | LOCKED);
        self.clear_holder();
        self.core.word.cas_release(held, held.without(LOCKED)).is_ok()
    }

    /// Under the queue's lock: whether a waiter that came at `arrival` is starving, so that the
    /// lock is to be handed off to it; if so, that is noted.
    pub fn is_hand_off_due(&self, arrival: u64, now: u64) -> bool {
        // ORDERING: Relaxed, all of this field: a moment, which stands for itself. Holders of the
        // queue's lock write it, and threads that were handed the lock.
        let last = self.handed_off.load(Ordering::Relaxed);
        // No rest is longer; but the clock may have been set back for a process that is restored.
        let is_over =
            now >= last.saturating_add(BETWEEN_HAND_OFFS) || last > now + MOST_LATE * REST;
        let is_due = now.saturating_sub(arrival) >= STARVING && is_over;
        if is_due {
            // ORDERING: as above.
            self.handed_off.store(now, Ordering::Relaxed);
        }
        is_due
    }

    /// It was handed off to the calling thread, which runs since `now`. Of a semaphore another unit
    /// may have been handed off since; then less is charged.
    pub fn note_hand_off(&self, now: u64) {
        // ORDERING: as above, both.
        let late = now.saturating_sub(self.handed_off.load(Ordering::Relaxed)).min(MOST_LATE);
        self.handed_off.store(now + late * REST, Ordering::Relaxed);
    }

    /// How many of a batch are in flight. To be asked under the queue's lock, as all that touches
    /// the number.
    pub(super) fn in_flight(&self) -> u32 {
        let in_flight = self.in_flight.get();
        // What was in flight when another process was forked is not in flight in that one.
        if in_flight << 8 == fork_epoch::epoch() << 8 { in_flight >> 24 } else { 0 }
    }

    pub(super) fn set_in_flight(&self, count: u32) {
        self.in_flight.set(count << 24 | fork_epoch::epoch() & 0x00ff_ffff);
    }

    /// Under the queue's lock: one of a batch has arrived.
    pub(super) fn batch_arrived(&self) {
        self.set_in_flight(self.in_flight().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::Handle;
    use crate::object::word;
    use crate::wait::this_thread;

    const NOW: u64 = 1 << 40;

    #[test]
    fn a_thread_that_found_waiters_looks_first_from_then_on() {
        std::thread::spawn(|| {
            let (mutex, idle) = (RawMutex::INTERNAL, word::idle(Handle::NULL));
            let ident = this_thread::ident();
            let note = this_thread::holder_note();
            assert!(mutex.try_acquire_marked(idle, note));
            assert_eq!(mutex.holder(), ident);
            assert!(mutex.release_marked(idle));
            assert_eq!(this_thread::uncontended_note(), note);
            assert!(mutex.core.word.update(|state| Some(state.with(WAITERS))).is_ok());
            assert!(mutex.try_acquire_marked(idle, note));
            assert_eq!(this_thread::uncontended_note(), 0);
        })
        .join()
        .expect("the thread ends");
    }

    #[test]
    fn a_waiter_is_handed_the_lock_after_a_millisecond_and_the_next_one_not_at_once() {
        let mutex = RawMutex::INTERNAL;
        assert!(!mutex.is_hand_off_due(NOW - STARVING + 1, NOW));
        assert!(mutex.is_hand_off_due(NOW - STARVING, NOW));
        let next = NOW + BETWEEN_HAND_OFFS;
        assert!(!mutex.is_hand_off_due(NOW - STARVING, next - 1));
        // A question that was answered by no has postponed nothing.
        assert!(mutex.is_hand_off_due(NOW - STARVING, next));
    }

    #[test]
    fn hand_offs_to_owners_that_run_late_take_at_most_a_fifth_of_the_time() {
        let mutex = RawMutex::INTERNAL;
        let (mut now, mut lost);
        now = NOW;
        for late in [300_000, 12_000_000] {
            let end = now + 10_000_000_000;
            lost = 0;
            while now < end {
                if mutex.is_hand_off_due(0, now) {
                    (now, lost) = (now + late, lost + late);
                    mutex.note_hand_off(now);
                }
                now += 1_000;
            }
            assert!(lost <= 2_000_000_000 + late, "{lost} ns are lost");
            assert!(lost >= 1_000_000_000, "there are no more hand-offs: {lost} ns");
        }
    }

    #[test]
    fn a_process_that_was_stopped_for_an_hour_hands_off_again_soon() {
        let (mutex, hour) = (RawMutex::INTERNAL, 3_600_000_000_000);
        assert!(mutex.is_hand_off_due(0, NOW));
        mutex.note_hand_off(NOW + hour);
        assert!(mutex.is_hand_off_due(0, NOW + hour + MOST_LATE * REST + STARVING));
        // As if the clock had been set back.
        mutex.note_hand_off(NOW + hour);
        assert!(mutex.is_hand_off_due(0, NOW));
    }
}
