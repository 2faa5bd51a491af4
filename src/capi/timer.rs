//! Timers, for C.

use core::ffi::c_void;

use crate::capi::thread::threading_target;
use crate::lifecycle;
use crate::object::cause::failure;
use crate::object::handle::{Handle, threading_thread, threading_timer};
use crate::status::threading_status;
use crate::timer;

/// Makes a timer, but does not start it (Python: `threading.Timer(interval, function, args=...)`).
/// After its start the timer waits for `interval`, and then calls `function` once.
///
/// The timer inherits the daemon flag of the calling thread. If the calling thread is a Dummy, the
/// timer is a daemon. A program may have a million pending timers. A slow function does not delay
/// the functions of other timers.
///
/// `function` runs in a worker thread of the library, which runs the functions of other timers
/// before and after it. While the function runs, the worker thread has the timer's name, in the
/// operating system too. The function begins with the signal mask of the thread that starts the
/// timer. If the same thread makes and starts the timer, the library reads that mask when the timer
/// is made: a change of the mask between the two calls has no effect. Hooks and the destructors of
/// the thread's values of locals run with the same signal mask, and a child that `function` forks
/// keeps it. The affinity, the scheduling policy and the priority are those of a thread that
/// started a timer, possibly another timer. If a function changes them, they stay changed for later
/// functions.
/// @param interval  the seconds from the start to the call, rounded up to nanoseconds, at most
/// THREADING_TIMEOUT_MAX. 0 or less calls `function` at once.
/// @param function  the function. It runs as a thread's target does, and may end in the same ways.
/// @param arg  passed to `function`. The library never frees it: if `function` never runs, the
/// caller must free it.
/// @param out  receives the handle. The caller owns the timer, and destroys it with
/// `threading_timer_destroy`.
/// @retval THREADING_OK  `*out` is the new timer.
/// @retval THREADING_INVALID_ARGUMENT  `interval` is NaN, infinite or greater than
/// THREADING_TIMEOUT_MAX, or `function` or `out` is NULL.
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
    lifecycle::ensure();
    let make = || {
        let no_function = || failure!(THREADING_INVALID_ARGUMENT, c"the function is NULL");
        let function = function.ok_or_else(no_function)?;
        timer::new(interval, function, arg).map(Into::into)
    };
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_timer_new", Handle::NULL, out, make) }
}

/// Makes a periodic timer, but does not start it. After its start the timer waits for `first`, and
/// then calls `function` again and again, until one of these ends it:
///
/// - `threading_timer_cancel`, also from inside `function`;
/// - `function` returns something else than NULL, or ends by `threading_exit`, `pthread_exit` or a
///   cancellation. That is the result of the timer's thread;
/// - a shutdown of the library: a run that has begun goes on, and after the shutdown no run begins.
///
/// The runs are due at start + `first` + k times `period`, for k = 0, 1, 2 and so on. So they do
/// not drift, however long a run takes and however late it begins. A run never begins before it is
/// due, and two runs never overlap. A run that is due while `function` still runs, or whose
/// successor is due already when it could begin, is skipped: the next one is due at the next such
/// time in the future. So a late run is followed by no burst, and there is at most one run in a
/// period.
///
/// Until it has ended the timer's thread is alive, also between runs, and a join waits for the end.
/// But the timer keeps the process alive only during a run, and not at all if it is a daemon: a
/// program that returns from main need not cancel its periodic timers.
///
/// Each run is as that of another timer (see `threading_timer_new`): it may run in another worker
/// thread than the one before, the hooks of threads run before and after it, and the values of
/// locals are destroyed after it. All runs have the same ident and the same name.
/// @param first  the seconds from the start to the first run, greater than 0, rounded up to
/// nanoseconds, at most THREADING_TIMEOUT_MAX.
/// @param period  the seconds between the times at which two successive runs are due; as `first`.
/// The clock of timers has steps of 128 microseconds: of the runs of a shorter period, those that
/// are due in the same step are skipped but one.
/// @param function  the function. It returns NULL to be called again.
/// @param arg  passed to `function`. The library never frees it. After the timer's thread was
/// joined, or if a cancel of a timer that was not started returned true, no run uses it.
/// @param out  receives the handle. The caller owns the timer, and destroys it with
/// `threading_timer_destroy`.
/// @retval THREADING_OK  `*out` is the new timer.
/// @retval THREADING_INVALID_ARGUMENT  `first` or `period` is NaN, infinite, greater than
/// THREADING_TIMEOUT_MAX, or not greater than 0; or `function` or `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_timer_new_periodic(
    first: f64,
    period: f64,
    function: threading_target,
    arg: *mut c_void,
    out: *mut threading_timer,
) -> threading_status {
    lifecycle::ensure();
    let make = || {
        let no_function = || failure!(THREADING_INVALID_ARGUMENT, c"the function is NULL");
        let function = function.ok_or_else(no_function)?;
        timer::new_periodic(first, period, function, arg).map(Into::into)
    };
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_timer_new_periodic", Handle::NULL, out, make) }
}

