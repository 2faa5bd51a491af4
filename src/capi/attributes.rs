//! The attributes of a thread, for C.

use core::ffi::{c_char, c_void};

use crate::capi::name::deliver;
use crate::object::cause::failure;
use crate::object::handle::threading_thread;
use crate::status::threading_status;
use crate::thread::{attributes, name};

/// Copies the name of a thread (Python: `Thread.name`).
///
/// @param thread  the thread.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters.
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended. If that
/// happened during the call, `buffer` may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_name(
    thread: threading_thread,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { deliver(c"threading_thread_name", thread.into(), place, name::copy_out) }
}

/// Renames a thread, at any time in its life (Python: `Thread.name = ...`).
///
/// A running thread also gets the name in the operating system; Linux keeps the first 15 bytes. On
/// Linux the main thread's name is also the name of the process, which tools such as ps and killall
/// show.
/// @param thread  the thread.
/// @param name  the name in UTF-8, which the library copies; "" restores the default name.
/// @retval THREADING_OK  the thread has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is NULL or not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name.
/// @par Blocking
/// Never, except for a short time while another thread changes a name.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_set_name(
    thread: threading_thread,
    name: *const c_char,
) -> threading_status {
    let result = if name.is_null() {
        Err(failure!(THREADING_INVALID_ARGUMENT, c"the name is NULL"))
    } else {
        // SAFETY: not null, so NUL-terminated, by the caller's promise.
        unsafe { name::set(thread.into(), name) }
    };
    super::outcome(c"threading_thread_set_name", thread, result)
}

/// Tells whether a thread is a daemon: a thread for which the end of the process does not wait
/// (Python: `Thread.daemon`).
///
/// @param thread  the thread.
/// @return the daemon flag. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_daemon(thread: threading_thread) -> bool {
    super::answer(c"threading_thread_daemon", thread, attributes::daemon(thread.into()), false)
}

/// Sets the daemon flag of a thread before its start: the end of the process does not wait for a
/// daemon (Python: `Thread.daemon = ...`).
///
/// @param thread  a thread that has not been started.
/// @param daemon  true to make the thread a daemon.
/// @retval THREADING_OK  the flag is set.
/// @retval THREADING_ALREADY_STARTED  the thread was started before; the main thread and Dummies
/// count as started.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_set_daemon(
    thread: threading_thread,
    daemon: bool,
) -> threading_status {
    super::outcome(
        c"threading_thread_set_daemon",
        thread,
        attributes::set_daemon(thread.into(), daemon),
    )
}

/// Sets the stack size of a thread before its start.
///
/// @param thread  a thread that has not been started.
/// @param bytes  the size in bytes, at least 32,768, rounded up to whole pages. 0 means the size
/// that `threading_stack_size` returns when the thread is started.
/// @retval THREADING_OK  the thread will have a stack of at least this size, in addition to the
/// memory for its thread-local variables.
/// @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or is larger than any memory can be.
/// @retval THREADING_ALREADY_STARTED  the thread was started before; the main thread and Dummies
/// count as started.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
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
        attributes::set_stack_size(thread.into(), bytes),
    )
}

/// Returns the ident of a thread: a number that no other thread of the process ever has, earlier or
/// later (Python: `Thread.ident`).
///
/// @param thread  the thread.
/// @return the ident. It is 0 before the start of the thread, and never 0 afterwards. For a bad
/// handle: 0, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_ident(thread: threading_thread) -> u64 {
    super::answer(c"threading_thread_ident", thread, attributes::ident(thread.into()), 0)
}

/// Returns the operating system's id of a thread, which tools such as top show (Python:
/// `Thread.native_id`).
///
/// After the thread's end the operating system may give the id to another thread.
/// @param thread  the thread.
/// @return the id; 0 before the start of the thread. For a bad handle: 0, and the error hook is
/// called.
/// @par Blocking
/// Only right after the start, until the thread runs; otherwise never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_native_id(thread: threading_thread) -> u64 {
    super::answer(c"threading_thread_native_id", thread, attributes::native_id(thread.into()), 0)
}

/// Writes the `pthread_t` of a thread, by which the C library knows it, to `*out`: for functions
/// such as `pthread_kill` and `pthread_setschedparam`, while the thread is alive. The library joins
/// the thread: do not join or detach it.
///
/// The thread may end at any time. A program that uses the value has to know that the thread has
/// not ended yet, as it has to with pthreads: after that the C library may give the value to
/// another thread.
/// @param thread  the thread, which the library has started or not.
/// @param out  the address of a `pthread_t`. Its type is `void *` because this header includes no
/// header that declares `pthread_t`.
/// @retval THREADING_OK  `*out` is the value.
/// @retval THREADING_NOT_STARTED  the thread has not been started.
/// @retval THREADING_NO_VALUE  the thread has ended; or it is the main thread, and another thread
/// has loaded the library.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL, or the thread is a timer's or a task's: the
/// function of a timer or a task runs in one of the library's threads.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed.
/// @retval THREADING_NO_RESOURCES  the thread was started and does not run yet, and there is no
/// memory to wait for that.
/// @par Blocking
/// Only right after the start, until the thread runs; otherwise never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_pthread(
    thread: threading_thread,
    out: *mut c_void,
) -> threading_status {
    let native = || attributes::native_handle(thread.into());
    // SAFETY: `out` is null or the address of a `pthread_t`, which has the size of an address, by
    // the caller's promise.
    unsafe { super::deliver(c"threading_thread_pthread", thread, out.cast::<usize>(), native) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::tests::in_a_thread_without_memory;
    use crate::status::threading_status::*;
    use crate::thread::record::{self, NewRecord, STARTING};

    #[test]
    fn a_thread_without_memory_cannot_wait_until_another_runs() {
        let thread = record::make(&NewRecord::without_target(0, 0, STARTING)).expect("a record");
        in_a_thread_without_memory(|| {
            let mut native = 7_usize;
            let place = (&raw mut native).cast();
            // SAFETY: the place has the size of a `pthread_t`.
            let told = unsafe { threading_thread_pthread(thread.into(), place) };
            assert_eq!((told, native), (THREADING_NO_RESOURCES, 7));
        });
        let (record, state) = record::find(thread).expect("it is alive");
        let again = record.core.word.end(state).expect("nobody else has it");
        record::recycle(thread, record, again);
    }
}
