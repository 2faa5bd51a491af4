//! A full fence of the processor in all threads of the process, by a call of the kernel, which
//! FreeBSD has from 14.1 on.

use core::ffi::{c_int, c_uint, c_void};
use core::mem;

use crate::platform::errno::KeepErrno;
use crate::platform::weak;

/// Whether the system has such a call.
pub const IS_THERE: bool = true;

// As `sys/membarrier.h` has them.
const THIS_PROCESS: c_int = 1 << 3;
const REGISTER_THIS_PROCESS: c_int = 1 << 4;

/// Every thread of the process that runs passes a full fence of the processor, and one that does
/// not run has passed one. False: perhaps not, since the kernel has no such call. Nor is it found
/// in a program that is linked with -static.
pub fn in_all_threads() -> bool {
    type Call = unsafe extern "C" fn(c_int, c_uint, c_int) -> c_int;
    let _errno = KeepErrno::new();
    // Not by its number: an older kernel would send SIGSYS.
    let found: *mut c_void = weak::look_up_shared(c"membarrier");
    // SAFETY: the function has this type, and null is the type's `None`.
    let Some(call) = (unsafe { mem::transmute::<*mut c_void, Option<Call>>(found) }) else {
        return false;
    };
    // SAFETY: the call touches no memory.
    let call = |command| unsafe { call(command, 0, 0) == 0 };
    call(THIS_PROCESS) || call(REGISTER_THIS_PROCESS) && call(THIS_PROCESS)
}
