//! Conditions, for C: how they are made, and their lock. The rest is in `condition_wait`.

use crate::object::handle::{Handle, threading_condition, threading_lock, threading_rlock};
use crate::status::threading_status;
use crate::sync::condition;
use crate::wait::timeout::Timeout;

/// Makes a condition together with its own rlock (Python: `threading.Condition()`).
///
/// @param out  receives the handle. The caller owns the condition, and destroys it with
/// `threading_condition_destroy`.
/// @retval THREADING_OK  `*out` is the new condition.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 conditions has room.
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

/// Makes a condition on an existing lock (Python: `threading.Condition(lock)`). Several conditions
/// may share one lock.
///
/// @param lock  the lock. It cannot be destroyed before the condition.
/// @param out  receives the handle. The caller owns the condition, and destroys it with
/// `threading_condition_destroy`.
/// @retval THREADING_OK  `*out` is the new condition.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
/// @retval THREADING_DESTROYED  `lock` was destroyed.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out, or there are already 1,048,575
/// conditions on this lock.
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

/// Makes a condition on an existing rlock (Python: `threading.Condition(rlock)`). Several
/// conditions may share one rlock.
///
/// @param rlock  the rlock. It cannot be destroyed before the condition.
/// @param out  receives the handle. The caller owns the condition, and destroys it with
/// `threading_condition_destroy`.
/// @retval THREADING_OK  `*out` is the new condition.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
/// @retval THREADING_DESTROYED  `rlock` was destroyed.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out, or there are already 1,048,575
/// conditions on this rlock.
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

/// Returns the condition in `*handle`. If `*handle` is null, the call first makes a condition
/// together with its own rlock and stores its handle there. This is for static variables, which
/// begin as `THREADING_NULL`.
///
/// If several threads make the condition at the same time, all of them get the same condition.
/// @param handle  the address of a handle that exists as long as the condition is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @return the condition; null if there is no memory for it, or if `handle` is NULL. In both cases
/// the error hook is called.
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
/// @retval THREADING_OK  the caller holds the lock. If the lock is an rlock, the caller holds it
/// one level deeper than before.
/// @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the lock. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_ACQUIRE_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_acquire(
    condition: threading_condition,
) -> threading_status {
    let handle = condition.into();
    if condition::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_condition_acquire", handle, |condition| {
        condition::acquire(condition, Timeout::Forever)
    })
}

/// Acquires the condition's lock if that is possible at this moment (Python:
/// `Condition.acquire(False)`).
///
/// @param condition  the condition.
/// @retval THREADING_OK  the caller holds the lock. If the lock is an rlock, the caller holds it
/// one level deeper than before.
/// @retval THREADING_TIMEOUT  another thread holds the lock, or the caller holds it and it is not
/// an rlock.
/// @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
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
    let handle = condition.into();
    if condition::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_condition_try_acquire", handle, |condition| {
        condition::acquire(condition, Timeout::Poll)
    })
}

/// Acquires the condition's lock; waits for at most `seconds` (Python:
/// `Condition.acquire(timeout=...)`).
///
/// @param condition  the condition.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller holds the lock. If the lock is an rlock, the caller holds it
/// one level deeper than before.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the lock, or until the time-out expires on the monotonic clock,
/// never earlier. Signals neither end nor lengthen the wait.
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
    super::slowly_within(
        c"threading_condition_acquire_timeout",
        condition.into(),
        seconds,
        condition::acquire,
    )
}

/// Releases the condition's lock, or one level of it if it is an rlock (Python:
/// `Condition.release()`).
///
/// @param condition  the condition.
/// @retval THREADING_OK  the lock is released; of an rlock, one level is released.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// The thread that holds the rlock. If the condition's lock is a plain lock, any thread.
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
/// @return whether a thread holds the lock. For a bad handle: false, and the error hook is called.
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
