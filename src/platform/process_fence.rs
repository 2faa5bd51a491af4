//! A fence between the threads of the process, of which one half costs nothing.
//!
//! One side stores and then calls [`heavy`], the other stores and then calls [`light`]; after that
//! each loads what the other has stored. At least one of them finds it. Between two fences that
//! cost the same this is what the strongest order of atomics promises; here whoever calls `heavy`
//! pays for both.

use core::sync::atomic::compiler_fence;

use crate::atomic::{self, Ordering, fence};
use crate::platform::errno::KeepErrno;

// The kernel's numbers (its manual, membarrier(2)).
const EVERY_PROCESS: i32 = 1;
const THIS_PROCESS: i32 = 1 << 3;
const REGISTER_THIS_PROCESS: i32 = 1 << 4;

/// The half that costs nothing: stores before it are not left for later by the compiler, and
/// `heavy` sees to the processor.
#[inline(always)]
pub fn light() {
    // ORDERING: SeqCst, both: for the compiler alone; pairs with `heavy`. In a model, where no
    // kernel does the rest, it is a fence as any other.
    if atomic::IS_PLAIN {
        compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

/// The other half: every thread of the process that runs passes a full fence of the processor, and
/// one that does not run has passed one. A system call. On a kernel that refuses it (older than
/// 4.3, or by a filter) only the calling thread does: then a store of another thread may be found
/// some nanoseconds late.
pub fn heavy() {
    let _errno = KeepErrno::new();
    // ORDERING: SeqCst, both; pair with `light`: the calling thread's own part.
    fence(Ordering::SeqCst);
    if membarrier(THIS_PROCESS) || membarrier(REGISTER_THIS_PROCESS) && membarrier(THIS_PROCESS) {
        return;
    }
    membarrier(EVERY_PROCESS);
    fence(Ordering::SeqCst);
}

fn membarrier(command: i32) -> bool {
    // SAFETY: the call touches no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}
