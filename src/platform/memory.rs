//! Memory from the C allocator, with failure as an answer: Rust's own containers abort when memory
//! runs out.

use core::ptr;

use crate::platform::errno::KeepErrno;
pub use crate::platform::pages::{map_zeroed, unmap};
use crate::probe;

/// Memory of the library's own, which tools need not look at.
fn own<T>(block: *mut T, bytes: usize) -> *mut T {
    probe::untrack(block, bytes);
    block
}

/// Uninitialised memory for one `T`, or null.
pub fn allocate<T>() -> *mut T {
    if is_exhausted() {
        return ptr::null_mut();
    }
    let _errno = KeepErrno::new();
    // SAFETY: any size may be asked for; the C allocator aligns for every type of ours.
    own(unsafe { libc::malloc(size_of::<T>().max(1)) }.cast(), size_of::<T>())
}

/// Zeroed memory for `count` of `T`, or null.
pub fn allocate_zeroed<T>(count: usize) -> *mut T {
    if is_exhausted() {
        return ptr::null_mut();
    }
    let _errno = KeepErrno::new();
    // SAFETY: any size may be asked for; the C allocator aligns for every type of ours, and refuses
    // a product that overflows.
    own(unsafe { libc::calloc(count.max(1), size_of::<T>()) }.cast(), count * size_of::<T>())
}

/// Makes a block larger; null, and the block as it was, if there is no memory.
///
/// # Safety
/// `block` is null or came from here, and was not freed.
pub unsafe fn enlarge(block: *mut u8, bytes: usize) -> *mut u8 {
    if is_exhausted() {
        return ptr::null_mut();
    }
    let _errno = KeepErrno::new();
    // SAFETY: the caller's promise.
    own(unsafe { libc::realloc(block.cast(), bytes) }.cast(), bytes)
}

/// Gives memory back.
///
/// # Safety
/// `block` is null or came from here, and nobody uses it any more.
pub unsafe fn free<T>(block: *mut T) {
    // SAFETY: the caller's promise.
    unsafe { libc::free(block.cast()) };
}

/// Whether memory counts as exhausted in the calling thread: only ever in a test.
#[cfg(not(test))]
#[inline(always)]
pub fn is_exhausted() -> bool {
    false
}

#[cfg(test)]
pub use exhaustion::{is_exhausted, while_exhausted};

#[cfg(test)]
mod exhaustion {
    use core::cell::Cell;

    std::thread_local! {
        static EXHAUSTED: Cell<bool> = const { Cell::new(false) };
    }

    /// Whether memory counts as exhausted in the calling thread.
    pub fn is_exhausted() -> bool {
        EXHAUSTED.get()
    }

    /// Runs something in a thread without memory.
    pub fn while_exhausted<R>(run: impl FnOnce() -> R) -> R {
        EXHAUSTED.set(true);
        let result = run();
        EXHAUSTED.set(false);
        result
    }
}
