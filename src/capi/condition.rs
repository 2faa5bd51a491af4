//! Conditions, for C.

use core::ffi::c_void;

use crate::object::cause::{Cause, because};
use crate::object::handle::{Handle, threading_condition, threading_lock, threading_rlock};
use crate::status::{Status, threading_status};
use crate::sync::condition;
use crate::thread::current;
use crate::wait::timeout::Timeout;

/// The predicate of a wait_for: it returns whether the wait is over. It is called with the
/// condition's lock held. It must return.
pub type threading_predicate = Option<unsafe extern "C-unwind" fn(ctx: *mut c_void) -> bool>;

/// Makes a condition on an rlock of its own (Python: `threading.Condition()`).
///
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_condition_destroy`.
/// @retval THREADING_OK  `*out` is a condition.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never; no system call while a segment of 65,536 conditions has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_new(
    out: *mut threading_condition,
) -> threading_status {
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe {
        super::deliver(c"threading_condition_new", Handle::NULL, out, || {
            condition::new().map(Into::into)
        })
    }
}

/// Makes a condition on a lock (Python: `threading.Condition(lock)`). Several conditions may share
/// one lock.
///
/// @param lock  the lock; it cannot be destroyed before the condition.
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_condition_destroy`.
/// @retval THREADING_OK  `*out` is a condition.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `lock` was destroyed.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out, or there are 1,048,575 conditions on
/// this lock.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_new_with_lock(
    lock: threading_lock,
    out: *mut threading_condition,
) -> threading_status {
    let make = || condition::new_with_lock(lock.into()).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_condition_new_with_lock", lock, out, make) }
}

