//! Rlocks, for C.

use crate::object::handle::{Handle, threading_rlock};
use crate::status::threading_status;
use crate::sync::rlock;
use crate::thread::current;
use crate::wait::timeout::Timeout;

/// Makes an rlock that nobody holds (Python: `threading.RLock()`).
///
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_rlock_destroy`.
/// @retval THREADING_OK  `*out` is an rlock.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never; no system call while a segment of 65,536 rlocks has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rlock_new(out: *mut threading_rlock) -> threading_status {
    // SAFETY: the caller's promise.
    unsafe {
        super::deliver(c"threading_rlock_new", Handle::NULL, out, || rlock::new().map(Into::into))
    }
}

/// Returns the rlock in `*handle`, and makes it first if it is null: for statics, which begin as
/// `THREADING_NULL`.
///
/// If several threads make it at the same time, all get the same rlock.
/// @param handle  a handle that lives as long as the rlock is used; only this function changes it,
/// and only if it is null. Its address is not kept.
/// @return the rlock; null if there was no memory for it, or if `handle` is NULL: the error hook is
/// called for both.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_RETURNS_LOCK_(*handle)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rlock_ensure(
    handle: *mut threading_rlock,
) -> threading_rlock {
    let unmake = |made| {
        let _ = rlock::destroy(made, |_| true);
    };
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe { super::ensure(c"threading_rlock_ensure", handle.cast(), rlock::new, unmake) }.into()
}

/// Acquires the rlock; waits as long as needed (Python: `RLock.acquire()`). A thread that already
/// holds it does not wait, and holds it one level deeper.
///
/// @param rlock  the rlock.
/// @retval THREADING_OK  the caller holds it, one level deeper than before; each acquire needs a
/// release of its own.
/// @retval THREADING_OVERFLOW  the caller holds it 4,294,967,295 times already.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `rlock` was destroyed: before the call, or during the call before
/// the caller had begun to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the rlock is the caller's. Signals do not end the wait. Threads that have waited for more
/// than a millisecond get it in the order in which they came.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_ACQUIRE_(rlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_acquire(rlock: threading_rlock) -> threading_status {
    let handle = rlock.into();
    if rlock::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_rlock_acquire", handle, |rlock| {
        rlock::acquire(rlock, Timeout::Forever)
    })
}

/// Acquires the rlock if it is free or the caller's at this moment (Python:
/// `RLock.acquire(False)`).
///
/// @param rlock  the rlock.
/// @retval THREADING_OK  the caller holds it, one level deeper than before.
/// @retval THREADING_TIMEOUT  another thread holds it.
/// @retval THREADING_OVERFLOW  the caller holds it 4,294,967,295 times already.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `rlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(rlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_try_acquire(rlock: threading_rlock) -> threading_status {
    let handle = rlock.into();
    match rlock::try_quickly(handle) {
        Some(true) => threading_status::THREADING_OK,
        Some(false) => threading_status::THREADING_TIMEOUT,
        None => super::slowly(c"threading_rlock_try_acquire", handle, |rlock| {
            rlock::acquire(rlock, Timeout::Poll)
        }),
    }
}

/// Acquires the rlock; waits for at most that time (Python: `RLock.acquire(timeout=...)`).
///
/// @param rlock  the rlock.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller holds it, one level deeper than before; also if it was released
/// at the moment when the time ran out.
/// @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
/// @retval THREADING_OVERFLOW  the caller holds it 4,294,967,295 times already.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `rlock` was destroyed: before the call, or during the call before
/// the caller had begun to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the rlock is the caller's or the time is up, on the monotonic clock; never less. Signals
/// neither end nor lengthen it.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(rlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_acquire_timeout(
    rlock: threading_rlock,
    seconds: f64,
) -> threading_status {
    let result =
        Timeout::from_seconds(seconds).and_then(|timeout| rlock::acquire(rlock.into(), timeout));
    super::outcome(c"threading_rlock_acquire_timeout", rlock, result)
}

/// Releases one level of the rlock. After the last level the next waiter can take it (Python:
/// `RLock.release()`).
///
/// @param rlock  the rlock.
/// @retval THREADING_OK  the caller holds it one level less, or no longer.
/// @retval THREADING_NOT_ACQUIRED  nobody holds it.
/// @retval THREADING_NOT_OWNER  another thread holds it; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `rlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// The thread that holds it; any other gets a status.
///
/// cbindgen:postfix=THREADING_C_RELEASE_(rlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_release(rlock: threading_rlock) -> threading_status {
    let handle = rlock.into();
    if rlock::release_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_rlock_release", handle, rlock::release)
}

/// Tells whether a thread holds the rlock (Python: `RLock.locked()`). The answer is about the
/// moment of the call; it may be out of date when the call returns.
///
/// @param rlock  the rlock.
/// @return whether it is held, by the caller or another; false for a bad handle, for which the
/// error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_locked(rlock: threading_rlock) -> bool {
    super::answer(c"threading_rlock_locked", rlock, rlock::locked(rlock.into()), false)
}

/// Tells how many levels deep the calling thread holds the rlock.
///
/// @param rlock  the rlock.
/// @return the depth; 0 if the caller does not hold it, and for a bad handle, for which the error
/// hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_depth(rlock: threading_rlock) -> usize {
    super::answer(c"threading_rlock_depth", rlock, rlock::depth(rlock.into()), 0) as usize
}

/// Tells which thread holds the rlock, and how deep. About another thread's rlock the answer may be
/// out of date when the call returns.
///
/// @param rlock  the rlock.
/// @param depth  where the depth goes, 0 if nobody holds it; or NULL.
/// @return the ident of the thread that holds it; 0 if nobody does, and for a bad handle, for which
/// the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rlock_owner(
    rlock: threading_rlock,
    depth: *mut usize,
) -> u64 {
    let (owner, levels) = match rlock::owner(rlock.into()) {
        Ok(found) => found,
        Err(status) => return super::answer(c"threading_rlock_owner", rlock, Err(status), 0),
    };
    if !depth.is_null() {
        // SAFETY: not null, so it may be written, by the caller's promise.
        unsafe { depth.write(levels as usize) };
    }
    owner
}

/// Destroys the rlock: from now on its handle is `THREADING_DESTROYED`, in every thread.
///
/// @param rlock  the rlock; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
/// gets THREADING_DESTROYED.
/// @retval THREADING_BUSY  it is held by a thread that has not ended, threads wait for it, or a
/// condition that was made with it has not been destroyed; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `rlock` is made up, or of another kind.
/// @retval THREADING_DESTROYED  it was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_destroy(rlock: threading_rlock) -> threading_status {
    let handle = Handle::from(rlock);
    let result =
        if handle.is_null() { Ok(()) } else { rlock::destroy(handle, current::is_ident_alive) };
    super::outcome(c"threading_rlock_destroy", rlock, result)
}
