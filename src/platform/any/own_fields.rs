//! Fields of the calling thread's block, found through the block.

use core::ffi::c_void;
// Not the facade's: only the calling thread touches its block.
use core::sync::atomic::{AtomicU64, Ordering};

use crate::platform::own_block::block;

/// The 64-bit field at `OFFSET` in the calling thread's block.
#[inline(always)]
pub fn field<const OFFSET: usize>() -> u64 {
    // SAFETY: the block is valid for the life of the calling thread; the callers pass the offset of
    // a field of this type.
    let field = unsafe { &*block::<()>().byte_add(OFFSET).cast::<AtomicU64>() };
    // ORDERING: Relaxed: no other thread touches the block.
    field.load(Ordering::Relaxed)
}

/// Adds a handle to the sum of those of the rwlocks that the calling thread reads.
#[inline(always)]
pub fn add_read(handle: u64) {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    let sum = unsafe { &(*block::<()>()).reads };
    // ORDERING: Relaxed: no other thread touches the block.
    sum.fetch_add(handle, Ordering::Relaxed);
}

/// Takes a handle out of that sum.
#[inline(always)]
pub fn remove_read(handle: u64) {
    add_read(handle.wrapping_neg());
}

/// The array of the calling thread's values of locals, and how many values it has room for.
#[inline(always)]
pub fn values() -> (*mut c_void, usize) {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    let block = unsafe { &*block::<()>() };
    // ORDERING: Relaxed, both: no other thread touches the block.
    (block.values.load(Ordering::Relaxed), block.values_room.load(Ordering::Relaxed))
}
