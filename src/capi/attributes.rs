//! What a thread is and is called, for C.

use core::ffi::c_char;

use crate::capi::name::Text;
use crate::object::cause::{Cause, because};
use crate::object::handle::threading_thread;
use crate::status::{Status, threading_status};
use crate::thread::current;
use crate::thread::start;

/// Copies the name of a thread (Python: `Thread.name`).
///
/// @param thread  the thread.
/// @param buffer  where the name goes, NUL-terminated, and cut between characters if it does not
/// fit; or NULL if `capacity` is 0.
/// @param capacity  bytes of `buffer`; 0 writes nothing.
/// @param length  where the length of the whole name goes, in bytes without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` has the name, or its beginning.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @par Blocking
/// Never, except for the moment in which another thread changes a name.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_name(
    thread: threading_thread,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    let result = unsafe { Text::new(buffer, capacity, length).fill_with_name(thread.into()) };
    super::outcome(c"threading_thread_name", thread, result)
}

/// Renames a thread, whether it runs or not (Python: `Thread.name = ...`).
///
/// A running thread gets the name in the operating system too; Linux keeps the first 15 bytes. On
/// Linux the main thread's name is the name of the process, which tools such as ps and killall
/// show.
/// @param thread  the thread.
/// @param name  the name in UTF-8, copied; "" gives back the default name.
/// @retval THREADING_OK  the name is set.
/// @retval THREADING_INVALID_ARGUMENT  `name` is NULL or not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name.
/// @par Blocking
/// Never, except for the moment in which another thread changes a name.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_set_name(
    thread: threading_thread,
    name: *const c_char,
) -> threading_status {
    let result = if name.is_null() {
        Err(because(&Cause(Status::THREADING_INVALID_ARGUMENT, c"the name is NULL")))
    } else {
        // SAFETY: not null, so NUL-terminated, by the caller's promise.
        unsafe { crate::thread::name::set(thread.into(), name) }
    };
    super::outcome(c"threading_thread_set_name", thread, result)
}

/// Tells whether a thread is a daemon: the end of the process does not wait for it (Python:
/// `Thread.daemon`).
///
/// @param thread  the thread.
/// @return its daemon flag; false for a bad handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_daemon(thread: threading_thread) -> bool {
    super::answer(c"threading_thread_daemon", thread, current::daemon(thread.into()), false)
}

/// Sets whether a thread is a daemon, before its start: the end of the process does not wait for
/// daemons (Python: `Thread.daemon = ...`).
///
/// @param thread  a thread that was not started yet.
/// @param daemon  whether it is one.
/// @retval THREADING_OK  the flag is set.
/// @retval THREADING_ALREADY_STARTED  it was started before; the main thread and Dummies count as
/// started.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_set_daemon(
    thread: threading_thread,
    daemon: bool,
) -> threading_status {
    super::outcome(c"threading_thread_set_daemon", thread, start::set_daemon(thread.into(), daemon))
}

/// Sets the size of a thread's stack, before its start.
///
/// @param thread  a thread that was not started yet.
/// @param bytes  at least 32,768, rounded up to pages; 0 means the size that `threading_stack_size`
/// returns when the thread is started.
/// @retval THREADING_OK  the thread will get at least that much, beside its thread-locals.
/// @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or larger than any memory could be.
/// @retval THREADING_ALREADY_STARTED  it was started before; the main thread and Dummies count as
/// started.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_set_stack_size(
    thread: threading_thread,
    bytes: usize,
) -> threading_status {
    super::outcome(
        c"threading_thread_set_stack_size",
        thread,
        start::set_stack_size(thread.into(), bytes),
    )
}

/// Returns a thread's ident: a number that no other thread of the process has, before or after
/// (Python: `Thread.ident`).
///
/// @param thread  the thread.
/// @return the ident, never 0 from its start on; 0 before, and for a bad handle, for which the
/// error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_ident(thread: threading_thread) -> u64 {
    super::answer(c"threading_thread_ident", thread, current::ident(thread.into()), 0)
}

/// Returns the operating system's id of a thread, by which tools such as top know it (Python:
/// `Thread.native_id`).
///
/// @param thread  the thread.
/// @return the id; 0 before its start, and for a bad handle, for which the error hook is called.
/// After its end the system may give the id to another thread.
/// @par Blocking
/// Right after the start, until the thread runs; else never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_native_id(thread: threading_thread) -> u64 {
    super::answer(c"threading_thread_native_id", thread, start::native_id(thread.into()), 0)
}
