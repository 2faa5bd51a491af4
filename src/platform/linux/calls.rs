//! Calls of the kernel that the C library makes cancellation points: here they go to the kernel
//! without it. All may be made in signal handlers. They leave their error in `errno`.

use core::ffi::{CStr, c_int, c_ulong};
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
    // Not `pread64`, which takes a place of 64 bits in one register or two, with a gap before them
    // or none, as the processor has it. This call takes it in two on all of them; where the first
    // has room for the whole place, nothing of the second counts.
    const PARTS: c_ulong = 1;
    let part = libc::iovec { iov_base: to.cast(), iov_len: length };
    let (low, high) = (place as c_ulong, (place >> 32) as c_ulong);
    // SAFETY: one part, by the caller's promise.
    let read =
        unsafe { libc::syscall(libc::SYS_preadv, descriptor, &raw const part, PARTS, low, high) };
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn a_file_is_read_from_places_beyond_32_bits() {
        const FAR: u64 = (3 << 32) + 5;
        // SAFETY: the name is NUL-terminated.
        let made = unsafe { libc::memfd_create(c"threading".as_ptr(), libc::MFD_CLOEXEC) };
        // SAFETY: the descriptor is new, and this test's alone.
        let file = unsafe { File::from_raw_fd(made) };
        file.write_all_at(b"far", FAR).expect("it takes a page alone");
        let mut room = [0; 8];
        let mut read = |place| {
            // SAFETY: the room has so many bytes.
            unsafe { read_at(file.as_raw_fd(), room.as_mut_ptr(), room.len(), place) }
        };
        assert_eq!(read(FAR), 3);
        assert_eq!((read(FAR + 3), read(FAR + 4)), (0, 0));
        assert_eq!(read(FAR - 1), 4);
        assert_eq!(&room, b"\0far\0\0\0\0");
    }
}
