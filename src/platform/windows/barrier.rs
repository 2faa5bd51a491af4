//! A full fence of the processor in all threads of the process, by a call of the kernel.

use super::api;

/// Whether the system has such a call: since Windows Vista.
pub const IS_THERE: bool = true;

/// Every thread of the process that runs passes a full fence of the processor, and one that does
/// not run has passed one.
pub fn in_all_threads() -> bool {
    // SAFETY: the call touches no memory.
    unsafe { api::FlushProcessWriteBuffers() };
    true
}
