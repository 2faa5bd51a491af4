//! The calling thread and all threads, for C.

use core::ffi::c_char;

use crate::object::handle::{Handle, threading_thread};
use crate::platform::system;
use crate::status::{Status, threading_status};
use crate::thread::current;
use crate::thread::name;
use crate::thread::stack;
use crate::wait::this_thread;

/// Returns the calling thread (Python: `threading.current_thread()`).
///
/// A thread that this library did not start gets a record of its own here, named Dummy-N, which
/// vanishes when the thread ends.
/// @return the thread; the handle is borrowed, not owned. Null only if memory ran out, or in the
/// last of the thread's thread-local destructors.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_current_thread() -> threading_thread {
    current::thread().into()
}

/// Returns the main thread: the one that the process began with; after a fork, the one that forked
/// (Python: `threading.main_thread()`).
///
/// @return the thread; the handle is borrowed, not owned.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_main_thread() -> threading_thread {
    current::main().into()
}

/// Returns the calling thread's name, for logs.
///
/// @return the name, NUL-terminated, never NULL; valid until this thread calls this function again
/// or ends.
/// @par Blocking
/// Never, except for the moment in which another thread changes a name.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_current_name() -> *const c_char {
    name::of_current(current::thread())
}

/// Returns the calling thread's ident: a number that no other thread of the process has, before or
/// after (Python: `threading.get_ident()`).
///
/// @return the ident, never 0.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_get_ident() -> u64 {
    this_thread::ident_in_handler()
}

/// Returns the operating system's id of the calling thread, by which tools such as top know it
/// (Python: `threading.get_native_id()`).
///
/// @return the id, never 0.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_get_native_id() -> u64 {
    u64::from(system::native_id())
}

/// Counts the threads that are alive: the main thread, those that were started and have not ended,
/// and Dummies (Python: `threading.active_count()`).
///
/// @return how many.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_active_count() -> usize {
    current::active_count()
}

/// Lists the threads that are alive (Python: `threading.enumerate()`).
///
/// If there is room, every thread that is alive during the whole call is listed; a thread that had
/// ended before the call is not. A thread that joins all of them must leave out itself, and the
/// main thread, which may end only with the process.
/// @param array  where the handles go; they are borrowed, not owned; or NULL if `capacity` is 0.
/// @param capacity  how many fit.
/// @return how many were written, never more than `capacity`; if it equals `capacity` there may be
/// more.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_enumerate(
    array: *mut threading_thread,
    capacity: usize,
) -> usize {
    if array.is_null() || capacity == 0 {
        if array.is_null() && capacity > 0 {
            super::failed(c"threading_enumerate", Handle::NULL, Status::THREADING_INVALID_ARGUMENT);
        }
        return 0;
    }
    // SAFETY: the array has room for `capacity` handles, by the caller's promise; C's struct and
    // `Handle` are both nothing but the 64 bits.
    unsafe { current::enumerate(array.cast::<Handle>(), capacity) }
}

/// Returns the stack size of new threads, as it was set (Python: `threading.stack_size()`).
///
/// @return bytes; 0 is the platform's default, whose size it does not tell:
/// `threading_set_stack_size` says what that is.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stack_size() -> usize {
    stack::default()
}

/// Sets the stack size of threads that are started from now on (Python: `threading.stack_size(n)`).
///
/// The platform's default is what the C library gives a thread that it makes without attributes, at
/// the moment of the start: with glibc RLIMIT_STACK as it was when the process began, or what the
/// program has set by `pthread_setattr_default_np` since. The guard area behind the stack is always
/// the platform's. Thread-locals that the C library takes from the stack are added to the size.
/// @param bytes  at least 32,768, rounded up to pages when a thread is started; 0 is the platform's
/// default.
/// @retval THREADING_OK  the size is set.
/// @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or larger than any memory could be.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_set_stack_size(bytes: usize) -> threading_status {
    super::outcome(c"threading_set_stack_size", Handle::NULL, stack::set_default(bytes))
}
