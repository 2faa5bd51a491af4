//! The wheels: pending timers in buckets by the tick at which they are due.
//!
//! A wheel has eight levels of 64 buckets. A bucket of level 0 spans one tick, a bucket of level n
//! 64^n ticks. A timer is on the level of the highest six bits in which its tick and the wheel's
//! time differ, and moves to a lower level when the wheel's time reaches its bucket. A bitmap for
//! each level finds the next bucket that is not empty, so time without timers costs nothing. There
//! are several wheels, one for each shard, and a timer is in the wheel of its shard. So threads
//! that start and cancel timers seldom contend.
//!
//! INVARIANT: while the lock of its wheel is free, a timer that is PENDING and STARTING is in the
//! wheel. PENDING is set under the lock, and the timer inserted; firing takes the timer out and
//! clears PENDING under it. Only a cancel clears PENDING without the lock, and then removes the
//! timer from the wheel.

use crate::atomic::Ordering;
use crate::object::handle::{Handle, Kind};
use crate::object::word::State;
use crate::platform::clock;
use crate::thread::record::{self, NO_BUCKET, PENDING, Record, SHARDS, STARTING};
use crate::wait::mutex::internal::{InternalMutex, Locked, Mutex};

/// The nanoseconds of a tick.
pub const TICK: u64 = 128_000;
const LEVELS: usize = 8;
const BITS: u32 = 6;
const BUCKETS: usize = 1 << BITS;
/// The last tick that a wheel can hold, thousands of years from now.
const LAST_TICK: u64 = (1 << (BITS * LEVELS as u32)) - 1;

/// One wheel. No two share a cache line.
#[repr(align(128))]
pub struct Wheel {
    /// The tick up to which the wheel is empty.
    time: u64,
    occupied: [u64; LEVELS],
    /// The first timer of each bucket, as index + 1.
    buckets: [[u32; BUCKETS]; LEVELS],
}

static WHEELS: [Mutex<Wheel>; SHARDS] = [const { Mutex::new(Wheel::EMPTY) }; SHARDS];

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    for wheel in &WHEELS {
        // SAFETY: the fork handlers release exactly what they have locked.
        visit(unsafe { wheel.raw() });
    }
}

/// The first tick that is not before that time.
fn tick_of(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(TICK).min(LAST_TICK)
}

impl Wheel {
    const EMPTY: Wheel = Wheel { time: 0, occupied: [0; LEVELS], buckets: [[0; BUCKETS]; LEVELS] };

    fn place(&self, tick: u64) -> (usize, usize) {
        let differing = (tick ^ self.time) | (BUCKETS as u64 - 1);
        let level = ((63 - differing.leading_zeros()) / BITS) as usize;
        (level.min(LEVELS - 1), (tick >> (BITS * level as u32)) as usize % BUCKETS)
    }

    /// Puts a timer in its bucket. A timer that is due already goes in the bucket of the next tick.
    fn link(&mut self, index: u32, record: &Record) {
        // ORDERING: Relaxed, all in this file: the lock of the wheel that a record is in guards
        // the record's links.
        let tick = tick_of(record.due.load(Ordering::Relaxed)).max(self.time);
        let (level, slot) = self.place(tick);
        let Some(bucket) = self.buckets.get_mut(level).and_then(|buckets| buckets.get_mut(slot))
        else {
            return;
        };
        let first = core::mem::replace(bucket, index + 1);
        // ORDERING: as above.
        record.next.store(first, Ordering::Relaxed);
        record.previous.store(0, Ordering::Relaxed);
        if let Some(first) = record_at(first) {
            first.previous.store(index + 1, Ordering::Relaxed);
        }
        if let Some(occupied) = self.occupied.get_mut(level) {
            *occupied |= 1 << slot;
        }
        // ORDERING: as above.
        record.bucket.store((level * BUCKETS + slot) as u32, Ordering::Relaxed);
    }

    fn unlink(&mut self, record: &Record, bucket: usize) {
        // ORDERING: as above.
        let (next, previous) =
            (record.next.load(Ordering::Relaxed), record.previous.load(Ordering::Relaxed));
        match record_at(previous) {
            Some(previous) => previous.next.store(next, Ordering::Relaxed),
            None => {
                let (level, slot) = (bucket / BUCKETS, bucket % BUCKETS);
                if let Some(first) =
                    self.buckets.get_mut(level).and_then(|buckets| buckets.get_mut(slot))
                {
                    *first = next;
                }
                if let (0, Some(occupied)) = (next, self.occupied.get_mut(level)) {
                    *occupied &= !(1 << slot);
                }
            }
        }
        if let Some(next) = record_at(next) {
            // ORDERING: as above.
            next.previous.store(previous, Ordering::Relaxed);
        }
    }

