//! The clock of Windows that never goes back: its performance counter.

use core::num::NonZeroU64;
// Not the facade's: models have a clock of their own.
use core::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::OnceBool;

use super::api::{QueryPerformanceCounter, QueryPerformanceFrequency};
use super::clock_cost;

const SECOND: u64 = 1_000_000_000;

/// Ticks in a second; 0: not asked yet. It is the same from boot to boot.
static FREQUENCY: AtomicU64 = AtomicU64::new(0);

fn frequency() -> NonZeroU64 {
    // ORDERING: Relaxed, both: a number that stands for itself, and that all who ask find.
    if let Some(known) = NonZeroU64::new(FREQUENCY.load(Ordering::Relaxed)) {
        return known;
    }
    let mut found = 0;
    // SAFETY: `found` is a valid place for the answer; the call cannot fail since Windows XP.
    unsafe { QueryPerformanceFrequency(&mut found) };
    FREQUENCY.store(found, Ordering::Relaxed);
    NonZeroU64::new(found).unwrap_or(NonZeroU64::MIN)
}

/// Nanoseconds on that clock.
pub fn now() -> u64 {
    let (frequency, mut ticks) = (frequency().get(), 0);
    // SAFETY: `ticks` is a valid place for the answer; the call cannot fail since Windows XP.
    unsafe { QueryPerformanceCounter(&mut ticks) };
    // The whole seconds apart: the product of all ticks would overflow in years.
    let (seconds, rest) = (ticks / frequency, ticks % frequency);
    seconds.wrapping_mul(SECOND).wrapping_add(rest.wrapping_mul(SECOND) / frequency)
}

/// Whether a reading is cheap enough to end a spin by it: it is not where the counter is a device's
/// that the kernel asks. Asked once.
#[inline]
pub fn is_cheap() -> bool {
    static CHEAP: OnceBool = OnceBool::new();
    CHEAP.get_or_init(|| clock_cost::is_small(now))
}
