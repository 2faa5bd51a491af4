//! A thread's turn at a mutex: it begins when the thread has acquired the mutex after a wait.
//!
//! The thread may acquire the mutex again and again, past those who wait, as long as its turn
//! lasts. When the turn is over the thread hands the mutex off with a release, and waits itself. So
//! threads that use a mutex without a pause are served for about the same time each, whichever of
//! them the processors run.

// Not the facade's: only one thread touches it, so there is nothing for loom to explore.
use core::sync::atomic::{AtomicU32, Ordering};

use crate::platform::features::LEARNS;

/// A tick is 2 to this power nanoseconds, about a microsecond. After 2^32 of them, 73 minutes, a
/// turn seems to begin again, for as long as a turn lasts: then others wait for a turn longer.
const TICK: u32 = 10;

/// How long a turn lasts: a millisecond.
const TURN: u32 = 1_000_000_u32.div_ceil(1 << TICK);

/// The turn that a thread had last; only that thread touches it.
pub struct Turn {
    /// The low half of the address of the mutex; 0 if the thread has not waited for one yet. Two
    /// mutexes with one low half share the turn.
    mutex: AtomicU32,
    /// When it began, in ticks of the monotonic clock.
    since: AtomicU32,
}

impl Turn {
    /// Of a thread that has not waited yet; all zero.
    pub const fn new() -> Turn {
        Turn { mutex: AtomicU32::new(0), since: AtomicU32::new(0) }
    }

    /// The thread has acquired the mutex at that address, after a wait.
    pub fn begin(&self, mutex: usize, now: u64) {
        // ORDERING: Relaxed, both: only one thread touches them.
        self.mutex.store(mutex as u32, Ordering::Relaxed);
        self.since.store((now >> TICK) as u32, Ordering::Relaxed);
    }

    /// Whether the thread has no turn at that mutex, or not any more.
    pub fn is_over(&self, mutex: usize, now: u64) -> bool {
        let now = (now >> TICK) as u32;
        // ORDERING: Relaxed, both: as above.
        !LEARNS
            || self.mutex.load(Ordering::Relaxed) != mutex as u32
            || now.wrapping_sub(self.since.load(Ordering::Relaxed)) >= TURN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_at_one_mutex_and_lasts_for_a_millisecond() {
        let turn = Turn::new();
        assert!(turn.is_over(64, 1 << 40));
        turn.begin(64, 1 << 40);
        assert!(!turn.is_over(64, (1 << 40) + 1_000_000));
        assert!(turn.is_over(64, (1 << 40) + 1_001_000));
        assert!(turn.is_over(128, 1 << 40));
    }
}
