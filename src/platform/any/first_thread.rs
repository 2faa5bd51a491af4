//! Whether the thread that the process began with is known to the layers above.

use core::sync::atomic::{AtomicBool, Ordering};

static IS_KNOWN: AtomicBool = AtomicBool::new(false);

/// Notes that the layers above know the calling thread, which is the one that the process began
/// with.
pub fn note() {
    // ORDERING: Relaxed, here and below: only the thread itself needs to find what it has stored.
    IS_KNOWN.store(true, Ordering::Relaxed);
}

/// Whether that was noted.
#[inline(always)]
pub fn was_noted() -> bool {
    // ORDERING: as above.
    IS_KNOWN.load(Ordering::Relaxed)
}
