//! Whether it takes long to read a clock.

/// A reading that takes longer than this, in nanoseconds, is not cheap. A kernel's function takes
/// 20 to 60 where it reads the processor's counter, and a device that it asks takes 500 and more.
const LONGEST_CHEAP_READING: u64 = 200;
const READINGS: u64 = 16;

/// Whether a reading is cheap enough to end a spin by it: the quickest of a few rounds was quick,
/// since any of them may be interrupted.
pub fn is_small(now: impl Fn() -> u64) -> bool {
    let round = |_| {
        let start = now();
        (1..READINGS).fold(start, |_, _| now()).saturating_sub(start)
    };
    let quickest = (0..4).map(round).min().unwrap_or(u64::MAX);
    quickest <= LONGEST_CHEAP_READING * READINGS
}
