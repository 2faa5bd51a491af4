//! Locals, for C.

use core::ffi::{c_char, c_void};
use core::ptr;

use crate::capi::name;
use crate::local::{self, Local};
use crate::object::handle::{Handle, threading_local};
use crate::status::{Status, threading_status};

/// The initialiser of a local. It makes the calling thread's value, at that thread's first get. It
/// may return NULL for no value; then it does not run again in that thread. The initialiser must
/// return. If it unwinds, it has made no value, and the next get calls it again.
pub type threading_init = Option<unsafe extern "C-unwind" fn(ctx: *mut c_void) -> *mut c_void>;

/// The destructor of a local: it destroys one value. It is never called with NULL, and must return.
pub type threading_destructor = Option<unsafe extern "C-unwind" fn(value: *mut c_void)>;

/// Makes a local: a variable of which every thread has its own value (Python: `threading.local()`).
///
/// @param init  makes the value of a thread at that thread's first get, or NULL: then a thread has
/// no value until it sets one.
/// @param destroy  destroys a value, or NULL: then the library destroys no value. It is called when
/// a value is replaced or deleted, when the thread of the value ends, and when the local is
/// destroyed.
/// @param ctx  passed to `init`, or NULL. It stays owned by the caller.
/// @param out  receives the handle. The caller owns the local, and destroys it with
/// `threading_local_destroy`.
/// @retval THREADING_OK  `*out` is the new local.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_local_new(
    init: threading_init,
    destroy: threading_destructor,
    ctx: *mut c_void,
    out: *mut threading_local,
) -> threading_status {
    let make = || local::new(init, destroy, ctx).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_local_new", Handle::NULL, out, make) }
}

/// Returns the local in `*handle`. If `*handle` is null, the call first makes a local and stores
/// its handle there. This is for static variables, which begin as `THREADING_NULL`.
///
/// If several threads make the local at the same time, all of them get the same local. Only a call
/// that makes the local looks at the other arguments.
/// @param handle  the address of a handle that exists as long as the local is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @param init  makes the value of a thread at that thread's first get, or NULL: then a thread has
/// no value until it sets one.
/// @param destroy  destroys a value, or NULL: then the library destroys no value.
/// @param ctx  passed to `init`, or NULL. It stays owned by the caller.
/// @return the local; null if there is no memory for it, or if `handle` is NULL. In both cases
/// the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_local_ensure(
    handle: *mut threading_local,
    init: threading_init,
    destroy: threading_destructor,
    ctx: *mut c_void,
) -> threading_local {
    let mut make = || local::new(init, destroy, ctx);
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe {
        super::ensure_with(c"threading_local_ensure", handle.cast(), &mut make, local::destroy)
    }
    .into()
}

/// Returns the calling thread's value. The thread's first get calls the initialiser to make it.
///
/// @param local  the local.
/// @return the value; NULL if there is none. If memory ran out, and for a bad handle: NULL, and the
/// error hook is called.
/// @par Blocking
/// Never, apart from what the initialiser does.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_local_get(local: threading_local) -> *mut c_void {
    let handle = Handle::from(local);
    match local::get_quickly(handle) {
        Some(value) => value,
        None => get_slowly(handle),
    }
}

#[cold]
#[inline(never)]
fn get_slowly(local: Handle) -> *mut c_void {
    super::answer(c"threading_local_get", local, local::get(local), ptr::null_mut())
}

/// Sets the calling thread's value. From now on the initialiser does not run in this thread.
///
/// @param local  the local.
/// @param value  the new value, or NULL for no value. The local owns the value from now on. The
/// previous value is destroyed, unless it is the same.
/// @retval THREADING_OK  the value is set.
/// @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
/// @retval THREADING_DESTROYED  `local` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the value, or the thread is in the last
/// round of its thread-local destructors.
/// @par Blocking
/// Never, apart from what the destructor does.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_local_set(
    local: threading_local,
    value: *mut c_void,
) -> threading_status {
    let handle = Handle::from(local);
    if local::set_quickly(handle, value) {
        return Status::THREADING_OK;
    }
    set_slowly(handle, value)
}

#[cold]
#[inline(never)]
fn set_slowly(local: Handle, value: *mut c_void) -> Status {
    super::outcome(c"threading_local_set", local, local::set(local, value))
}

/// Sets the calling thread's value, and gives the old value to the caller instead of destroying it.
/// The initialiser does not run.
///
/// @param local  the local.
/// @param value  the new value, which the library destroys as that of `threading_local_set`; or
/// NULL: from now on the thread has no value, as after `threading_local_delete`.
/// @param old  receives the old value, which is the caller's from now on, or NULL if there was
/// none: the address of a `void *`.
/// @retval THREADING_OK  the value is set, and `*old` is the old one.
/// @retval THREADING_INVALID_ARGUMENT  `old` is NULL.
/// @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
/// @retval THREADING_DESTROYED  `local` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the value, or the thread is past its last
/// destructors; the old value stays.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_local_exchange(
    local: threading_local,
    value: *mut c_void,
    old: *mut *mut c_void,
) -> threading_status {
    let exchange = || local::exchange(local.into(), value);
    // SAFETY: `old` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_local_exchange", local, old, exchange) }
}

/// Destroys the calling thread's value (Python: `del local.x`). From now on the thread has no
/// value, and the initialiser does not run in it again.
///
/// @param local  the local.
/// @retval THREADING_OK  the value is destroyed, and the thread has none.
/// @retval THREADING_NO_VALUE  the thread had no value.
/// @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
/// @retval THREADING_DESTROYED  `local` was destroyed.
/// @par Blocking
/// Never, apart from what the destructor does.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_local_delete(local: threading_local) -> threading_status {
    super::outcome(c"threading_local_delete", local, local::delete(local.into()))
}

/// Gives a local a name, which tells people what it is for. At first a local has no name.
///
/// Names need not be unique, and may contain any character.
/// @param local  the local.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the local has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
/// @retval THREADING_DESTROYED  `local` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the local keeps the name that
/// it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_local_set_name(
    local: threading_local,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Local>(c"threading_local_set_name", local, name) }
}

/// Copies the name of a local.
///
/// @param local  the local.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. A local without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
/// @retval THREADING_DESTROYED  `local` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_local_name(
    local: threading_local,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Local>(c"threading_local_name", local, place) }
}

/// Destroys the local and the values of all threads. The destructor runs in the calling thread,
/// once for each value.
///
/// The program must make sure that no thread uses its value any more. A thread that ends at the
/// same time may still be running the destructor of its own value when the call returns.
/// @param local  the local. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the local is destroyed.
/// @retval THREADING_INVALID_HANDLE  `local` is not null, and is not a handle of a local.
/// @retval THREADING_DESTROYED  `local` was destroyed before.
/// @par Blocking
/// Never, apart from what the destructors do.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_local_destroy(local: threading_local) -> threading_status {
    let handle = Handle::from(local);
    let result = if handle.is_null() { Ok(()) } else { local::destroy(handle) };
    super::outcome(c"threading_local_destroy", local, result)
}
