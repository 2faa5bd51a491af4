//! Locals, for C.

use core::ffi::c_void;
use core::ptr;

use crate::local;
use crate::object::handle::{Handle, threading_local};
use crate::status::threading_status;

/// The initialiser of a local: makes a thread's value, in that thread, at its first get. It may
/// return NULL for no value; then it does not run again in that thread. It must return. If it
/// unwinds, no value was made, and the next get calls it again.
pub type threading_init = Option<unsafe extern "C-unwind" fn(ctx: *mut c_void) -> *mut c_void>;

/// The destructor of a local's values: destroys one value; never called with NULL. It must return.
pub type threading_destructor = Option<unsafe extern "C-unwind" fn(value: *mut c_void)>;

/// Makes a local: every thread has a value of its own in it (Python: `threading.local()`).
///
/// @param init  makes a thread's value at its first get; or NULL: there is none until it is set.
/// @param destroy  destroys a value: when it is replaced or deleted, when its thread ends, and when
/// the local is destroyed; or NULL: then nothing destroys values.
/// @param ctx  passed to `init`; it stays the caller's; or NULL.
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_local_destroy`.
/// @retval THREADING_OK  `*out` is a local.
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

/// Returns the calling thread's value. At the thread's first call the initialiser makes it.
///
/// @param local  the local.
/// @return the value; NULL if there is none, if memory ran out, and for a bad handle; in the last
/// two cases the error hook is called.
/// @par Blocking
/// Never, except for what the initialiser does.
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

/// Sets the calling thread's value. The initialiser does not run in this thread any more.
///
/// @param local  the local.
/// @param value  the value, which now belongs to the local; or NULL for none. The one before it is
/// destroyed, unless it is the same.
/// @retval THREADING_OK  the value is set.
/// @retval THREADING_INVALID_HANDLE  `local` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `local` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for it, or the call is made in the last of
/// the thread's thread-local destructors.
/// @par Blocking
/// Never, except for what the destructor does.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_local_set(
    local: threading_local,
    value: *mut c_void,
) -> threading_status {
    super::outcome(c"threading_local_set", local, local::set(local.into(), value))
}

/// Destroys the calling thread's value; from then on there is none, and the initialiser does not
/// run again (Python: `del local.x`).
///
/// @param local  the local.
/// @retval THREADING_OK  there is no value.
/// @retval THREADING_NO_VALUE  there was none.
/// @retval THREADING_INVALID_HANDLE  `local` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `local` was destroyed.
/// @par Blocking
/// Never, except for what the destructor does.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_local_delete(local: threading_local) -> threading_status {
    super::outcome(c"threading_local_delete", local, local::delete(local.into()))
}

/// Destroys the local, and the values of all threads, each once, in the calling thread.
///
/// The program must make sure that no thread uses its value any more. A thread that ends at the
/// same time may still be inside its own value's destructor when the call returns.
/// @param local  the local; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed.
/// @retval THREADING_INVALID_HANDLE  `local` is made up, or of another kind.
/// @retval THREADING_DESTROYED  it was destroyed before.
/// @par Blocking
/// Never, except for what the destructors do.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_local_destroy(local: threading_local) -> threading_status {
    let handle = Handle::from(local);
    let result = if handle.is_null() { Ok(()) } else { local::destroy(handle) };
    super::outcome(c"threading_local_destroy", local, result)
}
