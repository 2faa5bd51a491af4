//! Events, for C.

use crate::object::handle::{Handle, threading_event};
use crate::status::threading_status;
use crate::sync::event;
use crate::wait::timeout::Timeout;

/// Makes an event that is not set (Python: `threading.Event()`).
///
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_event_destroy`.
/// @retval THREADING_OK  `*out` is an event.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never; no system call while a segment of 65,536 events has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_event_new(out: *mut threading_event) -> threading_status {
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe {
        super::deliver(c"threading_event_new", Handle::NULL, out, || event::new().map(Into::into))
    }
}

/// Returns the event in `*handle`, and makes it first if it is null: for statics, which begin as
/// `THREADING_NULL`.
///
/// If several threads make it at the same time, all get the same event.
/// @param handle  a handle that lives as long as the event is used; only this function changes it,
/// and only if it is null. Its address is not kept.
/// @return the event; null if there was no memory for it, or if `handle` is NULL: the error hook is
/// called for both.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_event_ensure(
    handle: *mut threading_event,
) -> threading_event {
    let unmake = |made| {
        let _ = event::destroy(made);
    };
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe { super::ensure(c"threading_event_ensure", handle.cast(), event::new, unmake) }.into()
}

/// Sets the event: all waiting threads go on, and later waits succeed at once until it is cleared
/// (Python: `Event.set()`).
///
/// What the caller did before this call happens before the return of the waits that it ends.
/// @param event  the event; it may be set already.
/// @retval THREADING_OK  it is set.
/// @retval THREADING_INVALID_HANDLE  `event` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `event` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_set(event: threading_event) -> threading_status {
    let handle = event.into();
    if event::set_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_event_set", handle, event::set)
}

/// Clears the event: later waits wait again (Python: `Event.clear()`). Threads that an earlier set
/// has woken go on all the same.
///
/// @param event  the event; it may be clear already.
/// @retval THREADING_OK  it is clear.
/// @retval THREADING_INVALID_HANDLE  `event` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `event` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_clear(event: threading_event) -> threading_status {
    super::outcome(c"threading_event_clear", event, event::clear(event.into()))
}

/// Tells whether the event is set (Python: `Event.is_set()`).
///
/// @param event  the event.
/// @return whether it is set; false for a bad handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_is_set(event: threading_event) -> bool {
    let handle = event.into();
    match event::is_set_quickly(handle) {
        Some(answer) => answer,
        None => super::ask_slowly(c"threading_event_is_set", handle, event::is_set),
    }
}

/// Waits until the event is set (Python: `Event.wait()`).
///
/// @param event  the event.
/// @retval THREADING_OK  it is set, or was set while the caller waited.
/// @retval THREADING_INVALID_HANDLE  `event` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `event` was destroyed: before the call, or during the call before
/// the caller had begun to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the event is set; not at all if it is. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_wait(event: threading_event) -> threading_status {
    let handle = event.into();
    if event::is_set_quickly(handle) == Some(true) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_event_wait", handle, |event| event::wait(event, Timeout::Forever))
}

/// Waits until the event is set, for at most that time (Python: `Event.wait(timeout)`).
///
/// A worker's loop: `while (threading_event_wait_timeout(stop, 1.0) == THREADING_TIMEOUT) tick();`.
/// @param event  the event.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  it is set, or was set while the caller waited; also if it was set at the
/// moment when the time ran out.
/// @retval THREADING_TIMEOUT  the time ran out first.
/// @retval THREADING_INVALID_HANDLE  `event` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `event` was destroyed: before the call, or during the call before
/// the caller had begun to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the event is set or the time is up, on the monotonic clock; never less. Signals neither
/// end nor lengthen it.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_wait_timeout(
    event: threading_event,
    seconds: f64,
) -> threading_status {
    let result =
        Timeout::from_seconds(seconds).and_then(|timeout| event::wait(event.into(), timeout));
    super::outcome(c"threading_event_wait_timeout", event, result)
}

/// Destroys the event: from now on its handle is `THREADING_DESTROYED`, in every thread.
///
/// @param event  the event; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
/// gets THREADING_DESTROYED.
/// @retval THREADING_BUSY  threads wait for it; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `event` is made up, or of another kind.
/// @retval THREADING_DESTROYED  it was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_destroy(event: threading_event) -> threading_status {
    let handle = Handle::from(event);
    let result = if handle.is_null() { Ok(()) } else { event::destroy(handle) };
    super::outcome(c"threading_event_destroy", event, result)
}
