//! Writing to a descriptor that the program has given. Descriptors belong to a C library: these are
//! those of the one that the library calls, and the three standard streams of any.

use core::ffi::{CStr, c_int};
use core::ptr;

use super::api::{self, Handle};
use super::text;
use crate::platform::errno::KeepErrno;

/// The standard error stream.
pub const STANDARD_ERROR: i32 = 2;

unsafe extern "C" {
    #[link_name = "_get_osfhandle"]
    fn handle_of(descriptor: c_int) -> isize;
    #[link_name = "_wopen"]
    fn open_file(path: *const u16, flags: c_int, mode: c_int) -> c_int;
    #[link_name = "_close"]
    fn close_file(descriptor: c_int) -> c_int;
}

/// The file behind a descriptor; `None`: there is none.
fn file_of(descriptor: i32) -> Option<Handle> {
    // What the documentation calls the three.
    let standard = |which: i32| (-10 - which) as u32;
    let handle = match descriptor {
        // SAFETY: the call takes a number.
        0..=2 => unsafe { api::GetStdHandle(standard(descriptor)) },
        // SAFETY: as above. A number that is no descriptor's has no handle.
        3.. => unsafe { handle_of(descriptor) as Handle },
        _ => 0,
    };
    // Minus two: a stream that the program does not have.
    (handle != 0 && handle < api::INVALID_HANDLE - 1).then_some(handle)
}

/// Writes as many of the bytes as the file takes, and returns how many.
fn write(file: Handle, bytes: &[u8]) -> Option<usize> {
    let count = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut written = 0;
    // SAFETY: there are as many bytes as are said, and the call waits until they are written.
    let done =
        unsafe { api::WriteFile(file, bytes.as_ptr(), count, &mut written, ptr::null_mut()) };
    (done != 0 && written != 0).then_some(written as usize)
}

/// Writes all bytes, however many calls it takes. False: the descriptor takes no more.
pub fn write_all(descriptor: i32, bytes: &[u8]) -> bool {
    let _errno = KeepErrno::new();
    let Some(file) = file_of(descriptor) else { return false };
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some(written) = write(file, rest) else { return false };
        rest = rest.get(written..).unwrap_or_default();
    }
    true
}

/// Writes bytes in one call, as far as the standard error stream takes them.
pub fn print(bytes: &[u8]) {
    if let Some(file) = file_of(STANDARD_ERROR) {
        write(file, bytes);
    }
}

/// A file that is open for as long as this lives, to be written at its end.
pub struct File(i32);

/// The longest path of a file, with the NUL.
const PATH: usize = 1024;

impl File {
    /// Opens it, and makes it if it is not there. `None`: that is not possible.
    pub fn append(path: &CStr) -> Option<File> {
        const APPEND: c_int = 0x0008;
        File::open(path, APPEND)
    }

    /// As `append`, but nothing stays of what was in it.
    pub fn replace(path: &CStr) -> Option<File> {
        const TRUNCATE: c_int = 0x0200;
        File::open(path, TRUNCATE)
    }

    fn open(path: &CStr, how: c_int) -> Option<File> {
        const WRITE: c_int = 0x0001;
        const CREATE: c_int = 0x0100;
        const BINARY: c_int = 0x8000;
        const NOT_INHERITED: c_int = 0x0080;
        const OWNER_READS_AND_WRITES: c_int = 0o600;
        let _errno = KeepErrno::new();
        let mut room = [0; PATH];
        let path = text::to_wide(path.to_bytes(), &mut room)?;
        let flags = WRITE | CREATE | BINARY | NOT_INHERITED | how;
        // SAFETY: the path ends with a NUL.
        let file = unsafe { open_file(path.as_ptr(), flags, OWNER_READS_AND_WRITES) };
        (file >= 0).then_some(File(file))
    }

    /// Its descriptor.
    pub fn descriptor(&self) -> i32 {
        self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _errno = KeepErrno::new();
        // SAFETY: the descriptor is this value's alone.
        unsafe { close_file(self.0) };
    }
}
