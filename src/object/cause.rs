//! Why a call failed: each thread notes the cause, and keeps that of its last call that failed.
//!
//! A function that has several causes for one status notes which of them it has found
//! ([`because`]). The boundary to C adds the function's name when the call fails, and chooses a
//! cause where none was noted (`capi::causes`).
//!
//! | `failed` | `cause` | means                                                            |
//! |----------|---------|------------------------------------------------------------------|
//! | null     | null    | no call of this thread has failed                                |
//! | null     | a cause | noted by a call that has not come back                           |
//! | a name   | a cause | of the last call that failed                                     |
//!
//! A signal handler whose call fails between the two makes the interrupted call forget what it has
//! noted. That call is then explained by a more general sentence, which is true as well.

use core::ffi::{CStr, c_void};
use core::ptr;
// Not the facade's: only the calling thread touches its block.
use core::sync::atomic::Ordering;

use crate::platform::tls::{self, Block};
use crate::status::Status;

pub use crate::status::Cause;

fn block() -> &'static Block<c_void> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this file's functions.
    unsafe { &*tls::block::<c_void>() }
}

/// Notes why the call that runs fails, and returns the status with which it does.
/// Async-signal-safe.
#[cold]
#[inline(never)]
pub fn because(cause: &'static Cause) -> Status {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().failed.store(ptr::null_mut(), Ordering::Relaxed);
    block().cause.store(ptr::from_ref(cause).cast_mut().cast(), Ordering::Relaxed);
    cause.0
}

/// The function that failed last in the calling thread, if its call has come to that, and the
/// cause.
pub type Last = (Option<&'static CStr>, &'static Cause);

/// What the calling thread keeps. Async-signal-safe.
pub fn last() -> Option<Last> {
    // ORDERING: Relaxed, both: no other thread touches the block.
    let failed = block().failed.load(Ordering::Relaxed);
    let cause = block().cause.load(Ordering::Relaxed).cast::<Cause>();
    // SAFETY: each is null or was stored by this file, from a reference that lives for ever.
    let failed = (!failed.is_null()).then(|| unsafe { CStr::from_ptr(failed) });
    // SAFETY: as above.
    unsafe { cause.as_ref() }.map(|cause| (failed, cause))
}

/// Keeps that again: after a hook, in which other calls may have failed.
pub fn restore((function, cause): Last) {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().cause.store(ptr::from_ref(cause).cast_mut().cast(), Ordering::Relaxed);
    block().failed.store(function.map_or(ptr::null(), CStr::as_ptr).cast_mut(), Ordering::Relaxed);
}

/// A call has found another way: what it has noted since `last` said `before` is no cause of
/// anything.
pub fn forget_since(before: Option<Last>) {
    before.map_or_else(clear, restore);
}

/// No call has failed in the calling thread.
pub fn clear() {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().failed.store(ptr::null_mut(), Ordering::Relaxed);
    block().cause.store(ptr::null_mut(), Ordering::Relaxed);
}
