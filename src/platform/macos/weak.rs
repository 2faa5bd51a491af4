//! Functions that need not be in the process, looked up by their names: all that the loader has
//! loaded has them. A program of this system is never linked without the loader.

use core::ffi::{CStr, c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;
// Not the facade's: a model has another file.
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use crate::platform::weak_names::weak_names;

/// Makes the struct, and the names.
macro_rules! functions {
    ($($(#[$about:meta])* $name:ident: $signature:ty;)*) => {
        /// Each function by its name.
        #[repr(C)]
        pub struct Functions {
            $($(#[$about])* pub $name: Option<$signature>,)*
        }

        /// None of them.
        static NONE: Functions = Functions { $($name: None,)* };

        const NAMES: [&CStr; [$(stringify!($name)),*].len()] = [
            $(match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("the name has a NUL"),
            },)*
        ];
    };
}

weak_names! { functions!
    /// Says what is loaded at an address.
    dladdr: unsafe extern "C" fn(*const c_void, *mut libc::Dl_info) -> c_int;
    /// What threads are made with; in some C libraries.
    pthread_getattr_default_np: unsafe extern "C" fn(*mut libc::pthread_attr_t) -> c_int;
}

/// The addresses, in the order of the names.
static FOUND: [AtomicPtr<c_void>; NAMES.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; NAMES.len()];

/// Whether they were looked up:
///
/// | value | means                                                              |
/// |-------|--------------------------------------------------------------------|
/// | 0     | not yet                                                            |
/// | 1     | one thread looks                                                   |
/// | 2     | they were, and do not change any more                              |
static STATE: AtomicU32 = AtomicU32::new(0);

/// The functions of this process. While another thread looks them up, it is none of them.
#[inline]
pub fn functions() -> &'static Functions {
    // ORDERING: Acquire, pairs with the Release in `look`.
    if STATE.load(Ordering::Acquire) != 2 && !look() {
        return &NONE;
    }
    const { assert!(size_of::<Functions>() == size_of_val(&FOUND)) };
    // SAFETY: the struct has a field of that size for each address, in their order; null is the
    // fields' `None`; nothing is written there any more.
    unsafe { &*(&raw const FOUND).cast::<MaybeUninit<Functions>>().cast() }
}

/// False: another thread looks.
#[cold]
fn look() -> bool {
    // ORDERING: Acquire on failure, as in `functions`; Relaxed on success: only this thread writes.
    match STATE.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Acquire) {
        Ok(_) => {}
        Err(found) => return found == 2,
    }
    for (name, found) in NAMES.iter().zip(&FOUND) {
        // ORDERING: Relaxed: published by the Release below.
        found.store(look_up_shared(name), Ordering::Relaxed);
    }
    // ORDERING: Release, pairs with the Acquire in `functions`.
    STATE.store(2, Ordering::Release);
    true
}

/// The function of that name that an image in the process has, or null. The program's own `dlerror`
/// does not hear of it.
pub fn look_up_shared(name: &CStr) -> *mut c_void {
    // SAFETY: the handle stands for all images; the name is NUL-terminated; a look among the names
    // of what is loaded runs no code.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if found.is_null() {
        // SAFETY: the call has no precondition.
        unsafe { libc::dlerror() };
    }
    found
}
