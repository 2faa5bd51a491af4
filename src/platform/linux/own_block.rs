//! Where the calling thread's block is: in thread-local storage of the initial-exec model.
//!
//! A library's `thread_local!` is reached through a call of `__tls_get_addr` for each access. The
//! block below is declared in assembly with the initial-exec model instead, which costs one load
//! more than a static. glibc keeps a small reserve for such blocks in libraries that are loaded
//! late, so it must stay small.

use crate::platform::thread_block::Block;

core::arch::global_asm!(
    ".pushsection .tbss.libthreading_block, \"awT\", %nobits",
    ".p2align 4",
    ".globl libthreading_block",
    ".hidden libthreading_block",
    ".type libthreading_block, %object",
    ".size libthreading_block, {size}",
    "libthreading_block:",
    ".zero {size}",
    ".popsection",
    size = const size_of::<Block<()>>(),
);

/// The calling thread's block. The caller says what type the waiter has.
///
/// The pointer is valid for the life of the calling thread, also in its destructors.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn block<W>() -> *const Block<W> {
    let address: *const Block<W>;
    // SAFETY: the assembly only computes an address: the offset of the block from the thread
    // pointer (a relocation that the loader resolves for good) plus the thread pointer, which the
    // ABI keeps at %fs:0. It touches no stack and reads memory that never changes while the thread
    // lives. The assembly changes the flags, so it does not claim `preserves_flags`.
    unsafe {
        core::arch::asm!(
            "mov {address}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "add {address}, qword ptr fs:[0]",
            address = out(reg) address,
            options(nostack, readonly, pure)
        );
    }
    address
}

/// As above.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub fn block<W>() -> *const Block<W> {
    let address: *const Block<W>;
    // SAFETY: as above, with the thread pointer in tpidr_el0, and without a change of flags.
    unsafe {
        core::arch::asm!(
            "adrp {offset}, :gottprel:libthreading_block",
            "ldr {offset}, [{offset}, :gottprel_lo12:libthreading_block]",
            "mrs {address}, tpidr_el0",
            "add {address}, {address}, {offset}",
            offset = out(reg) _,
            address = out(reg) address,
            options(nostack, preserves_flags, readonly, pure)
        );
    }
    address
}
