//! `errno` belongs to the program: no function of the library changes it.

use core::ffi::c_int;

#[cfg(target_os = "linux")]
use libc::__errno_location as place;
#[cfg(not(target_os = "linux"))]
use libc::__error as place;

/// Keeps `errno` as it was over a scope.
pub struct KeepErrno(c_int);

/// What the last call of the C library that failed has left.
pub fn errno() -> c_int {
    // SAFETY: the address is valid in every thread, for as long as it runs.
    unsafe { *place() }
}

impl KeepErrno {
    /// Remembers it.
    pub fn new() -> KeepErrno {
        KeepErrno(errno())
    }
}

impl Drop for KeepErrno {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { *place() = self.0 };
    }
}
