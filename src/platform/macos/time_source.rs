//! The clock by which the system sleeps: `mach_absolute_time`, in nanoseconds. It does not count
//! while the machine sleeps. It is read without a system call. A program that has a function of the
//! same name does not replace it: the library finds that of the system by the library's own list of
//! names.

use once_cell::race::OnceBool;

use super::clock_cost;

unsafe extern "C" {
    fn clock_gettime_nsec_np(clock: libc::clockid_t) -> u64;
}

/// Nanoseconds on that clock.
#[inline]
pub fn now() -> u64 {
    // SAFETY: the call has no precondition, and the clock is always there.
    unsafe { clock_gettime_nsec_np(libc::CLOCK_UPTIME_RAW) }
}

/// Whether a reading is cheap enough to end a spin by it. Asked once.
#[inline]
pub fn is_cheap() -> bool {
    static CHEAP: OnceBool = OnceBool::new();
    CHEAP.get_or_init(|| clock_cost::is_small(now))
}
