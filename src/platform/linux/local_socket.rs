//! Sockets to which processes of the same machine connect, by a name that stands in no folder: the
//! abstract names of Linux. A thread serves them, with descriptors of its own.
//!
//! [`separate`] gives the calling thread a table of descriptors that no other thread has. What it
//! opens from then on takes no number from the program, which cannot close it by mistake; and a
//! child that another thread forks does not inherit it. Nothing here blocks but [`wait`], and
//! nothing sends SIGPIPE.

use core::mem;
use core::ptr;

use crate::platform::calls;
use crate::platform::clock::{self, Deadline};
use crate::platform::errno::{KeepErrno, errno};

/// Gives the calling thread descriptors of its own: of the program's only the three standard
/// streams, which [`close_standard_streams`] closes. False: the system cannot do that; Linux can
/// since 5.9.
pub fn separate() -> bool {
    const FIRST: u32 = 3;
    // Of Linux, as `linux/close_range.h` has it: first the table is copied, as far as it is not
    // closed.
    const CLOSE_RANGE_UNSHARE: u32 = 1 << 1;
    let _errno = KeepErrno::new();
    // SAFETY: the call takes numbers only. It closes descriptors of the calling thread's alone.
    unsafe { libc::syscall(libc::SYS_close_range, FIRST, u32::MAX, CLOSE_RANGE_UNSHARE) == 0 }
}

/// Closes the standard streams, but for the number that the listener has: a program may begin with
/// its streams closed. Only for a thread for which [`separate`] was true.
pub fn close_standard_streams(listener: &Listener) {
    for stream in (0..3).filter(|stream| *stream != listener.0.0) {
        drop(Descriptor(stream));
    }
}

/// A descriptor of the calling thread's, which is closed when this ends.
struct Descriptor(i32);

impl Descriptor {
    /// What a system call has answered.
    #[allow(clippy::useless_conversion, reason = "a `c_long` has 64 bits on some processors")]
    fn of(answer: libc::c_long) -> Option<Descriptor> {
        i32::try_from(answer).ok().filter(|descriptor| *descriptor >= 0).map(Descriptor)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        let _errno = KeepErrno::new();
        // A plain system call: the C library's own is a cancellation point. So are the others here.
        // SAFETY: the descriptor is this value's alone.
        unsafe { libc::syscall(libc::SYS_close, self.0) };
    }
}

/// An address, as the kernel wants it: a path that begins with NUL is an abstract name.
#[repr(C)]
struct Address {
    family: libc::sa_family_t,
    path: [u8; Address::ROOM],
}

impl Address {
    const ROOM: usize = 108;

    /// The address of that name, and its length. `None`: the name is too long.
    fn of(name: &[u8]) -> Option<(Address, usize)> {
        let mut address =
            Address { family: libc::AF_UNIX as libc::sa_family_t, path: [0; Address::ROOM] };
        address.path.get_mut(1..=name.len())?.copy_from_slice(name);
        Some((address, mem::offset_of!(Address, path) + 1 + name.len()))
    }
}

/// Why there is no listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another socket has the name.
    InUse,
    /// The system refuses it.
    Refused,
}

/// A socket that others connect to.
pub struct Listener(Descriptor);

/// How many may have connected and not be accepted yet.
const BACKLOG: i32 = 16;
const KIND: i32 = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;

impl Listener {
    /// A socket of that name.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn new(name: &[u8]) -> Result<Listener, Refusal> {
        let _errno = KeepErrno::new();
        let (address, length) = Address::of(name).ok_or(Refusal::Refused)?;
        // SAFETY: the call takes numbers only.
        let made = unsafe { libc::syscall(libc::SYS_socket, libc::AF_UNIX, KIND, 0) };
        let socket = Descriptor::of(made).ok_or(Refusal::Refused)?;
        // SAFETY: the address has as many bytes as are said.
        if unsafe { libc::syscall(libc::SYS_bind, socket.0, &raw const address, length) } != 0 {
            let is_in_use = errno() == libc::EADDRINUSE;
            return Err(if is_in_use { Refusal::InUse } else { Refusal::Refused });
        }
        // SAFETY: the call takes numbers only.
        let listens = unsafe { libc::syscall(libc::SYS_listen, socket.0, BACKLOG) } == 0;
        if listens { Ok(Listener(socket)) } else { Err(Refusal::Refused) }
    }

    /// Accepts one who has connected. `Ok(None)`: there is none any more.
    ///
    /// # Errors
    /// [`NoRoom`]: the system has no room for the connection now.
    pub fn accept(&self) -> Result<Option<Connection>, NoRoom> {
        let _errno = KeepErrno::new();
        let (nobody, flags) = (ptr::null::<u8>(), libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK);
        // SAFETY: nothing is asked of the address.
        let made = unsafe { libc::syscall(libc::SYS_accept4, self.0.0, nobody, nobody, flags) };
        match Descriptor::of(made) {
            Some(connection) => Ok(Some(Connection(connection))),
            None => match errno() {
                libc::EAGAIN | libc::EINTR | libc::ECONNABORTED => Ok(None),
                _ => Err(NoRoom),
            },
        }
    }

    /// For [`wait`]: until somebody connects.
    pub fn accepts(&self) -> Interest {
        Interest::new(&self.0, libc::POLLIN)
    }
}

/// The system has no room for another descriptor.
pub struct NoRoom;

/// A connection with another process.
pub struct Connection(Descriptor);

/// What came of a step that does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many bytes; 0: the other side sends no more.
    Done(usize),
    /// Nothing yet.
    NotYet,
    /// The other side is gone.
    Gone,
}

