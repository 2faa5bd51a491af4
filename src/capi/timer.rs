//! Timers, for C.

use core::ffi::c_void;

use crate::capi::thread::threading_target;
use crate::object::cause::{Cause, because};
use crate::object::handle::{Handle, threading_thread, threading_timer};
use crate::status::{Status, threading_status};
use crate::timer;

/// Makes a timer that is not started yet: after its start it waits, and then calls a function once
/// (Python: `threading.Timer(interval, function, args=...)`).
///
/// It inherits the daemon flag of the thread that makes it; if the library did not start that
/// thread, the timer is a daemon. A million pending timers are an ordinary load, and one slow
/// function does not delay the others.
///
/// `function` runs in a thread of the library's that runs other functions before and after it. It
/// begins with the signal mask of the thread that starts the timer. If the same thread makes the
/// timer and starts it, that is the mask that the thread has in this call, and a change between the
/// two calls does not count. Hooks and destructors of its locals run with the same mask, and a
/// child of a fork in it keeps that mask. Its name, for the operating system too, is the timer's.
/// Affinity, scheduling policy and priority are those of a thread that started a timer, maybe
/// another one: a function that changes them changes them for later functions.
/// @param interval  seconds from the start to the call; 0 or less calls at once; rounded up; at
/// most THREADING_TIMEOUT_MAX.
/// @param function  what is called, in a thread of its own name; it may end as a thread's target
/// may.
/// @param arg  passed to `function`; it stays the caller's, who frees it if `function` never runs.
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_timer_destroy`.
/// @retval THREADING_OK  `*out` is a timer.
/// @retval THREADING_INVALID_ARGUMENT  `interval` is NaN, infinite or over THREADING_TIMEOUT_MAX,
/// or `function` or `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_timer_new(
    interval: f64,
    function: threading_target,
    arg: *mut c_void,
    out: *mut threading_timer,
) -> threading_status {
    let make = || {
        let no_function =
            || because(&Cause(Status::THREADING_INVALID_ARGUMENT, c"the function is NULL"));
        let function = function.ok_or_else(no_function)?;
        timer::new(interval, function, arg).map(Into::into)
    };
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_timer_new", Handle::NULL, out, make) }
}

/// Starts a timer (Python: `Timer.start()`): from now on its thread is alive and, unless it is a
/// daemon, keeps the process alive until the function has returned. One that was cancelled before
/// ends at once.
///
/// @param timer  a timer that was not started yet.
/// @retval THREADING_OK  it is pending.
/// @retval THREADING_ALREADY_STARTED  it was started before; a timer runs once.
/// @retval THREADING_INVALID_ARGUMENT  the first timer needs a thread, and the operating system
/// takes no stack of the default size for it.
/// @retval THREADING_NO_RESOURCES  the first timer needs a thread, and the operating system has no
/// room for it at this moment or does not permit it; it can be started again later.
/// @retval THREADING_SHUTTING_DOWN  the library has shut down.
/// @retval THREADING_INVALID_HANDLE  `timer` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `timer` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_timer_start(timer: threading_timer) -> threading_status {
    super::outcome(c"threading_timer_start", timer, timer::start(timer.into()))
}

/// Cancels a timer (Python: `Timer.cancel()`): if its function has not begun, it will not be
/// called.
///
/// In the child of a fork a timer of the parent's does not fire. The first cancel there says that
/// the function was prevented, and the child's `arg` is the caller's, unless the function had begun
/// before the fork.
/// @param timer  the timer, started or not.
/// @param prevented  where it goes whether this call has prevented the function, so that `arg` is
/// the caller's again; or NULL.
/// @retval THREADING_OK  the function will not begin any more; it may be running, or have run.
/// @retval THREADING_INVALID_HANDLE  `timer` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `timer` was destroyed, or detached and has ended.
/// @par Blocking
/// Never; join the timer's thread to wait for a function that runs.
/// @par Thread safety
/// Any thread, also the timer's function.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_timer_cancel(
    timer: threading_timer,
    prevented: *mut bool,
) -> threading_status {
    let result = timer::cancel(timer.into()).map(|value| {
        if !prevented.is_null() {
            // SAFETY: not null, so it may be written, by the caller's promise.
            unsafe { prevented.write(value) }
        }
    });
    super::outcome(c"threading_timer_cancel", timer, result)
}

/// Returns the timer's thread, for its name, daemon flag, join, is_alive and result. Starting it
/// starts the timer.
///
/// @param timer  the timer.
/// @return the thread; the handle is borrowed, and destroying it is THREADING_BUSY. Null for a bad
/// handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_timer_thread(timer: threading_timer) -> threading_thread {
    super::answer(c"threading_timer_thread", timer, timer::thread_of(timer.into()), Handle::NULL)
        .into()
}

/// Destroys a timer, or detaches it if it is pending or its function runs: then it goes on.
///
/// A detached timer fires all the same. Its handle stays valid until its function has returned, and
/// is THREADING_DESTROYED afterwards. To prevent the function, cancel the timer first.
/// @param timer  the timer; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed, or detached.
/// @retval THREADING_BUSY  it is being started at this moment, or another thread waits for its
/// result.
/// @retval THREADING_INVALID_HANDLE  `timer` is made up, or of another kind.
/// @retval THREADING_DESTROYED  `timer` was destroyed, or detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread, also the timer's function.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_timer_destroy(timer: threading_timer) -> threading_status {
    let handle = Handle::from(timer);
    let result = if handle.is_null() { Ok(()) } else { timer::destroy(handle) };
    super::outcome(c"threading_timer_destroy", timer, result)
}
