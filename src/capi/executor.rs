//! Executors, for C.

use core::ffi::{c_char, c_void};

use crate::capi::name;
use crate::capi::thread::threading_target;
use crate::lifecycle;
use crate::object::cause::failure;
use crate::object::handle::{Handle, threading_executor, threading_future};
use crate::object::names;
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::{Status, threading_status};
use crate::thread::executor::{self, Executor};
use crate::wait::timeout::Timeout;

/// Makes an executor (Python: `ThreadPoolExecutor(max_workers, thread_name_prefix)`): threads that
/// run the tasks which are submitted to it, in the order of their submission.
///
/// The executor starts a worker thread when a task needs one. A worker without work ends after a
/// second. All workers have the signal mask of the thread that makes the executor. What a task
/// changes of its thread, such as the signal mask or the priority, stays changed for later tasks in
/// that thread.
/// @param max_workers  how many tasks run at once, 0 to THREADING_EXECUTOR_MAX. 0 is the number
/// of processors + 4, and at most 32.
/// @param name_prefix  what the names of the threads in which tasks run begin with, in UTF-8; or
/// NULL. The thread is called `name_prefix` and `_0`, `_1` and so on, and without a prefix
/// `Executor-N_0` and so on. It is the executor's name, too, which `threading_executor_set_name`
/// changes for later workers. Of a longer one than 200 bytes only the beginning is used for
/// threads.
/// @param out  receives the handle. The caller owns the executor, and destroys it with
/// `threading_executor_destroy`.
/// @retval THREADING_OK  `*out` is the new executor.
/// @retval THREADING_INVALID_ARGUMENT  `max_workers` is greater than THREADING_EXECUTOR_MAX,
/// `name_prefix` is not UTF-8, or `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_executor_new(
    max_workers: usize,
    name_prefix: *const c_char,
    out: *mut threading_executor,
) -> threading_status {
    lifecycle::ensure();
    let make = || {
        // SAFETY: `name_prefix` is null or NUL-terminated, by the caller's promise.
        let prefix = unsafe { names::text(name_prefix) }?;
        executor::new(max_workers, prefix).map(Into::into)
    };
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_executor_new", Handle::NULL, out, make) }
}

/// Submits a task: a worker thread will call `function` (Python: `Executor.submit`).
///
/// `function` runs as a thread's target does, and may end in the same ways. While it runs it is a
/// thread of its own for the library: it has an ident of its own, values of locals of its own,
/// which are destroyed at its end, and the start and exit hooks run. A task that has not ended
/// keeps the process alive, whichever thread has submitted it, unless it is cancelled. What the
/// caller did before happens before the task begins.
/// @param executor  the executor.
/// @param function  the function.
/// @param arg  passed to `function`. The library never frees it: if `function` never runs, the
/// caller must free it.
/// @param out  receives the future, which may be written before the call returns, and is written
/// before `function` begins. The caller owns the future, and ends it with
/// `threading_future_destroy` or `threading_future_finish`; or NULL, and then the task is detached.
/// @retval THREADING_OK  the task is submitted.
/// @retval THREADING_INVALID_ARGUMENT  `function` is NULL; or a worker is needed, and the operating
/// system rejects the default stack size.
/// @retval THREADING_SHUTTING_DOWN  the executor was shut down, or the library was.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out, or there is no worker, and the
/// operating system has no room for one at this moment or does not permit it.
/// @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
/// @retval THREADING_DESTROYED  `executor` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread, also in a task; not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_executor_submit(
    executor: threading_executor,
    function: threading_target,
    arg: *mut c_void,
    out: *mut threading_future,
) -> threading_status {
    lifecycle::ensure();
    let submitted = match function {
        // SAFETY: the function may be called with `arg`, and `out` is null or may be written, by
        // the caller's promise.
        Some(function) => unsafe {
            executor::submit(executor.into(), function, arg, out.cast::<Handle>())
        },
        None => Err(failure!(THREADING_INVALID_ARGUMENT, c"the function is NULL")),
    };
    super::outcome(c"threading_executor_submit", executor, submitted)
}

