//! Locks, for C.

use crate::handle::{Handle, threading_lock};
use crate::status::threading_status;
use crate::sync::lock;
use crate::thread::current;
use crate::timeout::Timeout;

/// Makes a lock that nobody holds (Python: `threading.Lock()`).
///
/// @param out  where the handle goes; it is the caller's, to be ended with `threading_lock_destroy`.
/// @retval THREADING_OK  `*out` is a lock.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never; no system call while a segment of 65,536 locks has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_lock_new(out: *mut threading_lock) -> threading_status {
    // SAFETY: the caller's promise.
    unsafe { super::deliver(c"threading_lock_new", Handle::NULL, out, || lock::new().map(Into::into)) }
}

/// Returns the lock in `*handle`, and makes it first if it is null: for statics, which begin as `THREADING_NULL`.
///
/// However many threads come first at once, all get the same lock.
/// @param handle  a handle that lives as long as the lock is used; changed here alone, and only from null. Its address is
/// not kept.
/// @return the lock; null if there was no memory for it, or if `handle` is NULL: both are told to the error hook.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_RETURNS_LOCK_(*handle)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_lock_ensure(handle: *mut threading_lock) -> threading_lock {
    let unmake = |made| {
        let _ = lock::destroy(made, |_| true);
    };
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe { super::ensure(c"threading_lock_ensure", handle.cast(), lock::new, unmake) }.into()
}

/// Takes the lock, waiting as long as it takes (Python: `Lock.acquire()`).
///
/// A thread that holds it already waits for another to release it. A release happens before the acquire that follows it.
/// @param lock  the lock.
/// @retval THREADING_OK  the caller holds it.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `lock` was destroyed, before the call or while it was arriving.
/// @retval THREADING_NO_RESOURCES  there is no memory to wait.
/// @par Blocking
/// Until the lock is the caller's. Signals do not end the wait. Whoever waits for more than a millisecond is served in turn.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_ACQUIRE_(lock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_acquire(lock: threading_lock) -> threading_status {
    let handle = lock.into();
    if lock::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_lock_acquire", handle, |lock| lock::acquire(lock, Timeout::Forever))
}

/// Takes the lock if it is free at this moment (Python: `Lock.acquire(False)`).
///
/// @param lock  the lock.
/// @retval THREADING_OK  the caller holds it.
/// @retval THREADING_TIMEOUT  it is held.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `lock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(lock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_try_acquire(lock: threading_lock) -> threading_status {
    let handle = lock.into();
    match lock::try_quickly(handle) {
        Some(true) => threading_status::THREADING_OK,
        Some(false) => threading_status::THREADING_TIMEOUT,
        None => super::slowly(c"threading_lock_try_acquire", handle, |lock| lock::acquire(lock, Timeout::Poll)),
    }
}

/// Takes the lock, waiting for at most that time (Python: `Lock.acquire(timeout=...)`).
///
/// @param lock  the lock.
/// @param seconds  0 and less polls, INFINITY waits forever; rounded up to nanoseconds; at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller holds it; also if the release and the end of the time met.
/// @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `lock` was destroyed, before the call or while it was arriving.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory to wait.
/// @par Blocking
/// Until the lock is the caller's or the time is up, on the monotonic clock; never less. Signals neither end nor lengthen it.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(lock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_acquire_timeout(lock: threading_lock, seconds: f64) -> threading_status {
    let result = Timeout::from_seconds(seconds).and_then(|timeout| lock::acquire(lock.into(), timeout));
    super::outcome(c"threading_lock_acquire_timeout", lock, result)
}

/// Releases the lock, and lets the next one in (Python: `Lock.release()`). Any thread may release it, whoever took it.
///
/// @param lock  the lock.
/// @retval THREADING_OK  nobody holds it, or the next one does.
/// @retval THREADING_NOT_ACQUIRED  nobody held it.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `lock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_RELEASE_(lock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_release(lock: threading_lock) -> threading_status {
    let handle = lock.into();
    if lock::release_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_lock_release", handle, lock::release)
}

/// Tells whether somebody holds the lock (Python: `Lock.locked()`): true of the moment of the call, and perhaps not of the next.
///
/// @param lock  the lock.
/// @return whether it is held; false for a bad handle, of which the error hook is told.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_locked(lock: threading_lock) -> bool {
    super::answer(c"threading_lock_locked", lock, lock::locked(lock.into()), false)
}

/// Ends the lock: its handle is `THREADING_DESTROYED` from now on, in every thread.
///
/// @param lock  the lock; the null handle is fine, and nothing happens.
/// @retval THREADING_OK  it is gone. A thread that was just arriving at it gets THREADING_DESTROYED from its call.
/// @retval THREADING_BUSY  it is held by a thread that has not ended, threads sleep waiting for it, or a condition that was made with it
///   has not been destroyed; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is made up, or of another kind.
/// @retval THREADING_DESTROYED  it was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_destroy(lock: threading_lock) -> threading_status {
    let handle = Handle::from(lock);
    let result = if handle.is_null() { Ok(()) } else { lock::destroy(handle, current::is_ident_alive) };
    super::outcome(c"threading_lock_destroy", lock, result)
}
