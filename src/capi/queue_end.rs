//! Queues, for C: shutdown, drain, tasks, questions, names and the end.

use core::ffi::{c_char, c_void};

use crate::capi::name;
use crate::object::cause::failure;
use crate::object::handle::{Handle, threading_queue};
use crate::status::threading_status;
use crate::sync::queue::{self, Queue};
use crate::wait::timeout::Timeout;

/// Shuts the queue down (Python: `Queue.shutdown(immediate)`): from now on every put fails with
/// THREADING_CLOSED. Gets take what is in the queue, and fail with THREADING_CLOSED when it is
/// empty. Threads that wait in a put or a get go on with the same outcome.
///
/// After an immediate shutdown all gets fail at once. The items are still in the queue:
/// `threading_queue_drain` takes them, so that nothing is lost. Their tasks count as done.
///
/// A queue cannot be opened again. A second shutdown changes nothing, unless it is the first
/// immediate one.
/// @param queue  the queue.
/// @param immediate  whether gets fail at once, and not only when the queue is empty.
/// @retval THREADING_OK  the queue is shut down.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_shutdown(
    queue: threading_queue,
    immediate: bool,
) -> threading_status {
    super::outcome(c"threading_queue_shutdown", queue, queue::shutdown(queue.into(), immediate))
}

/// Takes the items that are in the queue, up to `capacity`, in the order in which they were put;
/// also after an immediate shutdown. The call does not wait for items.
///
/// This is how a program gets its memory back before it destroys a queue, and how a consumer takes
/// many items with one call. While the call takes more than 256 items other threads may take some
/// in between.
/// @param queue  the queue.
/// @param items  receives the items; or NULL if `capacity` is 0.
/// @param capacity  the number of pointers that `items` has room for.
/// @param count  receives the number of items that were taken, 0 to `capacity`.
/// @retval THREADING_OK  `items[0]` to `items[*count - 1]` are the items, which are not in the
/// queue any more.
/// @retval THREADING_INVALID_ARGUMENT  `count` is NULL, or `items` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_drain(
    queue: threading_queue,
    items: *mut *mut c_void,
    capacity: usize,
    count: *mut usize,
) -> threading_status {
    let drain = || {
        if items.is_null() && capacity != 0 {
            return Err(failure!(
                THREADING_INVALID_ARGUMENT,
                c"items is NULL, and its capacity is not 0"
            ));
        }
        // SAFETY: `items` has room for `capacity` pointers, by the caller's promise.
        unsafe { queue::drain(queue.into(), items, capacity) }
    };
    // SAFETY: `count` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_queue_drain", queue, count, drain) }
}

/// Says that a task is done (Python: `Queue.task_done()`): that of an item that a thread has taken
/// from the queue and has finished. Each put makes a task.
///
/// Only programs that call `threading_queue_join` need this call. Everything that a thread did
/// before it happens before the return of the join that finds all tasks done.
/// @param queue  the queue.
/// @retval THREADING_OK  there is one unfinished task less. If it was the last one, threads that
/// wait in `threading_queue_join` go on.
/// @retval THREADING_OVERFLOW  no task is unfinished: the call was made more often than items were
/// put; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_task_done(queue: threading_queue) -> threading_status {
    super::outcome(c"threading_queue_task_done", queue, queue::task_done(queue.into()))
}

/// Waits until all tasks are done (Python: `Queue.join()`): until `threading_queue_task_done` was
/// called for each item that was put.
///
/// A shutdown does not end the wait. An immediate one counts the tasks of the items that are left
/// in the queue as done.
/// @param queue  the queue.
/// @retval THREADING_OK  no task was unfinished.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all tasks are done; not at all if they are done already. Signals do not end the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_join(queue: threading_queue) -> threading_status {
    super::slowly(c"threading_queue_join", queue.into(), |queue| {
        queue::join(queue, Timeout::Forever)
    })
}

/// Waits until all tasks are done, for at most `seconds`.
///
/// @param queue  the queue.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  no task was unfinished. This is also possible if the last one was done at
/// the moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all tasks are done, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_join_timeout(
    queue: threading_queue,
    seconds: f64,
) -> threading_status {
    super::slowly_within(c"threading_queue_join_timeout", queue.into(), seconds, queue::join)
}

