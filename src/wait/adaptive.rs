//! What was learnt about waiting: whether a thread spins, and whether threads yield, before they
//! park depends on what came of it lately. `spin_then_park` says why.
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

// Not the facade's: only one thread touches it, or it decides nothing but when to try, so there is
// nothing for loom to explore.
use core::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering};

use crate::platform::clock;
use crate::platform::features::LEARNS;
use crate::platform::futex;
use crate::platform::system;

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

/// A yield that took longer than this, in nanoseconds, has given a time slice away, unless other
/// threads of the process have begun waits meanwhile.
const LOST: u64 = 100_000;
/// So much longer may it take for each wait with yields that another thread has begun meanwhile on
/// this processor, as far as the number of processors tells: that thread has run, and briefly.
const FOR_EACH_OTHER: u64 = 50_000;
/// For so many of them at most.
const MOST_OTHERS: u32 = 12;
/// The most that one yield is charged with, in nanoseconds: a process that was stopped for an hour
/// has lost nothing by it.
const MOST_LOST: u64 = 100_000_000;

/// After a yield that lost no thread yields for so many times as long; for twice as many if the
/// next one loses too, and so on.
const LEAST_REST: u64 = 5;
const MOST_REST: u64 = 160;

/// What the yields of the process have cost lately.
pub struct Yields {
    /// When the last one that lost was over, in nanoseconds of the monotonic clock.
    lost: AtomicU64,
    /// When threads may yield again.
    rest_ends: AtomicU64,
    /// How many times as long as the loss the last rest was; half of it for each yield since then
    /// that did not lose. 0: all may yield.
    rest: AtomicU64,
    /// How many waits with yields have begun, modulo 2^32.
    waits: AtomicU32,
}

/// The yields of all threads.
pub static YIELDS_OF_ALL: Yields = Yields::NONE;

impl Yields {
    const NONE: Yields = Yields {
        lost: AtomicU64::new(0),
        rest_ends: AtomicU64::new(0),
        rest: AtomicU64::new(0),
        waits: AtomicU32::new(0),
    };

