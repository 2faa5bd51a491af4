//! The end of the process, for C.

use core::ffi::c_void;

use crate::lifecycle;
use crate::object::handle::Handle;
use crate::status::{Status, threading_status};
use crate::thread::shutdown;
use crate::wait::timeout::Timeout;

/// A function that the library calls once, with the context that was registered with it. It must
/// return.
pub type threading_callback = Option<unsafe extern "C-unwind" fn(ctx: *mut c_void)>;

/// Registers a function that runs when the process ends, before the threads are joined: it is the
/// place to tell threads to stop (Python: `threading._register_atexit()`). The function that was
/// registered last runs first.
///
/// A handler of atexit() cannot tell threads to stop: it runs after the join, so the process would
/// wait for these threads forever. If main ends by pthread_exit(), the function runs after all
/// threads that are not daemons have ended: in this case it cannot tell them to stop either.
/// @param fn  the function. It runs once, in the thread that calls exit or shuts down.
/// @param ctx  passed to `fn`, or NULL. It stays owned by the caller.
/// @retval THREADING_OK  the function will run.
/// @retval THREADING_INVALID_ARGUMENT  `fn` is NULL.
/// @retval THREADING_SHUTTING_DOWN  the shutdown has begun.
/// @retval THREADING_NO_RESOURCES  memory ran out.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_register_atexit(
    r#fn: threading_callback,
    ctx: *mut c_void,
) -> threading_status {
    lifecycle::ensure();
    let result = r#fn
        .ok_or(Status::THREADING_INVALID_ARGUMENT)
        .and_then(|function| shutdown::register_callback(function, ctx));
    super::outcome(c"threading_register_atexit", Handle::NULL, result)
}

/// Shuts the library down, as the end of the process does: it runs the functions of
/// threading_register_atexit, and then waits until all threads that are not daemons have ended,
/// including threads that start during the wait. Afterwards no thread can be started.
///
/// `return` from main, and exit() in main, do this first: before any handler of atexit() runs, and
/// before any static object is destroyed. exit() in another thread does it after some of the
/// handlers: it first runs the handlers that were registered after the first thread was started,
/// then waits for the threads, and then runs the other handlers. With musl, exit() in main does the
/// same. If main ends by pthread_exit(), the shutdown takes place when all threads that are not
/// daemons have ended, and then the process ends as by exit(0).
///
/// If several threads call exit(), one of them ends the process with its exit code, and the others
/// wait for the end. If threads other than main are among them, one of those ends the process. If
/// an exit() has waited for five seconds, it prints once to the standard error stream which threads
/// it waits for; the environment variable THREADING_REPORT=0 turns this message off.
///
/// Call this function at the end of main if threads use variables of main, or if another thread may
/// call exit(). During the call the calling thread counts as ended for threads that join it. While
/// a task waits in this call, or in exit(), another task of its executor may begin.
/// @retval THREADING_OK  all threads that are not daemons have ended. Later calls do nothing.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait; or the caller is a task, and
/// the operating system has no room for a worker that could run the tasks behind it.
/// @par Blocking
/// Until all threads that are not daemons have ended.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_shutdown() -> threading_status {
    lifecycle::ensure();
    super::slowly(c"threading_shutdown", Handle::NULL, |_| shutdown::shutdown(Timeout::Forever))
}

/// Shuts the library down as `threading_shutdown` does, but waits for at most `seconds`.
///
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  all threads that are not daemons have ended. Later calls do nothing.
/// @retval THREADING_TIMEOUT  the time-out expired first. The registered functions have run, and do
/// not run again. Threads can still be started, and the end of the process waits for them as usual.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX; nothing has changed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait; or the caller is a task, and
/// the operating system has no room for a worker that could run the tasks behind it.
/// @par Blocking
/// Until all threads that are not daemons have ended, or until the time-out expires on the
/// monotonic clock.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_shutdown_timeout(seconds: f64) -> threading_status {
    lifecycle::ensure();
    super::slowly_within(c"threading_shutdown_timeout", Handle::NULL, seconds, |_, timeout| {
        shutdown::shutdown(timeout)
    })
}
