//! Futures, for C.

use core::ffi::{c_char, c_void};

use crate::capi::with_stop::{StopCall, with_stop};
use crate::lifecycle;
use crate::object::handle::{Handle, threading_future, threading_stop, threading_thread};
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::{Status, threading_status};
use crate::thread::any;
use crate::thread::executor::future;
use crate::wait::timeout::Timeout;

/// Waits until the task has ended, or was cancelled.
///
/// A task may wait for another task of the same executor: while it does, it does not count among
/// those that run, so another may begin. When it goes on, it does so at once, and for that time
/// more tasks run than `max_workers`.
/// Everything that the task did happens before the return of the call.
/// @param future  the future.
/// @retval THREADING_OK  the task has ended, was cancelled, or is in exit() or
/// `threading_shutdown`.
/// @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
/// @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
/// @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait; or the caller is the last of
/// its executor's workers that does not wait for a future, tasks of that executor have not begun,
/// and the operating system has no room for another worker.
/// @par Blocking
/// Until the task has ended. Signals do not end the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_future_wait(future: threading_future) -> threading_status {
    lifecycle::ensure();
    super::slowly(c"threading_future_wait", future.into(), |future| {
        future::wait(future, Timeout::Forever)
    })
}

/// Waits until the task has ended, or was cancelled, for at most `seconds`. The wait is that of
/// `threading_future_wait`.
///
/// @param future  the future.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the task has ended, was cancelled, or is in exit() or
/// `threading_shutdown`.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
/// @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
/// @par Blocking
/// Until the task has ended, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_future_wait_timeout(
    future: threading_future,
    seconds: f64,
) -> threading_status {
    lifecycle::ensure();
    super::slowly_within(c"threading_future_wait_timeout", future.into(), seconds, future::wait)
}

/// Waits until the task has ended, or was cancelled, or a stop comes. The wait is that of
/// `threading_future_wait`.
///
/// @param future  the future.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_future_wait_timeout`.
/// @retval THREADING_OK  the task has ended, was cancelled, or is in exit() or
/// `threading_shutdown`.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed. The task goes on.
/// @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
/// @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future; or `stop` is
/// not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `future` or `stop` was destroyed before the call, or during the
/// call before the caller began to wait; or `future` was detached, and its task has ended.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
/// @par Blocking
/// Until the task has ended, until the time-out expires on the monotonic clock, or until `stop` has
/// come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_future_wait_stop(
    future: threading_future,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    lifecycle::ensure();
    static CALL: StopCall =
        StopCall(c"threading_future_wait_stop", any::StopWait::Plain(future::wait));
    with_stop(future.into(), stop.into(), &CALL, seconds)
}

/// Waits until the task has ended, and writes its result (Python: `Future.result()`). The wait is
/// that of `threading_future_wait`.
///
/// @param future  the future.
/// @param out  receives what the task's function returned, or passed to `threading_exit` or
/// `pthread_exit`.
/// @retval THREADING_OK  `*out` is the result.
/// @retval THREADING_NO_VALUE  the task was cancelled, or a fork has left it behind in the parent.
/// @retval THREADING_BUSY  the task is in exit() or `threading_shutdown`, and has no result yet.
/// @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
/// @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
/// @par Blocking
/// Until the task has ended. Signals do not end the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_future_result(
    future: threading_future,
    out: *mut *mut c_void,
) -> threading_status {
    lifecycle::ensure();
    enter_result(future.into(), out, c"threading_future_result".as_ptr(), f64::INFINITY)
}

/// Waits until the task has ended, for at most `seconds`, and writes its result (Python:
/// `Future.result(timeout)`). The wait is that of `threading_future_wait`.
///
/// @param future  the future.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param out  receives what the task's function returned, or passed to `threading_exit` or
/// `pthread_exit`.
/// @retval THREADING_OK  `*out` is the result.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_NO_VALUE  the task was cancelled, or a fork has left it behind in the parent.
/// @retval THREADING_BUSY  the task is in exit() or `threading_shutdown`, and has no result yet.
/// @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX; or `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
/// @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
/// @par Blocking
/// Until the task has ended, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_future_result_timeout(
    future: threading_future,
    seconds: f64,
    out: *mut *mut c_void,
) -> threading_status {
    lifecycle::ensure();
    enter_result(future.into(), out, c"threading_future_result_timeout".as_ptr(), seconds)
}

