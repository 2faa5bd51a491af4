//! Asking the system for a thread, with a cause if there is none.

use core::ffi::c_void;

use crate::object::cause::{Cause, because};
use crate::platform::pthread::Routine;
use crate::platform::spawn::{Refusal, spawn};
use crate::status::Status;

/// Has the system run the routine in a thread that somebody joins, with at least so many bytes of
/// stack; 0 is the platform's default.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the system takes no stack of that size; `THREADING_NO_RESOURCES`
/// if it has no room, or does not permit what the program has made the default of all threads.
///
/// # Safety
/// The routine may be called with this argument in another thread, at any time.
pub unsafe fn create(
    stack_size: usize,
    routine: Routine,
    argument: *mut c_void,
) -> Result<(), Status> {
    // SAFETY: the caller's promise.
    unsafe { spawn(stack_size, routine, argument) }.map_err(|refusal| match refusal {
        Refusal::StackSize => because(&NO_SUCH_STACK),
        Refusal::Resources => because(&REFUSED),
    })
}

static NO_SUCH_STACK: Cause = Cause(
    Status::THREADING_INVALID_ARGUMENT,
    c"the operating system takes no thread with a stack of that size",
);
static REFUSED: Cause = Cause(
    Status::THREADING_NO_RESOURCES,
    c"the operating system refuses another thread, or memory for its stack",
);
