//! Waiting for any of several objects, for C.

use core::slice;

use crate::lifecycle;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::{Status, threading_status};
use crate::thread::any::{self, Failure, MOST, Quick};
use crate::wait::timeout::{TIMEOUT_MAX, Timeout};

/// Any object, as C passes it.
///
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub struct threading_object {
    /// The bits of the handle.
    pub bits: u64,
}

/// Waits until one of several objects is ready, and takes that one.
///
/// If several are ready when the function is called, the first of them in the array is taken: put a
/// stop in front. While the caller waits, the one that becomes ready first is taken. A caller that
/// wants to serve all alike begins with another object each time.
///
/// If the call fails, nothing was taken. The objects are looked at in order, and those behind one
/// that is ready are not looked at. The error hook gets the handle of the object that is at fault.
/// @param objects  the objects, each an initialiser `THREADING_OBJECT(handle)`: events (waited for
/// until they are set), stops (until they have come), semaphores (a unit is acquired), locks
/// (acquired), latches (until they are open), threads (until they have ended), timers and futures
/// (until their function has ended, or they are cancelled). The same object may stand there twice.
/// The array is read only.
/// @param count  how many there are, 1 to THREADING_WAIT_ANY_MAX.
/// @param index  receives the number of the object that was ready; or NULL if `count` is 1.
/// @retval THREADING_OK  `*index` is the object that was ready. It alone was taken, once.
/// @retval THREADING_INVALID_ARGUMENT  `objects` or `index` is NULL, `count` is 0 or greater than
/// THREADING_WAIT_ANY_MAX, or an object is of a kind that this call cannot wait for: a
/// condition, a barrier, an rlock, an rwlock, a queue, an executor, a local.
/// @retval THREADING_INVALID_HANDLE  an object is null, or is not a handle.
/// @retval THREADING_DESTROYED  an object was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NOT_STARTED  an object is a thread or a timer that has not been started.
/// @retval THREADING_DUMMY  an object is a Dummy: a thread that the library did not start.
/// @retval THREADING_WOULD_DEADLOCK  an object is the calling thread.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until an object is ready. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_wait_any(
    objects: *const threading_object,
    count: usize,
    index: *mut usize,
) -> threading_status {
    // SAFETY: as below.
    match unsafe { take_quickly(objects, count, index) } {
        Some(true) => Status::THREADING_OK,
        _ => enter_any(objects, count, index),
    }
}

/// Waits until one of several objects is ready, for at most `seconds`, and takes that one.
///
/// If several are ready when the function is called, the first of them in the array is taken: put a
/// stop in front. While the caller waits, the one that becomes ready first is taken. A caller that
/// wants to serve all alike begins with another object each time.
///
/// If the call fails, nothing was taken. The objects are looked at in order, and those behind one
/// that is ready are not looked at. The error hook gets the handle of the object that is at fault.
/// @param objects  the objects, each an initialiser `THREADING_OBJECT(handle)`: events (waited for
/// until they are set), stops (until they have come), semaphores (a unit is acquired), locks
/// (acquired), latches (until they are open), threads (until they have ended), timers and futures
/// (until their function has ended, or they are cancelled). The same object may stand there twice.
/// The array is read only.
/// @param count  how many there are, 1 to THREADING_WAIT_ANY_MAX.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param index  receives the number of the object that was ready; or NULL if `count` is 1.
/// @retval THREADING_OK  `*index` is the object that was ready. It alone was taken, once.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing was taken.
/// @retval THREADING_INVALID_ARGUMENT  `objects` or `index` is NULL, `count` is 0 or greater than
/// THREADING_WAIT_ANY_MAX, or an object is of a kind that this call cannot wait for: a condition, a
/// barrier, an rlock, an rwlock, a queue, an executor, a local; or `seconds` is NaN, or is finite
/// and greater than THREADING_TIMEOUT_MAX.
/// @retval THREADING_INVALID_HANDLE  an object is null, or is not a handle.
/// @retval THREADING_DESTROYED  an object was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NOT_STARTED  an object is a thread or a timer that has not been started.
/// @retval THREADING_DUMMY  an object is a Dummy: a thread that the library did not start.
/// @retval THREADING_WOULD_DEADLOCK  an object is the calling thread.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until an object is ready, or until the time-out expires on the monotonic clock, never earlier.
/// Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_wait_any_timeout(
    objects: *const threading_object,
    count: usize,
    seconds: f64,
    index: *mut usize,
) -> threading_status {
    let is_time = seconds <= TIMEOUT_MAX;
    // SAFETY: as below.
    match is_time.then(|| unsafe { take_quickly(objects, count, index) }).flatten() {
        Some(true) => Status::THREADING_OK,
        Some(false) if seconds <= 0.0 => Status::THREADING_TIMEOUT,
        _ => enter_any_within(objects, count, index, seconds),
    }
}

