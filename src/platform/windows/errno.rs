//! What the program finds when a call of its own has failed: the system's last error, and `errno`
//! of the C library that the library calls. No function of the library changes them.

use core::ffi::c_int;

use super::api::{GetLastError, SetLastError};

unsafe extern "C" {
    #[link_name = "_errno"]
    fn place_of_errno() -> *mut c_int;
}

/// Keeps both of the calling thread's as they were over a scope.
pub struct KeepErrno {
    last_error: u32,
    errno: c_int,
}

impl KeepErrno {
    /// Remembers them.
    pub fn new() -> KeepErrno {
        // SAFETY: the first call reads a word of the calling thread's; the address is valid in
        // every thread, for as long as it runs.
        unsafe { KeepErrno { last_error: GetLastError(), errno: *place_of_errno() } }
    }
}

impl Drop for KeepErrno {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe {
            *place_of_errno() = self.errno;
            SetLastError(self.last_error);
        }
    }
}
