//! Queues, for C: making one, puts and gets.

use core::ffi::{CStr, c_void};
use core::ptr;

use crate::object::handle::{Handle, threading_queue};
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::{Status, threading_status};
use crate::sync::queue;
use crate::wait::timeout::Timeout;

/// Makes an empty queue for at most `maxsize` items (Python: `queue.Queue(maxsize)`, but a queue
/// always has a limit).
///
/// @param maxsize  the greatest number of items, 1 to THREADING_QUEUE_MAX. The queue takes memory
/// for as many pointers, rounded up to a power of two.
/// @param out  receives the handle. The caller owns the queue, and destroys it with
/// `threading_queue_destroy`.
/// @retval THREADING_OK  `*out` is the new queue.
/// @retval THREADING_INVALID_ARGUMENT  `maxsize` is 0 or greater than THREADING_QUEUE_MAX, or `out`
/// is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_new(
    maxsize: usize,
    out: *mut threading_queue,
) -> threading_status {
    let make = || queue::new(maxsize).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_queue_new", Handle::NULL, out, make) }
}

/// Returns the queue in `*handle`. If `*handle` is null, the call first makes an empty queue for at
/// most `maxsize` items and stores its handle there. This is for static variables, which begin as
/// `THREADING_NULL`.
///
/// If several threads make the queue at the same time, all of them get the same queue. Only a call
/// that makes the queue looks at the other arguments.
/// @param handle  the address of a handle that exists as long as the queue is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @param maxsize  the greatest number of items, 1 to THREADING_QUEUE_MAX.
/// @return the queue; null if there is no memory for it, or if `handle` is NULL, or if `maxsize` is
/// 0 or greater than THREADING_QUEUE_MAX. In all these cases the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_ensure(
    handle: *mut threading_queue,
    maxsize: usize,
) -> threading_queue {
    let mut make = || queue::new(maxsize);
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe {
        super::ensure_with(c"threading_queue_ensure", handle.cast(), &mut make, queue::destroy)
    }
    .into()
}

/// Puts an item at the end of the queue (Python: `Queue.put(item)`). If the queue is full, the call
/// waits until there is room.
///
/// Items are taken in the order in which they were put. Everything that a thread did before it put
/// an item happens before the return of the call that takes the item.
///
/// While many places are taken, a thread that waits for room in a queue of 8 or more may go on up
/// to about 0.1 milliseconds later than the first place is free: it is woken once for many places,
/// and not once for each.
/// @param queue  the queue.
/// @param item  the item, which the queue only keeps: NULL is an item like any other. What it
/// points to is the program's. If the call fails the item is not in the queue.
/// @retval THREADING_OK  the item is in the queue.
/// @retval THREADING_CLOSED  the queue was shut down, before the call or while the caller waited.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  the queue is full, and there is no memory for the wait.
/// @par Blocking
/// Until there is room or the queue is shut down; not at all if there is room. Signals do not end
/// the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_put(
    queue: threading_queue,
    item: *mut c_void,
) -> threading_status {
    enter_put(queue.into(), item, ptr::null())
}

// The last argument stands where the third integer has to be.
pass_site_on!(enter_put to put_from(queue: Handle, item: *mut c_void, unused: *const ()));

#[inline(never)]
extern "C-unwind" fn put_from(
    queue: Handle,
    item: *mut c_void,
    _: *const (),
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    super::outcome(c"threading_queue_put", queue, queue::put(queue, item, Timeout::Forever))
}

/// Puts an item at the end of the queue if there is room (Python: `Queue.put_nowait(item)`).
///
/// @param queue  the queue.
/// @param item  the item, as for `threading_queue_put`.
/// @retval THREADING_OK  the item is in the queue.
/// @retval THREADING_TIMEOUT  the queue is full.
/// @retval THREADING_CLOSED  the queue was shut down.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_try_put(
    queue: threading_queue,
    item: *mut c_void,
) -> threading_status {
    let put = queue::put(queue.into(), item, Timeout::Poll);
    super::outcome(c"threading_queue_try_put", queue, put)
}

/// Puts an item at the end of the queue, and waits for at most `seconds` until there is room
/// (Python: `Queue.put(item, timeout=seconds)`).
///
/// @param queue  the queue.
/// @param item  the item, as for `threading_queue_put`.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the item is in the queue. This is also possible if there was room at the
/// moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first: the item is not in the queue.
/// @retval THREADING_CLOSED  the queue was shut down, before the call or while the caller waited.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  the queue is full, and there is no memory for the wait.
/// @par Blocking
/// Until there is room, until the queue is shut down, or until the time-out expires on the
/// monotonic clock, never earlier. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_put_timeout(
    queue: threading_queue,
    item: *mut c_void,
    seconds: f64,
) -> threading_status {
    enter_put_within(queue.into(), item, ptr::null(), seconds)
}

