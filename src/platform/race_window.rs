//! Race windows: the places between two steps where a signal, a fork or another thread does most
//! harm if something is wrong.
//!
//! Each is a failpoint. In a library that is built with the feature `widened`, for tests only, a
//! thread that passes one of them sometimes stays there for a while. In all others nothing is left
//! of them.

/// The calling thread passes a race window.
#[inline(always)]
pub fn race_window() {
    #[cfg(any(feature = "widened", test))]
    widened::stay();
}

#[cfg(test)]
pub use widened::widen;

#[cfg(any(feature = "widened", test))]
fn spin_for(nanoseconds: u64) {
    use crate::platform::clock;

    let end = clock::now() + nanoseconds;
    while clock::now() < end {
        core::hint::spin_loop();
    }
}

#[cfg(all(feature = "widened", not(test)))]
mod widened {
    use crate::atomic::{AtomicU32, Ordering};

    /// One of so many passes is delayed.
    const ONE_OF: u32 = 4;
    /// For how long, in nanoseconds: signals that come one after the other need about as long.
    const DELAY: u64 = 5_000;

    static PASSES: AtomicU32 = AtomicU32::new(0);

    pub fn stay() {
        // ORDERING: Relaxed: only a count, and a count that is lost does no harm.
        if PASSES.fetch_add(1, Ordering::Relaxed) % ONE_OF == 0 {
            super::spin_for(DELAY);
        }
    }
}

#[cfg(test)]
mod widened {
    use core::cell::Cell;

    std::thread_local! {
        static ONE_OF: Cell<u32> = const { Cell::new(0) };
        static DELAY: Cell<u64> = const { Cell::new(0) };
        static PASSES: Cell<u32> = const { Cell::new(0) };
    }

    /// From now on the calling thread stays in one of so many windows that it passes, for that many
    /// nanoseconds.
    pub fn widen(one_of: u32, nanoseconds: u64) {
        ONE_OF.set(one_of);
        DELAY.set(nanoseconds);
    }

    pub fn stay() {
        // A thread that ends has no counts any more.
        let _ = PASSES.try_with(|passes| {
            passes.set(passes.get().wrapping_add(1));
            if ONE_OF.get() != 0 && passes.get() % ONE_OF.get() == 0 {
                super::spin_for(DELAY.get());
            }
        });
    }
}
