//! Locks, for C.

use crate::object::handle::{Handle, threading_lock};
use crate::status::threading_status;
use crate::sync::lock;
use crate::thread::current;
use crate::wait::timeout::Timeout;

/// Makes a lock that nobody holds (Python: `threading.Lock()`).
///
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_lock_destroy`.
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
    unsafe {
        super::deliver(c"threading_lock_new", Handle::NULL, out, || lock::new().map(Into::into))
    }
}

/// Returns the lock in `*handle`, and makes it first if it is null: for statics, which begin as
/// `THREADING_NULL`.
///
/// If several threads make it at the same time, all get the same lock.
/// @param handle  a handle that lives as long as the lock is used; only this function changes it,
/// and only if it is null. Its address is not kept.
/// @return the lock; null if there was no memory for it, or if `handle` is NULL: the error hook is
/// called for both.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_RETURNS_LOCK_(*handle)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_lock_ensure(
    handle: *mut threading_lock,
) -> threading_lock {
    let unmake = |made| {
        let _ = lock::destroy(made, |_| true);
    };
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe { super::ensure(c"threading_lock_ensure", handle.cast(), lock::new, unmake) }.into()
}

/// Acquires the lock; waits as long as needed (Python: `Lock.acquire()`).
///
/// A thread that already holds the lock waits too, until another thread releases it. A release
/// happens before the acquire that follows it.
/// @param lock  the lock.
/// @retval THREADING_OK  the caller holds it.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `lock` was destroyed: before the call, or during the call before
/// the caller had begun to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the lock is the caller's. Signals do not end the wait. Threads that have waited for more
/// than a millisecond get it in the order in which they came.
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

/// Acquires the lock if it is free at this moment (Python: `Lock.acquire(False)`).
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
        None => super::slowly(c"threading_lock_try_acquire", handle, |lock| {
            lock::acquire(lock, Timeout::Poll)
        }),
    }
}

/// Acquires the lock; waits for at most that time (Python: `Lock.acquire(timeout=...)`).
///
/// @param lock  the lock.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller holds it; also if it was released at the moment when the time
/// ran out.
/// @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `lock` was destroyed: before the call, or during the call before
/// the caller had begun to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the lock is the caller's or the time is up, on the monotonic clock; never less. Signals
/// neither end nor lengthen it.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(lock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_acquire_timeout(
    lock: threading_lock,
    seconds: f64,
) -> threading_status {
    let result =
        Timeout::from_seconds(seconds).and_then(|timeout| lock::acquire(lock.into(), timeout));
    super::outcome(c"threading_lock_acquire_timeout", lock, result)
}

/// Releases the lock, so that the next waiter can take it (Python: `Lock.release()`). Any thread
/// may release it, not only the one that acquired it.
///
/// @param lock  the lock.
/// @retval THREADING_OK  it is released; the next thread may hold it already.
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

/// Tells whether a thread holds the lock (Python: `Lock.locked()`). The answer is about the moment
/// of the call; it may be out of date when the call returns.
///
/// @param lock  the lock.
/// @return whether it is held; false for a bad handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_locked(lock: threading_lock) -> bool {
    super::answer(c"threading_lock_locked", lock, lock::locked(lock.into()), false)
}

/// Destroys the lock: from now on its handle is `THREADING_DESTROYED`, in every thread.
///
/// @param lock  the lock; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
/// gets THREADING_DESTROYED.
/// @retval THREADING_BUSY  it is held by a thread that has not ended, threads wait for it, or a
/// condition that was made with it has not been destroyed; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is made up, or of another kind.
/// @retval THREADING_DESTROYED  it was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_destroy(lock: threading_lock) -> threading_status {
    let handle = Handle::from(lock);
    let result =
        if handle.is_null() { Ok(()) } else { lock::destroy(handle, current::is_ident_alive) };
    super::outcome(c"threading_lock_destroy", lock, result)
}
