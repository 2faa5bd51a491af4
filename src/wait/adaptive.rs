//! Whether a thread looks for a while before it sleeps: that depends on what became of it lately.
//!
//! Looking pays when what is waited for comes within the time that sleeping and waking cost, and
//! only burns the processor when it does not: when the other one shares this very processor, say.
//! So whoever looked in vain, more often in a row than is tolerated, skips the looking the next
//! time, then the next three times, seven times and so on; success brings it back at once.
//!
//! | bits | name    | means                                             | changed by  |
//! |------|---------|---------------------------------------------------|-------------|
//! | 0-7  | left    | how many more times to go to sleep without a look | all of them |
//! | 8-15 | in vain | how many looks in a row have not paid             | `looked`    |

// Not the facade's: only one thread touches it, so there is nothing for loom to explore. What was
// learnt would outlive an execution there: in models looking is always worth it.
use core::sync::atomic::{AtomicU16, Ordering};

/// The longest that nothing is tried is one less than two to this many waits.
const LONGEST: u16 = 8;

/// What one thread has learnt; only that thread touches it.
pub struct Patience(AtomicU16);

impl Patience {
    /// Of a thread that has not waited yet; all zero.
    pub const fn new() -> Patience {
        Patience(AtomicU16::new(0))
    }

    /// Whether to look before the sleep that comes now.
    pub fn is_worth_it(&self) -> bool {
        // ORDERING: Relaxed, both: only one thread touches it.
        let state = self.0.load(Ordering::Relaxed);
        let left = if cfg!(loom) { 0 } else { state & 0xff };
        if left > 0 {
            // ORDERING: as above.
            self.0.store(state - 1, Ordering::Relaxed);
        }
        left == 0
    }

    /// The next sleep comes without a look.
    pub fn skip_once(&self) {
        // ORDERING: Relaxed, both: as above.
        let state = self.0.load(Ordering::Relaxed);
        self.0.store(state & !0xff | (state & 0xff).max(1), Ordering::Relaxed);
    }

    /// The thread has looked; `in_vain`: nothing came. So many looks in vain are `tolerated`, at
    /// most 200.
    pub fn looked(&self, in_vain: bool, tolerated: u16) {
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

    fn skipped(patience: &Patience) -> u32 {
        (0..).find(|_| patience.is_worth_it()).unwrap()
    }

    #[test]
    fn looking_in_vain_is_tried_less_and_less_until_it_pays() {
        let patience = Patience::new();
        assert_eq!(skipped(&patience), 0);
        for expected in [1, 3, 7, 15, 31, 63, 127, 255, 255] {
            patience.looked(true, 0);
            assert_eq!(skipped(&patience), expected);
        }
        patience.looked(false, 0);
        assert_eq!(skipped(&patience), 0);
        patience.looked(true, 0);
        assert_eq!(skipped(&patience), 1);
    }

    #[test]
    fn who_skips_once_looks_again_after_that_and_has_learnt_nothing() {
        let patience = Patience::new();
        patience.skip_once();
        patience.skip_once();
        assert_eq!(skipped(&patience), 1);
        patience.looked(true, 0);
        patience.looked(true, 0);
        patience.skip_once();
        assert_eq!(skipped(&patience), 3);
        patience.looked(true, 0);
        assert_eq!(skipped(&patience), 7);
    }

    #[test]
    fn what_is_tolerated_changes_nothing() {
        let patience = Patience::new();
        for expected in [0, 0, 0, 1, 3] {
            patience.looked(true, 3);
            assert_eq!(skipped(&patience), expected);
        }
    }
}
