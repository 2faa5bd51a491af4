//! Events, for C.

use core::ffi::{c_char, c_int};

use crate::capi::name;
use crate::object::handle::{Handle, threading_event};
use crate::status::threading_status;
use crate::sync::event::{self, Event};
use crate::wait::timeout::Timeout;

/// Makes an event that is not set (Python: `threading.Event()`).
///
/// @param out  receives the handle. The caller owns the event, and destroys it with
/// `threading_event_destroy`.
/// @retval THREADING_OK  `*out` is the new event.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 events has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_event_new(out: *mut threading_event) -> threading_status {
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe {
        super::deliver(c"threading_event_new", Handle::NULL, out, || event::new().map(Into::into))
    }
}

/// Returns the event in `*handle`. If `*handle` is null, the call first makes an event and stores
/// its handle there. This is for static variables, which begin as `THREADING_NULL`.
///
/// If several threads make the event at the same time, all of them get the same event.
/// @param handle  the address of a handle that exists as long as the event is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @return the event; null if there is no memory for it, or if `handle` is NULL. In both cases the
/// error hook is called.
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

/// Sets the event: all waiting threads go on, and later waits return at once until the event is
/// cleared (Python: `Event.set()`).
///
/// Everything that the caller did before this call happens before the return of the waits that the
/// call ends.
/// @param event  the event, which may already be set.
/// @retval THREADING_OK  the event is set.
/// @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
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

/// Clears the event: later waits block again (Python: `Event.clear()`). Threads that an earlier set
/// has woken go on nevertheless.
///
/// @param event  the event, which may already be clear.
/// @retval THREADING_OK  the event is clear.
/// @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
/// @retval THREADING_DESTROYED  `event` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_clear(event: threading_event) -> threading_status {
    let handle = event.into();
    if event::clear_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_event_clear", handle, event::clear)
}

/// Tells whether the event is set (Python: `Event.is_set()`).
///
/// @param event  the event.
/// @return whether the event is set. For a bad handle: false, and the error hook is called.
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
/// @retval THREADING_OK  the event is set, or was set while the caller waited.
/// @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
/// @retval THREADING_DESTROYED  `event` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the event is set; not at all if it is already set. Signals do not end the wait.
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

/// Waits until the event is set, for at most `seconds` (Python: `Event.wait(timeout)`).
///
/// A worker's loop is: `while (threading_event_wait_timeout(stop, 1.0) == THREADING_TIMEOUT)
/// tick();`.
/// @param event  the event.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the event is set, or was set while the caller waited. This is also
/// possible if the event was set at the moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
/// @retval THREADING_DESTROYED  `event` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the event is set, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_event_wait_timeout(
    event: threading_event,
    seconds: f64,
) -> threading_status {
    super::slowly_within(c"threading_event_wait_timeout", event.into(), seconds, event::wait)
}

/// Returns a descriptor that is readable while the event is set: for `poll`, `epoll`, libuv or
/// asyncio, beside sockets and pipes.
///
/// The first call makes the descriptor; an event without one costs nothing more. Later calls return
/// the same number. The descriptor shows each set and each clear, also those in signal handlers. If
/// a set is followed by a clear at once, a thread that polls may miss it, while a thread that waits
/// by `threading_event_wait` does not. After the poll, call `threading_event_is_set`: if it returns
/// true, everything that the caller of the set did before it happens before what follows.
///
/// The descriptor belongs to the library: add it to a set of descriptors, but do not read, write or
/// close it. It is closed when the event is destroyed, so take it out of the set before that. If a
/// program closes it all the same, the event works as before, nothing is written to another file
/// that gets the number, and the next call makes a new descriptor. It is closed by `exec`.
///
/// In a forked child the file is still the parent's, and the child's calls with the event do not
/// change it. A call of this function there gives the child a file of its own under the same
/// number, which has to be added to sets of descriptors again.
/// @param event  the event.
/// @param fd  receives the descriptor.
/// @retval THREADING_OK  `*fd` is the descriptor.
/// @retval THREADING_INVALID_ARGUMENT  `fd` is NULL.
/// @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
/// @retval THREADING_DESTROYED  `event` was destroyed.
/// @retval THREADING_NO_RESOURCES  the process or the system has no room for a descriptor; nothing
/// has changed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_event_fd(
    event: threading_event,
    fd: *mut c_int,
) -> threading_status {
    // SAFETY: `fd` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_event_fd", event, fd, || event::descriptor(event.into())) }
}

/// Gives an event a name, which tells people what it is for. At first an event has no name.
///
/// Names need not be unique, and may contain any character.
/// @param event  the event.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the event has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
/// @retval THREADING_DESTROYED  `event` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the event keeps the name that
/// it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_event_set_name(
    event: threading_event,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Event>(c"threading_event_set_name", event, name) }
}

/// Copies the name of an event.
///
/// @param event  the event.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. An event without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
/// @retval THREADING_DESTROYED  `event` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_event_name(
    event: threading_event,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Event>(c"threading_event_name", event, place) }
}

/// Destroys the event: from now on calls with its handle return `THREADING_DESTROYED`, in every
/// thread.
///
/// @param event  the event. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the event is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED.
/// @retval THREADING_BUSY  threads wait for the event; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `event` is not null, and is not a handle of an event.
/// @retval THREADING_DESTROYED  `event` was destroyed before.
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
