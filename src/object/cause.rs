//! Why a call failed: each thread stores the cause of its last call that failed.
//!
//! A function that has several causes for one status stores the one that applies ([`because`]). The
//! boundary to C adds the function's name when the call fails, and chooses a cause where none was
//! stored (`capi::causes`).
//!
//! | `failed` | `cause` | means                                                            |
//! |----------|---------|------------------------------------------------------------------|
//! | null     | null    | no call of this thread has failed                                |
//! | null     | a cause | a call stored the cause and has not returned                     |
//! | a name   | a cause | name and cause of the last call that failed                      |
//!
//! If a call in a signal handler fails between the two steps, the interrupted call loses the cause
//! that it stored. A more general sentence, which is true as well, then explains that call.

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

/// Stores why the current call fails, and returns the status of that failure.
/// Async-signal-safe.
#[cold]
#[inline(never)]
pub fn because(cause: &'static Cause) -> Status {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().failed.store(ptr::null_mut(), Ordering::Relaxed);
    block().cause.store(ptr::from_ref(cause).cast_mut().cast(), Ordering::Relaxed);
    cause.0
}

/// Stores why the current call fails, and is the status of that failure: [`because`] with a status
/// and a text that are known here.
macro_rules! failure {
    ($status:ident, $why:literal) => {{
        static CAUSE: $crate::status::Cause =
            $crate::status::Cause($crate::status::Status::$status, $why);
        $crate::object::cause::because(&CAUSE)
    }};
}
pub(crate) use failure;

/// The cause of the calling thread's last failure, and the name of the function that failed, if its
/// call has returned.
pub type Last = (Option<&'static CStr>, &'static Cause);

/// The calling thread's last failure. Async-signal-safe.
pub fn last() -> Option<Last> {
    // ORDERING: Relaxed, both: no other thread touches the block.
    let failed = block().failed.load(Ordering::Relaxed);
    let cause = block().cause.load(Ordering::Relaxed).cast::<Cause>();
    // SAFETY: each is null, or a reference that lives for ever and that this file stored.
    let failed = (!failed.is_null()).then(|| unsafe { CStr::from_ptr(failed) });
    // SAFETY: as above.
    unsafe { cause.as_ref() }.map(|cause| (failed, cause))
}

/// Stores an earlier failure again: after a hook, in which other calls may have failed.
pub fn restore((function, cause): Last) {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().cause.store(ptr::from_ref(cause).cast_mut().cast(), Ordering::Relaxed);
    block().failed.store(function.map_or(ptr::null(), CStr::as_ptr).cast_mut(), Ordering::Relaxed);
}

/// Restores the failure that [`last`] returned earlier. A call that succeeds after an attempt
/// failed uses this to remove the cause of the attempt.
pub fn forget_since(before: Option<Last>) {
    before.map_or_else(clear, restore);
}

/// Removes the calling thread's last failure.
pub fn clear() {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().failed.store(ptr::null_mut(), Ordering::Relaxed);
    block().cause.store(ptr::null_mut(), Ordering::Relaxed);
}
