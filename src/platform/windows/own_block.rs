//! Where the calling thread's block is: in the thread-local storage that the loader makes for each
//! image. It is there from a thread's begin to its end, and takes no call to find.
//!
//! The compiler's own `thread_local!` takes memory here at a thread's first access, ends the
//! process where there is none, and gives it back while the thread may still call the library.

use core::ffi::c_void;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize};

use super::guards::{Entry, Guards};
use crate::platform::thread_block::Block;

/// What this port keeps for each thread beside the block; all zero at first. No other thread
/// touches it.
#[repr(C, align(16))]
pub struct Own {
    /// A handle of the thread; 0: none was made yet.
    pub handle: AtomicUsize,
    /// 1: this port has created the thread, and the handle is what it is joined by.
    pub is_created: AtomicU32,
    /// 1: the destructor of the key has begun.
    pub is_ending: AtomicU32,
    /// The value of the key for the next round of destructors; null: there is none.
    pub next_value: AtomicPtr<c_void>,
    /// The guards that the thread has registered; see `abandoned`.
    pub guards: Guards,
}

/// A guard's place that nobody has written is one without a guard.
const _: () = {
    // SAFETY: a null function is the type's `None`, which the next line looks at.
    let unwritten = unsafe { core::mem::zeroed::<Option<Entry>>() };
    assert!(unwritten.is_none());
};

// The linker puts these between its own ends of that section, and in the order of the alphabet.
core::arch::global_asm!(
    ".pushsection .tls$M, \"dw\"",
    ".p2align 4",
    ".globl libthreading_block",
    "libthreading_block:",
    ".zero {block}",
    ".p2align 4",
    ".globl libthreading_own",
    "libthreading_own:",
    ".zero {own}",
    ".popsection",
    block = const size_of::<Block<()>>(),
    own = const size_of::<Own>(),
);

/// Makes a function that finds one of the two.
macro_rules! find {
    ($symbol:literal) => {{
        let address;
        // SAFETY: the assembly only computes an address: the loader has stored the image's number
        // in `_tls_index`, and the addresses of a thread's storage, by those numbers, where the
        // word at 0x58 of its environment block says; the linker knows the place in the storage.
        // It touches no stack and reads memory that never changes while the thread lives.
        unsafe {
            core::arch::asm!(
                "mov {address:e}, dword ptr [rip + _tls_index]",
                "mov {storage}, qword ptr gs:[0x58]",
                "mov {address}, qword ptr [{storage} + 8 * {address}]",
                concat!("lea {address}, [{address} + ", $symbol, "@SECREL32]"),
                storage = out(reg) _,
                address = out(reg) address,
                options(nostack, preserves_flags, readonly, pure)
            );
        }
        address
    }};
}

/// The calling thread's block. The caller says what type the waiter has.
///
/// The pointer is valid for the life of the calling thread, also in its destructors.
#[inline(always)]
pub fn block<W>() -> *const Block<W> {
    find!("libthreading_block")
}

/// What this port keeps for the calling thread. The reference must not leave that.
#[inline(always)]
pub fn own() -> &'static Own {
    let own: *const Own = find!("libthreading_own");
    // SAFETY: valid for the life of the calling thread, and all zero is a valid value.
    unsafe { &*own }
}
