//! Waits with a stop, for C: one for each function that waits for what other threads do.
//!
//! Those for rwlocks and queues are in `rwlock_stop` and `queue_stop`.
//!
//! None has code of its own: each is the call with a time-out, which `with_stop` makes unless the
//! stop has come, and whose wait the stop ends as well.

use core::ffi::c_void;

use crate::capi::condition_wait::threading_predicate;
use crate::capi::with_stop::{StopCall, wait_for_with_stop, with_stop};
use crate::object::handle::{
    threading_condition, threading_event, threading_latch, threading_lock, threading_rlock,
    threading_semaphore, threading_stop, threading_thread,
};
use crate::status::threading_status;
use crate::sync::{condition, event, latch, lock, rlock, semaphore};
use crate::thread::{any, join};

/// Acquires the lock, unless a stop comes first: for a wait that can be ended.
///
/// @param lock  the lock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_lock_acquire_timeout`.
/// @retval THREADING_OK  the caller holds the lock.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock; or `stop` is not
/// null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `lock` or `stop` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the lock, until the time-out expires on the monotonic clock, or
/// until `stop` has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(lock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_acquire_stop(
    lock: threading_lock,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall =
        StopCall(c"threading_lock_acquire_stop", any::StopWait::Plain(lock::acquire));
    with_stop(lock.into(), stop.into(), &CALL, seconds)
}

/// Acquires the rlock, or one more level of it if the caller holds it, unless a stop comes first.
///
/// @param rlock  the rlock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_rlock_acquire_timeout`.
/// @retval THREADING_OK  the caller holds the rlock one level deeper than before.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed.
/// @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock; or `stop` is
/// not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `rlock` or `stop` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the rlock, until the time-out expires on the monotonic clock, or
/// until `stop` has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(rlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_acquire_stop(
    rlock: threading_rlock,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall =
        StopCall(c"threading_rlock_acquire_stop", any::StopWait::Plain(rlock::acquire));
    with_stop(rlock.into(), stop.into(), &CALL, seconds)
}

/// Acquires the condition's lock, unless a stop comes first.
///
/// @param condition  the condition.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_condition_acquire_timeout`.
/// @retval THREADING_OK  the caller holds the lock.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed.
/// @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition; or
/// `stop` is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `condition` or `stop` was destroyed before the call, or during the
/// call before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the lock, until the time-out expires on the monotonic clock, or
/// until `stop` has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(condition)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_acquire_stop(
    condition: threading_condition,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall =
        StopCall(c"threading_condition_acquire_stop", any::StopWait::Plain(condition::acquire));
    with_stop(condition.into(), stop.into(), &CALL, seconds)
}

/// Releases the lock, waits until another thread notifies the condition or a stop comes, and
/// acquires the lock again.
///
/// @param condition  the condition; the caller holds its lock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_condition_wait_timeout`.
/// @retval THREADING_OK  the caller was notified, and holds the lock again. A caller that was
/// notified counts as notified, whatever happens to `stop` until it holds the lock.
/// @retval THREADING_TIMEOUT  the time-out expired first. The caller holds the lock again, and has
/// not consumed a notify.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first. The caller holds the lock
/// again, and has not consumed a notify.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition; or
/// `stop` is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `condition` or `stop` was destroyed before the call, or during the
/// call before the caller began to wait; or `condition` was destroyed when the caller was about to
/// acquire the lock again, and the lock was destroyed too.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller is notified, until the time-out expires on the monotonic clock, or until `stop`
/// has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_wait_stop(
    condition: threading_condition,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall = StopCall(
        c"threading_condition_wait_stop",
        any::StopWait::Own(|condition, timeout, stop| {
            condition::wait_until(condition, timeout.from_now_if_needed(), stop)
        }),
    );
    with_stop(condition.into(), stop.into(), &CALL, seconds)
}

/// Waits until a predicate returns true, or a stop comes. The predicate is called while the caller
/// holds the lock: once before the first wait, after each notify, and once more when the time-out
/// has expired or `stop` has come.
///
/// @param condition  the condition; the caller holds its lock.
/// @param predicate  returns true when the wait is over. It is not called if `stop` had come before
/// the call.
/// @param ctx  passed to `predicate`, or NULL. It stays owned by the caller.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_condition_wait_for_timeout`.
/// @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
/// @retval THREADING_TIMEOUT  the time-out expired first, and then the predicate returned false;
/// the caller holds the lock.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first, and then the predicate
/// returned false; the caller holds the lock.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition; or
/// `stop` is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `condition` or `stop` was destroyed before the call, or during the
/// call before the caller began to wait; or `condition` was destroyed when the caller was about to
/// acquire the lock again, and the lock was destroyed too.
/// @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL; or `seconds` is NaN, or is finite and
/// greater than THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the predicate returns true, until the time-out expires on the monotonic clock, or until
/// `stop` has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_wait_for_stop(
    condition: threading_condition,
    predicate: threading_predicate,
    ctx: *mut c_void,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    wait_for_with_stop(condition.into(), predicate, ctx, stop.into(), seconds)
}

/// Acquires a unit, unless a stop comes first.
///
/// @param semaphore  the semaphore.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_semaphore_acquire_timeout`.
/// @retval THREADING_OK  the caller has acquired a unit.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore; or
/// `stop` is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `semaphore` or `stop` was destroyed before the call, or during the
/// call before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until a unit is acquired, until the time-out expires on the monotonic clock, or until `stop` has
/// come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_acquire_stop(
    semaphore: threading_semaphore,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall =
        StopCall(c"threading_semaphore_acquire_stop", any::StopWait::Plain(semaphore::acquire));
    with_stop(semaphore.into(), stop.into(), &CALL, seconds)
}

/// Waits until the event is set, or a stop comes.
///
/// @param event  the event.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_event_wait_timeout`.
/// @retval THREADING_OK  the event is set, or was set while the caller waited.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event; or `stop` is
/// not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `event` or `stop` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the event is set, until the time-out expires on the monotonic clock, or until `stop` has
/// come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_wait_stop(
    event: threading_event,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall =
        StopCall(c"threading_event_wait_stop", any::StopWait::Plain(event::wait));
    with_stop(event.into(), stop.into(), &CALL, seconds)
}

/// Waits until the latch is open, or a stop comes.
///
/// @param latch  the latch.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_latch_wait_timeout`.
/// @retval THREADING_OK  the latch is open.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch; or `stop` is
/// not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `latch` or `stop` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the latch is open, until the time-out expires on the monotonic clock, or until `stop` has
/// come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_wait_stop(
    latch: threading_latch,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall =
        StopCall(c"threading_latch_wait_stop", any::StopWait::Plain(latch::wait));
    with_stop(latch.into(), stop.into(), &CALL, seconds)
}

/// Waits until a thread has ended, or a stop comes.
///
/// @param thread  a thread that has been started.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_thread_join_timeout`.
/// @retval THREADING_OK  the thread has ended.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed.
/// @retval THREADING_NOT_STARTED  the thread has not been started.
/// @retval THREADING_DUMMY  the thread is a Dummy: the library did not start it.
/// @retval THREADING_WOULD_DEADLOCK  `thread` is the calling thread.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread; or `stop` is
/// not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `thread` or `stop` was destroyed before the call, or during the
/// call before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the thread has ended, until the time-out expires on the monotonic clock, or until `stop`
/// has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_join_stop(
    thread: threading_thread,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall =
        StopCall(c"threading_thread_join_stop", any::StopWait::Plain(join::join));
    with_stop(thread.into(), stop.into(), &CALL, seconds)
}

#[cfg(test)]
mod tests;
