//! ThreadSanitizer's annotations, where its runtime is in the process.
//!
//! Every taking is annotated after it has happened, and every leaving before it happens, each in one piece: in between TSan looks away. So
//! it sees each lock taken and left in an order that is true, and it never sees a wait.

use core::ffi::{CStr, c_int, c_uint, c_void};
use core::mem;
use core::ptr;

use crate::atomic::{AtomicPtr, Ordering};
use crate::system;

/// Taken only if it was free, or within a time: such a taking is no part of a deadlock.
pub const TRIED: c_uint = 1 << 4;

type OnAddress = unsafe extern "C" fn(*mut c_void);
type OnMutex = unsafe extern "C" fn(*mut c_void, c_uint);
type AfterLock = unsafe extern "C" fn(*mut c_void, c_uint, c_int);
type BeforeUnlock = unsafe extern "C" fn(*mut c_void, c_uint) -> c_int;

const ACQUIRE: usize = 0;
const RELEASE: usize = 1;
const DESTROY: usize = 2;
const PRE_LOCK: usize = 3;
const POST_LOCK: usize = 4;
const PRE_UNLOCK: usize = 5;
const POST_UNLOCK: usize = 6;
const FUNCTIONS: usize = 7;

const NAMES: [&CStr; FUNCTIONS] = [
    c"__tsan_acquire",
    c"__tsan_release",
    c"__tsan_mutex_destroy",
    c"__tsan_mutex_pre_lock",
    c"__tsan_mutex_post_lock",
    c"__tsan_mutex_pre_unlock",
    c"__tsan_mutex_post_unlock",
];

/// What was found under these names. They are all there or none is used.
static FOUND: [AtomicPtr<c_void>; FUNCTIONS] = [const { AtomicPtr::new(ptr::null_mut()) }; FUNCTIONS];

/// Looks for the runtime. True: it is there, with all that is needed.
pub fn find() -> bool {
    for (name, place) in NAMES.iter().zip(&FOUND) {
        let found = system::look_up(name);
        if found.is_null() {
            return false;
        }
        // ORDERING: Relaxed: published by the flag that `inspect` sets when all are found.
        place.store(found, Ordering::Relaxed);
    }
    true
}

fn function(number: usize) -> *mut c_void {
    // ORDERING: Relaxed: as above.
    FOUND.get(number).map_or(ptr::null_mut(), |place| place.load(Ordering::Relaxed))
}

fn on_address(number: usize, address: *const c_void) {
    // SAFETY: found under the name of a function of this type, or null, which is this type's `None`.
    let function: Option<OnAddress> = unsafe { mem::transmute(function(number)) };
    if let Some(function) = function {
        // SAFETY: the address is only a name to the runtime.
        unsafe { function(address.cast_mut()) }
    }
}

fn on_mutex(number: usize, address: *const c_void, flags: c_uint) {
    // SAFETY: as in `on_address`.
    let function: Option<OnMutex> = unsafe { mem::transmute(function(number)) };
    if let Some(function) = function {
        // SAFETY: as in `on_address`.
        unsafe { function(address.cast_mut(), flags) }
    }
}

/// What the caller has done happens before whatever follows a `receives` of this address.
pub fn publishes(address: *const c_void) {
    on_address(RELEASE, address);
}

/// What came before each `publishes` of this address has happened.
pub fn receives(address: *const c_void) {
    on_address(ACQUIRE, address);
}

/// The calling thread has taken the mutex.
pub fn took(address: *const c_void, flags: c_uint) {
    on_mutex(PRE_LOCK, address, flags);
    // SAFETY: as in `on_address`.
    let function: Option<AfterLock> = unsafe { mem::transmute(function(POST_LOCK)) };
    if let Some(function) = function {
        // SAFETY: as in `on_address`.
        unsafe { function(address.cast_mut(), flags, 0) }
    }
}

/// The calling thread, which has taken the mutex, is about to leave it.
pub fn leaves(address: *const c_void) {
    // SAFETY: as in `on_address`.
    let function: Option<BeforeUnlock> = unsafe { mem::transmute(function(PRE_UNLOCK)) };
    if let Some(function) = function {
        // SAFETY: as in `on_address`.
        unsafe { function(address.cast_mut(), 0) };
    }
    on_mutex(POST_UNLOCK, address, 0);
}

/// The mutex is no more; another one may come to this address.
pub fn destroyed(address: *const c_void) {
    on_mutex(DESTROY, address, 0);
}
