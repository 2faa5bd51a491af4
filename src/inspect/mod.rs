//! Looking inside: whether new objects are born with the INSPECT bit, which sends all their calls through the slow path.
//!
//! Nothing on a fast path tests this flag. It is read once for each object that is made, and again after the object has become
//! visible, so that an object made while inspection is switched on is not missed.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::word::{INSPECT, Word};

static ON: AtomicBool = AtomicBool::new(false);

/// The INSPECT bit if inspection is on.
#[inline]
pub fn born_with() -> u64 {
    // ORDERING: Relaxed: `after_birth` reads it again once the object is visible.
    if ON.load(Ordering::Relaxed) { INSPECT } else { 0 }
}

/// Gives the bit to an object that became visible while inspection was switched on.
#[inline]
pub fn after_birth(word: &Word) {
    // ORDERING: SeqCst, pairs with the SeqCst store of whoever switches on and then walks the tables: either the walk sees this
    // object, or this load sees the flag.
    if ON.load(Ordering::SeqCst) {
        let _ = word.update(|state| (!state.has(INSPECT)).then_some(state.with(INSPECT)));
    }
}