pass_site_on!(enter_put_within to put_within_from(
    queue: Handle, item: *mut c_void, unused: *const (), seconds: f64
));

#[inline(never)]
extern "C-unwind" fn put_within_from(
    queue: Handle,
    item: *mut c_void,
    _: *const (),
    seconds: f64,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    let result = Timeout::from_seconds(seconds);
    let result = result.and_then(|timeout| queue::put(queue, item, timeout));
    super::outcome(c"threading_queue_put_timeout", queue, result)
}

/// Takes the item that was put first (Python: `Queue.get()`). If the queue is empty, the call waits
/// until there is an item.
///
/// @param queue  the queue.
/// @param item  receives the item, which is the caller's now. If the call fails, `*item` does not
/// change.
/// @retval THREADING_OK  `*item` is the item, which is not in the queue any more.
/// @retval THREADING_CLOSED  the queue was shut down and is empty, or its shutdown was immediate;
/// before the call or while the caller waited.
/// @retval THREADING_INVALID_ARGUMENT  `item` is NULL.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  the queue is empty, and there is no memory for the wait.
/// @par Blocking
/// Until there is an item or the queue is shut down; not at all if there is an item. Signals do not
/// end the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_get(
    queue: threading_queue,
    item: *mut *mut c_void,
) -> threading_status {
    enter_get(queue.into(), item, ptr::null())
}

pass_site_on!(enter_get to get_from(queue: Handle, item: *mut *mut c_void, unused: *const ()));

#[inline(never)]
extern "C-unwind" fn get_from(
    queue: Handle,
    item: *mut *mut c_void,
    _: *const (),
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    // SAFETY: `item` is null or may be written, by the caller's promise.
    unsafe { get(c"threading_queue_get", queue, item, Ok(Timeout::Forever)) }
}

/// Takes the item that was put first if there is one (Python: `Queue.get_nowait()`).
///
/// @param queue  the queue.
/// @param item  receives the item, as for `threading_queue_get`.
/// @retval THREADING_OK  `*item` is the item, which is not in the queue any more.
/// @retval THREADING_TIMEOUT  the queue is empty.
/// @retval THREADING_CLOSED  the queue was shut down and is empty, or its shutdown was immediate.
/// @retval THREADING_INVALID_ARGUMENT  `item` is NULL.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_try_get(
    queue: threading_queue,
    item: *mut *mut c_void,
) -> threading_status {
    // SAFETY: `item` is null or may be written, by the caller's promise.
    unsafe { get(c"threading_queue_try_get", queue.into(), item, Ok(Timeout::Poll)) }
}

/// Takes the item that was put first, and waits for at most `seconds` until there is one (Python:
/// `Queue.get(timeout=seconds)`).
///
/// @param queue  the queue.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param item  receives the item, as for `threading_queue_get`.
/// @retval THREADING_OK  `*item` is the item, which is not in the queue any more. This is also
/// possible if it was put at the moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_CLOSED  the queue was shut down and is empty, or its shutdown was immediate;
/// before the call or while the caller waited.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX; or `item` is NULL.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  the queue is empty, and there is no memory for the wait.
/// @par Blocking
/// Until there is an item, until the queue is shut down, or until the time-out expires on the
/// monotonic clock, never earlier. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_get_timeout(
    queue: threading_queue,
    seconds: f64,
    item: *mut *mut c_void,
) -> threading_status {
    enter_get_within(queue.into(), item, ptr::null(), seconds)
}

pass_site_on!(enter_get_within to get_within_from(
    queue: Handle, item: *mut *mut c_void, unused: *const (), seconds: f64
));

#[inline(never)]
extern "C-unwind" fn get_within_from(
    queue: Handle,
    item: *mut *mut c_void,
    _: *const (),
    seconds: f64,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    let timeout = Timeout::from_seconds(seconds);
    // SAFETY: `item` is null or may be written, by the caller's promise.
    unsafe { get(c"threading_queue_get_timeout", queue, item, timeout) }
}

/// Takes an item, and writes it to `item`.
///
/// # Safety
/// `item` is null or may be written.
#[inline(always)]
unsafe fn get(
    function: &'static CStr,
    queue: Handle,
    item: *mut *mut c_void,
    timeout: Result<Timeout, Status>,
) -> Status {
    let take = || queue::get(queue, timeout?);
    // SAFETY: this function's contract.
    unsafe { super::deliver(function, queue, item, take) }
}
