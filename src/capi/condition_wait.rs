//! Conditions, for C: waits, notifies and the end. The rest is in `condition`.

use core::ffi::{c_char, c_void};

use crate::capi::name;
use crate::object::cause::failure;
use crate::object::handle::{Handle, threading_condition};
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::{Status, threading_status};
use crate::sync::condition::{self, Condition};
use crate::thread::registry;
use crate::wait::timeout::Timeout;

/// The predicate of a wait_for: a function that returns true when the wait is over. It is called
/// while the calling thread holds the condition's lock. The predicate must return.
pub type threading_predicate = Option<unsafe extern "C-unwind" fn(ctx: *mut c_void) -> bool>;

/// Releases the condition's lock, waits for a notify, and acquires the lock again (Python:
/// `Condition.wait()`). If the lock is an rlock, the call releases all levels, and acquires the
/// same number of levels again.
///
/// No notify is lost between the release and the wait, and the wait does not end without a notify:
/// there are no spurious wake-ups. But another thread may hold the lock between the notify and the
/// return of this call. So call this function in a loop that checks what the thread waits for.
/// @param condition  the condition; the caller holds its lock.
/// @retval THREADING_OK  the caller was notified, and holds the lock again.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed before the call, or when the caller was
/// about to acquire the lock again. In the second case the lock was destroyed too, and the caller
/// does not hold it.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller is notified, and then until it has acquired the lock. Signals do not end the
/// wait.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_wait(
    condition: threading_condition,
) -> threading_status {
    super::slowly(c"threading_condition_wait", condition.into(), |condition| {
        condition::wait(condition, Timeout::Forever)
    })
}

/// Waits for a notify as `threading_condition_wait` does, for at most `seconds` (Python:
/// `Condition.wait(timeout)`).
///
/// Without a predicate function the loop is: `double end = threading_monotonic() + 2; while (!ready
/// && threading_condition_wait_timeout(c, threading_remaining(end)) == THREADING_OK) {}`.
/// @param condition  the condition; the caller holds its lock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller was notified, and holds the lock again.
/// @retval THREADING_TIMEOUT  the time-out expired first. The caller holds the lock again, and has
/// not consumed a notify.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed before the call, or when the caller was
/// about to acquire the lock again. In the second case the lock was destroyed too, and the caller
/// does not hold it.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller is notified, or until the time-out expires on the monotonic clock; and then
/// until the caller has acquired the lock. The time-out does not limit this second wait.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_wait_timeout(
    condition: threading_condition,
    seconds: f64,
) -> threading_status {
    super::slowly_within(
        c"threading_condition_wait_timeout",
        condition.into(),
        seconds,
        condition::wait,
    )
}

/// Waits until a predicate returns true (Python: `Condition.wait_for()`). The predicate is called
/// while the caller holds the lock: once before the first wait, and then after each notify.
///
/// @param condition  the condition; the caller holds its lock.
/// @param predicate  returns true when the wait is over.
/// @param ctx  passed to `predicate`, or NULL. It stays owned by the caller.
/// @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
/// @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed before the call, or when the caller was
/// about to acquire the lock again. In the second case the lock was destroyed too, and the caller
/// does not hold it.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the predicate returns true. Signals do not end the wait.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_wait_for(
    condition: threading_condition,
    predicate: threading_predicate,
    ctx: *mut c_void,
) -> threading_status {
    enter_wait_for(condition.into(), predicate, ctx)
}

pass_site_on!(enter_wait_for to wait_for_from(
    condition: Handle, predicate: threading_predicate, ctx: *mut c_void
));

#[cold]
#[inline(never)]
extern "C-unwind" fn wait_for_from(
    condition: Handle,
    predicate: threading_predicate,
    ctx: *mut c_void,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    // SAFETY: the predicate may be called with this context, by the caller's promise.
    let result = unsafe { wait_for(condition, predicate, ctx, Ok(Timeout::Forever), Handle::NULL) };
    super::outcome(c"threading_condition_wait_for", condition, result)
}

/// Waits until a predicate returns true, for at most `seconds` (Python:
/// `Condition.wait_for(predicate, timeout)`). When the time-out has expired, the predicate is
/// called once more.
///
/// @param condition  the condition; the caller holds its lock.
/// @param predicate  returns true when the wait is over.
/// @param ctx  passed to `predicate`, or NULL. It stays owned by the caller.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
/// @retval THREADING_TIMEOUT  the time-out has expired, and the predicate has returned false; the
/// caller holds the lock.
/// @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL, or `seconds` is NaN, or is finite and
/// greater than THREADING_TIMEOUT_MAX.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed before the call, or when the caller was
/// about to acquire the lock again. In the second case the lock was destroyed too, and the caller
/// does not hold it.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the predicate returns true, or until the time-out expires on the monotonic clock; and then
/// until the caller has acquired the lock.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_wait_for_timeout(
    condition: threading_condition,
    predicate: threading_predicate,
    ctx: *mut c_void,
    seconds: f64,
) -> threading_status {
    enter_wait_for_within(condition.into(), predicate, ctx, seconds)
}