/// Makes a condition on an rlock (Python: `threading.Condition(rlock)`). Several conditions may
/// share one rlock.
///
/// @param rlock  the rlock; it cannot be destroyed before the condition.
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_condition_destroy`.
/// @retval THREADING_OK  `*out` is a condition.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `rlock` was destroyed.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out, or there are 1,048,575 conditions on
/// this rlock.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_new_with_rlock(
    rlock: threading_rlock,
    out: *mut threading_condition,
) -> threading_status {
    let make = || condition::new_with_rlock(rlock.into()).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_condition_new_with_rlock", rlock, out, make) }
}

/// Returns the condition in `*handle`, and makes it first, on an rlock of its own, if it is null:
/// for statics, which begin as `THREADING_NULL`.
///
/// If several threads make it at the same time, all get the same condition.
/// @param handle  a handle that lives as long as the condition is used; only this function changes
/// it, and only if it is null. Its address is not kept.
/// @return the condition; null if there was no memory for it, or if `handle` is NULL: the error
/// hook is called for both.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_RETURNS_LOCK_(*handle)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_ensure(
    handle: *mut threading_condition,
) -> threading_condition {
    let unmake = |made| {
        let _ = condition::destroy(made, |_| true);
    };
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe { super::ensure(c"threading_condition_ensure", handle.cast(), condition::new, unmake) }
        .into()
}

/// Acquires the condition's lock; waits as long as needed (Python: `Condition.acquire()`).
///
/// @param condition  the condition.
/// @retval THREADING_OK  the caller holds the lock; an rlock one level deeper than before.
/// @retval THREADING_OVERFLOW  the caller holds the rlock 4,294,967,295 times already.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or during the call
/// before the caller had begun to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the lock is the caller's. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_ACQUIRE_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_acquire(
    condition: threading_condition,
) -> threading_status {
    let result = condition::acquire(condition.into(), Timeout::Forever);
    super::outcome(c"threading_condition_acquire", condition, result)
}

/// Acquires the condition's lock if that is possible at this moment (Python:
/// `Condition.acquire(False)`).
///
/// @param condition  the condition.
/// @retval THREADING_OK  the caller holds the lock; an rlock one level deeper than before.
/// @retval THREADING_TIMEOUT  it is held.
/// @retval THREADING_OVERFLOW  the caller holds the rlock 4,294,967,295 times already.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(condition)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_try_acquire(
    condition: threading_condition,
) -> threading_status {
    let result = condition::acquire(condition.into(), Timeout::Poll);
    super::outcome(c"threading_condition_try_acquire", condition, result)
}

/// Acquires the condition's lock; waits for at most that time (Python:
/// `Condition.acquire(timeout=...)`).
///
/// @param condition  the condition.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller holds the lock; an rlock one level deeper than before.
/// @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
/// @retval THREADING_OVERFLOW  the caller holds the rlock 4,294,967,295 times already.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or during the call
/// before the caller had begun to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the lock is the caller's or the time is up, on the monotonic clock; never less. Signals
/// neither end nor lengthen it.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(condition)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_acquire_timeout(
    condition: threading_condition,
    seconds: f64,
) -> threading_status {
    let result = Timeout::from_seconds(seconds)
        .and_then(|timeout| condition::acquire(condition.into(), timeout));
    super::outcome(c"threading_condition_acquire_timeout", condition, result)
}

/// Releases the condition's lock, or one level of it if it is an rlock (Python:
/// `Condition.release()`).
///
/// @param condition  the condition.
/// @retval THREADING_OK  the caller holds it one level less, or no longer.
/// @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
/// @retval THREADING_NOT_OWNER  another thread holds its rlock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// The thread that holds the rlock; for a plain lock any thread.
///
/// cbindgen:postfix=THREADING_C_RELEASE_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_release(
    condition: threading_condition,
) -> threading_status {
    super::outcome(c"threading_condition_release", condition, condition::release(condition.into()))
}

/// Tells whether a thread holds the condition's lock (Python: `Condition.locked()`).
///
/// @param condition  the condition.
/// @return whether it is held; false for a bad handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_locked(condition: threading_condition) -> bool {
    super::answer(
        c"threading_condition_locked",
        condition,
        condition::locked(condition.into()),
        false,
    )
}

/// Releases the condition's lock (all levels, if it is an rlock), waits for a notify, and acquires
/// the lock again, as deep as before (Python: `Condition.wait()`).
///
/// No notify is lost between the release and the wait, and the wait does not end without a notify.
/// But another thread may hold the lock between the notify and the return of this call, so check in
/// a loop for what you wait for.
/// @param condition  the condition; the caller holds its lock.
/// @retval THREADING_OK  notified; the caller holds the lock again.
/// @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
/// @retval THREADING_NOT_OWNER  another thread holds its rlock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or when the caller was
/// about to take the lock back. In the second case the lock was destroyed with it, and the caller
/// does not hold it.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until notified, and then until the lock is free. Signals do not end the wait.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_wait(
    condition: threading_condition,
) -> threading_status {
    let result = condition::wait(condition.into(), Timeout::Forever);
    super::outcome(c"threading_condition_wait", condition, result)
}

/// Waits for a notify, for at most that time (Python: `Condition.wait(timeout)`).
///
/// Without a predicate function the loop is: `double end = threading_monotonic() + 2; while (!ready
/// && threading_condition_wait_timeout(c, end - threading_monotonic()) == THREADING_OK) {}`.
/// @param condition  the condition; the caller holds its lock.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  notified; the caller holds the lock again.
/// @retval THREADING_TIMEOUT  the time ran out first. The caller holds the lock again, and has used
/// up no notify.
/// @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
/// @retval THREADING_NOT_OWNER  another thread holds its rlock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or when the caller was
/// about to take the lock back. In the second case the lock was destroyed with it, and the caller
/// does not hold it.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until notified or the time is up, on the monotonic clock, and then until the lock is free, which
/// the time does not limit.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_wait_timeout(
    condition: threading_condition,
    seconds: f64,
) -> threading_status {
    let result = Timeout::from_seconds(seconds)
        .and_then(|timeout| condition::wait(condition.into(), timeout));
    super::outcome(c"threading_condition_wait_timeout", condition, result)
}

/// Waits until a predicate returns true (Python: `Condition.wait_for()`). The predicate is called
/// with the lock held, once before any wait and then after each notify.
///
/// @param condition  the condition; the caller holds its lock.
/// @param predicate  returns whether the wait is over.
/// @param ctx  passed to `predicate`; it stays the caller's; or NULL.
/// @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
/// @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL.
/// @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
/// @retval THREADING_NOT_OWNER  another thread holds its rlock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or when the caller was
/// about to take the lock back. In the second case the lock was destroyed with it, and the caller
/// does not hold it.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the predicate returns true. Signals do not end the wait.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_wait_for(
    condition: threading_condition,
    predicate: threading_predicate,
    ctx: *mut c_void,
) -> threading_status {
    // SAFETY: the predicate may be called with this context, by the caller's promise.
    let result = unsafe { wait_for(condition, predicate, ctx, Ok(Timeout::Forever)) };
    super::outcome(c"threading_condition_wait_for", condition, result)
}

