//! On which processors a thread runs, for C.

use crate::object::handle::threading_thread;
use crate::status::threading_status;
use crate::thread::affinity;

/// Sets the processors on which a thread may run.
///
/// A thread that runs gets them at once. A thread that has not been started applies them itself,
/// before anything else that it does, the start hook included. If the operating system refuses
/// then, the start fails with the status that this function would return. Neither the hook nor the
/// thread's function has run, and the thread can be started again. Such a start waits until the
/// thread has applied its processors.
///
/// Without this call a thread has the processors of the thread that starts it. That is also true of
/// the threads in which the library runs timers and tasks.
/// @param thread  the thread, which the library has started or not.
/// @param processors  the numbers of the processors, as the operating system counts them, from 0;
/// in any order. The library copies them.
/// @param count  how many numbers there are, from 1 to 8192.
/// @retval THREADING_OK  the thread runs on these processors, or will do so from its start on.
/// @retval THREADING_INVALID_ARGUMENT  `processors` is NULL; `count` is 0 or more than 8192; there
/// is no processor of that number, or the thread may not use it, which is found out when the thread
/// runs; the thread has ended; or it is a timer's or a task's, whose function runs in one of the
/// library's threads.
/// @retval THREADING_NOT_PERMITTED  the operating system forbids the call: a sandbox, for example.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory to keep the processors until the start, or to
/// wait until a thread that was started runs.
/// @par Blocking
/// Only right after the start, until the thread runs; otherwise never, except for a short time
/// while another thread changes a name or the processors of a thread.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_set_affinity(
    thread: threading_thread,
    processors: *const u32,
    count: usize,
) -> threading_status {
    // SAFETY: `processors` is null or has `count` numbers, by the caller's promise.
    let result = unsafe { affinity::set(thread.into(), processors, count) };
    super::outcome(c"threading_thread_set_affinity", thread, result)
}