/// Waits until the task has ended, writes its result, and destroys the future.
///
/// @param future  the future.
/// @param result  receives the result, as for `threading_future_result`; or NULL.
/// @retval THREADING_OK  `*result` is the result, and the future is destroyed.
/// @retval THREADING_NO_VALUE  the task was cancelled, or a fork has left it behind in the parent;
/// the future is destroyed.
/// @retval THREADING_BUSY  another thread waits for the future, or the task is in exit() or
/// `threading_shutdown`; it is not destroyed.
/// @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
/// @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
/// @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
/// @par Blocking
/// Until the task has ended. Signals do not end the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_future_finish(
    future: threading_future,
    result: *mut *mut c_void,
) -> threading_status {
    lifecycle::ensure();
    enter_result(future.into(), result, FINISH.as_ptr(), f64::INFINITY)
}

const FINISH: &core::ffi::CStr = c"threading_future_finish";

pass_site_on!(enter_result to result_from(
    future: Handle, out: *mut *mut c_void, function: *const c_char, seconds: f64
));

#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)]
extern "C-unwind" fn result_from(
    future: Handle,
    out: *mut *mut c_void,
    function: *const c_char,
    seconds: f64,
    site: usize,
) -> Status {
    let function = super::name(function);
    let mut nowhere = core::ptr::null_mut();
    let finishes = function == FINISH;
    let out = if finishes && out.is_null() { &raw mut nowhere } else { out };
    let _site = CallSite::enter(site);
    let result = || match finishes {
        true => future::finish(future),
        false => future::result(future, Timeout::from_seconds(seconds)?),
    };
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(function, future, out, result) }
}

/// Cancels a task that has not begun (Python: `Future.cancel()`). A cancelled task is done: waits
/// for its future end, and there is no result.
///
/// In a forked child all tasks of the parent that had not ended are cancelled.
/// @param future  the future.
/// @param prevented  receives true if this call has prevented the function, so that the caller owns
/// `arg` again; otherwise it receives false; or NULL.
/// @retval THREADING_OK  `*prevented` says what happened.
/// @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
/// @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_future_cancel(
    future: threading_future,
    prevented: *mut bool,
) -> threading_status {
    let result = future::cancel(future.into()).map(|value| {
        if !prevented.is_null() {
            // SAFETY: not null, so it may be written, by the caller's promise.
            unsafe { prevented.write(value) }
        }
    });
    super::outcome(c"threading_future_cancel", future, result)
}

/// Tells whether the task has ended, or was cancelled (Python: `Future.done()`). If so, everything
/// that it did happens before the return of the call.
///
/// @param future  the future.
/// @return true if it has, or was. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_future_is_done(future: threading_future) -> bool {
    super::answer(c"threading_future_is_done", future, future::is_done(future.into()), false)
}

/// Tells whether the task was cancelled (Python: `Future.cancelled()`): by
/// `threading_future_cancel`, by a shutdown of its executor, or by a fork, in the child.
///
/// @param future  the future.
/// @return true if it was. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_future_was_cancelled(future: threading_future) -> bool {
    let was_cancelled = future::was_cancelled(future.into());
    super::answer(c"threading_future_was_cancelled", future, was_cancelled, false)
}

/// Returns the task's thread: use it for the name, the ident, is_alive and join. While the task
/// runs its name is that of the worker, unless it was given another; before and after that it is
/// one of its own.
///
/// A task that waits in `threading_thread_join` counts among those that run: no other task begins
/// in its place. `threading_future_wait` is the wait in which one does.
/// @param future  the future.
/// @return the thread; the handle is borrowed, not owned, and an attempt to destroy it returns
/// THREADING_BUSY. For a bad handle: null, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_future_thread(future: threading_future) -> threading_thread {
    let thread = future::thread_of(future.into());
    super::answer(c"threading_future_thread", future, thread, Handle::NULL).into()
}

/// Destroys a future. If its task has not ended, the call detaches the task instead: the task runs
/// all the same.
///
/// The handle of a detached task stays valid until the task has ended. After that, calls
/// with it return THREADING_DESTROYED. To prevent the function, cancel the task first.
/// @param future  the future. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the future is destroyed, or its task is detached.
/// @retval THREADING_BUSY  the task is about to end at this moment, or another thread waits for it.
/// @retval THREADING_INVALID_HANDLE  `future` is not null, and is not a handle of a future.
/// @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread, and the task itself; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_future_destroy(future: threading_future) -> threading_status {
    let handle = Handle::from(future);
    let result = if handle.is_null() { Ok(()) } else { future::destroy(handle) };
    super::outcome(c"threading_future_destroy", future, result)
}
