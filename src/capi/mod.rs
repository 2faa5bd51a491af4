//! The C functions of the library: one file for each type of object. Each function checks its
//! arguments, makes one call, and converts the outcome.
//!
//! All functions are C-unwind, because the error hook may run in any of them, and a hook that
//! unwinds must not end the process. The comments become the comments of the header: they address C
//! programmers, and use Doxygen's commands.

#![allow(non_camel_case_types)]
// The @param of a pointer says what the caller promises; the header has no use for Rust's heading.
#![allow(clippy::missing_safety_doc)]

// The order of the modules is the order of the header.
pub mod status;
pub mod thread;
pub mod attributes;
pub mod affinity;
pub mod priority;
pub mod current;
pub mod time;
pub mod exit;
pub mod hooks;
pub mod lock;
pub mod rlock;
pub mod rwlock;
pub mod rwlock_acquire;
pub mod condition;
pub mod condition_wait;
pub mod semaphore;
pub mod event;
pub mod barrier;
pub mod latch;
pub mod once;
pub mod stop;
pub mod stop_waits;
pub mod rwlock_stop;
pub mod any;
pub mod queue;
pub mod queue_end;
pub mod queue_stop;
pub mod timer;
pub mod executor;
pub mod future;
pub mod local;
pub mod insight;
pub mod recording;
pub mod timeline;

mod causes;
mod list;
mod name;
#[cfg(test)]
mod tests;
mod with_stop;

use core::ffi::{CStr, c_char};
// Not the types of `crate::atomic`: the place is in the caller's memory.
use core::sync::atomic::{AtomicU64, Ordering};

use crate::inspect::mistakes;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::Status;
use crate::sync::lock as lock_calls;
use crate::sync::rlock as rlock_calls;
use crate::thread::hooks as thread_hooks;
use crate::wait::timeout::Timeout;

/// The status of a call that acts. For an error, the error hook is called first.
#[inline(always)]
fn outcome(
    function: &'static CStr,
    handle: impl Into<Handle>,
    result: Result<(), Status>,
) -> Status {
    match result {
        Ok(()) => Status::THREADING_OK,
        Err(status) => failed(function, handle.into(), status),
    }
}

/// The status of a call whose fast path has failed, or that has none. The function is out of line
/// and leaves nothing to do after it, so that the fast path needs no stack.
#[inline(always)]
fn slowly(function: &'static CStr, handle: Handle, call: Call) -> Status {
    enter(handle, function.as_ptr(), call)
}

/// As `slowly`, for a call that waits for at most so many seconds.
#[inline(always)]
fn slowly_within(function: &'static CStr, handle: Handle, seconds: f64, call: TimedCall) -> Status {
    enter_within(handle, function.as_ptr(), call, seconds)
}

/// A call without a time-out.
type Call = fn(Handle) -> Result<(), Status>;
/// A call with one.
type TimedCall = fn(Handle, Timeout) -> Result<(), Status>;

pass_site_on!(enter to call_from(handle: Handle, function: *const c_char, call: Call));
pass_site_on!(enter_within to call_within_from(
    handle: Handle, function: *const c_char, call: TimedCall, seconds: f64
));

/// Declares a function as `slowly`, for calls that have a lean path while somebody hears of their
/// objects: `lean` is called first, with the handle and the place to which the call returns.
macro_rules! slowly_but_lean {
    ($name:ident, $enter:ident, $from:ident, $lean:expr) => {
        #[inline(always)]
        fn $name(function: &'static CStr, handle: Handle, call: Call) -> Status {
            $enter(handle, function.as_ptr(), call)
        }

        pass_site_on!($enter to $from(handle: Handle, function: *const c_char, call: Call));

        #[cold]
        #[inline(never)]
        #[allow(improper_ctypes_definitions)]
        extern "C-unwind" fn $from(
            handle: Handle,
            function: *const c_char,
            call: Call,
            site: usize,
        ) -> Status {
            let lean: fn(Handle, usize) -> bool = $lean;
            if lean(handle, site) {
                return Status::THREADING_OK;
            }
            call_from(handle, function, call, site)
        }
    };
}

slowly_but_lean!(
    acquire_lock,
    enter_acquire_lock,
    acquire_lock_from,
    lock_calls::acquire_inspected
);
slowly_but_lean!(
    acquire_rlock,
    enter_acquire_rlock,
    acquire_rlock_from,
    rlock_calls::acquire_inspected
);

/// `threading_lock_release`, whose fast path has failed. It never waits, so nobody asks for its
/// place. What is live across the call of a listener is little, for the sake of the lean path.
#[cold]
#[inline(never)]
fn release_lock(handle: Handle) -> Status {
    match lock_calls::find_inspected(handle) {
        Some(lock) => release_inspected_lock(handle, lock),
        None => release_lock_slowly(handle),
    }
}

#[cold]
#[inline(never)]
fn release_inspected_lock(handle: Handle, lock: &lock_calls::Lock) -> Status {
    if lock.release_inspected(handle) { Status::THREADING_OK } else { release_lock_slowly(handle) }
}