pass_site_on!(enter_any to any_from(
    objects: *const threading_object, count: usize, index: *mut usize
));
pass_site_on!(enter_any_within to any_within_from(
    objects: *const threading_object, count: usize, index: *mut usize, seconds: f64
));

#[cold]
#[inline(never)]
extern "C-unwind" fn any_from(
    objects: *const threading_object,
    count: usize,
    index: *mut usize,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    // SAFETY: `objects` has `count` handles and `index` may be written, or they are null, by the
    // caller's promise.
    match unsafe { wait(objects, count, index, || Ok(Timeout::Forever)) } {
        Ok(()) => Status::THREADING_OK,
        Err((status, handle)) => super::failed(c"threading_wait_any", handle, status),
    }
}

#[cold]
#[inline(never)]
extern "C-unwind" fn any_within_from(
    objects: *const threading_object,
    count: usize,
    index: *mut usize,
    seconds: f64,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    // SAFETY: as above.
    match unsafe { wait(objects, count, index, || Timeout::from_seconds(seconds)) } {
        Ok(()) => Status::THREADING_OK,
        Err((status, handle)) => super::failed(c"threading_wait_any_timeout", handle, status),
    }
}

/// The fast path: whether an object is ready; if so, it is taken. `None`: the slow path has to find
/// out.
///
/// # Safety
/// As `wait`.
#[inline(always)]
unsafe fn take_quickly(
    objects: *const threading_object,
    count: usize,
    index: *mut usize,
) -> Option<bool> {
    if objects.is_null() || count.wrapping_sub(1) >= MOST || index.is_null() {
        return None;
    }
    // SAFETY: not null, so it has `count` handles, which are 64 bits each.
    let objects = unsafe { slice::from_raw_parts(objects.cast::<Handle>(), count) };
    match any::take_quickly(objects) {
        Quick::Taken(taken) => {
            // SAFETY: not null, so it may be written.
            unsafe { index.write(taken) };
            Some(true)
        }
        Quick::NoneReady => Some(false),
        Quick::Unknown => None,
    }
}

/// Checks the arguments, waits, and writes the number.
///
/// # Safety
/// `objects` is null or has `count` handles, and `index` is null or may be written.
#[inline(always)]
unsafe fn wait(
    objects: *const threading_object,
    count: usize,
    index: *mut usize,
    timeout: impl FnOnce() -> Result<Timeout, Status>,
) -> Result<(), Failure> {
    lifecycle::ensure();
    if objects.is_null() || count.wrapping_sub(1) >= MOST || index.is_null() && count != 1 {
        return Err((why_invalid(objects, count), Handle::NULL));
    }
    let timeout = timeout().map_err(|status| (status, Handle::NULL))?;
    // SAFETY: not null, so it has `count` handles, which are 64 bits each.
    let objects = unsafe { slice::from_raw_parts(objects.cast::<Handle>(), count) };
    let taken = any::wait_any(objects, timeout)?;
    if !index.is_null() {
        // SAFETY: not null, so it may be written.
        unsafe { index.write(taken) }
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn why_invalid(objects: *const threading_object, count: usize) -> Status {
    if objects.is_null() {
        failure!(THREADING_INVALID_ARGUMENT, c"the array of objects is NULL")
    } else if count == 0 || count > MOST {
        failure!(
            THREADING_INVALID_ARGUMENT,
            c"the number of objects is 0, or above THREADING_WAIT_ANY_MAX"
        )
    } else {
        failure!(THREADING_INVALID_ARGUMENT, c"the pointer to where the number goes is NULL")
    }
}
