//! Locks, for C.

use core::ffi::c_char;

use crate::capi::name;
use crate::inspect::mistakes;
use crate::object::handle::{Handle, threading_lock};
use crate::status::threading_status;
use crate::sync::lock::{self, Lock};
use crate::thread::registry;
use crate::wait::timeout::Timeout;

/// Makes a lock, which no thread holds yet (Python: `threading.Lock()`).
///
/// @param out  receives the handle. The caller owns the lock, and destroys it with
/// `threading_lock_destroy`.
/// @retval THREADING_OK  `*out` is the new lock.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 locks has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_lock_new(out: *mut threading_lock) -> threading_status {
    // SAFETY: the caller's promise.
    unsafe {
        super::deliver(c"threading_lock_new", Handle::NULL, out, || lock::new().map(Into::into))
    }
}

/// Returns the lock in `*handle`. If `*handle` is null, the call first makes a lock and stores its
/// handle there. This is for static variables, which begin as `THREADING_NULL`.
///
/// If several threads make the lock at the same time, all of them get the same lock.
/// @param handle  the address of a handle that exists as long as the lock is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @return the lock; null if there is no memory for it, or if `handle` is NULL. In both cases the
/// error hook is called.
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
/// A thread that already holds the lock waits too, until another thread releases the lock. A
/// release happens before the next acquire.
/// @param lock  the lock.
/// @retval THREADING_OK  the caller holds the lock.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
/// @retval THREADING_DESTROYED  `lock` was destroyed before the call, or during the call before the
/// caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the lock. Signals do not end the wait. Threads that have waited
/// for more than a millisecond acquire the lock in the order in which they began to wait.
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
    super::acquire_lock(c"threading_lock_acquire", handle, mistakes::acquire_lock)
}

/// Acquires the lock if it is free at this moment (Python: `Lock.acquire(False)`).
///
/// @param lock  the lock.
/// @retval THREADING_OK  the caller holds the lock.
/// @retval THREADING_TIMEOUT  a thread holds the lock.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
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

/// Acquires the lock; waits for at most `seconds` (Python: `Lock.acquire(timeout=...)`).
///
/// @param lock  the lock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller holds the lock. This is also possible if the lock was released
/// at the moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
/// @retval THREADING_DESTROYED  `lock` was destroyed before the call, or during the call before the
/// caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the lock, or until the time-out expires on the monotonic clock,
/// never earlier. Signals neither end nor lengthen the wait.
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
    super::slowly_within(c"threading_lock_acquire_timeout", lock.into(), seconds, lock::acquire)
}

/// Releases the lock, so that the next waiter can acquire it (Python: `Lock.release()`). Any thread
/// may release the lock, not only the thread that acquired it, unless the lock is owned
/// (`threading_lock_set_owned`).
///
/// @param lock  the lock.
/// @retval THREADING_OK  the lock is released; another thread may already hold it.
/// @retval THREADING_NOT_ACQUIRED  no thread held the lock.
/// @retval THREADING_NOT_OWNER  the lock is owned, and another thread holds it; nothing has
/// changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
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
    super::release_lock(handle)
}

/// Makes the lock owned: from now on only the thread that has acquired it releases it, and
/// `threading_find_deadlock` and the watch are certain of a deadlock with it.
///
/// At first a lock is not owned: any thread may release it, as in Python. An owned lock costs some
/// hundred instructions for an acquire and its release instead of some dozen, and no other lock
/// costs more. It stays owned. Waits and notifies of conditions on it are for its holder alone.
/// Call this when you have made the lock: no other thread may be in a call that releases it.
/// @param lock  the lock, which no thread holds.
/// @retval THREADING_OK  the lock is owned.
/// @retval THREADING_BUSY  a thread holds the lock; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
/// @retval THREADING_DESTROYED  `lock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_set_owned(lock: threading_lock) -> threading_status {
    super::outcome(c"threading_lock_set_owned", lock, lock::set_owned(lock.into()))
}

/// Tells whether a thread holds the lock (Python: `Lock.locked()`). The answer describes the moment
/// of the call, and may be out of date when the call returns.
///
/// @param lock  the lock.
/// @return whether a thread holds the lock. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_locked(lock: threading_lock) -> bool {
    super::answer(c"threading_lock_locked", lock, lock::locked(lock.into()), false)
}

/// Gives a lock a name, which tells people what it is for. At first a lock has no name.
///
/// Names need not be unique, and may contain any character.
/// @param lock  the lock.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the lock has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
/// @retval THREADING_DESTROYED  `lock` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the lock keeps the name that it
/// had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_lock_set_name(
    lock: threading_lock,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Lock>(c"threading_lock_set_name", lock, name) }
}

/// Copies the name of a lock.
///
/// @param lock  the lock.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. A lock without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
/// @retval THREADING_DESTROYED  `lock` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_lock_name(
    lock: threading_lock,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Lock>(c"threading_lock_name", lock, place) }
}

/// Destroys the lock: from now on calls with its handle return `THREADING_DESTROYED`, in every
/// thread.
///
/// Conditions on the lock are destroyed first. A lock knows how many there are, and not which: to
/// find out whether a thread waits in one of them, for whom there would be no lock to acquire any
/// more, each wait would have to count itself in the lock.
/// @param lock  the lock. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the lock is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED.
/// @retval THREADING_BUSY  a thread that has not ended holds the lock, threads wait for it, or a
/// condition on this lock has not been destroyed; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `lock` is not null, and is not a handle of a lock.
/// @retval THREADING_DESTROYED  `lock` was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_lock_destroy(lock: threading_lock) -> threading_status {
    let handle = Handle::from(lock);
    let result =
        if handle.is_null() { Ok(()) } else { lock::destroy(handle, registry::is_ident_alive) };
    super::outcome(c"threading_lock_destroy", lock, result)
}
