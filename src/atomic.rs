//! What threads share, behind one facade: atomics, and cells that are guarded by something.
//!
//! In every build for users these are the types of `core` and nothing else. With `--cfg loom` they
//! are models of them, so that `tests/loom` explores the interleavings of the library's own
//! sources.

#[cfg(not(loom))]
pub use core::cell::Cell;
#[cfg(not(loom))]
pub use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

/// Whether these are `core`'s, and so of their sizes.
pub const IS_PLAIN: bool = cfg!(not(loom));

/// A load in the one order of all sequentially consistent accesses. loom knows no such order of
/// loads, but a compare-exchange finds the latest value there.
#[inline(always)]
pub fn load_latest(word: &AtomicU32) -> u32 {
    // ORDERING: SeqCst: with whom it pairs is the caller's to say.
    if IS_PLAIN {
        word.load(Ordering::SeqCst)
    } else {
        word.compare_exchange(!0, !0, Ordering::SeqCst, Ordering::SeqCst)
            .unwrap_or_else(|found| found)
    }
}

/// A store. loom lets a compare-exchange of another thread come after a store that it has not read;
/// with a swap it cannot.
#[inline(always)]
pub fn store_latest(word: &AtomicU32, value: u32, order: Ordering) {
    if IS_PLAIN {
        word.store(value, order);
    } else {
        word.swap(value, order);
    }
}

#[cfg(loom)]
mod modelled;
#[cfg(loom)]
pub use modelled::{
    AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Cell, Ordering, begin_execution, fence,
};