/// Starts a timer (Python: `Timer.start()`).
///
/// From now on the timer's thread is alive. Unless the timer is a daemon or periodic, it keeps the
/// process alive until its function has returned. A timer that was cancelled before its start ends
/// at once.
/// @param timer  a timer that has not been started.
/// @retval THREADING_OK  the timer is pending.
/// @retval THREADING_ALREADY_STARTED  the timer was started before; a timer runs only once.
/// @retval THREADING_INVALID_ARGUMENT  the library starts a thread for the first timer, and the
/// operating system rejects the default stack size.
/// @retval THREADING_NO_RESOURCES  the library starts a thread for the first timer, and the
/// operating system has no room for it at this moment or does not permit it. The timer can be
/// started again later.
/// @retval THREADING_SHUTTING_DOWN  the library has shut down.
/// @retval THREADING_INVALID_HANDLE  `timer` is null, or is not a handle of a timer.
/// @retval THREADING_DESTROYED  `timer` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_timer_start(timer: threading_timer) -> threading_status {
    super::outcome(c"threading_timer_start", timer, timer::start(timer.into()))
}

/// Moves the time at which the next run of a timer is due: it is due after `interval`, counted from
/// now on. A watchdog calls this whenever something has come, and its function runs once nothing
/// has come for that long.
///
/// The next run of a timer that is pending is the one that it waits for. During a run of a periodic
/// timer, also in its own function, it is the run that comes after that. A periodic timer goes on
/// with its period from there: its runs are due at now + `interval` + k times `period`.
/// @param timer  a timer that was started.
/// @param interval  the seconds from now to the next run, rounded up to nanoseconds, at most
/// THREADING_TIMEOUT_MAX. With 0 or less it is due at once.
/// @param rearmed  receives whether there is a next run, whose time has been moved; or NULL. False:
/// it is too late, since the timer has fired, or ended, or was cancelled; nothing has changed, and
/// the timer cannot be used again.
/// @retval THREADING_OK  `*rearmed` says what happened.
/// @retval THREADING_NOT_STARTED  the timer has not been started.
/// @retval THREADING_INVALID_ARGUMENT  `interval` is NaN, infinite or greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_INVALID_HANDLE  `timer` is null, or is not a handle of a timer.
/// @retval THREADING_DESTROYED  `timer` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread, and the timer's function itself.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_timer_rearm(
    timer: threading_timer,
    interval: f64,
    rearmed: *mut bool,
) -> threading_status {
    let result = timer::rearm(timer.into(), interval).map(|value| {
        if !rearmed.is_null() {
            // SAFETY: not null, so it may be written, by the caller's promise.
            unsafe { rearmed.write(value) }
        }
    });
    super::outcome(c"threading_timer_rearm", timer, result)
}

/// Cancels a timer: if its function has not begun, it will not be called (Python:
/// `Timer.cancel()`). The function of a periodic timer will not be called again.
///
/// In a forked child the parent's timers do not fire. If the function of such a timer had not begun
/// before the fork, the first cancel in the child reports that it has prevented the function, and
/// the caller owns the child's copy of `arg`.
/// @param timer  the timer, which may be started or not.
/// @param prevented  receives true if this call has prevented the function, so that the caller owns
/// `arg` again; otherwise it receives false; or NULL. For a periodic timer true says that this call
/// has prevented all further runs. A run that has begun may still use `arg`: join the timer's
/// thread before you free it.
/// @retval THREADING_OK  the function will not begin from now on. It may be running, or may have
/// run.
/// @retval THREADING_INVALID_HANDLE  `timer` is null, or is not a handle of a timer.
/// @retval THREADING_DESTROYED  `timer` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never. To wait for a function that is running, join the timer's thread.
/// @par Thread safety
/// Any thread, and the timer's function itself.
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

/// Returns the timer's thread: use it for the name, the daemon flag, is_alive, join and result.
/// Starting this thread starts the timer.
///
/// @param timer  the timer.
/// @return the thread; the handle is borrowed, not owned, and an attempt to destroy it returns
/// THREADING_BUSY. For a bad handle: null, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_timer_thread(timer: threading_timer) -> threading_thread {
    super::answer(c"threading_timer_thread", timer, timer::thread_of(timer.into()), Handle::NULL)
        .into()
}

/// Destroys a timer. If the timer is pending or its function is running, the call detaches the
/// timer instead: the timer goes on.
///
/// A detached timer still calls its function. Its handle stays valid until the function has
/// returned, or until a periodic timer has ended. After that, calls with it return
/// THREADING_DESTROYED. To prevent the function, cancel the timer first.
/// @param timer  the timer. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the timer is destroyed or detached.
/// @retval THREADING_BUSY  the timer is being started at this moment, or another thread waits for
/// its result.
/// @retval THREADING_INVALID_HANDLE  `timer` is not null, and is not a handle of a timer.
/// @retval THREADING_DESTROYED  `timer` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread, and the timer's function itself.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_timer_destroy(timer: threading_timer) -> threading_status {
    let handle = Handle::from(timer);
    let result = if handle.is_null() { Ok(()) } else { timer::destroy(handle) };
    super::outcome(c"threading_timer_destroy", timer, result)
}
