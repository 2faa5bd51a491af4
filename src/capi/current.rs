//! The calling thread and all threads, for C.

use core::ffi::c_char;

use crate::lifecycle;
use crate::object::handle::{Handle, threading_thread};
use crate::platform::system;
use crate::status::{Status, threading_status};
use crate::thread::current;
use crate::thread::name;
use crate::thread::registry;
use crate::thread::stack;
use crate::wait::this_thread;

/// Returns the calling thread (Python: `threading.current_thread()`).
///
/// If the library did not start the calling thread, this call makes a Dummy for it: a record that
/// is named Dummy-N. The Dummy disappears when the thread ends.
/// @return the thread; the handle is borrowed, not owned. It is null only if memory ran out, or in
/// the last round of the thread's thread-local destructors.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_current_thread() -> threading_thread {
    lifecycle::ensure();
    registry::current_thread().into()
}

/// Returns the main thread: the thread that the process began with, or, in a forked child, the
/// thread that forked (Python: `threading.main_thread()`).
///
/// @return the thread; the handle is borrowed, not owned.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_main_thread() -> threading_thread {
    lifecycle::ensure();
    current::main().into()
}

/// Returns the name of the calling thread, for log messages.
///
/// @return the name, NUL-terminated, never NULL. It is valid until the calling thread calls this
/// function again, or ends.
/// @par Blocking
/// Never, except for a short time while another thread changes a name.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_current_name() -> *const c_char {
    lifecycle::ensure();
    name::of_current(registry::current_thread())
}

/// Returns the ident of the calling thread: a number that no other thread of the process ever has,
/// earlier or later (Python: `threading.get_ident()`).
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

/// Returns the operating system's id of the calling thread, which tools such as top show (Python:
/// `threading.get_native_id()`).
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

/// Counts the threads that are alive: the main thread, all threads that have been started and have
/// not ended, and Dummies (Python: `threading.active_count()`).
///
/// @return the number of threads.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_active_count() -> usize {
    lifecycle::ensure();
    registry::active_count()
}

/// Lists the threads that are alive (Python: `threading.enumerate()`).
///
/// If the array has room, the list contains every thread that is alive during the whole call. It
/// contains no thread that had ended before the call. To join all threads, a program must leave out
/// the calling thread, and the main thread, which may end only with the process.
/// @param array  receives the handles, which are borrowed, not owned; or NULL if `capacity` is 0.
/// @param capacity  the number of handles that fit into `array`.
/// @return the number of handles that were written, at most `capacity`. If it equals `capacity`,
/// there may be more threads.
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
    lifecycle::ensure();
    // SAFETY: the array has room for `capacity` handles, by the caller's promise; C's struct and
    // `Handle` are both nothing but the 64 bits.
    unsafe { registry::enumerate(array.cast::<Handle>(), capacity) }
}

/// Returns the stack size of new threads, as the program has set it (Python:
/// `threading.stack_size()`).
///
/// @return the size in bytes. 0 stands for the platform's default: see `threading_set_stack_size`.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stack_size() -> usize {
    stack::default()
}

/// Sets the stack size of all threads that are started from now on (Python:
/// `threading.stack_size(n)`).
///
/// When a thread is started, the platform's default is the size that the C library gives to a
/// thread without attributes. In glibc this is the value of RLIMIT_STACK at the beginning of the
/// process, or the size that the program has set later with `pthread_setattr_default_np`. The guard
/// area of the stack always has the platform's size. The C library takes memory for thread-local
/// variables from the stack; the library adds this memory to the size.
/// @param bytes  the size in bytes, at least 32,768, rounded up to whole pages when a thread is
/// started; 0 means the platform's default.
/// @retval THREADING_OK  the size is set.
/// @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or is larger than any memory can be.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_set_stack_size(bytes: usize) -> threading_status {
    super::outcome(c"threading_set_stack_size", Handle::NULL, stack::set_default(bytes))
}
