//! Rlocks, for C.

use core::ffi::c_char;

use crate::capi::name;
use crate::object::handle::{Handle, threading_rlock};
use crate::status::threading_status;
use crate::sync::rlock::{self, Rlock};
use crate::thread::registry;
use crate::wait::timeout::Timeout;

/// Makes an rlock, which no thread holds yet (Python: `threading.RLock()`).
///
/// @param out  receives the handle. The caller owns the rlock, and destroys it with
/// `threading_rlock_destroy`.
/// @retval THREADING_OK  `*out` is the new rlock.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 rlocks has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rlock_new(out: *mut threading_rlock) -> threading_status {
    // SAFETY: the caller's promise.
    unsafe {
        super::deliver(c"threading_rlock_new", Handle::NULL, out, || rlock::new().map(Into::into))
    }
}

/// Returns the rlock in `*handle`. If `*handle` is null, the call first makes an rlock and stores
/// its handle there. This is for static variables, which begin as `THREADING_NULL`.
///
/// If several threads make the rlock at the same time, all of them get the same rlock.
/// @param handle  the address of a handle that exists as long as the rlock is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @return the rlock; null if there is no memory for it, or if `handle` is NULL. In both cases the
/// error hook is called.
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
/// holds the rlock does not wait: it then holds it one level deeper.
///
/// @param rlock  the rlock.
/// @retval THREADING_OK  the caller holds the rlock one level deeper than before. Each acquire
/// needs its own release.
/// @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
/// @retval THREADING_DESTROYED  `rlock` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the rlock. Signals do not end the wait. Threads that have waited
/// for more than a millisecond acquire the rlock in the order in which they began to wait.
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
    super::acquire_rlock(c"threading_rlock_acquire", handle, |rlock| {
        rlock::acquire(rlock, Timeout::Forever)
    })
}

/// Acquires the rlock if no other thread holds it at this moment (Python: `RLock.acquire(False)`).
///
/// @param rlock  the rlock.
/// @retval THREADING_OK  the caller holds the rlock one level deeper than before.
/// @retval THREADING_TIMEOUT  another thread holds the rlock.
/// @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
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

/// Acquires the rlock; waits for at most `seconds` (Python: `RLock.acquire(timeout=...)`).
///
/// @param rlock  the rlock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller holds the rlock one level deeper than before. This is also
/// possible if the rlock was released at the moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
/// @retval THREADING_DESTROYED  `rlock` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller has acquired the rlock, or until the time-out expires on the monotonic clock,
/// never earlier. Signals neither end nor lengthen the wait.
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
    super::slowly_within(c"threading_rlock_acquire_timeout", rlock.into(), seconds, rlock::acquire)
}

/// Releases one level of the rlock (Python: `RLock.release()`). When the last level is released,
/// the next waiter can acquire the rlock.
///
/// @param rlock  the rlock.
/// @retval THREADING_OK  the caller holds the rlock one level less deep, or no longer holds it.
/// @retval THREADING_NOT_ACQUIRED  no thread holds the rlock.
/// @retval THREADING_NOT_OWNER  another thread holds the rlock; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
/// @retval THREADING_DESTROYED  `rlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// The thread that holds the rlock; any other thread gets an error status.
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

/// Tells whether a thread holds the rlock (Python: `RLock.locked()`). The answer describes the
/// moment of the call, and may be out of date when the call returns.
///
/// @param rlock  the rlock.
/// @return whether the caller or another thread holds the rlock. For a bad handle: false, and the
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
/// @return the number of levels; 0 if the caller does not hold the rlock. For a bad handle: 0, and
/// the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_depth(rlock: threading_rlock) -> usize {
    super::answer(c"threading_rlock_depth", rlock, rlock::depth(rlock.into()), 0) as usize
}

/// Tells which thread holds the rlock, and how many levels deep. If another thread holds the rlock,
/// the answer may be out of date when the call returns.
///
/// @param rlock  the rlock.
/// @param depth  receives the number of levels, 0 if no thread holds the rlock; or NULL.
/// @return the ident of the thread that holds the rlock; 0 if no thread does. For a bad handle: 0,
/// and the error hook is called.
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

/// Gives an rlock a name, which tells people what it is for. At first an rlock has no name.
///
/// Names need not be unique, and may contain any character.
/// @param rlock  the rlock.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the rlock has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
/// @retval THREADING_DESTROYED  `rlock` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the rlock keeps the name that
/// it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rlock_set_name(
    rlock: threading_rlock,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Rlock>(c"threading_rlock_set_name", rlock, name) }
}

/// Copies the name of an rlock.
///
/// @param rlock  the rlock.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. An rlock without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
/// @retval THREADING_DESTROYED  `rlock` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rlock_name(
    rlock: threading_rlock,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Rlock>(c"threading_rlock_name", rlock, place) }
}

/// Destroys the rlock: from now on calls with its handle return `THREADING_DESTROYED`, in every
/// thread.
///
/// @param rlock  the rlock. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the rlock is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED.
/// @retval THREADING_BUSY  a thread that has not ended holds the rlock, threads wait for it, or a
/// condition on this rlock has not been destroyed; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `rlock` is not null, and is not a handle of an rlock.
/// @retval THREADING_DESTROYED  `rlock` was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rlock_destroy(rlock: threading_rlock) -> threading_status {
    let handle = Handle::from(rlock);
    let result =
        if handle.is_null() { Ok(()) } else { rlock::destroy(handle, registry::is_ident_alive) };
    super::outcome(c"threading_rlock_destroy", rlock, result)
}