/// Shuts the executor down, and waits until all its tasks have ended (Python:
/// `Executor.shutdown(cancel_futures=cancel_pending)`).
///
/// From now on no task can be submitted. Any number of threads may call this, any number of times.
/// Everything that the tasks did happens before the return of a call that returns THREADING_OK.
/// @param executor  the executor.
/// @param cancel_pending  true: tasks that have not begun are cancelled, as if by
/// `threading_future_cancel`. False: they run first.
/// @retval THREADING_OK  all tasks have ended, or were cancelled.
/// @retval THREADING_WOULD_DEADLOCK  the caller is a task of the executor, and would wait for
/// itself; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
/// @retval THREADING_DESTROYED  `executor` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait; the executor is shut down all
/// the same.
/// @par Blocking
/// Until all tasks have ended. Signals do not end the wait.
/// @par Thread safety
/// Any thread but a task of the executor; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_executor_shutdown(
    executor: threading_executor,
    cancel_pending: bool,
) -> threading_status {
    let function = c"threading_executor_shutdown".as_ptr();
    enter_shutdown(executor.into(), cancel_pending, function, f64::INFINITY)
}

/// Shuts the executor down, and waits for at most `seconds` until all its tasks have ended.
///
/// From now on no task can be submitted, also if the time-out expires. With 0 seconds the call only
/// shuts down (Python: `Executor.shutdown(wait=False)`).
/// @param executor  the executor.
/// @param cancel_pending  true: tasks that have not begun are cancelled, as if by
/// `threading_future_cancel`. False: they run first.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  all tasks have ended, or were cancelled.
/// @retval THREADING_TIMEOUT  the time-out expired first; the executor is shut down.
/// @retval THREADING_WOULD_DEADLOCK  the caller is a task of the executor, and would wait for
/// itself; nothing has changed.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
/// @retval THREADING_DESTROYED  `executor` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait; the executor is shut down all
/// the same.
/// @par Blocking
/// Until all tasks have ended, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread but a task of the executor; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_executor_shutdown_timeout(
    executor: threading_executor,
    cancel_pending: bool,
    seconds: f64,
) -> threading_status {
    let function = c"threading_executor_shutdown_timeout".as_ptr();
    enter_shutdown(executor.into(), cancel_pending, function, seconds)
}

pass_site_on!(enter_shutdown to shutdown_from(
    executor: Handle, cancel_pending: bool, function: *const c_char, seconds: f64
));

#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)]
extern "C-unwind" fn shutdown_from(
    executor: Handle,
    cancel_pending: bool,
    function: *const c_char,
    seconds: f64,
    site: usize,
) -> Status {
    let done = Timeout::from_seconds(seconds).and_then(|timeout| {
        let _site = CallSite::enter(site);
        executor::shutdown(executor, cancel_pending, timeout)
    });
    super::outcome(super::name(function), executor, done)
}

/// Tells whether the executor was shut down, so that no task can be submitted.
///
/// @param executor  the executor.
/// @return true if it was. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_executor_is_shut(executor: threading_executor) -> bool {
    let is_shut = executor::is_shut(executor.into());
    super::answer(c"threading_executor_is_shut", executor, is_shut, false)
}

/// Gives an executor a name, which tells people what it is for. Workers that are started later are
/// called after it.
///
/// Names need not be unique, and may contain any character.
/// @param executor  the executor.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the executor has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
/// @retval THREADING_DESTROYED  `executor` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the executor keeps the name
/// that it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_executor_set_name(
    executor: threading_executor,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Executor>(c"threading_executor_set_name", executor, name) }
}

/// Copies the name of an executor.
///
/// @param executor  the executor.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. An executor without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
/// @retval THREADING_DESTROYED  `executor` was destroyed. If that happened during the call,
/// `buffer` may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_executor_name(
    executor: threading_executor,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Executor>(c"threading_executor_name", executor, place) }
}

