//! What moments are on the monotonic clock: two pairs of both, at the beginning of the recording
//! and now, with a line between them.

use crate::atomic::{AtomicU64, Ordering};
use crate::inspect::timeline::ring::{self, Moment};
use crate::platform::clock;

/// The moment at which the recording began, and the clock's nanoseconds then; 0: never yet.
static BEGAN: AtomicU64 = AtomicU64::new(0);
static BEGAN_AT: AtomicU64 = AtomicU64::new(0);

/// One moment on both clocks.
fn pair() -> (Moment, u64) {
    // The narrowest of a few: a look may be interrupted.
    let look = |_| {
        let before = ring::now();
        let nanoseconds = clock::now();
        (ring::now() - before, before, nanoseconds)
    };
    let (width, before, nanoseconds) = (0..4).map(look).min().unwrap_or_default();
    (before + width / 2, nanoseconds)
}

/// The recording begins: what was recorded before counts for nothing.
pub fn begin() {
    let (moment, nanoseconds) = pair();
    // ORDERING: Relaxed, both: a recording begins under the lock of whoever begins it, or in a
    // forked child; a reader that finds one of them old is late or early by what lies between.
    BEGAN_AT.store(nanoseconds, Ordering::Relaxed);
    BEGAN.store(moment, Ordering::Relaxed);
}

/// Whether anything was ever recorded.
pub fn has_begun() -> bool {
    // ORDERING: Relaxed: as in `begin`.
    BEGAN.load(Ordering::Relaxed) != 0
}

/// See the top of this file.
#[derive(Clone, Copy)]
pub struct Scale {
    /// When the recording began.
    pub began: Moment,
    began_at: u64,
    /// Now.
    pub now: Moment,
    nanoseconds_a_unit: f64,
}

impl Scale {
    /// Of no recording.
    pub const NOTHING: Scale = Scale { began: 0, began_at: 0, now: 0, nanoseconds_a_unit: 0.0 };

    /// As it is now. `None`: nothing was ever recorded.
    pub fn of_now() -> Option<Scale> {
        // ORDERING: Relaxed, both: as in `begin`.
        let (began, began_at) = (BEGAN.load(Ordering::Relaxed), BEGAN_AT.load(Ordering::Relaxed));
        let (now, at) = pair();
        (began != 0).then(|| Scale::between((began, began_at), (now, at)))
    }

    fn between((began, began_at): (Moment, u64), (now, at): (Moment, u64)) -> Scale {
        let units = now.saturating_sub(began).max(1);
        let nanoseconds_a_unit = at.saturating_sub(began_at) as f64 / units as f64;
        Scale { began, began_at, now, nanoseconds_a_unit }
    }

    /// A moment in nanoseconds of the monotonic clock.
    pub fn nanoseconds(&self, moment: Moment) -> u64 {
        let since = moment.saturating_sub(self.began) as f64 * self.nanoseconds_a_unit;
        self.began_at.saturating_add(since as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_between_two_pairs_is_on_the_line_between_them() {
        let scale = Scale::between((1000, 5_000_000), (3000, 5_010_000));
        assert_eq!(scale.nanoseconds(1000), 5_000_000);
        assert_eq!(scale.nanoseconds(2000), 5_005_000);
        assert_eq!(scale.nanoseconds(3000), 5_010_000);
        assert_eq!(scale.nanoseconds(0), 5_000_000, "the recording had not begun");
        let at_once = Scale::between((1000, 5_000_000), (1000, 5_000_000));
        assert_eq!(at_once.nanoseconds(1000), 5_000_000);
    }
}
