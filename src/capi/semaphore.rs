//! Semaphores, for C.

use crate::object::handle::{Handle, threading_semaphore};
use crate::status::{Status, threading_status};
use crate::sync::semaphore;
use crate::wait::timeout::Timeout;

/// Makes a semaphore with `value` units (Python: `threading.Semaphore(value)`).
///
/// @param value  how many acquires succeed before the first release; 0 to THREADING_SEMAPHORE_MAX.
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_semaphore_destroy`.
/// @retval THREADING_OK  `*out` is a semaphore.
/// @retval THREADING_INVALID_ARGUMENT  `value` is over THREADING_SEMAPHORE_MAX, or `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never; no system call while a segment of 65,536 semaphores has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_semaphore_new(
    value: usize,
    out: *mut threading_semaphore,
) -> threading_status {
    let make = || semaphore::new(value, false).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_semaphore_new", Handle::NULL, out, make) }
}

/// Makes a semaphore that never has more units than it is made with (Python:
/// `threading.BoundedSemaphore(value)`): a release too many is an error, and adds no unit.
///
/// @param value  how many acquires succeed before the first release; 0 to THREADING_SEMAPHORE_MAX.
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_semaphore_destroy`.
/// @retval THREADING_OK  `*out` is a semaphore.
/// @retval THREADING_INVALID_ARGUMENT  `value` is over THREADING_SEMAPHORE_MAX, or `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never; no system call while a segment of 65,536 semaphores has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_bounded_semaphore_new(
    value: usize,
    out: *mut threading_semaphore,
) -> threading_status {
    let make = || semaphore::new(value, true).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_bounded_semaphore_new", Handle::NULL, out, make) }
}

/// Takes a unit; waits as long as needed (Python: `Semaphore.acquire()`).
///
/// A release happens before the acquire that takes its unit.
/// @param semaphore  the semaphore.
/// @retval THREADING_OK  the unit is the caller's.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed: before the call, or during the call
/// before the caller had begun to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until there is a unit. Signals do not end the wait. Threads that have waited for more than a
/// millisecond get units in the order in which they came.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_acquire(
    semaphore: threading_semaphore,
) -> threading_status {
    let handle = semaphore.into();
    if semaphore::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_semaphore_acquire", handle, |semaphore| {
        semaphore::acquire(semaphore, Timeout::Forever)
    })
}

/// Takes a unit if there is one at this moment (Python: `Semaphore.acquire(False)`).
///
/// @param semaphore  the semaphore.
/// @retval THREADING_OK  the unit is the caller's.
/// @retval THREADING_TIMEOUT  there is none.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_try_acquire(
    semaphore: threading_semaphore,
) -> threading_status {
    let handle = semaphore.into();
    if semaphore::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_semaphore_try_acquire", handle, |semaphore| {
        semaphore::acquire(semaphore, Timeout::Poll)
    })
}

/// Takes a unit; waits for at most that time (Python: `Semaphore.acquire(timeout=...)`).
///
/// @param semaphore  the semaphore.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the unit is the caller's; also if one was given back at the moment when
/// the time ran out.
/// @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed: before the call, or during the call
/// before the caller had begun to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until there is a unit or the time is up, on the monotonic clock; never less. Signals neither end
/// nor lengthen it.
/// @par Thread safety
/// Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_acquire_timeout(
    semaphore: threading_semaphore,
    seconds: f64,
) -> threading_status {
    let result = Timeout::from_seconds(seconds)
        .and_then(|timeout| semaphore::acquire(semaphore.into(), timeout));
    super::outcome(c"threading_semaphore_acquire_timeout", semaphore, result)
}

/// Gives a unit back, and wakes a waiter (Python: `Semaphore.release()`). Any thread may do that,
/// not only the one that took the unit.
///
/// @param semaphore  the semaphore.
/// @retval THREADING_OK  there is one more unit.
/// @retval THREADING_OVERFLOW  there would be more than a bounded semaphore was made with, or than
/// THREADING_SEMAPHORE_MAX; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_release(
    semaphore: threading_semaphore,
) -> threading_status {
    let handle = semaphore.into();
    if semaphore::release_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_semaphore_release", handle, |semaphore| {
        semaphore::release(semaphore, 1)
    })
}

/// Gives `n` units back, or none if the call fails, and wakes as many waiters (Python:
/// `Semaphore.release(n)`).
///
/// @param semaphore  the semaphore.
/// @param n  how many, at least 1.
/// @retval THREADING_OK  there are `n` more units.
/// @retval THREADING_INVALID_ARGUMENT  `n` is 0.
/// @retval THREADING_OVERFLOW  there would be more than a bounded semaphore was made with, or than
/// THREADING_SEMAPHORE_MAX; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_release_n(
    semaphore: threading_semaphore,
    n: usize,
) -> threading_status {
    super::outcome(
        c"threading_semaphore_release_n",
        semaphore,
        semaphore::release(semaphore.into(), n),
    )
}

/// Tells how many units there are. The answer is about the moment of the call; it may be out of
/// date when the call returns.
///
/// @param semaphore  the semaphore.
/// @return the count; 0 for a bad handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_value(semaphore: threading_semaphore) -> usize {
    super::answer(c"threading_semaphore_value", semaphore, semaphore::value(semaphore.into()), 0)
}

/// Destroys the semaphore: from now on its handle is `THREADING_DESTROYED`, in every thread. It
/// does not matter whether units are taken.
///
/// @param semaphore  the semaphore; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
/// gets THREADING_DESTROYED.
/// @retval THREADING_BUSY  threads wait for it; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is made up, or of another kind.
/// @retval THREADING_DESTROYED  it was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_destroy(
    semaphore: threading_semaphore,
) -> threading_status {
    let handle = Handle::from(semaphore);
    let result: Result<(), Status> =
        if handle.is_null() { Ok(()) } else { semaphore::destroy(handle) };
    super::outcome(c"threading_semaphore_destroy", semaphore, result)
}
