//! The program of the process, as a file.

use core::ffi::{CStr, c_char, c_int};

unsafe extern "C" {
    fn _NSGetExecutablePath(room: *mut c_char, length: *mut u32) -> c_int;
}

/// A path of its file for where the loader has none: here it always has one.
pub const FILE: &CStr = c"";

/// The path of the program.
pub fn path(room: &mut [u8]) -> &[u8] {
    let mut length = u32::try_from(room.len()).unwrap_or(u32::MAX);
    // SAFETY: the room has as many bytes as are said.
    let answer = unsafe { _NSGetExecutablePath(room.as_mut_ptr().cast(), &mut length) };
    let path = (answer == 0).then(|| CStr::from_bytes_until_nul(room).ok()).flatten();
    path.map_or(b"program", CStr::to_bytes)
}
