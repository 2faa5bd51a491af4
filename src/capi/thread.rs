//! Threads and their life, for C.

use core::ffi::{c_char, c_void};

use crate::object::cause::{Cause, because};
use crate::object::handle::{Handle, threading_thread};
use crate::status::{Status, threading_status};
use crate::thread::current;
use crate::thread::end;
use crate::thread::join;
use crate::thread::start;
use crate::wait::timeout::Timeout;

/// The function that a thread runs: it gets the `arg` that the thread was made with, and returns
/// the thread's result. It may also end by `threading_exit`, pthread_exit or cancellation. It must
/// not detach or join its own pthread: the library joins it.
pub type threading_target = Option<unsafe extern "C-unwind" fn(arg: *mut c_void) -> *mut c_void>;

fn no_target() -> Status {
    because(&Cause(Status::THREADING_INVALID_ARGUMENT, c"the target is NULL"))
}

/// Makes a thread that is not started yet (Python: `threading.Thread(target=..., name=...,
/// args=...)`).
///
/// It inherits the daemon flag of the thread that makes it. If the library did not start that
/// thread, the new one is a daemon.
/// @param name  its name in UTF-8, which is copied; or NULL. NULL and "" give it a name of the form
/// Thread-N.
/// @param target  what it will run.
/// @param arg  passed to `target`; it stays the caller's, who frees it if `target` never runs.
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_thread_destroy` or `_finish`.
/// @retval THREADING_OK  `*out` is a thread.
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
    let make = || {
        let target = target.ok_or_else(no_target)?;
        // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
        unsafe { start::new(name, target, arg) }.map(Into::into)
    };
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_thread_new", Handle::NULL, out, make) }
}

/// Makes a thread and starts it: `threading_thread_new` and `threading_thread_start` in one.
///
/// The thread keeps the process alive: `return` from main and `exit` wait until it has ended. It is
/// a daemon, for which they do not wait, if the calling thread is one or was not started by this
/// library. For one that the process need not wait for use `threading_thread_spawn_daemon`; to tell
/// it at the end to stop, register a function with `threading_register_atexit`. A handler of
/// atexit() is too late for that: it runs after the wait.
/// @param name  its name in UTF-8, which is copied; or NULL. NULL and "" give it a name of the form
/// Thread-N.
/// @param target  what it runs.
/// @param arg  passed to `target`; it stays the caller's if the call fails.
/// @param out  where the handle goes; it is written before `target` runs, so that `target` may read
/// it; or NULL: then the thread is detached from the beginning.
/// @retval THREADING_OK  the thread runs, or is about to.
/// @retval THREADING_INVALID_ARGUMENT  `target` is NULL, `name` is not UTF-8, or the operating
/// system takes no stack of the size that `threading_set_stack_size` or the platform's default asks
/// for.
/// @retval THREADING_NO_RESOURCES  memory, handles or threads of the operating system ran out, or
/// it does not permit the thread.
/// @retval THREADING_SHUTTING_DOWN  the library has shut down.
/// @par Blocking
/// Never; it does not wait for the thread to run.
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

/// Makes a daemon thread and starts it: one that does not keep the process alive (Python:
/// `Thread(..., daemon=True)`).
///
/// @param name  its name in UTF-8, which is copied; or NULL. NULL and "" give it a name of the form
/// Thread-N.
/// @param target  what it runs.
/// @param arg  passed to `target`; it stays the caller's if the call fails.
/// @param out  where the handle goes; it is written before `target` runs, so that `target` may read
/// it; or NULL: then the thread is detached from the beginning.
/// @retval THREADING_OK  the thread runs, or is about to.
/// @retval THREADING_INVALID_ARGUMENT  `target` is NULL, `name` is not UTF-8, or the operating
/// system takes no stack of the size that `threading_set_stack_size` or the platform's default asks
/// for.
/// @retval THREADING_NO_RESOURCES  memory, handles or threads of the operating system ran out, or
/// it does not permit the thread.
/// @retval THREADING_SHUTTING_DOWN  the library has shut down.
/// @par Blocking
/// Never; it does not wait for the thread to run.
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
    let result = target.ok_or_else(no_target).and_then(|target| {
        // SAFETY: the caller's promise for `name` and `out`; C's struct and `Handle` are both
        // nothing but the 64 bits.
        unsafe { start::spawn(name, target, arg, daemon, out.cast()) }
    });
    super::outcome(function, Handle::NULL, result)
}

/// Starts a thread; it does not wait until the thread runs (Python: `Thread.start()`).
///
/// Unless it is a daemon, `return` from main and `exit` wait until it has ended, before they run
/// any handler of atexit(): what tells it to stop is registered with `threading_register_atexit`.
/// @param thread  a thread that was not started yet.
/// @retval THREADING_OK  the thread runs, or is about to; its ident and name are known.
/// @retval THREADING_ALREADY_STARTED  it was started before; a thread runs once.
/// @retval THREADING_INVALID_ARGUMENT  the operating system takes no stack of the thread's size,
/// now or later; with another size it can be started.
/// @retval THREADING_NO_RESOURCES  the operating system has no room for the thread at this moment
/// or does not permit it, or memory ran out; it can be started again later.
/// @retval THREADING_SHUTTING_DOWN  the library has shut down.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_start(thread: threading_thread) -> threading_status {
    super::outcome(c"threading_thread_start", thread, start::start(thread.into()))
}

/// Waits for the end of a thread, its thread-locals' destructors included (Python:
/// `Thread.join()`).
///
/// Any number of threads may join, any number of times. What the thread did happens before the
/// return of this call.
/// @param thread  a thread that was started. The main thread counts as ended when it begins exit or
/// shutdown.
/// @retval THREADING_OK  it has ended, or runs exit or shutdown.
/// @retval THREADING_NOT_STARTED  it was not started yet.
/// @retval THREADING_DUMMY  the library did not start it.
/// @retval THREADING_WOULD_DEADLOCK  it is the calling thread.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the thread has ended. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_join(thread: threading_thread) -> threading_status {
    super::outcome(c"threading_thread_join", thread, join::join(thread.into(), Timeout::Forever))
}

/// Waits for the end of a thread, for at most that time (Python: `Thread.join(timeout)`).
///
/// @param thread  a thread that was started.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  it has ended, or runs exit or shutdown.
/// @retval THREADING_TIMEOUT  the time ran out first.
/// @retval THREADING_NOT_STARTED  it was not started yet.
/// @retval THREADING_DUMMY  the library did not start it.
/// @retval THREADING_WOULD_DEADLOCK  it is the calling thread.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the thread has ended or the time is up, on the monotonic clock; never less. Signals
/// neither end nor lengthen it.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_join_timeout(
    thread: threading_thread,
    seconds: f64,
) -> threading_status {
    let result =
        Timeout::from_seconds(seconds).and_then(|timeout| join::join(thread.into(), timeout));
    super::outcome(c"threading_thread_join_timeout", thread, result)
}

/// Reads what a thread's target returned, or gave to `threading_exit` or pthread_exit;
/// PTHREAD_CANCELED after a cancellation. After a pthread_exit or a cancellation in a timer's
/// function it is NULL if memory ran out.
///
/// @param thread  a thread that has ended.
/// @param out  where the result goes: the address of a `void *`.
/// @retval THREADING_OK  `*out` is the result.
/// @retval THREADING_NO_VALUE  a fork came before its end, and this is the child: nobody knows how
/// far it got.
/// @retval THREADING_NOT_STARTED  it was not started yet.
/// @retval THREADING_BUSY  it has not ended.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Never, except for the moment that the operating system needs to end a thread that used
/// pthread_exit.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_result(
    thread: threading_thread,
    out: *mut *mut c_void,
) -> threading_status {
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe {
        super::deliver(c"threading_thread_result", thread, out, || join::result(thread.into()))
    }
}

/// Finishes a thread: joins it, reads its result and destroys it, as pthread_join does.
///
/// @param thread  a thread that was started.
/// @param result  where the result goes: the address of a `void *`; or NULL.
/// @retval THREADING_OK  it has ended, and its handle is THREADING_DESTROYED from now on.
/// @retval THREADING_NO_VALUE  the same, but it has no result, as `threading_thread_result` says.
/// @retval THREADING_NOT_STARTED  it was not started yet.
/// @retval THREADING_DUMMY  the library did not start it.
/// @retval THREADING_WOULD_DEADLOCK  it is the calling thread.
/// @retval THREADING_BUSY  it is the main thread, it runs exit or shutdown, or another thread waits
/// for its result.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the thread has ended. Signals do not end the wait.
/// @par Thread safety
/// Any thread; of several that finish the same thread one succeeds.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_finish(
    thread: threading_thread,
    result: *mut *mut c_void,
) -> threading_status {
    let finished = join::finish(thread.into()).map(|value| {
        if !result.is_null() {
            // SAFETY: not null, so it may be written, by the caller's promise.
            unsafe { result.write(value) }
        }
    });
    super::outcome(c"threading_thread_finish", thread, finished)
}

/// Tells whether a thread was started and has not ended (Python: `Thread.is_alive()`).
///
/// @param thread  the thread.
/// @return whether it is alive; false for a bad handle, for which the error hook is called, and for
/// a thread that runs exit or shutdown.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_is_alive(thread: threading_thread) -> bool {
    super::answer(c"threading_thread_is_alive", thread, current::is_alive(thread.into()), false)
}

/// Destroys a thread, or detaches it if it has been started and has not ended: then it goes on, as
/// after pthread_detach.
///
/// The handle of a detached thread stays valid until the thread ends, and is THREADING_DESTROYED
/// afterwards.
/// @param thread  the thread; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed, or detached.
/// @retval THREADING_BUSY  it is the main thread or a Dummy, is being started, or another thread
/// waits for its result.
/// @retval THREADING_INVALID_HANDLE  `thread` is made up, or of another kind.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread, also the thread itself.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_destroy(thread: threading_thread) -> threading_status {
    let handle = Handle::from(thread);
    let result = if handle.is_null() { Ok(()) } else { end::destroy(handle) };
    super::outcome(c"threading_thread_destroy", thread, result)
}

/// Ends the calling thread as if its target had returned `result` (Python: `_thread.exit()`). C++
/// destructors and cleanup handlers on its stack run.
///
/// @param result  the thread's result.
/// @retval THREADING_INVALID_ARGUMENT  the calling thread is the main thread, was not started by
/// this library, or its target has returned already. In all other threads the function does not
/// return.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread that this library started.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_exit(result: *mut c_void) -> threading_status {
    super::outcome(c"threading_exit", Handle::NULL, Err(start::exit(result)))
}
