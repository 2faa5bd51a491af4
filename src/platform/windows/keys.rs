//! A value of each thread's own, whose destructor runs when the thread ends: fiber-local storage,
//! for which the system calls back.
//!
//! The system calls once, on the stack of the thread that ends, before it tells the libraries of
//! the end: the objects that C++ and others keep for each thread are destroyed later. Further
//! rounds are made here. A fiber has a value of its own. So the fiber in which a thread first calls
//! the library has to be the one in which the thread ends; the end of another is not noticed.

use core::ffi::{c_int, c_void};
use core::mem::transmute;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::api;
use super::process;
use super::thread;
use crate::platform::own_block::own as of_thread;
use crate::platform::thread_block::ROUNDS;

/// A key, of which there is one in use.
pub type Key = u32;

/// A key takes memory only for the first value of a thread's, and signal handlers that interrupt
/// somebody who takes memory are not there.
pub const KEYS_WITHOUT_ALLOCATION: Key = Key::MAX;

type Destructor = extern "C-unwind" fn(*mut c_void);

// POSIX's numbers.
const EAGAIN: c_int = 11;
const ENOMEM: c_int = 12;

/// The destructor: the same of all keys.
static DESTRUCTOR: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Makes a key.
///
/// # Safety
/// `key` may be written.
pub unsafe fn pthread_key_create(key: *mut Key, destructor: Destructor) -> c_int {
    const NONE: u32 = u32::MAX;
    // ORDERING: Relaxed: the address of code that stays.
    DESTRUCTOR.store(destructor as *mut c_void, Ordering::Relaxed);
    // SAFETY: the callback stays for ever, since the library is never unloaded.
    match unsafe { api::FlsAlloc(call_back) } {
        NONE => EAGAIN,
        index => {
            // SAFETY: the caller's promise.
            unsafe { key.write(index) };
            0
        }
    }
}

/// Sets the calling thread's value of the key.
///
/// # Safety
/// The key came from [`pthread_key_create`].
pub unsafe fn pthread_setspecific(key: Key, value: *const c_void) -> c_int {
    let own = of_thread();
    // ORDERING: Relaxed, both: no other thread touches them.
    if own.is_ending.load(Ordering::Relaxed) != 0 {
        own.next_value.store(value.cast_mut(), Ordering::Relaxed);
        return 0;
    }
    // SAFETY: the caller's promise.
    if unsafe { api::FlsSetValue(key, value) } != 0 { 0 } else { ENOMEM }
}

/// The system's call in a thread that ends. It calls at the end of the process as well, where the
/// other threads are gone already: then nothing is to be done.
unsafe extern "system" fn call_back(value: *mut c_void) {
    let own = of_thread();
    // ORDERING: Relaxed, all in this function: no other thread touches them, and the destructor is
    // the address of code that stays.
    if own.is_ending.load(Ordering::Relaxed) != 0 || process::is_ending() {
        return;
    }
    own.is_ending.store(1, Ordering::Relaxed);
    let destructor = DESTRUCTOR.load(Ordering::Relaxed);
    // SAFETY: null, or what `pthread_key_create` has stored.
    let Some(destructor) = (unsafe { transmute::<*mut c_void, Option<Destructor>>(destructor) })
    else {
        return;
    };
    let mut value = value;
    for _ in 0..ROUNDS {
        if value.is_null() {
            break;
        }
        destructor(value);
        // ORDERING: as above.
        value = own.next_value.swap(ptr::null_mut(), Ordering::Relaxed);
    }
    // ORDERING: as above.
    if own.is_created.load(Ordering::Relaxed) == 0 {
        thread::close_own();
    }
}
