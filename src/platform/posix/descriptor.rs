//! Writing to a descriptor that the program has given, without the signal that a broken pipe sends.

use core::ffi::CStr;
use core::mem;
use core::ptr;

use crate::platform::calls;
use crate::platform::errno::{KeepErrno, errno};

/// Writes all bytes, however many calls it takes. False: the descriptor takes no more. A signal
/// handler may call it, and no write ends the process: SIGPIPE is blocked meanwhile.
pub fn write_all(descriptor: i32, bytes: &[u8]) -> bool {
    let _errno = KeepErrno::new();
    let _pipe = NoBrokenPipe::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = calls::write(descriptor, rest);
        let error = errno();
        match usize::try_from(written) {
            Ok(0) => return false,
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(_) if error == libc::EINTR => {}
            Err(_) if error == libc::EAGAIN => wait_for_room(descriptor),
            Err(_) => return false,
        }
    }
    true
}

/// Writes bytes in one call, as far as the standard error stream takes them.
pub fn print(bytes: &[u8]) {
    calls::write(STANDARD_ERROR, bytes);
}

/// A file that is open for as long as this lives, to be written at its end.
pub struct File(i32);

impl File {
    /// Opens it, and makes it if it is not there, for its owner alone. `None`: that is not
    /// possible. A signal handler may call it.
    pub fn append(path: &CStr) -> Option<File> {
        File::open(path, libc::O_APPEND)
    }

    /// As `append`, but nothing stays of what was in it.
    pub fn replace(path: &CStr) -> Option<File> {
        File::open(path, libc::O_TRUNC)
    }

    fn open(path: &CStr, how: i32) -> Option<File> {
        let _errno = KeepErrno::new();
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_CLOEXEC | how;
        calls::open(path, flags, 0o600).map(File)
    }

    /// Its descriptor.
    pub fn descriptor(&self) -> i32 {
        self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _errno = KeepErrno::new();
        // SAFETY: the descriptor is this value's alone.
        unsafe { calls::close(self.0) };
    }
}

/// The standard error stream.
pub const STANDARD_ERROR: i32 = libc::STDERR_FILENO;

/// Waits until a descriptor that does not block has room.
fn wait_for_room(descriptor: i32) {
    calls::poll(&mut libc::pollfd { fd: descriptor, events: libc::POLLOUT, revents: 0 });
}

/// Blocks SIGPIPE in the calling thread, and takes back the one that a write here has sent.
struct NoBrokenPipe {
    before: libc::sigset_t,
    was_pending: bool,
}

impl NoBrokenPipe {
    fn new() -> NoBrokenPipe {
        // SAFETY: the sets are valid places; all-zero is a valid set.
        unsafe {
            let mut before = mem::zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, &pipe_alone(), &mut before);
            NoBrokenPipe { before, was_pending: is_pending() }
        }
    }
}

impl Drop for NoBrokenPipe {
    fn drop(&mut self) {
        if !self.was_pending && is_pending() {
            calls::take_pending(&pipe_alone());
        }
        // SAFETY: the set is what the thread had before.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, ptr::null_mut()) };
    }
}

fn pipe_alone() -> libc::sigset_t {
    // SAFETY: an all-zero set is valid, and is made empty first.
    unsafe {
        let mut set = mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGPIPE);
        set
    }
}

fn is_pending() -> bool {
    // SAFETY: an all-zero set is valid, and the call fills it.
    unsafe {
        let mut pending = mem::zeroed();
        libc::sigpending(&mut pending);
        libc::sigismember(&pending, libc::SIGPIPE) == 1
    }
}
