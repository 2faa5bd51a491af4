//! Race windows: the places between two steps where a signal, a fork or another thread does most
//! harm if something is wrong.
//!
//! Each is a failpoint. In a library that is built with the feature `widened`, for tests only, a
//! thread that passes one of them sometimes stays there for a while. In all others nothing is left
//! of them.

/// The calling thread passes a race window.
#[inline(always)]
pub fn race_window() {
    #[cfg(feature = "widened")]
    widened::stay();
}

#[cfg(feature = "widened")]
mod widened {
    use crate::atomic::{AtomicU32, Ordering};
    use core::hint;

    use crate::platform::clock;

    /// One of so many passes is delayed.
    const ONE_OF: u32 = 4;
    /// For how long, in nanoseconds: signals that come one after the other need about as long.
    const DELAY: u64 = 5_000;

    static PASSES: AtomicU32 = AtomicU32::new(0);

    pub fn stay() {
        // ORDERING: Relaxed: only a count, and a count that is lost does no harm.
        if PASSES.fetch_add(1, Ordering::Relaxed) % ONE_OF != 0 {
            return;
        }
        let end = clock::now() + DELAY;
        while clock::now() < end {
            hint::spin_loop();
        }
    }
}
