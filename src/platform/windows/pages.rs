//! Memory from the system in whole pages.
//!
//! The system promises it when it is mapped, and gives a page when that is touched first. To be
//! promised pages later would need a call before each first touch, or a handler of faults; and no
//! table of the library is mapped more than twice as large as it is used.

use core::ptr;

use super::api;
use crate::platform::errno::KeepErrno;

const MEM_COMMIT: u32 = 0x1000;
const MEM_RESERVE: u32 = 0x2000;
const MEM_RELEASE: u32 = 0x8000;
const PAGE_READWRITE: u32 = 0x04;

/// Zeroed memory from the system.
pub fn map_zeroed(bytes: usize) -> Option<*mut u8> {
    let _errno = KeepErrno::new();
    // SAFETY: fresh memory at an address of the system's choice touches nothing that exists.
    let block = unsafe {
        api::VirtualAlloc(ptr::null_mut(), bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)
    };
    (!block.is_null()).then_some(block.cast())
}

/// Gives such memory back.
///
/// # Safety
/// A block of that size from [`map_zeroed`], and nobody uses it any more.
pub unsafe fn unmap(block: *mut u8, _bytes: usize) {
    let _errno = KeepErrno::new();
    // SAFETY: the caller's promise. It is given back whole.
    unsafe { api::VirtualFree(block.cast(), 0, MEM_RELEASE) };
}
