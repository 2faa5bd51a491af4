//! A descriptor that is readable while something is so, for `poll`, `kevent` and their kind: a
//! queue of kernel events with one event that the library triggers.
//!
//! Programs see the descriptor's number, and may close it by mistake. The number may then be that
//! of another file, so every call here first makes sure that the file is one of the library's: no
//! other queue has an event of [`mark`].
//!
//! A forked child does not inherit such a file: its number is free there.

use core::mem;
use core::ptr;

use crate::platform::errno::KeepErrno;

/// What the library's event is known by: an address that nobody else has.
fn mark() -> libc::uintptr_t {
    static MARK: u8 = 0;
    (&raw const MARK).addr()
}

/// A change of the library's event.
fn change(flags: u16, triggers: u32) -> libc::kevent {
    // SAFETY: all-zero is a valid event.
    let mut change: libc::kevent = unsafe { mem::zeroed() };
    change.ident = mark();
    change.filter = libc::EVFILT_USER;
    change.flags = flags;
    change.fflags = triggers;
    change
}

/// Makes the changes in the queue. False: it is no queue, or has no such event. It may change
/// errno.
fn apply(queue: i32, changes: &[libc::kevent]) -> bool {
    // No cancellation point, since it does not ask for events.
    // SAFETY: there are as many changes as are said; there is no room for events, and no time.
    unsafe {
        libc::kevent(queue, changes.as_ptr(), changes.len() as _, ptr::null_mut(), 0, ptr::null())
            == 0
    }
}

/// Makes a descriptor that is not readable and is closed by `exec`. `None`: the process or the
/// system has no room for it.
pub fn make() -> Option<i32> {
    let _errno = KeepErrno::new();
    // SAFETY: the call has no precondition.
    let queue = unsafe { libc::kqueue() };
    if queue < 0 {
        return None;
    }
    if set_close_on_exec(queue) && apply(queue, &[change(libc::EV_ADD, 0)]) {
        return Some(queue);
    }
    // SAFETY: the call takes numbers only; the descriptor was made here, and nobody else knows it.
    unsafe { libc::close(queue) };
    None
}

fn set_close_on_exec(queue: i32) -> bool {
    // SAFETY: the call takes numbers only.
    unsafe { libc::fcntl(queue, libc::F_SETFD, libc::FD_CLOEXEC) == 0 }
}

/// Whether the number is still that of a file that `make` has made. A signal handler may call it.
pub fn is_own(descriptor: i32) -> bool {
    let _errno = KeepErrno::new();
    // A change that changes nothing is refused where there is no such event.
    apply(descriptor, &[change(0, libc::NOTE_FFNOP)])
}

/// Makes it readable, or not. A signal handler may call it.
pub fn show(descriptor: i32, readable: bool) {
    if !is_own(descriptor) {
        return;
    }
    let _errno = KeepErrno::new();
    if readable {
        apply(descriptor, &[change(0, libc::NOTE_TRIGGER)]);
    } else {
        // An event that was triggered stays so until it is made again.
        apply(descriptor, &[change(libc::EV_DELETE, 0), change(libc::EV_ADD, 0)]);
    }
}

/// Puts another file of `make`'s under the number of such a file, or under the number that one had
/// in the parent, if it is free; it keeps its own number too. False: the number is that of another
/// file, and nothing was changed.
pub fn replace(descriptor: i32, other: i32) -> bool {
    let _errno = KeepErrno::new();
    if is_own(descriptor) {
        // SAFETY: the call takes numbers only; the number is that of a file of the library's.
        let done = unsafe { libc::dup2(other, descriptor) } >= 0;
        return done && set_close_on_exec(descriptor);
    }
    // The lowest number that is free from there on.
    // SAFETY: the call takes numbers only.
    let got = unsafe { libc::fcntl(other, libc::F_DUPFD_CLOEXEC, descriptor) };
    if got >= 0 && got != descriptor {
        // SAFETY: the call takes numbers only; the descriptor was made here.
        unsafe { libc::close(got) };
    }
    got == descriptor
}

/// Closes it, if the number is still that of such a file.
pub fn close(descriptor: i32) {
    if is_own(descriptor) {
        let _errno = KeepErrno::new();
        // SAFETY: the descriptor is that of a file of the library's.
        unsafe { crate::platform::calls::close(descriptor) };
    }
}
