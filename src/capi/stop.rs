//! Stops, for C. The waits with one are in `stop_waits`.

use core::ffi::c_char;

use crate::capi::name;
use crate::object::handle::{Handle, threading_stop};
use crate::status::threading_status;
use crate::sync::stop::{self, Stop};
use crate::wait::timeout::Timeout;

/// Makes a stop, which has not come.
///
/// @param parent  the stop above the new one: when that has come, the new one has come as well.
/// With the null handle there is none.
/// @param out  receives the handle. The caller owns the stop, and destroys it with
/// `threading_stop_destroy`.
/// @retval THREADING_OK  `*out` is the new stop. If the parent has come already, so has the new
/// stop.
/// @retval THREADING_INVALID_HANDLE  `parent` is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `parent` was destroyed.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_OVERFLOW  15 stops are above `parent` already.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out, or `parent` has 1,048,575 children.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 stops has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_stop_new(
    parent: threading_stop,
    out: *mut threading_stop,
) -> threading_status {
    let make = || stop::new(parent.into(), Timeout::Forever).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_stop_new", parent, out, make) }
}

/// Makes a stop with a deadline: it comes by itself after `seconds`, or when its parent's deadline
/// passes if that is earlier.
///
/// @param parent  the stop above the new one: when that has come, the new one has come as well.
/// With the null handle there is none.
/// @param seconds  the time until it comes, rounded up to nanoseconds; 0 or less: it has come,
/// INFINITY: it has no deadline of its own. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param out  receives the handle. The caller owns the stop, and destroys it with
/// `threading_stop_destroy`.
/// @retval THREADING_OK  `*out` is the new stop. If the parent has come already, so has the new
/// stop.
/// @retval THREADING_INVALID_HANDLE  `parent` is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `parent` was destroyed.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL; or `seconds` is NaN, or is finite and greater
/// than THREADING_TIMEOUT_MAX.
/// @retval THREADING_OVERFLOW  15 stops are above `parent` already.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out, or `parent` has 1,048,575 children.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 stops has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_stop_new_timeout(
    parent: threading_stop,
    seconds: f64,
    out: *mut threading_stop,
) -> threading_status {
    let make = || {
        let timeout = Timeout::from_seconds(seconds)?;
        stop::new(parent.into(), timeout).map(Into::into)
    };
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_stop_new_timeout", parent, out, make) }
}

/// Returns the stop in `*handle`. If `*handle` is null, the call first makes a stop, which has no
/// parent and has not come, and stores its handle there. This is for static variables, which begin
/// as `THREADING_NULL`.
///
/// If several threads make the stop at the same time, all of them get the same stop.
/// @param handle  the address of a handle that exists as long as the stop is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @return the stop; null if there is no memory for it, or if `handle` is NULL. In both cases
/// the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_stop_ensure(
    handle: *mut threading_stop,
) -> threading_stop {
    let mut make = || stop::new(Handle::NULL, Timeout::Forever);
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe { super::ensure_with(c"threading_stop_ensure", handle.cast(), &mut make, stop::destroy) }
        .into()
}

/// Requests the stop: it has come, and so have all stops below it. The waits with one of them end,
/// and later ones return at once. A request cannot be taken back.
///
/// Everything that the caller did before this call happens before the return of the waits that the
/// call ends.
/// @param stop  the stop, which may have come before.
/// @retval THREADING_OK  the stop has come.
/// @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
/// @retval THREADING_DESTROYED  `stop` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stop_request(stop: threading_stop) -> threading_status {
    super::slowly(c"threading_stop_request", stop.into(), stop::request)
}

/// Tells whether the stop has come: it, or a stop above it, was requested, or its deadline has
/// passed.
///
/// @param stop  the stop.
/// @return whether the stop has come. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stop_requested(stop: threading_stop) -> bool {
    super::answer(c"threading_stop_requested", stop, stop::requested(stop.into()), false)
}

/// Tells whether the stop has come by itself: its deadline has passed, and neither it nor a stop
/// above it was requested.
///
/// @param stop  the stop.
/// @return whether the stop has come by itself. For a bad handle: false, and the error hook is
/// called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stop_expired(stop: threading_stop) -> bool {
    super::answer(c"threading_stop_expired", stop, stop::expired(stop.into()), false)
}

/// Returns the time that is left until the stop's deadline.
///
/// @param stop  the stop.
/// @return the time in seconds; INFINITY for a stop without a deadline, and 0 for one that has
/// come. For a bad handle: 0, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stop_remaining(stop: threading_stop) -> f64 {
    super::answer(c"threading_stop_remaining", stop, stop::remaining(stop.into()), 0.0)
}

/// Waits until the stop has come.
///
/// @param stop  the stop.
/// @retval THREADING_OK  the stop has come.
/// @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
/// @retval THREADING_DESTROYED  `stop` was destroyed before the call, or during the call before the
/// caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the stop has come; not at all if it has. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stop_wait(stop: threading_stop) -> threading_status {
    super::slowly(c"threading_stop_wait", stop.into(), |stop| stop::wait(stop, Timeout::Forever))
}

/// Waits until the stop has come, for at most `seconds`: a sleep that can be ended.
///
/// @param stop  the stop.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the stop has come.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
/// @retval THREADING_DESTROYED  `stop` was destroyed before the call, or during the call before the
/// caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the stop has come, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stop_wait_timeout(
    stop: threading_stop,
    seconds: f64,
) -> threading_status {
    super::slowly_within(c"threading_stop_wait_timeout", stop.into(), seconds, stop::wait)
}

/// Gives a stop a name, which tells people what it is for. At first a stop has no name.
///
/// Names need not be unique, and may contain any character.
/// @param stop  the stop.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the stop has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
/// @retval THREADING_DESTROYED  `stop` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the stop keeps the name that
/// it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_stop_set_name(
    stop: threading_stop,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Stop>(c"threading_stop_set_name", stop, name) }
}

/// Copies the name of a stop.
///
/// @param stop  the stop.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. A stop without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
/// @retval THREADING_DESTROYED  `stop` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_stop_name(
    stop: threading_stop,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Stop>(c"threading_stop_name", stop, place) }
}

/// Destroys the stop: from now on calls with its handle return `THREADING_DESTROYED`, in every
/// thread.
///
/// @param stop  the stop, whether it has come or not. For the null handle the call does nothing and
/// returns THREADING_OK.
/// @retval THREADING_OK  the stop is destroyed.
/// @retval THREADING_BUSY  threads wait with the stop, or there are stops whose parent it is;
/// nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `stop` is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `stop` was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_stop_destroy(stop: threading_stop) -> threading_status {
    let handle = Handle::from(stop);
    let result = if handle.is_null() { Ok(()) } else { stop::destroy(handle) };
    super::outcome(c"threading_stop_destroy", stop, result)
}
