//! Threads from the start to the end, for C.

use core::ffi::{c_char, c_void};
use core::ptr;

use crate::lifecycle;
use crate::object::cause::failure;
use crate::object::handle::{Handle, threading_thread};
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::{Status, threading_status};
use crate::thread::finish;
use crate::thread::join;
use crate::thread::record;
use crate::thread::registry;
use crate::thread::start;
use crate::timer;
use crate::wait::timeout::Timeout;

/// The function that a thread runs. Its parameter `arg` is the `arg` that the thread was made with.
/// Its return value is the thread's result. It may also end by `threading_exit`, by pthread_exit or
/// by cancellation. It must not detach or join its own pthread, because the library joins that.
pub type threading_target = Option<unsafe extern "C-unwind" fn(arg: *mut c_void) -> *mut c_void>;

fn no_target() -> Status {
    failure!(THREADING_INVALID_ARGUMENT, c"the target is NULL")
}

/// Makes a thread, but does not start it (Python: `threading.Thread(target=..., name=...,
/// args=...)`).
///
/// The new thread inherits the daemon flag of the calling thread. If the calling thread is a Dummy,
/// the new thread is a daemon.
/// @param name  the name in UTF-8, which the library copies; or NULL. For NULL and "" the name is
/// Thread-N, with a number N.
/// @param target  the function that the thread will run.
/// @param arg  passed to `target`. The library never frees it: if `target` never runs, the caller
/// must free it.
/// @param out  receives the handle. The caller owns the thread, and destroys it with
/// `threading_thread_destroy` or `threading_thread_finish`.
/// @retval THREADING_OK  `*out` is the new thread.
/// @retval THREADING_INVALID_ARGUMENT  `target` or `out` is NULL, or `name` is not UTF-8.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_new(
    name: *const c_char,
    target: threading_target,
    arg: *mut c_void,
    out: *mut threading_thread,
) -> threading_status {
    lifecycle::ensure();
    let make = || {
        let target = target.ok_or_else(no_target)?;
        // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
        unsafe { start::new(name, target, arg) }.map(Into::into)
    };
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_thread_new", Handle::NULL, out, make) }
}

/// Makes a thread and starts it: `threading_thread_new` and `threading_thread_start` in one call.
///
/// The thread keeps the process alive: `return` from main and `exit` wait until the thread has
/// ended. But if the calling thread is a daemon or a Dummy, the new thread is a daemon, and they do
/// not wait for it. `threading_thread_spawn_daemon` always makes a daemon. To tell the thread to
/// stop when the process ends, register a function with `threading_register_atexit`. A handler of
/// atexit() is too late for that, because it runs after the wait.
/// @param name  the name in UTF-8, which the library copies; or NULL. For NULL and "" the name is
/// Thread-N, with a number N.
/// @param target  the function that the thread runs.
/// @param arg  passed to `target`. The library never frees it: if the call fails, the caller must
/// free it.
/// @param out  receives the handle before `target` runs, so `target` may read it; or NULL. With
/// NULL the thread is detached from the beginning.
/// @retval THREADING_OK  the thread runs, or will run soon.
/// @retval THREADING_INVALID_ARGUMENT  `target` is NULL, `name` is not UTF-8, or the operating
/// system rejects the stack size: the size from `threading_set_stack_size`, or the platform's
/// default.
/// @retval THREADING_NO_RESOURCES  memory, handles or threads of the operating system ran out, or
/// the operating system does not permit the thread.
/// @retval THREADING_SHUTTING_DOWN  the library has shut down.
/// @par Blocking
/// Never; the call does not wait until the thread runs.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_spawn(
    name: *const c_char,
    target: threading_target,
    arg: *mut c_void,
    out: *mut threading_thread,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, `out` null or may be written, by the caller's
    // promise.
    unsafe { spawn(c"threading_thread_spawn", name, target, arg, false, out) }
}

/// Makes a daemon thread and starts it (Python: `Thread(..., daemon=True)`). The end of the process
/// does not wait for a daemon.
///
/// @param name  the name in UTF-8, which the library copies; or NULL. For NULL and "" the name is
/// Thread-N, with a number N.
/// @param target  the function that the thread runs.
/// @param arg  passed to `target`. The library never frees it: if the call fails, the caller must
/// free it.
/// @param out  receives the handle before `target` runs, so `target` may read it; or NULL. With
/// NULL the thread is detached from the beginning.
/// @retval THREADING_OK  the thread runs, or will run soon.
/// @retval THREADING_INVALID_ARGUMENT  `target` is NULL, `name` is not UTF-8, or the operating
/// system rejects the stack size: the size from `threading_set_stack_size`, or the platform's
/// default.
/// @retval THREADING_NO_RESOURCES  memory, handles or threads of the operating system ran out, or
/// the operating system does not permit the thread.
/// @retval THREADING_SHUTTING_DOWN  the library has shut down.
/// @par Blocking
/// Never; the call does not wait until the thread runs.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_spawn_daemon(
    name: *const c_char,
    target: threading_target,
    arg: *mut c_void,
    out: *mut threading_thread,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, `out` null or may be written, by the caller's
    // promise.
    unsafe { spawn(c"threading_thread_spawn_daemon", name, target, arg, true, out) }
}

