//! A thread's turn at a mutex: it begins when the thread has acquired the mutex after a wait.
//!
//! The thread may acquire the mutex again and again, past those who wait, as long as its turn
//! lasts. When the turn is over the thread hands the mutex off with a release, and waits itself. So
//! threads that use a mutex without a pause are served for about the same time each, whichever of
//! them the processors run.

// Not the facade's: only one thread touches it, so there is nothing for loom to explore.
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::platform::features::LEARNS;

/// How long a turn lasts, in nanoseconds.
const TURN: u64 = 1_000_000;

/// The turn that a thread had last; only that thread touches it.
pub struct Turn {
    /// The address of the mutex; 0 if the thread has not waited for one yet.
    mutex: AtomicUsize,
    /// When it began, in nanoseconds of the monotonic clock.
    since: AtomicU64,
}

impl Turn {
    /// Of a thread that has not waited yet; all zero.
    pub const fn new() -> Turn {
        Turn { mutex: AtomicUsize::new(0), since: AtomicU64::new(0) }
    }

    /// The thread has acquired the mutex at that address, after a wait.
    pub fn begin(&self, mutex: usize, now: u64) {
        // ORDERING: Relaxed, both: only one thread touches them.
        self.mutex.store(mutex, Ordering::Relaxed);
        self.since.store(now, Ordering::Relaxed);
    }

    /// Whether the thread has no turn at that mutex, or not any more.
    pub fn is_over(&self, mutex: usize, now: u64) -> bool {
        // ORDERING: Relaxed, both: as above.
        !LEARNS
            || self.mutex.load(Ordering::Relaxed) != mutex
            || now.saturating_sub(self.since.load(Ordering::Relaxed)) >= TURN
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
        assert!(!turn.is_over(64, (1 << 40) + TURN - 1));
        assert!(turn.is_over(64, (1 << 40) + TURN));
        assert!(turn.is_over(128, 1 << 40));
    }
}
