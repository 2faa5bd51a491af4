//! The sentences on failed calls that depend on the function's name.
//!
//! A status may have several causes. If the call has noted one, that counts. If not,
//! [`OF_FUNCTIONS`] has the sentence for a function that has one cause where others have others.
//! All else gets the status's own message.

use core::ffi::{CStr, c_char};

use crate::object::cause::{self, Cause};
use crate::object::handle::Handle;
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

/// A call fails: keeps its name and its cause for the calling thread.
pub fn keep(function: &'static CStr, status: Status, handle: Handle) {
    let noted = cause::last()
        .filter(|(failed, cause)| failed.is_none() && cause.0 == status)
        .map(|(_, cause)| cause);
    let cause = noted.unwrap_or_else(|| match status {
        THREADING_INVALID_HANDLE if handle == Handle::NULL => &NULL_HANDLE,
        THREADING_INVALID_HANDLE => &STRANGE_HANDLE,
        _ => of_function(function, status).unwrap_or_else(|| status::cause(status)),
    });
    cause::restore((Some(function), cause));
}

fn of_function(function: &CStr, status: Status) -> Option<&'static Cause> {
    let name = function.to_str().unwrap_or_default();
    OF_FUNCTIONS
        .iter()
        .find(|(part, cause)| cause.0 == status && name.contains(part))
        .map(|(_, cause)| cause)
}

/// The sentence on the last call that failed in the calling thread. Async-signal-safe.
pub fn message() -> *const c_char {
    let failed = cause::last().filter(|(function, _)| function.is_some());
    failed.map_or(c"no call has failed in this thread", |(_, cause)| cause.1).as_ptr()
}
