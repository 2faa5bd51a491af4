//! ThreadSanitizer's annotations, where its runtime is in the process.
//!
//! Every taking is annotated after it has happened, and every leaving before it happens, each in
//! one piece: in between TSan looks away. So it sees each lock taken and left in an order that is
//! true, and it never sees a wait.

use core::ffi::{c_uint, c_void};

use crate::platform::weak::{self, Functions};

/// Taken only if it was free, or within a time: such a taking is no part of a deadlock.
pub const TRIED: c_uint = 1 << 4;

/// Whether the runtime is in the process, with all that is needed.
pub fn is_there() -> bool {
    let Functions {
        __tsan_acquire: Some(_),
        __tsan_release: Some(_),
        __tsan_mutex_destroy: Some(_),
        __tsan_mutex_pre_lock: Some(_),
        __tsan_mutex_post_lock: Some(_),
        __tsan_mutex_pre_unlock: Some(_),
        __tsan_mutex_post_unlock: Some(_),
        ..
    } = weak::functions()
    else {
        return false;
    };
    true
}

/// What the caller has done happens before whatever follows a `receives` of this address.
pub fn publishes(address: *const c_void) {
    if let Some(release) = weak::functions().__tsan_release {
        // SAFETY: the address is only a name to the runtime.
        unsafe { release(address.cast_mut()) }
    }
}

/// What came before each `publishes` of this address has happened.
pub fn receives(address: *const c_void) {
    if let Some(acquire) = weak::functions().__tsan_acquire {
        // SAFETY: as in `publishes`.
        unsafe { acquire(address.cast_mut()) }
    }
}

/// The calling thread has taken the mutex.
pub fn took(address: *const c_void, flags: c_uint) {
    let functions = weak::functions();
    if let (Some(before), Some(after)) =
        (functions.__tsan_mutex_pre_lock, functions.__tsan_mutex_post_lock)
    {
        // SAFETY: as in `publishes`.
        unsafe {
            before(address.cast_mut(), flags);
            after(address.cast_mut(), flags, 0);
        }
    }
}

/// The calling thread, which has taken the mutex, is about to leave it.
pub fn leaves(address: *const c_void) {
    let functions = weak::functions();
    if let (Some(before), Some(after)) =
        (functions.__tsan_mutex_pre_unlock, functions.__tsan_mutex_post_unlock)
    {
        // SAFETY: as in `publishes`.
        unsafe {
            before(address.cast_mut(), 0);
            after(address.cast_mut(), 0);
        }
    }
}

/// The mutex is no more; another one may come to this address.
pub fn destroyed(address: *const c_void) {
    if let Some(destroy) = weak::functions().__tsan_mutex_destroy {
        // SAFETY: as in `publishes`.
        unsafe { destroy(address.cast_mut(), 0) }
    }
}
