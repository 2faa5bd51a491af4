//! The unwinder, `libgcc_s`, which the shared library loads with its first thread, or when the
//! process first unwinds through a frame of the library.
//!
//! Landing pads and the personality of Rust's frames call it, and they run only when something
//! unwinds: `pthread_exit`, a cancellation or a C++ exception. A shared library that names it among
//! those it needs takes nearly twice as long to load. So here stand functions of the same names,
//! hidden from all others, which jump to the real ones and look them up once. glibc does the same
//! for `pthread_exit`.
//!
//! The real ones are those that the program sees, if it has any, so that all frames are unwound by
//! one unwinder.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};
use core::{mem, ptr};

use crate::platform::errno::KeepErrno;
use crate::platform::system;
use crate::platform::weak;

/// Makes the functions: each jumps to the address in its word of `FOUND`, if that is known.
macro_rules! unwinder {
    ($($index:literal $name:literal)*) => {
        const NAMES: [&CStr; [$($index),*].len()] = [
            $(match CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("the name has a NUL"),
            },)*
        ];

        core::arch::global_asm!(
            ".pushsection .text.libthreading_unwinder, \"ax\", %progbits",
            $(
                ".p2align 4",
                concat!(".globl ", $name),
                concat!(".hidden ", $name),
                concat!(".type ", $name, ", %function"),
                concat!($name, ":"),
                ".cfi_startproc",
                concat!("mov rax, qword ptr [rip + {found} + 8 * ", $index, "]"),
                "test rax, rax",
                concat!("mov r11d, ", $index),
                "jz libthreading_find_unwinder",
                "jmp rax",
                ".cfi_endproc",
                concat!(".size ", $name, ", . - ", $name),
            )*
            // Keeps the arguments, of which there are three at most, and jumps as above.
            ".p2align 4",
            ".type libthreading_find_unwinder, %function",
            "libthreading_find_unwinder:",
            ".cfi_startproc",
            "push rdi",
            ".cfi_adjust_cfa_offset 8",
            "push rsi",
            ".cfi_adjust_cfa_offset 8",
            "push rdx",
            ".cfi_adjust_cfa_offset 8",
            "mov rdi, r11",
            "call {find}",
            "pop rdx",
            ".cfi_adjust_cfa_offset -8",
            "pop rsi",
            ".cfi_adjust_cfa_offset -8",
            "pop rdi",
            ".cfi_adjust_cfa_offset -8",
            "jmp rax",
            ".cfi_endproc",
            ".size libthreading_find_unwinder, . - libthreading_find_unwinder",
            ".popsection",
            found = sym FOUND,
            find = sym find,
        );
    };
}

// All that the standard library and the compiler may call.
unwinder! {
    0 "_Unwind_Resume"
    1 "_Unwind_RaiseException"
    2 "_Unwind_DeleteException"
    3 "_Unwind_Backtrace"
    4 "_Unwind_GetLanguageSpecificData"
    5 "_Unwind_GetRegionStart"
    6 "_Unwind_GetTextRelBase"
    7 "_Unwind_GetDataRelBase"
    8 "_Unwind_GetIP"
    9 "_Unwind_GetIPInfo"
    10 "_Unwind_GetCFA"
    11 "_Unwind_GetGR"
    12 "_Unwind_SetGR"
    13 "_Unwind_SetIP"
    14 "_Unwind_FindEnclosingFunction"
}

/// The addresses of the real functions, null before they are known.
static FOUND: [AtomicPtr<c_void>; NAMES.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; NAMES.len()];

/// Loads the unwinder, so that it need not be loaded when there may be no memory. False: the system
/// refuses.
pub fn prepare() -> bool {
    // ORDERING: Relaxed: only whether it is known counts.
    !FOUND[0].load(Ordering::Relaxed).is_null() || look_up()
}

/// The real function of this number. Without one nothing can be unwound, and the C library would
/// end the process too.
extern "C" fn find(index: usize) -> *mut c_void {
    // ORDERING: Relaxed, here and below: the code that the addresses name was there before.
    let known = || FOUND.get(index).map_or(ptr::null_mut(), |found| found.load(Ordering::Relaxed));
    if known().is_null() {
        look_up();
    }
    if known().is_null() {
        system::abort();
    }
    known()
}

/// Looks all of them up in one place. Several threads may be here at once, and find the same.
#[cold]
fn look_up() -> bool {
    type Open = unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void;
    let _errno = KeepErrno::new();
    let mut library = libc::RTLD_DEFAULT;
    if weak::look_up_shared(NAMES[0]).is_null() {
        // SAFETY: `dlopen` has this type, and null is the type's `None`.
        let dlopen: Option<Open> = unsafe { mem::transmute(weak::look_up_shared(c"dlopen")) };
        let Some(dlopen) = dlopen else { return false };
        // SAFETY: the name is NUL-terminated; the library's own code runs when it is loaded, as it
        // would if this one needed it.
        library = unsafe { dlopen(c"libgcc_s.so.1".as_ptr(), libc::RTLD_NOW) };
        if library.is_null() {
            weak::forget_message();
            return false;
        }
    }
    // The first comes last: it says that all are known.
    for (name, found) in NAMES.iter().zip(&FOUND).rev() {
        // SAFETY: the handle is the one that the loader has given above, and stays: nobody closes
        // the library; or it stands for all.
        let address = unsafe { weak::look_up_in(library, name) };
        // ORDERING: Release: whoever finds the first finds the others.
        found.store(address, Ordering::Release);
    }
    // ORDERING: as above.
    !FOUND[0].load(Ordering::Relaxed).is_null()
}
