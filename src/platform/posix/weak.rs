//! Functions that need not be in the process: weak references, which are null where nobody has the
//! function.
//!
//! A look by name at run time, `dlsym`, finds nothing in a program that is linked with -static. A
//! weak reference is resolved in every program: by the linker, or by the loader. Rust has no stable
//! way to write one, so they stand in assembly, as one table of addresses.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use crate::platform::weak_names::weak_names;

/// How the assembler calls a word as wide as an address.
#[cfg(all(target_pointer_width = "64", not(miri)))]
macro_rules! word {
    () => {
        ".quad "
    };
}
#[cfg(all(target_pointer_width = "32", not(miri)))]
macro_rules! word {
    () => {
        ".long "
    };
}

/// Makes the struct, and the table of the same layout. Only the format ELF has such references.
macro_rules! weak_references {
    ($($(#[$about:meta])* $name:ident: $signature:ty;)*) => {
        /// Each function by its name.
        #[repr(C)]
        pub struct Functions {
            $($(#[$about])* pub $name: Option<$signature>,)*
        }

        #[cfg(not(miri))]
        core::arch::global_asm!(
            $(concat!(".weak ", stringify!($name)),)*
            // The loader writes into it before any code runs.
            ".pushsection .data.rel.ro.libthreading_weak, \"aw\", %progbits",
            ".p2align 3",
            ".globl libthreading_weak",
            ".hidden libthreading_weak",
            ".type libthreading_weak, %object",
            "libthreading_weak:",
            $(concat!(word!(), stringify!($name)),)*
            ".size libthreading_weak, . - libthreading_weak",
            ".popsection",
        );

        #[cfg(not(miri))]
        unsafe extern "C" {
            safe static libthreading_weak: Functions;
        }

        #[cfg(miri)]
        #[allow(non_upper_case_globals)]
        static libthreading_weak: Functions = Functions { $($name: None,)* };
    };
}

weak_names! { weak_references!
    /// Asks for what the loader knows; needed where something was loaded.
    dlsym: unsafe extern "C" fn(*mut c_void, *const c_char) -> *mut c_void;
    #[allow(missing_docs)]
    dlerror: unsafe extern "C" fn() -> *mut c_char;
    #[allow(missing_docs)]
    dladdr: unsafe extern "C" fn(*const c_void, *mut libc::Dl_info) -> c_int;
    /// What threads are made with; in some C libraries.
    pthread_getattr_default_np: unsafe extern "C" fn(*mut libc::pthread_attr_t) -> c_int;
}

/// The references of this process.
#[inline]
pub fn functions() -> &'static Functions {
    &libthreading_weak
}

/// The function of that name that a shared library in the process has, or null: always null in a
/// program that is linked with -static.
///
/// For what must not be a reference: `dlopen`, of which the linker warns in such a program, though
/// nobody calls it; and what glibc does not promise to the next version of itself. The program's
/// own `dlerror` does not hear of it.
pub fn look_up_shared(name: &CStr) -> *mut c_void {
    // SAFETY: the handle stands for all of them.
    unsafe { look_up_in(libc::RTLD_DEFAULT, name) }
}

/// As [`look_up_shared`], in one library.
///
/// # Safety
/// The handle is the loader's, or stands for all libraries.
pub unsafe fn look_up_in(library: *mut c_void, name: &CStr) -> *mut c_void {
    let Some(dlsym) = functions().dlsym else { return ptr::null_mut() };
    // SAFETY: the caller's promise; the name is NUL-terminated; a look among the names of what is
    // loaded runs no code.
    let found = unsafe { dlsym(library, name.as_ptr()) };
    if found.is_null() {
        forget_message();
    }
    found
}

/// Takes back the message of a look that has failed.
pub fn forget_message() {
    if let Some(dlerror) = functions().dlerror {
        // SAFETY: the call has no precondition.
        unsafe { dlerror() };
    }
}