unsafe fn spawn(
    function: &'static core::ffi::CStr,
    name: *const c_char,
    target: threading_target,
    arg: *mut c_void,
    daemon: bool,
    out: *mut threading_thread,
) -> threading_status {
    lifecycle::ensure_with_service();
    let result = target.ok_or_else(no_target).and_then(|target| {
        // SAFETY: the caller's promise for `name` and `out`; C's struct and `Handle` are both
        // nothing but the 64 bits.
        unsafe { start::spawn(name, target, arg, daemon, out.cast()) }
    });
    super::outcome(function, Handle::NULL, result)
}

/// Starts a thread, and does not wait until it runs (Python: `Thread.start()`).
///
/// Unless the thread is a daemon, `return` from main and `exit` wait until it has ended. They wait
/// before they run the handlers of atexit(). So a function that tells the thread to stop must be
/// registered with `threading_register_atexit`.
/// @param thread  a thread that has not been started.
/// @retval THREADING_OK  the thread runs, or will run soon. Its ident and its name are known.
/// @retval THREADING_ALREADY_STARTED  the thread was started before; a thread runs only once.
/// @retval THREADING_INVALID_ARGUMENT  the operating system always rejects the thread's stack size,
/// or the thread may not use a processor that `threading_thread_set_affinity` has set. The thread
/// can be started with another size and other processors.
/// @retval THREADING_NOT_PERMITTED  `threading_thread_set_affinity` has set processors, and the
/// operating system forbids the thread to choose any; or it forbids the priority that
/// `threading_thread_set_priority` has set. The thread can be started with another one.
/// @retval THREADING_NO_RESOURCES  memory ran out, or the operating system has no room for the
/// thread at this moment or does not permit it. The thread can be started again later.
/// @retval THREADING_SHUTTING_DOWN  the library has shut down.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed.
/// @par Blocking
/// Never; but if `threading_thread_set_affinity` or `threading_thread_set_priority` was called,
/// until the thread has its processors and its priority.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_start(thread: threading_thread) -> threading_status {
    lifecycle::ensure_with_service();
    let handle = thread.into();
    let result = match record::is_timer(handle) {
        true => timer::start_thread(handle),
        false => start::start(handle),
    };
    super::outcome(c"threading_thread_start", thread, result)
}

/// Waits until a thread has ended; the destructors of its thread-local variables have then run too
/// (Python: `Thread.join()`).
///
/// Any number of threads may join a thread, any number of times. Everything that the thread did
/// happens before this call returns.
/// @param thread  a thread that has been started. A thread in exit() or `threading_shutdown`, such
/// as the main thread, counts as ended.
/// @retval THREADING_OK  the thread has ended, or is in exit() or `threading_shutdown`.
/// @retval THREADING_NOT_STARTED  the thread has not been started.
/// @retval THREADING_DUMMY  the thread is a Dummy: the library did not start it.
/// @retval THREADING_WOULD_DEADLOCK  `thread` is the calling thread.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the thread has ended. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_join(thread: threading_thread) -> threading_status {
    lifecycle::ensure();
    super::slowly(c"threading_thread_join", thread.into(), |thread| {
        join::join(thread, Timeout::Forever)
    })
}

/// Waits until a thread has ended, for at most `seconds` (Python: `Thread.join(timeout)`).
///
/// @param thread  a thread that has been started.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the thread has ended, or is in exit() or `threading_shutdown`.
/// @retval THREADING_TIMEOUT  the time-out expired first.
/// @retval THREADING_NOT_STARTED  the thread has not been started.
/// @retval THREADING_DUMMY  the thread is a Dummy: the library did not start it.
/// @retval THREADING_WOULD_DEADLOCK  `thread` is the calling thread.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the thread has ended, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_join_timeout(
    thread: threading_thread,
    seconds: f64,
) -> threading_status {
    lifecycle::ensure();
    super::slowly_within(c"threading_thread_join_timeout", thread.into(), seconds, join::join)
}

