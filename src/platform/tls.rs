//! A thread's block of thread-local storage: its ident, its waiter, and whatever else it has to
//! find without a call.

use core::ffi::c_void;
use core::mem::offset_of;
// Not the facade's: only the calling thread touches its block, so there is nothing for loom to
// explore.
use core::sync::atomic::{AtomicPtr, Ordering};

pub use crate::platform::own_block::block;
use crate::platform::own_fields::field;
pub use crate::platform::own_fields::{add_read, remove_read, values};
pub use crate::platform::thread_block::{Block, CACHE_ROOM, ROUNDS};

/// Whether the last round has begun in the calling thread.
pub fn has_ended() -> bool {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    unsafe { &*block::<c_void>() }.has_ended()
}

/// The place for what the calling thread holds; see `inspect::recorder`.
#[inline(always)]
pub fn held<R>(with: impl FnOnce(&AtomicPtr<c_void>) -> R) -> R {
    // SAFETY: as in `has_ended`.
    with(&unsafe { &*block::<c_void>() }.held)
}

/// Exists while the calling thread is in a call that returns to a place that is known.
pub struct CallSite {
    before: usize,
}

impl CallSite {
    /// From now on that is where the call returns to; 0: nobody knows.
    #[inline(always)]
    pub fn enter(site: usize) -> CallSite {
        // SAFETY: the block is valid for the life of the calling thread, and the reference does not
        // leave this function.
        let block = unsafe { &*block::<c_void>() };
        // ORDERING: Relaxed, both: no other thread touches the block. A signal handler that calls
        // the library puts back what it has found.
        let before = block.site.load(Ordering::Relaxed);
        block.site.store(site, Ordering::Relaxed);
        CallSite { before }
    }

    /// Where the call returns to that the calling thread is in; 0: it is not known.
    #[inline(always)]
    pub fn current() -> usize {
        // SAFETY: as in `enter`.
        let block = unsafe { &*block::<c_void>() };
        // ORDERING: Relaxed: as in `enter`.
        block.site.load(Ordering::Relaxed)
    }
}

impl Drop for CallSite {
    fn drop(&mut self) {
        // SAFETY: as in `enter`.
        let block = unsafe { &*block::<c_void>() };
        // ORDERING: Relaxed: as in `enter`.
        block.site.store(self.before, Ordering::Relaxed);
    }
}

/// The calling thread's ident; 0 if the thread is not registered.
#[inline(always)]
pub fn ident() -> u64 {
    field::<{ offset_of!(Block<()>, ident) }>()
}

/// What the calling thread notes in a lock that it acquires on a fast path; 0: it has no such note.
#[inline(always)]
pub fn holder_note() -> u64 {
    field::<{ offset_of!(Block<()>, holder_note) }>()
}

/// As `holder_note`, but 0 as well while the thread looks at a lock before it acquires it.
#[inline(always)]
pub fn uncontended_note() -> u64 {
    field::<{ offset_of!(Block<()>, uncontended_note) }>()
}

/// How many rwlocks the calling thread still has to find unused before it acquires without a look.
#[inline(always)]
pub fn rwlock_checks_left() -> u64 {
    field::<{ offset_of!(Block<()>, rwlock_checks_left) }>()
}

/// The sum of the handles of the rwlocks that the calling thread reads.
#[inline(always)]
pub fn reads() -> u64 {
    field::<{ offset_of!(Block<()>, reads) }>()
}
