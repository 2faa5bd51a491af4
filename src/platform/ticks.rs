//! The processor's counter: moments that cost a few nanoseconds less than a look at the clock.
//!
//! It is read only where it counts at one rate whatever the processor does, and the same on all
//! processors. Elsewhere ticks are the nanoseconds of the monotonic clock.

/// Ticks since some moment of the past.
#[cfg(all(target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn now() -> u64 {
    x86::now()
}

/// The same, if it is the counter that is read, and if that is known already.
#[cfg(all(target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn quick() -> Option<u64> {
    x86::counter()
}

/// As above.
#[cfg(not(all(target_arch = "x86_64", not(any(miri, loom)))))]
#[inline(always)]
pub fn quick() -> Option<u64> {
    Some(now())
}

/// As `now` above: the architecture promises one rate.
#[cfg(all(target_arch = "aarch64", not(any(miri, loom))))]
#[inline]
pub fn now() -> u64 {
    let ticks: u64;
    // SAFETY: the counter can be read by every program on the systems that the port is for; reading
    // it changes nothing.
    unsafe { core::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack)) };
    ticks
}

/// As above, by the clock.
#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(any(miri, loom)))))]
pub fn now() -> u64 {
    crate::platform::clock::now()
}

#[cfg(all(target_arch = "x86_64", not(any(miri, loom))))]
mod x86 {
    use core::arch::x86_64::{__cpuid, _rdtsc};
    // Not the facade's: models have a clock of their own.
    use core::sync::atomic::{AtomicU32, Ordering};

    use crate::platform::clock;

    /// Advanced power management: where the processor says how its counter counts.
    const LEAF: u32 = 0x8000_0007;
    const INVARIANT: u32 = 1 << 8;

    // What is read:
    //
    // | value   | means                                |
    // |---------|--------------------------------------|
    // | 0       | nobody has asked the processor yet   |
    // | COUNTER | the counter, which has one rate      |
    // | CLOCK   | the clock                            |
    static SOURCE: AtomicU32 = AtomicU32::new(0);
    const COUNTER: u32 = 1;
    const CLOCK: u32 = 2;

    #[inline(always)]
    pub fn now() -> u64 {
        counter().unwrap_or_else(find_out)
    }

    #[inline(always)]
    pub fn counter() -> Option<u64> {
        // ORDERING: Relaxed: a number, which whoever asks finds out by itself.
        let is_counter = SOURCE.load(Ordering::Relaxed) == COUNTER;
        // SAFETY: every processor of this architecture has the instruction; it changes nothing.
        is_counter.then(|| unsafe { _rdtsc() })
    }

    #[cold]
    #[inline(never)]
    fn find_out() -> u64 {
        // ORDERING: Relaxed, both: as above.
        if SOURCE.load(Ordering::Relaxed) == 0 {
            let is_invariant =
                __cpuid(0x8000_0000).eax >= LEAF && __cpuid(LEAF).edx & INVARIANT != 0;
            SOURCE.store(if is_invariant { COUNTER } else { CLOCK }, Ordering::Relaxed);
            return now();
        }
        clock::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_do_not_go_back() {
        let mut last = now();
        for _ in 0..1000 {
            let next = now();
            assert!(next >= last, "{next} after {last}");
            last = next;
        }
    }
}