/// Waits until a predicate returns true, for at most that time (Python:
/// `Condition.wait_for(predicate, timeout)`). When the time has run out the predicate is called
/// once more.
///
/// @param condition  the condition; the caller holds its lock.
/// @param predicate  returns whether the wait is over.
/// @param ctx  passed to `predicate`; it stays the caller's; or NULL.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
/// @retval THREADING_TIMEOUT  the time ran out, and the predicate has returned false; the caller
/// holds the lock.
/// @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL, or `seconds` is NaN, or finite and over
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
/// @retval THREADING_NOT_OWNER  another thread holds its rlock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or when the caller was
/// about to take the lock back. In the second case the lock was destroyed with it, and the caller
/// does not hold it.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the predicate returns true or the time is up, on the monotonic clock, and then until the
/// lock is free.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_wait_for_timeout(
    condition: threading_condition,
    predicate: threading_predicate,
    ctx: *mut c_void,
    seconds: f64,
) -> threading_status {
    // SAFETY: the predicate may be called with this context, by the caller's promise.
    let result = unsafe { wait_for(condition, predicate, ctx, Timeout::from_seconds(seconds)) };
    super::outcome(c"threading_condition_wait_for_timeout", condition, result)
}

/// # Safety
/// The predicate may be called with this context.
unsafe fn wait_for(
    condition: threading_condition,
    predicate: threading_predicate,
    ctx: *mut c_void,
    timeout: Result<Timeout, Status>,
) -> Result<(), Status> {
    let no_predicate =
        || because(&Cause(Status::THREADING_INVALID_ARGUMENT, c"the predicate is NULL"));
    let (timeout, predicate) = (timeout?, predicate.ok_or_else(no_predicate)?);
    // SAFETY: the caller's promise.
    unsafe { condition::wait_for(condition.into(), predicate, ctx, timeout) }
}

/// Wakes at most `n` waiters, in the order in which they came (Python: `Condition.notify(n)`). They
/// return when the caller has released the lock; waiters that are notified together take it in any
/// order.
///
/// @param condition  the condition; the caller holds its lock.
/// @param n  how many at most. 0 wakes nobody: the status then only tells whether the caller holds
/// the lock.
/// @retval THREADING_OK  `n` waiters were notified, or all if there were fewer.
/// @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
/// @retval THREADING_NOT_OWNER  another thread holds its rlock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_notify(
    condition: threading_condition,
    n: usize,
) -> threading_status {
    super::outcome(c"threading_condition_notify", condition, condition::notify(condition.into(), n))
}

/// Wakes all threads that wait at this moment (Python: `Condition.notify_all()`). They return one
/// after the other, when the caller has released the lock.
///
/// @param condition  the condition; the caller holds its lock.
/// @retval THREADING_OK  all waiters were notified.
/// @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
/// @retval THREADING_NOT_OWNER  another thread holds its rlock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `condition` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_notify_all(
    condition: threading_condition,
) -> threading_status {
    super::outcome(
        c"threading_condition_notify_all",
        condition,
        condition::notify(condition.into(), usize::MAX),
    )
}

/// Destroys the condition, and its own rlock if it has one. A lock that it was made with stays as
/// it is.
///
/// @param condition  the condition; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
/// gets THREADING_DESTROYED; so does one that was about to take the condition's own rlock back
/// after a notify.
/// @retval THREADING_BUSY  threads wait for it, hold its own rlock, or wait for that; nothing has
/// changed.
/// @retval THREADING_INVALID_HANDLE  `condition` is made up, or of another kind.
/// @retval THREADING_DESTROYED  it was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_destroy(
    condition: threading_condition,
) -> threading_status {
    let handle = Handle::from(condition);
    let result =
        if handle.is_null() { Ok(()) } else { condition::destroy(handle, current::is_ident_alive) };
    super::outcome(c"threading_condition_destroy", condition, result)
}
