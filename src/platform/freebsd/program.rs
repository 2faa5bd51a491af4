//! The program of the process, as a file.

use core::ffi::{CStr, c_int};

use super::process_list;
use crate::platform::errno::KeepErrno;

/// A path of its file for where the loader has none: here it always has one.
pub const FILE: &CStr = c"";

/// Whether the program is the image without a name. Where it has one, it is the first image.
pub const IS_NAMELESS: bool = false;

/// The path of the program. Async-signal-safe.
pub fn path(room: &mut [u8]) -> &[u8] {
    const OWN: c_int = -1;
    const NAME: [c_int; 4] = [libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_PATHNAME, OWN];
    let _errno = KeepErrno::new();
    // SAFETY: the room has as many bytes as are said.
    let length = unsafe { process_list::ask(&NAME, room.as_mut_ptr().cast(), room.len()) };
    // With the NUL.
    let path = length.and_then(|length| room.get(..length));
    let path = path.and_then(|path| CStr::from_bytes_until_nul(path).ok());
    path.map_or(b"program", CStr::to_bytes)
}
