//! Calls of the kernel that the C library makes cancellation points: here they go to the kernel
//! without it. All may be made in signal handlers. They leave their error in `errno`.

use core::ffi::{CStr, c_int};
use core::ptr;

/// Writes as many of the bytes as the descriptor takes, and returns how many; negative: none.
#[inline(always)]
pub fn write(descriptor: c_int, bytes: &[u8]) -> isize {
    // SAFETY: the call reads at most as many bytes as there are.
    let written =
        unsafe { libc::syscall(libc::SYS_write, descriptor, bytes.as_ptr(), bytes.len()) };
    written as isize
}

/// Opens a file; the mode is for one that is made. `None`: that is not possible.
#[inline(always)]
pub fn open(path: &CStr, flags: c_int, mode: c_int) -> Option<c_int> {
    // SAFETY: the path is NUL-terminated.
    let opened =
        unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, mode) };
    c_int::try_from(opened).ok().filter(|descriptor| *descriptor >= 0)
}

/// Reads at most so many bytes at that place of a file, and returns how many; negative: none.
///
/// # Safety
/// So many bytes may be written from `to` on.
#[inline(always)]
pub unsafe fn read_at(descriptor: c_int, to: *mut u8, length: usize, place: u64) -> isize {
    // SAFETY: the caller's promise.
    let read = unsafe { libc::syscall(libc::SYS_pread64, descriptor, to, length, place) };
    read as isize
}

/// Closes a descriptor.
///
/// # Safety
/// It is the caller's.
#[inline(always)]
pub unsafe fn close(descriptor: c_int) {
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(libc::SYS_close, descriptor) };
}

/// Waits until what is asked for comes, or a signal.
#[inline(always)]
pub fn poll(asked: &mut libc::pollfd) {
    let forever = ptr::null::<libc::timespec>();
    let no_mask = ptr::null::<libc::sigset_t>();
    // SAFETY: one entry, which the call may change; no time and no mask.
    unsafe { libc::syscall(libc::SYS_ppoll, ptr::from_mut(asked), 1, forever, no_mask, 8) };
}

/// Takes a pending signal of the set back, if there is one.
#[inline(always)]
pub fn take_pending(signals: &libc::sigset_t) {
    let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let nobody = ptr::null_mut::<libc::siginfo_t>();
    // SAFETY: the set and the time are valid; nothing is asked of the signal.
    unsafe { libc::syscall(libc::SYS_rt_sigtimedwait, signals, nobody, &now, 8) };
}
