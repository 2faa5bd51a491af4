//! The end of the process, for C.

use core::ffi::c_void;

use crate::object::handle::Handle;
use crate::status::{Status, threading_status};
use crate::thread::exit;
use crate::wait::timeout::Timeout;

/// A function that is called once, with the context that it was registered with. It must return.
pub type threading_callback = Option<unsafe extern "C-unwind" fn(ctx: *mut c_void)>;

/// Registers a function that runs at the end of the process, before the threads are joined: the
/// place to tell threads to stop (Python: `threading._register_atexit()`). The last registered
/// function runs first.
///
/// A handler of atexit() cannot do this: it runs after the join, so a process whose handler stops
/// its threads would never end. When main ends by pthread_exit(), the function runs when all
/// threads have ended that are not daemons: then it cannot tell them to stop either.
/// @param fn  the function; it runs once, in the thread that shuts down or exits.
/// @param ctx  passed to the function; it stays the caller's; or NULL.
/// @retval THREADING_OK  it will run.
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
    let result = r#fn
        .ok_or(Status::THREADING_INVALID_ARGUMENT)
        .and_then(|function| exit::register_callback(function, ctx));
    super::outcome(c"threading_register_atexit", Handle::NULL, result)
}

/// Does what the end of the process does: runs the functions of threading_register_atexit, then
/// waits until all threads have ended that are not daemons, also those that start meanwhile.
/// Afterwards no thread can be started.
///
/// `return` from main and exit() in main do this before anything else: before any handler of
/// atexit() runs and before any static is destroyed. exit() in another thread does it in the order
/// of the handlers: it first runs those that were registered after the first thread was started,
/// then waits for the threads, then runs the others. So does exit() in main with musl. When main
/// ends by pthread_exit(), it is done when all threads have ended that are not daemons, and the
/// process then ends as by exit(0).
///
/// If several threads call exit(), one of them ends the process, with its code, and the others wait
/// for that: a thread other than main, if there is one among them. An exit() that has waited for
/// five seconds says once on stderr for which threads; the environment variable THREADING_REPORT=0
/// silences that.
///
/// Call this at the end of main if threads use main's own variables, or if another thread may call
/// exit(). The calling thread counts as ended for threads that join it.
/// @retval THREADING_OK  all have ended; later calls do nothing.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all threads that are not daemons have ended.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_shutdown() -> threading_status {
    super::outcome(c"threading_shutdown", Handle::NULL, exit::shutdown(Timeout::Forever))
}

/// Does what `threading_shutdown` does, but waits for at most that time.
///
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  all have ended; later calls do nothing.
/// @retval THREADING_TIMEOUT  the time ran out first. The registered functions have run and do not
/// run again; threads can still be started, and the end of the process waits for them as always.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX;
/// nothing has changed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all threads that are not daemons have ended or the time is up, on the monotonic clock.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_shutdown_timeout(seconds: f64) -> threading_status {
    let result = Timeout::from_seconds(seconds).and_then(exit::shutdown);
    super::outcome(c"threading_shutdown_timeout", Handle::NULL, result)
}