    /// The next bucket that is not empty: its level, its slot and the tick at which it begins.
    fn next_bucket(&self) -> Option<(usize, usize, u64)> {
        let (level, occupied) =
            self.occupied.iter().enumerate().find(|(_, occupied)| **occupied != 0)?;
        let shift = BITS * level as u32;
        let here = (self.time >> shift) as u32 % BUCKETS as u32;
        // A timer is ahead of the wheel's time on its level, within the span of the level above.
        let ahead = occupied.rotate_right(here).trailing_zeros();
        let slot = (here + ahead) as usize % BUCKETS;
        let begin = ((self.time >> shift) + u64::from(ahead)) << shift;
        Some((level, slot, begin.max(self.time)))
    }

    /// Advances the wheel to a tick, and passes every timer that is due by then to `due`.
    fn advance(&mut self, tick: u64, due: &mut impl FnMut(u32, &'static Record)) {
        while let Some((level, slot, begin)) =
            self.next_bucket().filter(|(.., begin)| *begin <= tick)
        {
            self.time = begin;
            let Some(bucket) =
                self.buckets.get_mut(level).and_then(|buckets| buckets.get_mut(slot))
            else {
                return;
            };
            let mut place = core::mem::replace(bucket, 0);
            if let Some(occupied) = self.occupied.get_mut(level) {
                *occupied &= !(1 << slot);
            }
            while let (Some(record), Some(index)) = (record_at(place), place.checked_sub(1)) {
                // ORDERING: as above.
                place = record.next.load(Ordering::Relaxed);
                if tick_of(record.due.load(Ordering::Relaxed)) <= tick {
                    // ORDERING: as above.
                    record.bucket.store(NO_BUCKET, Ordering::Relaxed);
                    due(index, record);
                } else {
                    self.link(index, record);
                }
            }
        }
        self.time = self.time.max(tick);
    }
}

fn record_at(place: u32) -> Option<&'static Record> {
    record::at(place.checked_sub(1)?)
}

/// The wheel of a timer, by any of its states: a cancel and a start always meet at the same lock.
fn wheel_of(state: State) -> &'static Mutex<Wheel> {
    let [first, ..] = &WHEELS;
    WHEELS.get(record::shard(state)).unwrap_or(first)
}

/// Locks the wheel of a timer. `state` is any state of its record.
pub fn lock_of(state: State) -> Locked<'static, Wheel> {
    wheel_of(state).lock()
}

impl Wheel {
    /// Inserts a timer that has just become PENDING, under this lock. It is due at that time, in
    /// nanoseconds.
    pub fn insert(&mut self, index: u32, record: &Record, now: u64, due: u64) {
        if self.occupied.iter().fold(0, |all, level| all | level) == 0 {
            self.time = self.time.max(now / TICK);
        }
        // ORDERING: Relaxed: the wheel's lock guards it.
        record.due.store(due, Ordering::Relaxed);
        self.link(index, record);
    }

    /// Removes a timer, if it is in the wheel.
    pub fn remove(&mut self, record: &Record) {
        // ORDERING: Relaxed, both: under the wheel's lock.
        let bucket = record.bucket.load(Ordering::Relaxed);
        if bucket != NO_BUCKET {
            self.unlink(record, bucket as usize);
            record.bucket.store(NO_BUCKET, Ordering::Relaxed);
        }
    }
}

/// Marks a record as in no wheel.
pub fn clear_bucket(record: &Record) {
    // ORDERING: Relaxed: only the calling thread uses the record.
    record.bucket.store(NO_BUCKET, Ordering::Relaxed);
}

/// Passes every timer that is due now to `due`, and returns when to look at the wheels again, in
/// nanoseconds.
pub fn advance(mut due: impl FnMut(Handle, &'static Record)) -> Option<u64> {
    let tick = clock::now() / TICK;
    let mut next: Option<u64> = None;
    for wheel in &WHEELS {
        let mut wheel = wheel.lock();
        wheel.advance(tick, &mut |index, record| {
            let thread = Handle::new(record.core.word.load().tag(), index);
            debug_assert_eq!(thread.tag().kind(), Kind::Thread as u32);
            due(thread, record);
        });
        if let Some((.., begin)) = wheel.next_bucket() {
            next = Some(next.map_or(begin, |next| next.min(begin)));
        }
    }
    next.map(|tick| tick.saturating_mul(TICK))
}

/// Empties the wheels in a forked child, where all timers have ended.
pub fn reset_after_fork() {
    for wheel in &WHEELS {
        // SAFETY: `prepare` holds the lock in this thread, which is the only one.
        unsafe {
            let wheel = &mut *wheel.data_ptr();
            wheel.occupied = [0; LEVELS];
            wheel.buckets = [[0; BUCKETS]; LEVELS];
        }
    }
}

/// Clears PENDING of a due timer, and returns the state before. `None`: it was cancelled at the
/// same time.
pub fn take_due(record: &Record) -> Option<State> {
    // A timer that a fork has left behind is PENDING and FINISHED, and does not fire.
    let fires = |state: State| state.has(PENDING) && record::phase(state) == STARTING;
    record.core.word.update(|state| fires(state).then_some(state.without(PENDING))).ok()
}
