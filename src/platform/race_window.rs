//! Windows: the places between two steps where a signal, a fork or another thread does most harm if
//! something is wrong.
//!
//! In a library that is built with the feature `widened`, for tests only, a thread that comes by
//! one of them sometimes stays there for a while. In all others nothing is left of them.

/// A thread comes by.
#[inline(always)]
pub fn window() {
    #[cfg(feature = "widened")]
    widened::stay();
}

#[cfg(feature = "widened")]
mod widened {
    use crate::atomic::{AtomicU32, Ordering};
    use core::hint;

    use crate::platform::system;

    /// One of so many that come by stays.
    const ONE_OF: u32 = 4;
    /// For how long, in nanoseconds: signals that come one after the other need about as long.
    const STAY: u64 = 5_000;

    static CAME_BY: AtomicU32 = AtomicU32::new(0);

    pub fn stay() {
        // ORDERING: Relaxed: a number only, and never mind which.
        if CAME_BY.fetch_add(1, Ordering::Relaxed) % ONE_OF != 0 {
            return;
        }
        let end = system::now() + STAY;
        while system::now() < end {
            hint::spin_loop();
        }
    }
}
