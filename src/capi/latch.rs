//! Latches, for C.

use core::ffi::c_char;

use crate::capi::name;
use crate::object::handle::{Handle, threading_latch};
use crate::status::threading_status;
use crate::sync::latch::{self, Latch};
use crate::wait::timeout::Timeout;

/// Makes a latch with a count. The latch is open when the count is 0.
///
/// @param count  the count at the beginning, 0 to THREADING_LATCH_MAX. A latch with the count 0 is
/// open from the beginning.
/// @param out  receives the handle. The caller owns the latch, and destroys it with
/// `threading_latch_destroy`.
/// @retval THREADING_OK  `*out` is the new latch.
/// @retval THREADING_INVALID_ARGUMENT  `count` is greater than THREADING_LATCH_MAX, or `out` is
/// NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 latches has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_latch_new(
    count: usize,
    out: *mut threading_latch,
) -> threading_status {
    let make = || latch::new(count).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_latch_new", Handle::NULL, out, make) }
}

/// Returns the latch in `*handle`. If `*handle` is null, the call first makes a latch with a count
/// and stores its handle there. This is for static variables, which begin as `THREADING_NULL`.
///
/// If several threads make the latch at the same time, all of them get the same latch. Only a call
/// that makes the latch looks at the other arguments.
/// @param handle  the address of a handle that exists as long as the latch is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @param count  the count at the beginning, 0 to THREADING_LATCH_MAX.
/// @return the latch; null if there is no memory for it, or if `handle` is NULL, or if `count` is
/// greater than THREADING_LATCH_MAX. In all these cases the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_latch_ensure(
    handle: *mut threading_latch,
    count: usize,
) -> threading_latch {
    let mut make = || latch::new(count);
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe {
        super::ensure_with(c"threading_latch_ensure", handle.cast(), &mut make, latch::destroy)
    }
    .into()
}

/// Counts the latch down by 1. If the count becomes 0, the latch is open: all waiting threads go
/// on, and later waits return at once.
///
/// Everything that a thread did before it counted down happens before the return of the waits that
/// find the latch open. A thread whose wait has returned may destroy the latch at once, even if the
/// call that opened the latch has not returned yet.
/// @param latch  the latch.
/// @retval THREADING_OK  the count is less by 1.
/// @retval THREADING_OVERFLOW  the latch is open already; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
/// @retval THREADING_DESTROYED  `latch` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_count_down(latch: threading_latch) -> threading_status {
    let handle = latch.into();
    if latch::count_down_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_latch_count_down", handle, |latch| latch::count_down(latch, 1))
}

/// Counts the latch down by `n`, as `n` calls of `threading_latch_count_down` do. If the call
/// fails, the count does not change.
///
/// @param latch  the latch.
/// @param n  the number to subtract from the count, at least 1.
/// @retval THREADING_OK  the count is less by `n`.
/// @retval THREADING_INVALID_ARGUMENT  `n` is 0.
/// @retval THREADING_OVERFLOW  the count is less than `n`; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
/// @retval THREADING_DESTROYED  `latch` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_count_down_n(
    latch: threading_latch,
    n: usize,
) -> threading_status {
    super::outcome(c"threading_latch_count_down_n", latch, latch::count_down(latch.into(), n))
}

/// Counts the latch up by `n`, for work that makes more work. If the call fails, the count does not
/// change.
///
/// Only a thread that still has to count down can know that the latch is not open: it counts up
/// before it counts down.
/// @param latch  the latch, which is not open.
/// @param n  the number to add to the count, at least 1.
/// @retval THREADING_OK  the count is greater by `n`.
/// @retval THREADING_BROKEN  the latch is open already, and waiting threads may have gone on;
/// nothing has changed.
/// @retval THREADING_INVALID_ARGUMENT  `n` is 0.
/// @retval THREADING_OVERFLOW  the count would be greater than THREADING_LATCH_MAX; nothing has
/// changed.
/// @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
/// @retval THREADING_DESTROYED  `latch` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_count_up_n(
    latch: threading_latch,
    n: usize,
) -> threading_status {
    super::outcome(c"threading_latch_count_up_n", latch, latch::count_up(latch.into(), n))
}

/// Waits until the latch is open.
///
/// @param latch  the latch.
/// @retval THREADING_OK  the latch is open.
/// @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
/// @retval THREADING_DESTROYED  `latch` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the latch is open; not at all if it is already open. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_wait(latch: threading_latch) -> threading_status {
    super::slowly(c"threading_latch_wait", latch.into(), |latch| {
        latch::wait(latch, Timeout::Forever)
    })
}

/// Waits until the latch is open, for at most `seconds`.
///
/// @param latch  the latch.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the latch is open. This is also possible if it was opened at the moment at
/// which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
/// @retval THREADING_DESTROYED  `latch` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the latch is open, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_wait_timeout(
    latch: threading_latch,
    seconds: f64,
) -> threading_status {
    super::slowly_within(c"threading_latch_wait_timeout", latch.into(), seconds, latch::wait)
}

/// Tells whether the latch is open. An open latch stays open.
///
/// @param latch  the latch.
/// @return whether the latch is open. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_is_open(latch: threading_latch) -> bool {
    super::answer(c"threading_latch_is_open", latch, latch::is_open(latch.into()), false)
}

/// Returns the count of the latch, for logs: other threads may change it at any time.
///
/// @param latch  the latch.
/// @return the count; 0 if the latch is open. For a bad handle: 0, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_count(latch: threading_latch) -> usize {
    super::answer(c"threading_latch_count", latch, latch::count(latch.into()), 0)
}

/// Gives a latch a name, which tells people what it is for. At first a latch has no name.
///
/// Names need not be unique, and may contain any character.
/// @param latch  the latch.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the latch has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
/// @retval THREADING_DESTROYED  `latch` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the latch keeps the name that
/// it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_latch_set_name(
    latch: threading_latch,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Latch>(c"threading_latch_set_name", latch, name) }
}

/// Copies the name of a latch.
///
/// @param latch  the latch.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. A latch without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
/// @retval THREADING_DESTROYED  `latch` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_latch_name(
    latch: threading_latch,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Latch>(c"threading_latch_name", latch, place) }
}

/// Destroys the latch, open or not: from now on calls with its handle return `THREADING_DESTROYED`,
/// in every thread.
///
/// @param latch  the latch. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the latch is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED.
/// @retval THREADING_BUSY  threads wait for the latch; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `latch` is not null, and is not a handle of a latch.
/// @retval THREADING_DESTROYED  `latch` was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_latch_destroy(latch: threading_latch) -> threading_status {
    let handle = Handle::from(latch);
    let result = if handle.is_null() { Ok(()) } else { latch::destroy(handle) };
    super::outcome(c"threading_latch_destroy", latch, result)
}
