//! Threads of the library's own: the timers' service, workers, and the stand-in. They have no
//! record, no function lists them, and they do not keep the process alive.

use core::ptr;

use crate::object::cause;
use crate::platform::memory;
use crate::platform::pthread::{self, Routine};
use crate::platform::system::{KeepErrno, NoCancellation};
use crate::status::Status;
use crate::thread::native;
use crate::wait::this_thread;

/// How long the service or a worker waits without work before it ends, in nanoseconds.
pub const IDLE_TIMEOUT: u64 = 1_000_000_000;

/// Starts a service thread with that size of stack, 0 for the platform's default. The routine has
/// an [`OwnMemory`]. The thread is reaped, or detaches itself before it ends.
///
/// # Errors
/// As [`native::create`].
pub fn start(routine: Routine, stack_size: usize) -> Result<(), Status> {
    start_with(routine, 0, stack_size)
}

/// As [`start`], with a number as the argument.
///
/// # Errors
/// As [`start`].
pub fn start_with(routine: Routine, argument: usize, stack_size: usize) -> Result<(), Status> {
    if memory::is_exhausted() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let _errno = KeepErrno::new();
    let _cancellation = NoCancellation::new();
    native::reap();
    // If the system has no room for a stack of that size, a default stack is tried, so that timers
    // do not wait for ever.
    // SAFETY: the argument is no pointer.
    let create =
        |size| unsafe { native::create(size, routine, ptr::without_provenance_mut(argument)) };
    let before = cause::last();
    let started = create(stack_size)
        .or_else(|refusal| if stack_size == 0 { Err(refusal) } else { create(0) });
    started.inspect(|()| cause::forget_since(before))
}

/// What a routine of [`start`] makes first and drops last. It tells tools when the thread has its
/// memory: one that has had nothing to do is not registered, and has no exit hook.
pub struct OwnMemory(());

impl OwnMemory {
    /// Tells that the calling thread has begun.
    pub fn new() -> OwnMemory {
        this_thread::tell_memory_taken();
        OwnMemory(())
    }
}

impl Drop for OwnMemory {
    fn drop(&mut self) {
        this_thread::tell_memory_left();
    }
}

/// Detaches the calling thread, which is about to end and which no thread joins.
pub fn detach_self() {
    // SAFETY: a thread that `start` has made is joinable until it calls this, once.
    unsafe { pthread::pthread_detach(pthread::pthread_self()) };
}
