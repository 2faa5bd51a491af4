//! The program of the process, as a file.

use core::ffi::CStr;

use super::image;

/// Never asked for: the loader has a path for every image.
pub const FILE: &CStr = c"";

/// The path of the program.
pub fn path(room: &mut [u8]) -> &[u8] {
    image::path_of(image::PROGRAM, room).unwrap_or(b"program")
}
