//! Adaptive spinning: whether a thread spins before it parks depends on what came of it lately.
//!
//! Spinning pays when what is waited for comes within the time that parking and waking cost. It
//! only burns the processor when it does not: when the other thread needs this very processor, say.
//! So a thread whose spins were in vain, more often in a row than is tolerated, skips the spin the
//! next time, then the next three times, seven times and so on. Success brings it back at once.
//!
//! | bits | name    | means                                | changed by    |
//! |------|---------|--------------------------------------|---------------|
//! | 0-7  | left    | how many more waits skip their spin  | each function |
//! | 8-15 | in vain | how many spins in a row have not paid | `record`      |

// Not the facade's: only one thread touches it, so there is nothing for loom to explore.
use core::sync::atomic::{AtomicU16, Ordering};

use crate::platform::features::LEARNS;

/// At most so many waits in a row skip their spin: one less than two to this power.
const LONGEST: u16 = 8;

/// What one thread has learnt; only that thread touches it.
pub struct AdaptiveSpin(AtomicU16);

impl AdaptiveSpin {
    /// Of a thread that has not waited yet; all zero.
    pub const fn new() -> AdaptiveSpin {
        AdaptiveSpin(AtomicU16::new(0))
    }

    /// Whether to spin before the sleep that comes now.
    pub fn should_spin(&self) -> bool {
        // ORDERING: Relaxed, both: only one thread touches it.
        let state = self.0.load(Ordering::Relaxed);
        let left = if LEARNS { state & 0xff } else { 0 };
        if left > 0 {
            // ORDERING: as above.
            self.0.store(state - 1, Ordering::Relaxed);
        }
        left == 0
    }

    /// The next wait skips its spin.
    pub fn skip_next_spin(&self) {
        // ORDERING: Relaxed, both: as above.
        let state = self.0.load(Ordering::Relaxed);
        self.0.store(state & !0xff | (state & 0xff).max(1), Ordering::Relaxed);
    }

    /// The thread has spun; `in_vain`: nothing came. So many spins in vain are `tolerated`, at most
    /// 200.
    pub fn record(&self, in_vain: bool, tolerated: u16) {
        // ORDERING: Relaxed, both: as above.
        let times = if in_vain {
            ((self.0.load(Ordering::Relaxed) >> 8) + 1).min(tolerated + LONGEST)
        } else {
            0
        };
        let left = (1 << times.saturating_sub(tolerated)) - 1;
        self.0.store(times << 8 | left, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(spin: &AdaptiveSpin) -> u32 {
        (0..).find(|_| spin.should_spin()).unwrap()
    }

    #[test]
    fn spins_in_vain_become_rarer_until_one_pays() {
        let spin = AdaptiveSpin::new();
        assert_eq!(skipped(&spin), 0);
        for expected in [1, 3, 7, 15, 31, 63, 127, 255, 255] {
            spin.record(true, 0);
            assert_eq!(skipped(&spin), expected);
        }
        spin.record(false, 0);
        assert_eq!(skipped(&spin), 0);
        spin.record(true, 0);
        assert_eq!(skipped(&spin), 1);
    }

    #[test]
    fn a_skipped_spin_teaches_nothing() {
        let spin = AdaptiveSpin::new();
        spin.skip_next_spin();
        spin.skip_next_spin();
        assert_eq!(skipped(&spin), 1);
        spin.record(true, 0);
        spin.record(true, 0);
        spin.skip_next_spin();
        assert_eq!(skipped(&spin), 3);
        spin.record(true, 0);
        assert_eq!(skipped(&spin), 7);
    }

    #[test]
    fn what_is_tolerated_changes_nothing() {
        let spin = AdaptiveSpin::new();
        for expected in [0, 0, 0, 1, 3] {
            spin.record(true, 3);
            assert_eq!(skipped(&spin), expected);
        }
    }
}
