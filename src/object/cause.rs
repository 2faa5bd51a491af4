//! Why a call failed: one sentence, for the error hook and `THREADING_CHECK`.
//!
//! A status may have several causes. Where a function has several for one status, it notes which it
//! has found ([`because`]); where a status has several, but this function one, [`OF_FUNCTIONS`] has
//! the sentence; all others have the status's own message. The boundary to C decides for one of the
//! three when a call fails ([`settle`]). The calling thread keeps the last one.
//!
//! | `failed` | `cause` | means                                                            |
//! |----------|---------|------------------------------------------------------------------|
//! | null     | null    | no call of this thread has failed                                |
//! | null     | a cause | noted by a call that has not come back                           |
//! | a name   | a cause | of the last call that failed                                     |
//!
//! A signal handler whose call fails between the two makes the interrupted call forget what it has
//! noted: it is told the more general sentence then, which is true as well.

use core::ffi::{CStr, c_char, c_void};
use core::ptr;
// Not the facade's: only the calling thread touches its block.
use core::sync::atomic::Ordering;

use crate::object::handle::Handle;
use crate::platform::tls::{self, Block};
pub use crate::status::Cause;
use crate::status::threading_status::*;
use crate::status::{self, Status};

/// The sentences of functions for which a status has one cause, and a more special one than its
/// message says: a part of the function's name, and the cause. The first that fits counts.
static OF_FUNCTIONS: [(&str, Cause); 17] = [
    (
        "condition_release",
        Cause(
            THREADING_NOT_ACQUIRED,
            c"nobody holds the condition's lock, which the call releases",
        ),
    ),
    (
        "condition_release",
        Cause(
            THREADING_NOT_OWNER,
            c"another thread holds the condition's lock, which the call releases",
        ),
    ),
    ("_release", Cause(THREADING_NOT_ACQUIRED, c"nobody holds the lock that the call releases")),
    (
        "_release",
        Cause(THREADING_NOT_OWNER, c"another thread holds the rlock that the call releases"),
    ),
    (
        "_release",
        Cause(THREADING_OVERFLOW, c"the semaphore would have more units than it may have"),
    ),
    ("_release_n", Cause(THREADING_INVALID_ARGUMENT, c"the number of units is 0")),
    (
        "_acquire",
        Cause(THREADING_OVERFLOW, c"the caller holds the rlock 4,294,967,295 times already"),
    ),
    (
        "condition_wait",
        Cause(
            THREADING_NOT_ACQUIRED,
            c"the caller waits without the condition's lock: nobody holds it",
        ),
    ),
    (
        "condition_wait",
        Cause(
            THREADING_NOT_OWNER,
            c"the caller waits without the condition's lock: another thread holds it",
        ),
    ),
    (
        "_notify",
        Cause(
            THREADING_NOT_ACQUIRED,
            c"the caller notifies without the condition's lock: nobody holds it",
        ),
    ),
    (
        "_notify",
        Cause(
            THREADING_NOT_OWNER,
            c"the caller notifies without the condition's lock: another thread holds it",
        ),
    ),
    ("thread_result", Cause(THREADING_BUSY, c"the thread has not ended")),
    (
        "set_daemon",
        Cause(
            THREADING_ALREADY_STARTED,
            c"the thread has been started, and its daemon flag cannot change any more",
        ),
    ),
    (
        "set_stack_size",
        Cause(THREADING_ALREADY_STARTED, c"the thread has been started, and has its stack already"),
    ),
    ("register_atexit", Cause(THREADING_INVALID_ARGUMENT, c"the function is NULL")),
    (
        "register_atexit",
        Cause(
            THREADING_SHUTTING_DOWN,
            c"the shutdown has begun, and nothing can be registered any more",
        ),
    ),
    (
        "enumerate",
        Cause(THREADING_INVALID_ARGUMENT, c"the array is NULL, and its capacity is not 0"),
    ),
];

/// Any handle that is null, and any other bad one, which cannot be told apart for certain.
static NULL_HANDLE: Cause =
    Cause(THREADING_INVALID_HANDLE, c"the handle is null: the object was never made");
static STRANGE_HANDLE: Cause = Cause(
    THREADING_INVALID_HANDLE,
    c"the handle is made up, or it is that of an object of another kind",
);

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

/// A call fails: keeps its name, and the cause that was noted or else fits best.
pub fn settle(function: &'static CStr, status: Status, handle: Handle) {
    let noted = last()
        .filter(|(failed, cause)| failed.is_none() && cause.0 == status)
        .map(|(_, cause)| cause);
    let cause = noted.unwrap_or_else(|| match status {
        THREADING_INVALID_HANDLE if handle == Handle::NULL => &NULL_HANDLE,
        THREADING_INVALID_HANDLE => &STRANGE_HANDLE,
        _ => of_function(function, status).unwrap_or_else(|| status::cause(status)),
    });
    restore((Some(function), cause));
}

fn of_function(function: &CStr, status: Status) -> Option<&'static Cause> {
    let name = function.to_str().unwrap_or_default();
    OF_FUNCTIONS
        .iter()
        .find(|(part, cause)| cause.0 == status && name.contains(part))
        .map(|(_, cause)| cause)
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

/// The sentence on the last call that failed in the calling thread. Async-signal-safe.
pub fn message() -> *const c_char {
    let failed = last().filter(|(function, _)| function.is_some());
    failed.map_or(c"no call has failed in this thread", |(_, cause)| cause.1).as_ptr()
}
