//! Threads of Windows, by the names that POSIX has for what the layers above ask of them.
//!
//! A thread ends by returning, or where it stands (`pthread_exit`): nothing unwinds its frames
//! then. Windows could, by the same means as for exceptions. But functions in between may belong to
//! any compiler, and each would have to know of an exception that nobody catches. Nobody is
//! cancelled.

use core::ffi::{c_int, c_void};

pub use super::keys::{KEYS_WITHOUT_ALLOCATION, Key, pthread_key_create, pthread_setspecific};
pub use super::process::{at_exit_in_caller, atexit, exit};
use super::thread;
pub use super::thread::Routine;

/// How the system knows a thread: a handle, which is that thread's until it is joined.
pub type Thread = usize;

/// POSIX's number for a thread that has not ended.
const EBUSY: c_int = 16;

/// The states and types of cancellation, which have no effect.
pub const CANCEL_ENABLE: c_int = 0;
/// As above.
pub const CANCEL_DISABLE: c_int = 1;
/// As above.
pub const CANCEL_DEFERRED: c_int = 0;
/// As above.
pub const CANCEL_ASYNCHRONOUS: c_int = 1;

/// The calling thread.
///
/// # Safety
/// None is needed; it is unsafe as in other ports.
pub unsafe fn pthread_self() -> Thread {
    thread::own()
}

/// Joins a thread if the system is done with it. Its value is its exit code, of 32 bits.
///
/// # Safety
/// The thread is one that `spawn` has made, and nobody has joined it; `value` may be written.
pub unsafe fn pthread_tryjoin_np(thread: Thread, value: *mut *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { thread::try_join(thread, value) } { 0 } else { EBUSY }
}

/// Nobody joins the calling thread, which is the one that is given.
///
/// # Safety
/// It is the calling thread, and one that `spawn` has made.
pub unsafe fn pthread_detach(_thread: Thread) -> c_int {
    thread::close_own();
    0
}

/// Ends the calling thread where it stands. The last 32 bits of the value are its exit code.
///
/// # Safety
/// No frame of the thread has to be returned to.
pub unsafe fn pthread_exit(value: *mut c_void) -> ! {
    thread::exit(value)
}

/// Nobody is cancelled.
///
/// # Safety
/// None is needed; it is unsafe as in other ports.
pub unsafe fn pthread_setcancelstate(_state: c_int, _old: *mut c_int) -> c_int {
    0
}

/// As above.
///
/// # Safety
/// As above.
pub unsafe fn pthread_setcanceltype(_kind: c_int, _old: *mut c_int) -> c_int {
    0
}

/// As above.
///
/// # Safety
/// As above.
pub unsafe fn pthread_testcancel() {}

/// Nobody forks.
///
/// # Safety
/// As above.
pub unsafe fn pthread_atfork(
    _prepare: Option<unsafe extern "C" fn()>,
    _parent: Option<unsafe extern "C" fn()>,
    _child: Option<unsafe extern "C" fn()>,
) -> c_int {
    0
}
