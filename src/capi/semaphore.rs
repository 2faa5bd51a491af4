//! Semaphores, for C.

use core::ffi::c_char;

use crate::capi::name;
use crate::object::handle::{Handle, threading_semaphore};
use crate::status::{Status, threading_status};
use crate::sync::semaphore::{self, Semaphore};
use crate::wait::timeout::Timeout;

/// Makes a semaphore with `value` units (Python: `threading.Semaphore(value)`).
///
/// @param value  the number of units at the beginning, 0 to THREADING_SEMAPHORE_MAX.
/// @param out  receives the handle. The caller owns the semaphore, and destroys it with
/// `threading_semaphore_destroy`.
/// @retval THREADING_OK  `*out` is the new semaphore.
/// @retval THREADING_INVALID_ARGUMENT  `value` is greater than THREADING_SEMAPHORE_MAX, or `out` is
/// NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 semaphores has room.
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

/// Returns the semaphore in `*handle`. If `*handle` is null, the call first makes a semaphore with
/// `value` units and stores its handle there. This is for static variables, which begin as
/// `THREADING_NULL`.
///
/// If several threads make the semaphore at the same time, all of them get the same semaphore. Only
/// a call that makes the semaphore looks at the other arguments.
/// @param handle  the address of a handle that exists as long as the semaphore is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @param value  the number of units at the beginning, 0 to THREADING_SEMAPHORE_MAX.
/// @return the semaphore; null if there is no memory for it, or if `handle` is NULL, or if `value`
/// is greater than THREADING_SEMAPHORE_MAX. In all these cases the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_semaphore_ensure(
    handle: *mut threading_semaphore,
    value: usize,
) -> threading_semaphore {
    let mut make = || semaphore::new(value, false);
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe {
        super::ensure_with(
            c"threading_semaphore_ensure",
            handle.cast(),
            &mut make,
            semaphore::destroy,
        )
    }
    .into()
}

/// Makes a bounded semaphore: it never has more than `value` units (Python:
/// `threading.BoundedSemaphore(value)`). A release beyond this number is an error, and adds no
/// unit.
///
/// @param value  the number of units at the beginning, 0 to THREADING_SEMAPHORE_MAX.
/// @param out  receives the handle. The caller owns the semaphore, and destroys it with
/// `threading_semaphore_destroy`.
/// @retval THREADING_OK  `*out` is the new semaphore.
/// @retval THREADING_INVALID_ARGUMENT  `value` is greater than THREADING_SEMAPHORE_MAX, or `out` is
/// NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 semaphores has room.
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

/// Makes a saturating semaphore: it never has more than `most` units, and a release beyond this
/// number succeeds and adds no unit.
///
/// With `most` 1 it is what Win32 calls an auto-reset event: a release sets it, and a thread that
/// acquires the unit resets it. However often it is set before that, one thread goes on.
/// threading_semaphore_try_acquire resets it without a wait.
/// @param value  the number of units at the beginning, 0 to THREADING_SEMAPHORE_MAX, and at most
/// `most`.
/// @param most  the greatest number of units, 1 to THREADING_SEMAPHORE_MAX.
/// @param out  receives the handle. The caller owns the semaphore, and destroys it with
/// `threading_semaphore_destroy`.
/// @retval THREADING_OK  `*out` is the new semaphore.
/// @retval THREADING_INVALID_ARGUMENT  `most` is 0 or greater than THREADING_SEMAPHORE_MAX, `value`
/// is greater than `most`, or `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 semaphores has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_saturating_semaphore_new(
    value: usize,
    most: usize,
    out: *mut threading_semaphore,
) -> threading_status {
    let make = || semaphore::new_saturating(value, most).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_saturating_semaphore_new", Handle::NULL, out, make) }
}

/// Acquires a unit; waits as long as needed (Python: `Semaphore.acquire()`).
///
/// A release happens before the acquire that acquires its unit.
/// @param semaphore  the semaphore.
/// @retval THREADING_OK  the caller has a unit.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired a unit. Signals do not end the wait. Threads that have waited for
/// more than a millisecond acquire units in the order in which they began to wait.
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

/// Acquires a unit if one is available at this moment (Python: `Semaphore.acquire(False)`).
///
/// @param semaphore  the semaphore.
/// @retval THREADING_OK  the caller has a unit.
/// @retval THREADING_TIMEOUT  no unit is available.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
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

/// Acquires a unit; waits for at most `seconds` (Python: `Semaphore.acquire(timeout=...)`).
///
/// @param semaphore  the semaphore.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller has a unit. This is also possible if a unit was released at the
/// moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired a unit, or until the time-out expires on the monotonic clock,
/// never earlier. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_acquire_timeout(
    semaphore: threading_semaphore,
    seconds: f64,
) -> threading_status {
    super::slowly_within(
        c"threading_semaphore_acquire_timeout",
        semaphore.into(),
        seconds,
        semaphore::acquire,
    )
}

/// Releases a unit, and wakes a waiter (Python: `Semaphore.release()`). Any thread may release a
/// unit, not only a thread that has acquired one.
///
/// @param semaphore  the semaphore.
/// @retval THREADING_OK  the semaphore has one more unit; or it saturates, and has as many as it
/// can have.
/// @retval THREADING_OVERFLOW  the semaphore would have more than THREADING_SEMAPHORE_MAX units or,
/// if it is bounded, more units than it was made with; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
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

/// Releases `n` units, and wakes up to `n` waiters (Python: `Semaphore.release(n)`). If the call
/// fails, it releases none.
///
/// @param semaphore  the semaphore.
/// @param n  the number of units, at least 1.
/// @retval THREADING_OK  the semaphore has `n` more units; or it saturates, and has as many as it
/// can have.
/// @retval THREADING_INVALID_ARGUMENT  `n` is 0.
/// @retval THREADING_OVERFLOW  the semaphore would have more than THREADING_SEMAPHORE_MAX units or,
/// if it is bounded, more units than it was made with; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
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

/// Tells how many units are available. The answer describes the moment of the call, and may be out
/// of date when the call returns.
///
/// @param semaphore  the semaphore.
/// @return the number of units. For a bad handle: 0, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_semaphore_value(semaphore: threading_semaphore) -> usize {
    super::answer(c"threading_semaphore_value", semaphore, semaphore::value(semaphore.into()), 0)
}

/// Gives a semaphore a name, which tells people what it is for. At first a semaphore has no name.
///
/// Names need not be unique, and may contain any character.
/// @param semaphore  the semaphore.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the semaphore has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the semaphore keeps the name
/// that it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_semaphore_set_name(
    semaphore: threading_semaphore,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Semaphore>(c"threading_semaphore_set_name", semaphore, name) }
}

/// Copies the name of a semaphore.
///
/// @param semaphore  the semaphore.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. A semaphore without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed. If that happened during the call,
/// `buffer` may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_semaphore_name(
    semaphore: threading_semaphore,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Semaphore>(c"threading_semaphore_name", semaphore, place) }
}

/// Destroys the semaphore: from now on calls with its handle return `THREADING_DESTROYED`, in every
/// thread. The call succeeds even if threads have not released their units.
///
/// @param semaphore  the semaphore. For the null handle the call does nothing and returns
/// THREADING_OK.
/// @retval THREADING_OK  the semaphore is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED.
/// @retval THREADING_BUSY  threads wait for a unit; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `semaphore` is not null, and is not a handle of a semaphore.
/// @retval THREADING_DESTROYED  `semaphore` was destroyed before.
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
