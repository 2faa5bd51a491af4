//! A descriptor that is readable while something is so, for `poll`, `epoll` and their kind: an
//! `eventfd` of Linux.
//!
//! Programs see the descriptor's number, and may close it by mistake. The number may then be that
//! of another file, so every call here first makes sure that the file is one of the library's: the
//! library's files have [`MARK`] as the signal of their `F_SETSIG`, which has no effect without
//! `O_ASYNC`.

use crate::platform::errno::{KeepErrno, errno};

/// The signal by which the library knows its files.
const MARK: i32 = libc::SIGURG;
// Of Linux, as `fcntl.h` has them.
const F_SETSIG: i32 = 10;
const F_GETSIG: i32 = 11;

/// Makes a descriptor that is not readable, does not block and is closed by `exec`. `None`: the
/// process or the system has no room for it.
pub fn make() -> Option<i32> {
    let _errno = KeepErrno::new();
    // SAFETY: the call takes numbers only.
    let descriptor = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if descriptor < 0 {
        return None;
    }
    // SAFETY: as above.
    if unsafe { libc::fcntl(descriptor, F_SETSIG, MARK) } != 0 {
        // SAFETY: as above; the descriptor was made here, and nobody else knows it.
        unsafe { libc::close(descriptor) };
        return None;
    }
    Some(descriptor)
}

/// Whether the number is still that of a file that `make` has made. A signal handler may call it.
#[allow(clippy::useless_conversion, reason = "a `c_long` has 64 bits on some processors")]
pub fn is_own(descriptor: i32) -> bool {
    let _errno = KeepErrno::new();
    // A plain system call: the C library's own may be a cancellation point.
    // SAFETY: the call takes numbers only.
    let mark = unsafe { libc::syscall(libc::SYS_fcntl, descriptor, F_GETSIG) };
    i32::try_from(mark) == Ok(MARK)
}

/// Makes it readable, or not. A signal handler may call it.
pub fn show(descriptor: i32, readable: bool) {
    if !is_own(descriptor) {
        return;
    }
    let _errno = KeepErrno::new();
    let mut value: u64 = 1;
    let place = (&raw mut value).cast::<libc::c_void>();
    loop {
        // Plain system calls: the C library's own are cancellation points.
        // SAFETY: the place has the eight bytes that the call reads or writes.
        let done = unsafe {
            let call = if readable { libc::SYS_write } else { libc::SYS_read };
            libc::syscall(call, descriptor, place, size_of::<u64>())
        };
        // It does not block. It is readable before a write that fails, and not before such a read.
        if done >= 0 || errno() != libc::EINTR {
            return;
        }
    }
}

/// Puts another file of `make`'s under the number of such a file; it keeps its own number too.
/// False: the number is no longer that of such a file, and nothing was changed.
pub fn replace(descriptor: i32, other: i32) -> bool {
    if !is_own(descriptor) {
        return false;
    }
    let _errno = KeepErrno::new();
    // SAFETY: the call takes numbers only; the number is that of a file of the library's.
    unsafe { libc::dup3(other, descriptor, libc::O_CLOEXEC) >= 0 }
}

/// Closes it, if the number is still that of such a file.
pub fn close(descriptor: i32) {
    if is_own(descriptor) {
        let _errno = KeepErrno::new();
        // A plain system call, as above.
        // SAFETY: the descriptor is that of a file of the library's.
        unsafe { libc::syscall(libc::SYS_close, descriptor) };
    }
}
