//! Onces, for C.

use core::ffi::c_void;

use crate::capi::barrier::threading_action;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::{Status, threading_status};
use crate::sync::once::{Function, Once};
use crate::wait::timeout::Timeout;

/// A once, as C has it.
///
/// cbindgen:ignore
#[repr(C)]
pub struct threading_once {
    /// See the header.
    pub state: u64,
}

/// The once at that place; `None` for null.
///
/// # Safety
/// `once` is null or points to a once that stays valid memory.
unsafe fn at<'a>(once: *const threading_once) -> Option<&'a Once> {
    // SAFETY: the caller's promise. Both are 64 bits, aligned, and changed by atomic accesses only.
    unsafe { once.cast::<Once>().as_ref() }
}

/// The once and the function.
///
/// # Safety
/// As [`at`].
unsafe fn checked<'a>(
    once: *const threading_once,
    function: threading_action,
) -> Result<(&'a Once, Function), Status> {
    // SAFETY: the caller's promise.
    let once = unsafe { at(once) };
    let once = once.ok_or_else(|| failure!(THREADING_INVALID_ARGUMENT, c"the once is NULL"))?;
    match function {
        Some(function) => Ok((once, function)),
        None => Err(failure!(THREADING_INVALID_ARGUMENT, c"the function is NULL")),
    }
}

/// Calls a function, unless a call with the same once has succeeded before. If several threads come
/// at the same time, one of them calls its function, and the others wait until that has returned.
///
/// What the function did happens before the return of every call that returns THREADING_OK. A
/// function that returns false, or that is left by an exception, by `threading_exit` or
/// pthread_exit, or by cancellation, has failed: then one of the threads that wait calls its own
/// function, or else the next that comes. In a child that is forked while another thread runs the
/// function, the once is not done: the next call in the child runs it anew. If the thread forks
/// that runs it, it goes on in the child.
/// @param once  the address of a once, which begins as THREADING_NULL and needs no end. Only the
/// functions of onces change it.
/// @param function  called with `ctx` at most once by this call. It returns whether it has
/// succeeded.
/// @param ctx  passed to `function`, or NULL. It stays owned by the caller.
/// @retval THREADING_OK  a function has succeeded, in this call or before.
/// @retval THREADING_BROKEN  this call has called `function`, which returned false.
/// @retval THREADING_WOULD_DEADLOCK  the caller is in the function of this once.
/// @retval THREADING_INVALID_ARGUMENT  `once` or `function` is NULL.
/// @retval THREADING_INVALID_HANDLE  `*once` is the value of no once.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Until no other thread runs the function of this once. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_once_run(
    once: *mut threading_once,
    function: threading_action,
    ctx: *mut c_void,
) -> threading_status {
    // SAFETY: `once` is null or the address of a once, by the caller's promise.
    let is_done = unsafe { at(once) }.is_some_and(Once::is_done);
    if is_done && function.is_some() {
        return threading_status::THREADING_OK;
    }
    enter_run(once, function, ctx)
}

pass_site_on!(enter_run to run_from(
    once: *mut threading_once, function: threading_action, ctx: *mut c_void
));

#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)]
extern "C-unwind" fn run_from(
    once: *mut threading_once,
    function: threading_action,
    ctx: *mut c_void,
    site: usize,
) -> Status {
    let result = {
        let _site = CallSite::enter(site);
        // SAFETY: the caller's promise, for all three.
        unsafe {
            checked(once, function)
                .and_then(|(once, function)| once.run(function, ctx, Timeout::Forever))
        }
    };
    super::outcome(c"threading_once_run", Handle::NULL, result)
}

/// As `threading_once_run`; waits for at most `seconds`.
///
/// @param once  the address of a once.
/// @param function  called with `ctx` at most once by this call, however long it takes. It returns
/// whether it has succeeded.
/// @param ctx  passed to `function`, or NULL. It stays owned by the caller.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  a function has succeeded, in this call or before.
/// @retval THREADING_TIMEOUT  the time-out expired while another thread ran its function; this call
/// has called none.
/// @retval THREADING_BROKEN  this call has called `function`, which returned false.
/// @retval THREADING_WOULD_DEADLOCK  the caller is in the function of this once.
/// @retval THREADING_INVALID_ARGUMENT  `once` or `function` is NULL; or `seconds` is NaN, or is
/// finite and greater than THREADING_TIMEOUT_MAX.
/// @retval THREADING_INVALID_HANDLE  `*once` is the value of no once.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Until no other thread runs the function of this once, or until the time-out expires on the
/// monotonic clock, never earlier. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_once_run_timeout(
    once: *mut threading_once,
    function: threading_action,
    ctx: *mut c_void,
    seconds: f64,
) -> threading_status {
    enter_run_within(once, function, ctx, seconds)
}

pass_site_on!(enter_run_within to run_within_from(
    once: *mut threading_once, function: threading_action, ctx: *mut c_void, seconds: f64
));

#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)]
extern "C-unwind" fn run_within_from(
    once: *mut threading_once,
    function: threading_action,
    ctx: *mut c_void,
    seconds: f64,
    site: usize,
) -> Status {
    let result = Timeout::from_seconds(seconds).and_then(|timeout| {
        let _site = CallSite::enter(site);
        // SAFETY: the caller's promise, for all three.
        unsafe {
            checked(once, function).and_then(|(once, function)| once.run(function, ctx, timeout))
        }
    });
    super::outcome(c"threading_once_run_timeout", Handle::NULL, result)
}

/// Tells whether a call with this once has succeeded. If so, what its function did is seen.
///
/// @param once  the address of a once.
/// @return whether it is done. If `once` is NULL: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_once_done(once: *const threading_once) -> bool {
    // SAFETY: `once` is null or the address of a once, by the caller's promise.
    match unsafe { at(once) } {
        Some(once) => once.is_done(),
        None => {
            let status = failure!(THREADING_INVALID_ARGUMENT, c"the once is NULL");
            super::failed(c"threading_once_done", Handle::NULL, status);
            false
        }
    }
}
