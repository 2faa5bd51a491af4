//! Asking the system for a thread.

use core::ffi::c_void;

use super::thread;
use crate::platform::pthread::Routine;
use crate::platform::stack;

/// Why there is no thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The system takes no stack of that size.
    StackSize,
    /// The system has no room.
    Resources,
}

/// Has the system run the routine in a thread that somebody joins, with at least so many bytes of
/// stack; 0 is the program's default. It may change the last error.
///
/// # Safety
/// The routine may be called with this argument in another thread, at any time.
pub unsafe fn spawn(
    stack_size: usize,
    routine: Routine,
    argument: *mut c_void,
) -> Result<(), Refusal> {
    let size = match stack_size {
        0 => 0,
        wanted => stack::size_to_ask_for(wanted).ok_or(Refusal::StackSize)?,
    };
    // SAFETY: the caller's promise.
    if unsafe { thread::create(size, routine, argument) } {
        Ok(())
    } else {
        Err(Refusal::Resources)
    }
}