/// Destroys an executor whose tasks have ended, shut down or not: from now on calls with its handle
/// return `THREADING_DESTROYED`, in every thread. Futures of its tasks stay as they are.
///
/// @param executor  the executor. For the null handle the call does nothing and returns
/// THREADING_OK.
/// @retval THREADING_OK  the executor is destroyed. Its workers, which are idle, end.
/// @retval THREADING_BUSY  a task has not ended, or threads wait in `threading_executor_shutdown`;
/// nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `executor` is not null, and is not a handle of an executor.
/// @retval THREADING_DESTROYED  `executor` was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_executor_destroy(
    executor: threading_executor,
) -> threading_status {
    let handle = Handle::from(executor);
    let result = if handle.is_null() { Ok(()) } else { executor::destroy(handle) };
    super::outcome(c"threading_executor_destroy", executor, result)
}

#[cfg(test)]
mod tests {
    use core::ptr;

    use super::*;
    use crate::capi::event::*;
    use crate::capi::future::*;
    use crate::capi::tests::{in_a_thread_without_memory, made, refused};
    use crate::object::handle::{threading_event, threading_stop};
    use crate::status::threading_status::*;

    unsafe extern "C-unwind" fn until_set(event: *mut c_void) -> *mut c_void {
        let event = threading_event { bits: event.addr() as u64 };
        assert_eq!(threading_event_wait(event), THREADING_OK);
        ptr::null_mut()
    }

    #[test]
    fn a_thread_without_memory_submits_nothing_and_cannot_wait_for_tasks() {
        // SAFETY: the places may be written, in all of them.
        let (pool, event) = unsafe {
            refused(|out| threading_executor_new(1, ptr::null(), out));
            refused(|out| threading_executor_new(1, c"named".as_ptr(), out));
            (
                made(|out| threading_executor_new(1, ptr::null(), out)),
                made(|out| threading_event_new(out)),
            )
        };
        let argument = ptr::without_provenance_mut(event.bits as usize);
        // SAFETY: the argument is only a number.
        let submit =
            |out| unsafe { threading_executor_submit(pool, Some(until_set), argument, out) };
        refused(submit);
        let future = made(submit);
        in_a_thread_without_memory(|| {
            let mut result = ptr::null_mut();
            let result = &raw mut result;
            // SAFETY: `result` may be written.
            unsafe {
                assert_eq!(threading_future_result(future, result), THREADING_NO_RESOURCES);
                assert_eq!(
                    threading_future_result_timeout(future, 5.0, result),
                    THREADING_NO_RESOURCES
                );
                assert_eq!(threading_future_finish(future, result), THREADING_NO_RESOURCES);
            }
            assert_eq!(threading_future_wait(future), THREADING_NO_RESOURCES);
            assert_eq!(threading_future_wait_timeout(future, 5.0), THREADING_NO_RESOURCES);
            let none = threading_stop { bits: 0 };
            assert_eq!(threading_future_wait_stop(future, 5.0, none), THREADING_NO_RESOURCES);
            assert_eq!(threading_executor_shutdown(pool, false), THREADING_NO_RESOURCES);
            assert_eq!(
                threading_executor_shutdown_timeout(pool, false, 5.0),
                THREADING_NO_RESOURCES
            );
        });
        assert!(threading_executor_is_shut(pool));
        assert_eq!(threading_event_set(event), THREADING_OK);
        assert_eq!(threading_executor_shutdown(pool, false), THREADING_OK);
        // SAFETY: no result is asked for.
        assert_eq!(unsafe { threading_future_finish(future, ptr::null_mut()) }, THREADING_OK);
        assert_eq!(threading_executor_destroy(pool), THREADING_OK);
        assert_eq!(threading_event_destroy(event), THREADING_OK);
    }
}
