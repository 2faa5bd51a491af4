//! What threads share, behind one facade: atomics, and cells that are guarded by something.
//!
//! In every build for users these are the types of `core` and nothing else. With `--cfg loom` they
//! are models of them, so that `tests/loom` explores the interleavings of the library's own
//! sources.

#[cfg(not(loom))]
pub use core::cell::Cell;
#[cfg(not(loom))]
pub use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

#[cfg(loom)]
mod modelled;
#[cfg(loom)]
pub use modelled::{
    AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Cell, Ordering, begin_execution, fence,
};