/// Reads the result of a thread: the value that its target returned, or that the thread passed to
/// `threading_exit` or pthread_exit.
///
/// After a cancellation the result is PTHREAD_CANCELED. If a timer's function ended by pthread_exit
/// or by cancellation and memory ran out, the result is NULL.
/// @param thread  a thread that has ended.
/// @param out  receives the result: the address of a `void *`.
/// @retval THREADING_OK  `*out` is the result.
/// @retval THREADING_NO_VALUE  this process is a forked child, and the thread had not ended before
/// the fork. The thread has no result.
/// @retval THREADING_NOT_STARTED  the thread has not been started.
/// @retval THREADING_BUSY  the thread has not ended.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Never, with one exception: after a pthread_exit the call waits for the short time that the
/// operating system needs to end the thread.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_result(
    thread: threading_thread,
    out: *mut *mut c_void,
) -> threading_status {
    lifecycle::ensure();
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe {
        super::deliver(c"threading_thread_result", thread, out, || join::result(thread.into()))
    }
}

/// Finishes a thread: joins it, reads its result and destroys it, as pthread_join does.
///
/// @param thread  a thread that has been started.
/// @param result  receives the result: the address of a `void *`; or NULL.
/// @retval THREADING_OK  the thread has ended, and is destroyed.
/// @retval THREADING_NO_VALUE  as THREADING_OK, but the thread has no result: see
/// `threading_thread_result`.
/// @retval THREADING_NOT_STARTED  the thread has not been started.
/// @retval THREADING_DUMMY  the thread is a Dummy: the library did not start it.
/// @retval THREADING_WOULD_DEADLOCK  `thread` is the calling thread.
/// @retval THREADING_BUSY  the thread is the main thread or the thread of a timer, is in exit() or
/// `threading_shutdown`, or another thread waits for its result.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the thread has ended. Signals do not end the wait.
/// @par Thread safety
/// Any thread. If several threads finish the same thread, one of them succeeds.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_finish(
    thread: threading_thread,
    result: *mut *mut c_void,
) -> threading_status {
    lifecycle::ensure();
    enter_finish(thread.into(), result, ptr::null())
}

// The last argument stands where the third integer has to be.
pass_site_on!(enter_finish to finish_from(
    thread: Handle, result: *mut *mut c_void, unused: *const ()
));

#[cold]
#[inline(never)]
extern "C-unwind" fn finish_from(
    thread: Handle,
    result: *mut *mut c_void,
    _: *const (),
    site: usize,
) -> Status {
    let finished = {
        let _site = CallSite::enter(site);
        join::join_and_destroy(thread)
    };
    let finished = finished.map(|value| {
        if !result.is_null() {
            // SAFETY: not null, so it may be written, by the caller's promise.
            unsafe { result.write(value) }
        }
    });
    super::outcome(c"threading_thread_finish", thread, finished)
}

/// Tells whether a thread is alive: it has been started, and has not ended (Python:
/// `Thread.is_alive()`).
///
/// @param thread  the thread.
/// @return whether the thread is alive; false for a thread in exit() or `threading_shutdown`. For a
/// bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_is_alive(thread: threading_thread) -> bool {
    lifecycle::ensure();
    super::answer(c"threading_thread_is_alive", thread, registry::is_alive(thread.into()), false)
}

/// Destroys a thread. If the thread has been started and has not ended, the call detaches it
/// instead: the thread goes on, as after pthread_detach.
///
/// The handle of a detached thread stays valid until the thread ends. After that, calls with it
/// return THREADING_DESTROYED.
/// @param thread  the thread. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the thread is destroyed or detached.
/// @retval THREADING_BUSY  the thread is the main thread, a Dummy or the thread of a timer, is
/// being started at this moment, or another thread waits for its result.
/// @retval THREADING_INVALID_HANDLE  `thread` is not null, and is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread, including `thread` itself.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_destroy(thread: threading_thread) -> threading_status {
    let handle = Handle::from(thread);
    let result = if handle.is_null() { Ok(()) } else { finish::destroy(handle) };
    super::outcome(c"threading_thread_destroy", thread, result)
}

/// Ends the calling thread as if its target had returned `result` (Python: `_thread.exit()`). C++
/// destructors and cleanup handlers on the thread's stack run.
///
/// @param result  the thread's result.
/// @retval THREADING_INVALID_ARGUMENT  the calling thread is the main thread, was not started by
/// this library, or its target has already returned. In all other threads the function does not
/// return.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread that this library started.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_exit(result: *mut c_void) -> threading_status {
    super::outcome(c"threading_exit", Handle::NULL, Err(finish::exit(result)))
}