#[cold]
#[inline(never)]
fn release_lock_slowly(handle: Handle) -> Status {
    outcome(c"threading_lock_release", handle, lock_calls::release(handle))
}

#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)]
extern "C-unwind" fn call_from(
    handle: Handle,
    function: *const c_char,
    call: Call,
    site: usize,
) -> Status {
    let result = {
        let _site = CallSite::enter(site);
        call(handle)
    };
    match result {
        Ok(()) => Status::THREADING_OK,
        Err(status) => failed(name(function), handle, status),
    }
}

#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)]
extern "C-unwind" fn call_within_from(
    handle: Handle,
    function: *const c_char,
    call: TimedCall,
    seconds: f64,
    site: usize,
) -> Status {
    let result = Timeout::from_seconds(seconds).and_then(|timeout| {
        let _site = CallSite::enter(site);
        call(handle, timeout)
    });
    outcome(name(function), handle, result)
}

fn name(function: *const c_char) -> &'static CStr {
    // SAFETY: `slowly` and `slowly_within` pass the names of functions, which are
    // NUL-terminated and live for ever.
    unsafe { CStr::from_ptr(function) }
}

/// The answer of a query. For a bad handle, the error hook is called, and the answer is
/// `otherwise`.
#[inline(always)]
fn answer<T>(
    function: &'static CStr,
    handle: impl Into<Handle>,
    result: Result<T, Status>,
    otherwise: T,
) -> T {
    match result {
        Ok(answer) => answer,
        Err(status) => {
            failed(function, handle.into(), status);
            otherwise
        }
    }
}

/// The answer of a query whose fast path has failed. Out of line, as `slowly`.
#[cold]
#[inline(never)]
fn ask_slowly(
    function: &'static CStr,
    handle: Handle,
    ask: fn(Handle) -> Result<bool, Status>,
) -> bool {
    answer(function, handle, ask(handle), false)
}

/// The status, after it was told if it is an error.
#[inline(always)]
fn failed(function: &'static CStr, handle: Handle, status: Status) -> Status {
    if status.is_error() { tell(function, handle, status) } else { status }
}

/// Every error leaves the library here.
#[cold]
#[inline(never)]
fn tell(function: &'static CStr, handle: Handle, status: Status) -> Status {
    causes::keep(function, status, handle);
    mistakes::tell(function, status, handle);
    thread_hooks::report_error(function, status, handle.0);
    status
}

/// The status of a call with a result, which is written to `out` only on success.
///
/// # Safety
/// `out` is null or may be written.
unsafe fn deliver<T>(
    function: &'static CStr,
    handle: impl Into<Handle>,
    out: *mut T,
    result: impl FnOnce() -> Result<T, Status>,
) -> Status {
    let delivered = if out.is_null() {
        Err(failure!(THREADING_INVALID_ARGUMENT, c"the pointer to where the result goes is NULL"))
    } else {
        // SAFETY: not null, so it may be written, by this function's contract.
        result().map(|value| unsafe { out.write(value) })
    };
    outcome(function, handle, delivered)
}

/// As [`ensure`], out of line, for objects that are made with arguments.
///
/// # Safety
/// As [`ensure`].
#[inline(never)]
unsafe fn ensure_with(
    function: &'static CStr,
    place: *mut u64,
    make: &mut dyn FnMut() -> Result<Handle, Status>,
    unmake: fn(Handle) -> Result<(), Status>,
) -> Handle {
    let unmake = |made| {
        let _ = unmake(made);
    };
    // SAFETY: this function's contract.
    unsafe { ensure(function, place, make, unmake) }
}

/// The handle in `*place`. If the handle is null, `make` makes the object, and one compare-exchange
/// stores its handle. A thread that loses this race destroys its own object, and returns the
/// winner's handle.
///
/// # Safety
/// `place` is null or points to a handle that stays valid memory.
unsafe fn ensure(
    function: &'static CStr,
    place: *mut u64,
    make: impl FnOnce() -> Result<Handle, Status>,
    unmake: impl FnOnce(Handle),
) -> Handle {
    if place.is_null() {
        let status = failure!(THREADING_INVALID_ARGUMENT, c"the pointer to the handle is NULL");
        failed(function, Handle::NULL, status);
        return Handle::NULL;
    }
    // SAFETY: it points to a handle, which is 64 bits, aligned, and changed by nobody but this
    // function.
    let place = unsafe { AtomicU64::from_ptr(place) };
    // ORDERING: Acquire, pairs with the Release below: a thread that reads the handle sees the
    // complete object.
    let found = place.load(Ordering::Acquire);
    if found != 0 {
        return Handle(found);
    }
    let made = match make() {
        Ok(made) => made,
        Err(status) => {
            failed(function, Handle::NULL, status);
            return Handle::NULL;
        }
    };
    // ORDERING: AcqRel: Release publishes the object; Acquire, also on failure, as above.
    match place.compare_exchange(0, made.0, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => made,
        Err(winner) => {
            unmake(made);
            Handle(winner)
        }
    }
}
