//! Memory from the system in whole pages.

use core::ffi::c_int;
use core::num::NonZeroUsize;
use core::ptr;

use once_cell::race::OnceNonZeroUsize;

use crate::platform::errno::KeepErrno;

/// Has the system reserve nothing for pages that are not touched. Other systems never do.
#[cfg(target_os = "linux")]
const UNRESERVED: c_int = libc::MAP_NORESERVE;
#[cfg(not(target_os = "linux"))]
const UNRESERVED: c_int = 0;

/// Zeroed memory from the system, page by page and without a reservation: an untouched page costs
/// nothing.
pub fn map_zeroed(bytes: usize) -> Option<*mut u8> {
    let _errno = KeepErrno::new();
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | UNRESERVED;
    // SAFETY: a fresh anonymous mapping at an address of the system's choice touches nothing that
    // exists.
    let address = unsafe {
        libc::mmap(ptr::null_mut(), bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
    };
    (address != libc::MAP_FAILED && !address.is_null()).then_some(address.cast())
}

/// Gives such memory back.
///
/// # Safety
/// A block of that size from [`map_zeroed`], and nobody uses it any more.
pub unsafe fn unmap(block: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::munmap(block.cast(), bytes) };
}

/// Bytes of a page.
pub fn size() -> usize {
    static PAGE: OnceNonZeroUsize = OnceNonZeroUsize::new();
    PAGE.get_or_init(|| {
        // SAFETY: the name is one that POSIX defines.
        let answer = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(answer)
            .ok()
            .and_then(NonZeroUsize::new)
            .unwrap_or(const { NonZeroUsize::new(4096).unwrap() })
    })
    .get()
}
