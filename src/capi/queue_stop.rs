//! The waits with a stop for a queue, for C: as `stop_waits` says.

use core::ffi::c_void;

use crate::capi::with_stop::{StopCall, get_with_stop, put_with_stop, with_stop};
use crate::object::handle::{threading_queue, threading_stop};
use crate::status::threading_status;
use crate::sync::queue;
use crate::thread::any::StopWait;

/// Puts an item at the end of the queue, unless a stop comes before there is room.
///
/// @param queue  the queue.
/// @param item  the item, as for `threading_queue_put`.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_queue_put_timeout`.
/// @retval THREADING_OK  the item is in the queue.
/// @retval THREADING_TIMEOUT  the time-out expired first: the item is not in the queue.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: the item is not in the
/// queue.
/// @retval THREADING_CLOSED  the queue was shut down, before the call or while the caller waited.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue; or `stop` is
/// not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `queue` or `stop` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  the queue is full, and there is no memory for the wait.
/// @par Blocking
/// Until there is room, until the queue is shut down, until the time-out expires on the monotonic
/// clock, or until `stop` has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_put_stop(
    queue: threading_queue,
    item: *mut c_void,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    put_with_stop(queue.into(), item, stop.into(), seconds)
}

/// Takes the item that was put first, unless a stop comes before there is one.
///
/// @param queue  the queue.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_queue_get_timeout`.
/// @param item  receives the item, as for `threading_queue_get`.
/// @retval THREADING_OK  `*item` is the item, which is not in the queue any more.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: no item was taken.
/// @retval THREADING_CLOSED  the queue was shut down and is empty, or its shutdown was immediate;
/// before the call or while the caller waited.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue; or `stop` is
/// not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `queue` or `stop` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX; or `item` is NULL.
/// @retval THREADING_NO_RESOURCES  the queue is empty, and there is no memory for the wait.
/// @par Blocking
/// Until there is an item, until the queue is shut down, until the time-out expires on the
/// monotonic clock, or until `stop` has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_get_stop(
    queue: threading_queue,
    seconds: f64,
    stop: threading_stop,
    item: *mut *mut c_void,
) -> threading_status {
    get_with_stop(queue.into(), stop.into(), item, seconds)
}

/// Waits until all tasks are done, unless a stop comes first.
///
/// @param queue  the queue.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is `threading_queue_join_timeout`.
/// @retval THREADING_OK  no task was unfinished.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue; or `stop` is
/// not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `queue` or `stop` was destroyed before the call, or during the call
/// before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all tasks are done, until the time-out expires on the monotonic clock, or until `stop` has
/// come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_join_stop(
    queue: threading_queue,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall =
        StopCall(c"threading_queue_join_stop", StopWait::Own(queue::join_unless_stopped));
    with_stop(queue.into(), stop.into(), &CALL, seconds)
}

#[cfg(test)]
mod tests {
    use core::ptr;

    use super::*;
    use crate::capi::queue::*;
    use crate::capi::queue_end::*;
    use crate::capi::stop::*;
    use crate::capi::tests::{in_a_thread_without_memory, made};
    use crate::status::threading_status::*;

    #[test]
    fn a_thread_without_memory_cannot_wait_for_a_queue_with_a_stop_and_changes_nothing() {
        // SAFETY: the places may be written, in both.
        let (queue, stop) = unsafe {
            let none = threading_stop { bits: 0 };
            (made(|out| threading_queue_new(1, out)), made(|out| threading_stop_new(none, out)))
        };
        in_a_thread_without_memory(|| {
            let (mut item, nothing) = (ptr::null_mut(), ptr::null_mut());
            let item = &raw mut item;
            // SAFETY: `item` may be written.
            unsafe {
                assert_eq!(
                    threading_queue_get_stop(queue, 5.0, stop, item),
                    THREADING_NO_RESOURCES
                );
                assert_eq!(threading_queue_put_stop(queue, nothing, 5.0, stop), THREADING_OK);
                assert_eq!(
                    threading_queue_put_stop(queue, nothing, 5.0, stop),
                    THREADING_NO_RESOURCES
                );
                assert_eq!(threading_queue_join_stop(queue, 5.0, stop), THREADING_NO_RESOURCES);
                assert_eq!(threading_queue_get_stop(queue, 5.0, stop, item), THREADING_OK);
            }
        });
        for ended in [threading_queue_destroy(queue), threading_stop_destroy(stop)] {
            assert_eq!(ended, THREADING_OK);
        }
    }
}
