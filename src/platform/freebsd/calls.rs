//! Calls of the kernel that the C library makes cancellation points: here they go to the kernel
//! without it, by the numbers that the kernel keeps for ever. All may be made in signal handlers.
//! They leave their error in `errno`.

use core::ffi::{CStr, c_int};
use core::ptr;

// As `sys/syscall.h` has them.
const WRITE: c_int = 4;
const CLOSE: c_int = 6;
const SIGTIMEDWAIT: c_int = 345;
const PREAD: c_int = 475;
const OPENAT: c_int = 499;
const PPOLL: c_int = 545;

/// Writes as many of the bytes as the descriptor takes, and returns how many; negative: none.
pub fn write(descriptor: c_int, bytes: &[u8]) -> isize {
    // The answer has 32 bits.
    let length = bytes.len().min(c_int::MAX as usize);
    // SAFETY: the call reads at most as many bytes as there are.
    unsafe { libc::syscall(WRITE, descriptor, bytes.as_ptr(), length) as isize }
}

/// Opens a file; the mode is for one that is made. `None`: that is not possible.
pub fn open(path: &CStr, flags: c_int, mode: c_int) -> Option<c_int> {
    // SAFETY: the path is NUL-terminated.
    let opened = unsafe { libc::syscall(OPENAT, libc::AT_FDCWD, path.as_ptr(), flags, mode) };
    (opened >= 0).then_some(opened)
}

/// Reads at most so many bytes at that place of a file, and returns how many; negative: none.
///
/// # Safety
/// So many bytes may be written from `to` on.
pub unsafe fn read_at(descriptor: c_int, to: *mut u8, length: usize, place: u64) -> isize {
    let length = length.min(c_int::MAX as usize);
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(PREAD, descriptor, to, length, place) as isize }
}

/// Closes a descriptor.
///
/// # Safety
/// It is the caller's.
pub unsafe fn close(descriptor: c_int) {
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(CLOSE, descriptor) };
}

/// Waits until what is asked for comes, or a signal.
pub fn poll(asked: &mut libc::pollfd) {
    let forever = ptr::null::<libc::timespec>();
    let no_mask = ptr::null::<libc::sigset_t>();
    // SAFETY: one entry, which the call may change; no time and no mask.
    unsafe { libc::syscall(PPOLL, ptr::from_mut(asked), 1_usize, forever, no_mask) };
}

/// Takes a pending signal of the set back, if there is one.
pub fn take_pending(signals: &libc::sigset_t) {
    let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let nobody = ptr::null_mut::<libc::siginfo_t>();
    // SAFETY: the set and the time are valid; nothing is asked of the signal.
    unsafe { libc::syscall(SIGTIMEDWAIT, ptr::from_ref(signals), nobody, &raw const now) };
}
