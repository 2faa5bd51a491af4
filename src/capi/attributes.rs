//! What a thread is and is called, for C.

use core::ffi::c_char;

use super::name::Text;
use crate::cause::{Cause, because};
use crate::handle::threading_thread;
use crate::status::{Status, threading_status};
use crate::thread::{current, start};

/// Copies the name of a thread (Python: `Thread.name`).
///
/// @param thread  the thread.
/// @param buffer  where the name goes, NUL-terminated, and cut between characters if it does not fit; or NULL if `capacity` is 0.
/// @param capacity  bytes of `buffer`; 0 writes nothing.
/// @param length  where the length of the whole name goes, in bytes without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` has the name, or its beginning.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or given up and has ended.
/// @par Blocking
/// Never, but for the moment in which another name is changed.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_name(
    thread: threading_thread,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by the caller's promise.
    let result = unsafe { Text::new(buffer, capacity, length).fill_with_name(thread.into()) };
    super::outcome(c"threading_thread_name", thread, result)
}

/// Renames a thread, whether it runs or not (Python: `Thread.name = ...`).
///
/// The operating system hears of it too, for any thread that runs; Linux keeps the first 15 bytes. There the main thread's name
/// is the name of the process, which tools such as ps and killall show.
/// @param thread  the thread.
/// @param name  the name in UTF-8, copied; "" gives back the default name.
/// @retval THREADING_OK  it has that name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is NULL or not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or given up and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name.
/// @par Blocking
/// Never, but for the moment in which another name is changed.
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

/// Tells whether a thread lets the process end without it (Python: `Thread.daemon`).
///
/// @param thread  the thread.
/// @return its daemon flag; false for a bad handle, of which the error hook is told.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_daemon(thread: threading_thread) -> bool {
    super::answer(c"threading_thread_daemon", thread, current::daemon(thread.into()), false)
}

/// Says whether a thread lets the process end without it (Python: `Thread.daemon = ...`).
///
/// @param thread  a thread that was not started yet.
/// @param daemon  whether it does.
/// @retval THREADING_OK  so it is.
/// @retval THREADING_ALREADY_STARTED  it was started before; so were the main thread and Dummies.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or given up and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_set_daemon(thread: threading_thread, daemon: bool) -> threading_status {
    super::outcome(c"threading_thread_set_daemon", thread, start::set_daemon(thread.into(), daemon))
}

/// Says how large a thread's stack shall be.
///
/// @param thread  a thread that was not started yet.
/// @param bytes  at least 32,768, rounded up to pages; 0 is what `threading_set_stack_size` has set when it is started.
/// @retval THREADING_OK  it will get at least that much, beside its thread-locals.
/// @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or larger than any memory.
/// @retval THREADING_ALREADY_STARTED  it was started before; so were the main thread and Dummies.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or given up and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_set_stack_size(thread: threading_thread, bytes: usize) -> threading_status {
    super::outcome(c"threading_thread_set_stack_size", thread, start::set_stack_size(thread.into(), bytes))
}

/// Returns a thread's ident: a number that no other thread of the process has, before or after (Python: `Thread.ident`).
///
/// @param thread  the thread.
/// @return the ident, never 0 from its start on; 0 before, and for a bad handle, of which the error hook is told.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_ident(thread: threading_thread) -> u64 {
    super::answer(c"threading_thread_ident", thread, current::ident(thread.into()), 0)
}

/// Returns the operating system's id of a thread, by which tools such as top know it (Python: `Thread.native_id`).
///
/// @param thread  the thread.
/// @return the id; 0 before its start, and for a bad handle, of which the error hook is told. After its end the system may give
/// the id to another thread.
/// @par Blocking
/// Right after the start, until the thread runs; else never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_native_id(thread: threading_thread) -> u64 {
    super::answer(c"threading_thread_native_id", thread, start::native_id(thread.into()), 0)
}