impl Step {
    fn of(answer: libc::c_long) -> Step {
        match usize::try_from(answer) {
            Ok(bytes) => Step::Done(bytes),
            Err(_) if matches!(errno(), libc::EAGAIN | libc::EINTR) => Step::NotYet,
            Err(_) => Step::Gone,
        }
    }
}

impl Connection {
    /// The user who has connected, as the kernel knows it.
    pub fn user(&self) -> Option<u32> {
        let _errno = KeepErrno::new();
        let mut peer = libc::ucred { pid: 0, uid: libc::uid_t::MAX, gid: libc::gid_t::MAX };
        let mut length = size_of::<libc::ucred>() as libc::socklen_t;
        // SAFETY: the place has as many bytes as are said, and the call may change both.
        let answer = unsafe {
            libc::syscall(
                libc::SYS_getsockopt,
                self.0.0,
                libc::SOL_SOCKET,
                libc::SO_PEERCRED,
                &raw mut peer,
                &raw mut length,
            )
        };
        (answer == 0).then_some(peer.uid)
    }

    /// Receives what has come.
    pub fn receive(&self, room: &mut [u8]) -> Step {
        let _errno = KeepErrno::new();
        let nobody = ptr::null::<u8>();
        // SAFETY: the room has as many bytes as are said; nothing is asked of the address.
        Step::of(unsafe {
            libc::syscall(
                libc::SYS_recvfrom,
                self.0.0,
                room.as_mut_ptr(),
                room.len(),
                libc::MSG_DONTWAIT,
                nobody,
                nobody,
            )
        })
    }

    /// Sends as much as the other side has room for.
    pub fn send(&self, bytes: &[u8]) -> Step {
        let _errno = KeepErrno::new();
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        let nobody = ptr::null::<u8>();
        // SAFETY: there are as many bytes as are said; there is no address.
        Step::of(unsafe {
            libc::syscall(libc::SYS_sendto, self.0.0, bytes.as_ptr(), bytes.len(), flags, nobody, 0)
        })
    }

    /// For [`wait`]: until something has come.
    pub fn receives(&self) -> Interest {
        Interest::new(&self.0, libc::POLLIN)
    }

    /// For [`wait`]: until the other side has room.
    pub fn sends(&self) -> Interest {
        Interest::new(&self.0, libc::POLLOUT)
    }
}

/// The user whose rights this process has.
pub fn own_user() -> u32 {
    // SAFETY: the call has no precondition and cannot fail.
    unsafe { libc::geteuid() }
}

/// A file in memory, which is gone when this ends.
pub struct Pages(Descriptor);

impl Pages {
    /// An empty one. `None`: there is no memory.
    pub fn new() -> Option<Pages> {
        let _errno = KeepErrno::new();
        // SAFETY: the name is NUL-terminated.
        let made = unsafe {
            libc::syscall(libc::SYS_memfd_create, c"threading".as_ptr(), libc::MFD_CLOEXEC)
        };
        Descriptor::of(made).map(Pages)
    }

    /// Its descriptor, to be written to.
    pub fn descriptor(&self) -> i32 {
        self.0.0
    }

    /// Reads from that place on, and says how many bytes there were.
    pub fn read(&self, from: usize, room: &mut [u8]) -> usize {
        let _errno = KeepErrno::new();
        // SAFETY: the room has as many bytes as are said.
        let length =
            unsafe { calls::read_at(self.0.0, room.as_mut_ptr(), room.len(), from as u64) };
        usize::try_from(length).unwrap_or(0)
    }
}

/// What a thread waits for.
#[repr(transparent)]
pub struct Interest(libc::pollfd);

impl Interest {
    /// Nothing: only time ends the wait.
    pub const NOTHING: Interest = Interest(libc::pollfd { fd: -1, events: 0, revents: 0 });

    fn new(descriptor: &Descriptor, events: i16) -> Interest {
        Interest(libc::pollfd { fd: descriptor.0, events, revents: 0 })
    }
}

/// Waits until one of them comes, or the deadline passes; a signal may end it earlier. The caller
/// tries all of them: no step here waits.
pub fn wait(interests: &mut [Interest], deadline: Deadline) {
    let _errno = KeepErrno::new();
    let time;
    let limit = match deadline {
        Deadline::Never => ptr::null(),
        Deadline::At(moment) => {
            let left = moment.saturating_sub(clock::now());
            time = libc::timespec {
                tv_sec: (left / 1_000_000_000) as _,
                tv_nsec: (left % 1_000_000_000) as libc::c_long,
            };
            ptr::from_ref(&time)
        }
    };
    let no_mask = ptr::null::<libc::sigset_t>();
    // SAFETY: there are as many entries as are said, which the call may change; the time is valid
    // or null; there is no mask.
    unsafe {
        libc::syscall(libc::SYS_ppoll, interests.as_mut_ptr(), interests.len(), limit, no_mask, 8);
    }
}

#[cfg(test)]
mod tests {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};

    use super::*;

    #[test]
    fn a_name_that_is_taken_or_too_long_is_refused() {
        let name = format!("threading-test/{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let taken = UnixListener::bind_addr(&address).expect("free");
        assert_eq!(Listener::new(name.as_bytes()).err(), Some(Refusal::InUse));
        drop(taken);
        assert!(Listener::new(name.as_bytes()).is_ok());
        assert_eq!(Listener::new(&[b'x'; 108]).err(), Some(Refusal::Refused));
    }
}
