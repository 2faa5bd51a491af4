//! Creating a thread of the operating system, with a cause if the system refuses.

use core::ffi::c_void;

use crate::object::cause::failure;
use crate::platform::pthread::Routine;
use crate::platform::spawn::{Refusal, spawn};
use crate::status::Status;

/// Creates a joinable thread that runs the routine, with a stack of at least `stack_size` bytes; 0
/// is the platform's default.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the system allows no stack of that size;
/// `THREADING_NO_RESOURCES` if it has no room, or does not permit the attributes that the program
/// set as the default.
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
        Refusal::StackSize => failure!(
            THREADING_INVALID_ARGUMENT,
            c"the operating system takes no thread with a stack of that size"
        ),
        Refusal::Resources => failure!(
            THREADING_NO_RESOURCES,
            c"the operating system refuses another thread, or memory for its stack"
        ),
    })
}
