//! What `linux/system.rs` says, for a model: one processor, and threads that have numbers instead
//! of the kernel's ids.

use core::ffi::{CStr, c_void};

pub use crate::platform::cancellation::{DeferredCancellation, NoCancellation};
pub use crate::platform::errno::KeepErrno;
use crate::platform::pthread;

/// Models do not spin: what is found a moment later is another interleaving, which loom tries
/// anyway.
pub fn processors() -> usize {
    1
}

/// As above.
pub fn many_processors() -> bool {
    false
}

/// The calling thread's number.
pub fn native_id() -> u32 {
    pthread::number_of_caller() as u32
}

/// The number of a model.
pub fn process_id() -> u32 {
    1
}

/// The number of the thread that a model begins with.
pub fn first_thread_id() -> u32 {
    1
}

/// Whether the calling thread is the one that the model began with.
pub fn is_first_thread() -> bool {
    native_id() == first_thread_id()
}

/// Each model begins anew, so nothing is noted.
pub fn first_thread_is_known() {}

/// As [`is_first_thread`].
pub fn is_unknown_first_thread() -> bool {
    is_first_thread()
}

/// Threads of a model tell of their ends, so nobody need look for them.
pub fn thread_exists(_native_id: u32) -> bool {
    true
}

/// Models do not fork.
///
/// # Safety
/// None is needed; it is unsafe as the real one is.
pub unsafe fn wipe_in_children(_pages: *mut c_void, _bytes: usize) -> bool {
    false
}

/// A model has no environment.
pub fn variable<R>(_name: &CStr, _read: impl FnOnce(&CStr) -> R) -> Option<R> {
    None
}

/// The model has failed.
pub fn abort() -> ! {
    panic!("the library ends the process")
}

/// Nothing runs before a model: it begins with nothing done.
macro_rules! run_when_loaded {
    ($function:path) => {
        const _: extern "C" fn() = $function;
    };
}
pub(crate) use run_when_loaded;