/// Returns the number of items in the queue, for logs: other threads may change it at any time
/// (Python: `Queue.qsize()`).
///
/// @param queue  the queue.
/// @return the number of items. For a bad handle: 0, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_size(queue: threading_queue) -> usize {
    super::answer(c"threading_queue_size", queue, queue::size(queue.into()), 0)
}

/// Returns the greatest number of items that the queue was made for (Python: `Queue.maxsize`).
///
/// @param queue  the queue.
/// @return the greatest number of items. For a bad handle: 0, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_maxsize(queue: threading_queue) -> usize {
    super::answer(c"threading_queue_maxsize", queue, queue::maxsize(queue.into()), 0)
}

/// Tells whether the queue was shut down (Python: `Queue.is_shutdown`). A queue that was shut down
/// stays so.
///
/// @param queue  the queue.
/// @return whether the queue was shut down. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_is_shut(queue: threading_queue) -> bool {
    super::answer(c"threading_queue_is_shut", queue, queue::is_shut(queue.into()), false)
}

/// Gives a queue a name, which tells people what it is for. At first a queue has no name.
///
/// Names need not be unique, and may contain any character.
/// @param queue  the queue.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the queue has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the queue keeps the name that
/// it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_set_name(
    queue: threading_queue,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Queue>(c"threading_queue_set_name", queue, name) }
}

/// Copies the name of a queue.
///
/// @param queue  the queue.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. A queue without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_queue_name(
    queue: threading_queue,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Queue>(c"threading_queue_name", queue, place) }
}

/// Destroys the queue, which must be empty: from now on calls with its handle return
/// `THREADING_DESTROYED`, in every thread.
///
/// The items belong to the program, so a queue with items in it is not destroyed:
/// `threading_queue_drain` takes them out.
/// @param queue  the queue, shut down or not. For the null handle the call does nothing and returns
/// THREADING_OK.
/// @retval THREADING_OK  the queue is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED.
/// @retval THREADING_BUSY  there are items in the queue, or threads wait for it; nothing has
/// changed.
/// @retval THREADING_INVALID_HANDLE  `queue` is not null, and is not a handle of a queue.
/// @retval THREADING_DESTROYED  `queue` was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_queue_destroy(queue: threading_queue) -> threading_status {
    let handle = Handle::from(queue);
    let result = if handle.is_null() { Ok(()) } else { queue::destroy(handle) };
    super::outcome(c"threading_queue_destroy", queue, result)
}

#[cfg(test)]
mod tests {
    use core::ptr;

    use super::*;
    use crate::capi::queue::*;
    use crate::capi::tests::{in_a_thread_without_memory, made, refused};
    use crate::status::threading_status::*;

    #[test]
    fn a_thread_without_memory_makes_no_queue_and_cannot_wait_for_one() {
        // SAFETY: the places may be written, in all of them.
        let queue = unsafe {
            refused(|out| threading_queue_new(1, out));
            made(|out| threading_queue_new(1, out))
        };
        in_a_thread_without_memory(|| {
            let (mut item, nothing) = (ptr::null_mut(), ptr::null_mut());
            let item = &raw mut item;
            // SAFETY: `item` may be written.
            unsafe {
                assert_eq!(threading_queue_get(queue, item), THREADING_NO_RESOURCES);
                assert_eq!(threading_queue_get_timeout(queue, 5.0, item), THREADING_NO_RESOURCES);
                assert_eq!(threading_queue_put(queue, nothing), THREADING_OK);
                assert_eq!(threading_queue_put(queue, nothing), THREADING_NO_RESOURCES);
                assert_eq!(
                    threading_queue_put_timeout(queue, nothing, 5.0),
                    THREADING_NO_RESOURCES
                );
                assert_eq!(threading_queue_join(queue), THREADING_NO_RESOURCES);
                assert_eq!(threading_queue_join_timeout(queue, 5.0), THREADING_NO_RESOURCES);
                assert_eq!(threading_queue_get(queue, item), THREADING_OK);
            }
        });
        assert_eq!(threading_queue_destroy(queue), THREADING_OK);
    }
}
