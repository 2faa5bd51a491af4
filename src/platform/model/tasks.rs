//! What `linux/tasks.rs` says, for a model, of whose threads the kernel knows nothing.

use core::ffi::CStr;

/// The longest name that a task has, in bytes without the NUL.
pub const LONGEST_NAME: usize = 15;

/// Names nothing.
pub fn set_own_name(_name: &CStr) {}

/// As above.
pub fn set_name(_native_id: u32, _name: &CStr) {}

/// Nobody counts them.
pub fn count() -> Option<usize> {
    None
}

/// Nobody has a name.
pub fn name(_native_id: u32, _room: &mut [u8]) -> usize {
    0
}

/// The calling thread has none.
pub fn own_name(_room: &mut [u8; LONGEST_NAME + 1]) -> &[u8] {
    b""
}

/// There is no list.
pub fn for_each(_visit: impl FnMut(u32)) -> bool {
    false
}
