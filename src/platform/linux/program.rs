//! The program of the process, as a file.

use core::ffi::CStr;

use crate::platform::errno::KeepErrno;

/// A path of its file, whatever its name is: for where the loader has none.
pub const FILE: &CStr = c"/proc/self/exe";

/// Whether the program is the image without a name. Where it has one, it is the first image.
pub const IS_NAMELESS: bool = true;

/// The path of the program. Async-signal-safe.
pub fn path(room: &mut [u8]) -> &[u8] {
    let _errno = KeepErrno::new();
    // SAFETY: the path is NUL-terminated, and the room as large as is said.
    let length = unsafe { libc::readlink(FILE.as_ptr(), room.as_mut_ptr().cast(), room.len()) };
    usize::try_from(length).ok().and_then(|length| room.get(..length)).unwrap_or(b"program")
}
