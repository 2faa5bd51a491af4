//! Threads of the library's own: the timers' service and workers. They have no record, appear
//! nowhere and keep nothing alive.

use core::ptr;

use crate::object::cause;
use crate::platform::memory;
use crate::platform::pthread::{self, Routine};
use crate::platform::system::{KeepErrno, NoCancellation};
use crate::status::Status;
use crate::thread::create;
use crate::thread::reap;

/// Starts one with that size of stack, 0 for the platform's. Somebody joins it, or it detaches
/// itself in the end.
///
/// # Errors
/// As [`create::create`].
pub fn start(routine: Routine, stack_size: usize) -> Result<(), Status> {
    if memory::is_exhausted() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let _errno = KeepErrno::new();
    let _cancellation = NoCancellation::new();
    reap::reap();
    // Timers must not wait for ever because threads were given stacks that the system has no room
    // for.
    // SAFETY: routines of the library's own threads take no argument.
    let create = |size| unsafe { create::create(size, routine, ptr::null_mut()) };
    let before = cause::last();
    let started = create(stack_size)
        .or_else(|refusal| if stack_size == 0 { Err(refusal) } else { create(0) });
    started.inspect(|()| cause::forget_since(before))
}

/// The calling thread is about to end, and nobody joins it.
pub fn detach_myself() {
    // SAFETY: a thread that `start` has made is joinable until it calls this, once.
    unsafe { pthread::pthread_detach(pthread::pthread_self()) };
}
