//! Rwlocks, for C.

use core::ffi::c_char;

use crate::capi::name;
use crate::object::handle::{Handle, threading_rwlock};
use crate::status::threading_status;
use crate::sync::rwlock::change;
use crate::sync::rwlock::slot::{self, Rwlock};
use crate::thread::registry;

/// What THREADING_WITH acquires to read.
///
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub struct threading_reading {
    rwlock: threading_rwlock,
}

/// What THREADING_WITH acquires to write.
///
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub struct threading_writing {
    rwlock: threading_rwlock,
}

/// Makes an rwlock, which no thread reads or writes yet.
///
/// @param out  receives the handle. The caller owns the rwlock, and destroys it with
/// `threading_rwlock_destroy`.
/// @retval THREADING_OK  `*out` is the new rwlock.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 rwlocks has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rwlock_new(
    out: *mut threading_rwlock,
) -> threading_status {
    // SAFETY: the caller's promise.
    unsafe {
        super::deliver(c"threading_rwlock_new", Handle::NULL, out, || slot::new().map(Into::into))
    }
}

/// Returns the rwlock in `*handle`. If `*handle` is null, the call first makes an rwlock and stores
/// its handle there. This is for static variables, which begin as `THREADING_NULL`.
///
/// If several threads make the rwlock at the same time, all of them get the same rwlock.
/// @param handle  the address of a handle that exists as long as the rwlock is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @return the rwlock; null if there is no memory for it, or if `handle` is NULL. In both cases the
/// error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_RETURNS_LOCK_(*handle)
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rwlock_ensure(
    handle: *mut threading_rwlock,
) -> threading_rwlock {
    let unmake = |made| {
        let _ = slot::destroy(made, |_| true);
    };
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe { super::ensure(c"threading_rwlock_ensure", handle.cast(), slot::new, unmake) }.into()
}

/// Makes the caller's write a read, with no other write in between. Readers that wait are let in.
///
/// @param rwlock  the rwlock.
/// @retval THREADING_OK  the caller reads, and ends that with threading_rwlock_release_read.
/// @retval THREADING_NOT_ACQUIRED  no thread writes it.
/// @retval THREADING_NOT_OWNER  another thread writes it; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// The thread that writes; any other thread gets an error status.
///
/// cbindgen:postfix=THREADING_C_RELEASE_(rwlock) THREADING_C_ACQUIRE_SHARED_(rwlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_downgrade(rwlock: threading_rwlock) -> threading_status {
    super::slowly(c"threading_rwlock_downgrade", rwlock.into(), change::downgrade)
}

/// Makes the caller's read a write, if there is no other read at this moment. It does not wait:
/// two threads that both waited for the end of the other's read would wait for ever.
///
/// @param rwlock  the rwlock, which the caller reads.
/// @retval THREADING_OK  the caller writes, and no other thread has written in between. It ends
/// that with threading_rwlock_release_write, or makes it a read again.
/// @retval THREADING_TIMEOUT  there are other reads: the caller still reads. To write, it ends its
/// read, acquires the rwlock to write, and then looks again at what it has read.
/// @retval THREADING_NOT_ACQUIRED  no thread reads it.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// A thread that reads.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_try_upgrade(
    rwlock: threading_rwlock,
) -> threading_status {
    super::slowly(c"threading_rwlock_try_upgrade", rwlock.into(), change::try_upgrade)
}

/// The rwlock, for THREADING_WITH to acquire it to read:
/// `THREADING_WITH(threading_rwlock_reading(rwlock)) { ... }`.
///
/// @param rwlock  the rwlock.
/// @return the same handle, as another type. THREADING_WITH finds out whether it is a good one.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_RETURNS_LOCK_(rwlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_reading(rwlock: threading_rwlock) -> threading_reading {
    threading_reading { rwlock }
}

/// The rwlock, for THREADING_WITH to acquire it to write:
/// `THREADING_WITH(threading_rwlock_writing(rwlock)) { ... }`.
///
/// @param rwlock  the rwlock.
/// @return the same handle, as another type. THREADING_WITH finds out whether it is a good one.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_RETURNS_LOCK_(rwlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_writing(rwlock: threading_rwlock) -> threading_writing {
    threading_writing { rwlock }
}

/// Tells whether a thread writes. The answer describes the moment of the call, and may be out of
/// date when the call returns.
///
/// @param rwlock  the rwlock.
/// @return whether a thread writes. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_write_locked(rwlock: threading_rwlock) -> bool {
    let answer = slot::write_locked(rwlock.into());
    super::answer(c"threading_rwlock_write_locked", rwlock, answer, false)
}

/// Tells how many reads there are. The answer describes the moment of the call, and may be out of
/// date when the call returns.
///
/// @param rwlock  the rwlock.
/// @return the number of reads: a thread that reads twice counts twice, and so do threads that are
/// let in and have not run yet. For a bad handle: 0, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_readers(rwlock: threading_rwlock) -> usize {
    super::answer(c"threading_rwlock_readers", rwlock, slot::readers(rwlock.into()), 0)
}

/// Tells which thread writes. Unless it is the caller, the answer may be out of date when the call
/// returns.
///
/// @param rwlock  the rwlock.
/// @return the ident of the thread that writes; 0 if no thread does. For a bad handle: 0, and the
/// error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_writer(rwlock: threading_rwlock) -> u64 {
    super::answer(c"threading_rwlock_writer", rwlock, slot::writer(rwlock.into()), 0)
}

/// Gives an rwlock a name, which tells people what it is for. At first an rwlock has no name.
///
/// Names need not be unique, and may contain any character.
/// @param rwlock  the rwlock.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the rwlock has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the rwlock keeps the name that
/// it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rwlock_set_name(
    rwlock: threading_rwlock,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Rwlock>(c"threading_rwlock_set_name", rwlock, name) }
}

/// Copies the name of an rwlock.
///
/// @param rwlock  the rwlock.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. An rwlock without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_rwlock_name(
    rwlock: threading_rwlock,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Rwlock>(c"threading_rwlock_name", rwlock, place) }
}

/// Destroys the rwlock: from now on calls with its handle return `THREADING_DESTROYED`, in every
/// thread.
///
/// @param rwlock  the rwlock. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the rwlock is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED.
/// @retval THREADING_BUSY  there are reads, a thread that has not ended writes, or threads wait for
/// it; nothing has changed. A read of a thread that has ended counts too.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is not null, and is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_destroy(rwlock: threading_rwlock) -> threading_status {
    let handle = Handle::from(rwlock);
    let result =
        if handle.is_null() { Ok(()) } else { slot::destroy(handle, registry::is_ident_alive) };
    super::outcome(c"threading_rwlock_destroy", rwlock, result)
}
