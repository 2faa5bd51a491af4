//! `errno` belongs to the program: no function of the library changes it.

use core::ffi::c_int;

/// Keeps `errno` as it was over a scope.
pub struct KeepErrno(c_int);

/// What the last call of the C library that failed has left.
pub fn errno() -> c_int {
    // SAFETY: the address is valid in every thread, for as long as it runs.
    unsafe { *libc::__errno_location() }
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
        unsafe { *libc::__errno_location() = self.0 };
    }
}
