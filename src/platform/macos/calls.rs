//! Calls of the kernel that the C library makes cancellation points: here are its functions that
//! make none of them. All may be made in signal handlers. They leave their error in `errno`.

use core::ffi::{CStr, c_char, c_int, c_void};

unsafe extern "C" {
    #[link_name = "write$NOCANCEL"]
    fn write_to(descriptor: c_int, from: *const c_void, length: usize) -> isize;
    #[link_name = "open$NOCANCEL"]
    fn open_file(path: *const c_char, flags: c_int, ...) -> c_int;
    #[link_name = "pread$NOCANCEL"]
    fn read_from(descriptor: c_int, to: *mut c_void, length: usize, place: i64) -> isize;
    #[link_name = "close$NOCANCEL"]
    fn close_file(descriptor: c_int) -> c_int;
    #[link_name = "poll$NOCANCEL"]
    fn poll_for(asked: *mut libc::pollfd, count: libc::nfds_t, milliseconds: c_int) -> c_int;
    #[link_name = "sigwait$NOCANCEL"]
    fn wait_for_signal(signals: *const libc::sigset_t, signal: *mut c_int) -> c_int;
}

/// Writes as many of the bytes as the descriptor takes, and returns how many; negative: none.
pub fn write(descriptor: c_int, bytes: &[u8]) -> isize {
    // The kernel takes no more at once.
    let length = bytes.len().min(c_int::MAX as usize);
    // SAFETY: the call reads at most as many bytes as there are.
    unsafe { write_to(descriptor, bytes.as_ptr().cast(), length) }
}

/// Opens a file; the mode is for one that is made. `None`: that is not possible.
pub fn open(path: &CStr, flags: c_int, mode: c_int) -> Option<c_int> {
    // SAFETY: the path is NUL-terminated.
    let opened = unsafe { open_file(path.as_ptr(), flags, mode) };
    (opened >= 0).then_some(opened)
}

/// Reads at most so many bytes at that place of a file, and returns how many; negative: none.
///
/// # Safety
/// So many bytes may be written from `to` on.
pub unsafe fn read_at(descriptor: c_int, to: *mut u8, length: usize, place: u64) -> isize {
    let (length, Ok(place)) = (length.min(c_int::MAX as usize), i64::try_from(place)) else {
        return -1;
    };
    // SAFETY: the caller's promise.
    unsafe { read_from(descriptor, to.cast(), length, place) }
}

/// Closes a descriptor.
///
/// # Safety
/// It is the caller's.
pub unsafe fn close(descriptor: c_int) {
    // SAFETY: the caller's promise.
    unsafe { close_file(descriptor) };
}

/// Waits until what is asked for comes, or a signal.
pub fn poll(asked: &mut libc::pollfd) {
    const FOREVER: c_int = -1;
    // SAFETY: one entry, which the call may change.
    unsafe { poll_for(asked, 1, FOREVER) };
}

/// Takes a pending signal of the set back, of which the caller knows that it is there.
pub fn take_pending(signals: &libc::sigset_t) {
    let mut signal = 0;
    // SAFETY: the set is valid, and `signal` a place for the answer.
    unsafe { wait_for_signal(signals, &mut signal) };
}