    /// Whether the calling thread may yield. While the last yields have lost, one thread at a time
    /// tries: `Some(true)`.
    fn ask(&self, now: u64) -> Option<bool> {
        // ORDERING: Relaxed, all of these fields: moments and numbers, which every thread that
        // yields reads and writes, and each of which stands for itself.
        let ends = self.rest_ends.load(Ordering::Relaxed);
        // No rest is longer; but the clock may have been set back for a process that is restored.
        if now < ends && ends - now <= MOST_LOST * MOST_REST {
            return None;
        }
        // ORDERING: as above.
        if self.rest.load(Ordering::Relaxed) == 0 {
            return Some(false);
        }
        // ORDERING: as above, both.
        let others_wait = now.saturating_add(MOST_LOST);
        let asked = self.rest_ends.compare_exchange(
            ends,
            others_wait,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        asked.is_ok().then_some(true)
    }

    /// Records that a wait with yields begins.
    pub fn wait_begins(&self) {
        // ORDERING: Relaxed: as in `ask`.
        self.waits.fetch_add(1, Ordering::Relaxed);
    }

    /// Records how long a yield took, and how many waits others on this processor have begun
    /// meanwhile. `tried`: others wait for what comes of it.
    fn record(&self, start: u64, end: u64, others: u32, tried: bool) {
        let taken = end.saturating_sub(start);
        let has_lost = taken > LOST + FOR_EACH_OTHER * u64::from(others.min(MOST_OTHERS));
        if !has_lost && !tried {
            return;
        }
        // ORDERING: Relaxed, all: as in `ask`.
        let rest = self.rest.load(Ordering::Relaxed);
        if !has_lost {
            let rest = if rest > LEAST_REST { rest / 2 } else { 0 };
            self.rest.store(rest, Ordering::Relaxed);
            self.rest_ends.store(end, Ordering::Relaxed);
            return;
        }
        // Threads that yielded at the same time have lost the same.
        // ORDERING: Relaxed: as in `ask`.
        let is_same = !tried && rest > 0 && start < self.lost.load(Ordering::Relaxed);
        let rest = if is_same { rest } else { (2 * rest).clamp(LEAST_REST, MOST_REST) };
        let ends = end.saturating_add(taken.min(MOST_LOST) * rest);
        // ORDERING: Relaxed, all: as in `ask`.
        self.lost.fetch_max(end, Ordering::Relaxed);
        self.rest.store(rest, Ordering::Relaxed);
        if tried {
            self.rest_ends.store(ends, Ordering::Relaxed);
        } else {
            self.rest_ends.fetch_max(ends, Ordering::Relaxed);
        }
    }

    /// Yields the processor, and returns the moment after that. `None`: a yield has lost a time
    /// slice lately, and it does not yield.
    pub fn yield_if_cheap(&self, now: u64) -> Option<u64> {
        let tries = self.ask(now)?;
        // ORDERING: Relaxed, both: as in `ask`.
        let before = self.waits.load(Ordering::Relaxed);
        futex::yield_now();
        let others = self.waits.load(Ordering::Relaxed).wrapping_sub(before);
        let end = clock::now();
        self.record(now, end, others / system::processors() as u32, tries);
        Some(end)
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

    const SLICE: u64 = 3_000_000;

    #[test]
    fn yields_that_lose_time_slices_become_rare() {
        let yields = Yields::NONE;
        let (start, second) = (1_u64 << 40, 1_000_000_000);
        let (mut now, mut lost) = (start, 0);
        while now < start + 20 * second {
            if let Some(tries) = yields.ask(now) {
                yields.record(now, now + SLICE, 0, tries);
                (now, lost) = (now + SLICE, lost + SLICE);
            } else {
                now += 5_000;
            }
            let most = (now - start) / MOST_REST + 6 * SLICE;
            assert!(lost <= most, "{lost} ns of {} are lost", now - start);
        }
        assert!(lost >= 20 * second / MOST_REST / 2, "it does not try again: {lost} ns");
    }

    #[test]
    fn threads_that_lose_at_the_same_time_have_lost_once() {
        let yields = Yields::NONE;
        for thread in 0..8 {
            yields.record(1_000, 1_000 + SLICE + thread, 0, false);
        }
        assert_eq!(yields.ask(1_000 + SLICE * (LEAST_REST + 2)), Some(true));
    }

    #[test]
    fn after_a_loss_one_thread_tries_and_the_others_wait_for_what_comes_of_it() {
        let (yields, ends) = (Yields::NONE, 1_000 + SLICE * (LEAST_REST + 1));
        yields.record(1_000, 1_000 + SLICE, 0, false);
        assert_eq!(yields.ask(ends - 1), None);
        assert_eq!((yields.ask(ends), yields.ask(ends)), (Some(true), None));
        yields.record(ends, ends + 1_000, 0, true);
        assert_eq!(yields.ask(ends + 1_000), Some(false));
        assert_eq!(yields.ask(ends + 1_000), Some(false));
    }

    #[test]
    fn a_shorter_loss_ends_no_longer_rest() {
        let yields = Yields::NONE;
        yields.record(1_000, 1_000 + SLICE, 0, false);
        yields.record(900, 1_001 + LOST, 0, false);
        assert_eq!(yields.ask(1_000 + SLICE * LEAST_REST), None);
    }

    #[test]
    fn a_process_that_was_stopped_for_an_hour_yields_again_soon() {
        let (yields, hour) = (Yields::NONE, 3_600_000_000_000);
        yields.record(1_000, 1_000 + hour, 0, false);
        assert_eq!(yields.ask(1_000 + hour + MOST_LOST * LEAST_REST), Some(true));
        // As if the clock had been set back.
        assert_eq!(yields.ask(1_000), Some(true));
    }

    #[test]
    fn yields_to_threads_that_run_briefly_go_on() {
        let yields = Yields::NONE;
        yields.record(1_000, 1_000 + LOST, 0, false);
        yields.record(1_000, 1_000 + 7 * LOST, 31, false);
        assert_eq!(yields.ask(1_001), Some(false));
        // Whatever others do, it does not excuse a slice.
        yields.record(1_000, 1_000 + SLICE, 10_000, false);
        assert_eq!(yields.ask(1_000 + SLICE * LEAST_REST), None);
    }
}