pass_site_on!(enter_wait_for_within to wait_for_within_from(
    condition: Handle, predicate: threading_predicate, ctx: *mut c_void, seconds: f64
));

#[cold]
#[inline(never)]
extern "C-unwind" fn wait_for_within_from(
    condition: Handle,
    predicate: threading_predicate,
    ctx: *mut c_void,
    seconds: f64,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    // SAFETY: the predicate may be called with this context, by the caller's promise.
    let result = unsafe {
        wait_for(condition, predicate, ctx, Timeout::from_seconds(seconds), Handle::NULL)
    };
    super::outcome(c"threading_condition_wait_for_timeout", condition, result)
}

/// What a wait_for is given, if it can be used.
pub(super) fn valid_arguments(
    predicate: threading_predicate,
    timeout: Result<Timeout, Status>,
) -> Result<(Timeout, unsafe extern "C-unwind" fn(*mut c_void) -> bool), Status> {
    let no_predicate = || failure!(THREADING_INVALID_ARGUMENT, c"the predicate is NULL");
    Ok((timeout?, predicate.ok_or_else(no_predicate)?))
}

/// # Safety
/// The predicate may be called with this context.
pub(super) unsafe fn wait_for(
    condition: Handle,
    predicate: threading_predicate,
    ctx: *mut c_void,
    timeout: Result<Timeout, Status>,
    stop: Handle,
) -> Result<(), Status> {
    let (timeout, predicate) = valid_arguments(predicate, timeout)?;
    // SAFETY: the caller's promise.
    unsafe { condition::wait_for(condition, predicate, ctx, timeout, stop) }
}

/// Notifies at most `n` waiters, in the order in which they began to wait (Python:
/// `Condition.notify(n)`). They return after the caller has released the lock. Waiters that are
/// notified together acquire the lock in any order.
///
/// A notify without the lock is an error, as in Python; POSIX allows it. What a waiter waits for
/// changes with the lock held. Otherwise the change can come between the waiter's look and its
/// wait, and the notify that follows reaches nobody: a wait that never ends, once in a million
/// times. So hold the lock for the change, and notify before the release. That costs no wake-up: a
/// notified waiter sleeps on until it can acquire the lock. Where no lock can be held, as in a
/// signal handler, a thread can wait for an event or a semaphore instead.
/// @param condition  the condition; the caller holds its lock.
/// @param n  the largest number of waiters to notify. 0 notifies no waiter: then the status only
/// tells whether the caller holds the lock.
/// @retval THREADING_OK  `n` waiters were notified, or all waiters if there were fewer.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_notify(
    condition: threading_condition,
    n: usize,
) -> threading_status {
    super::outcome(c"threading_condition_notify", condition, condition::notify(condition.into(), n))
}

/// Notifies all threads that wait at this moment (Python: `Condition.notify_all()`). They return
/// one after another, after the caller has released the lock.
///
/// @param condition  the condition; the caller holds its lock.
/// @retval THREADING_OK  all waiters were notified.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
/// @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// A thread that holds the lock.
///
/// cbindgen:postfix=THREADING_C_CONDITION_(condition)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_notify_all(
    condition: threading_condition,
) -> threading_status {
    super::outcome(
        c"threading_condition_notify_all",
        condition,
        condition::notify(condition.into(), usize::MAX),
    )
}

/// Gives a condition a name, which tells people what it is for. At first a condition has no name.
///
/// Names need not be unique, and may contain any character.
/// @param condition  the condition.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the condition has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the condition keeps the name
/// that it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_set_name(
    condition: threading_condition,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Condition>(c"threading_condition_set_name", condition, name) }
}

/// Copies the name of a condition.
///
/// @param condition  the condition.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. A condition without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed. If that happened during the call,
/// `buffer` may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_condition_name(
    condition: threading_condition,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Condition>(c"threading_condition_name", condition, place) }
}

/// Destroys the condition, and the condition's own rlock if it has one. A lock or rlock that the
/// condition was made on does not change.
///
/// @param condition  the condition. For the null handle the call does nothing and returns
/// THREADING_OK.
/// @retval THREADING_OK  the condition is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED. So does a wait that was notified, and that was about to acquire the
/// condition's own rlock again.
/// @retval THREADING_BUSY  threads wait for the condition, or hold its own rlock, or wait for its
/// own rlock; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `condition` is not null, and is not a handle of a condition.
/// @retval THREADING_DESTROYED  `condition` was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_condition_destroy(
    condition: threading_condition,
) -> threading_status {
    let handle = Handle::from(condition);
    let result = if handle.is_null() {
        Ok(())
    } else {
        condition::destroy(handle, registry::is_ident_alive)
    };
    super::outcome(c"threading_condition_destroy", condition, result)
}
