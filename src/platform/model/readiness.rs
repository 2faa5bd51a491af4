//! What `linux/readiness.rs` says, for a model: there is one descriptor, and what it shows is a
//! word.

use crate::atomic::{AtomicU32, Ordering};

static SHOWN: AtomicU32 = AtomicU32::new(0);
const DESCRIPTOR: i32 = 7;

/// The one descriptor, not readable.
pub fn make() -> Option<i32> {
    // ORDERING: Relaxed, all: the queue's lock of the event guards it.
    SHOWN.store(0, Ordering::Relaxed);
    Some(DESCRIPTOR)
}

/// Nobody closes it by mistake.
pub fn is_own(descriptor: i32) -> bool {
    descriptor == DESCRIPTOR
}

/// Makes it readable, or not.
pub fn show(_descriptor: i32, readable: bool) {
    // ORDERING: as above.
    SHOWN.store(u32::from(readable), Ordering::Relaxed);
}

/// Whether it is readable.
pub fn is_readable() -> bool {
    // ORDERING: as above.
    SHOWN.load(Ordering::Relaxed) != 0
}

/// Models do not fork.
pub fn replace(_descriptor: i32, _other: i32) -> bool {
    false
}

/// Nothing is left of it.
pub fn close(_descriptor: i32) {}
