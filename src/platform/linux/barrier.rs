//! A full fence of the processor in all threads of the process, by a call of the kernel.

use crate::platform::errno::KeepErrno;

/// Whether the system has such a call. `process_fence` does without where it has none.
pub const IS_THERE: bool = true;

// The kernel's numbers (its manual, membarrier(2)).
const EVERY_PROCESS: i32 = 1;
const THIS_PROCESS: i32 = 1 << 3;
const REGISTER_THIS_PROCESS: i32 = 1 << 4;

/// Every thread of the process that runs passes a full fence of the processor, and one that does
/// not run has passed one. False: perhaps not, since the kernel refuses it (older than 4.3, or by a
/// filter).
pub fn in_all_threads() -> bool {
    let _errno = KeepErrno::new();
    if membarrier(THIS_PROCESS) || membarrier(REGISTER_THIS_PROCESS) && membarrier(THIS_PROCESS) {
        return true;
    }
    membarrier(EVERY_PROCESS);
    false
}

fn membarrier(command: i32) -> bool {
    // SAFETY: the call touches no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}
