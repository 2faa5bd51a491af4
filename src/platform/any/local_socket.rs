//! What `linux/local_socket.rs` says, where a thread cannot have descriptors of its own, and in a
//! model, to which no other process connects.

use core::convert::Infallible;

use crate::platform::clock::Deadline;

/// It cannot.
pub fn separate() -> bool {
    false
}

/// As above.
pub fn close_standard_streams(_listener: &Listener) {}

/// Why there is no listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another socket has the name.
    InUse,
    /// The system refuses it.
    Refused,
}

/// There is none.
pub struct Listener(Infallible);

impl Listener {
    /// It is always refused.
    ///
    /// # Errors
    /// [`Refusal::Refused`].
    pub fn new(_name: &[u8]) -> Result<Listener, Refusal> {
        Err(Refusal::Refused)
    }

    /// Never called.
    ///
    /// # Errors
    /// None.
    pub fn accept(&self) -> Result<Option<Connection>, NoRoom> {
        match self.0 {}
    }

    /// As above.
    pub fn accepts(&self) -> Interest {
        match self.0 {}
    }
}

/// The system has no room for another descriptor.
pub struct NoRoom;

/// There is none.
pub struct Connection(Infallible);

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

impl Connection {
    /// Never called, as all of these.
    pub fn user(&self) -> Option<u32> {
        match self.0 {}
    }

    /// As above.
    pub fn receive(&self, _room: &mut [u8]) -> Step {
        match self.0 {}
    }

    /// As above.
    pub fn send(&self, _bytes: &[u8]) -> Step {
        match self.0 {}
    }

    /// As above.
    pub fn receives(&self) -> Interest {
        match self.0 {}
    }

    /// As above.
    pub fn sends(&self) -> Interest {
        match self.0 {}
    }
}

/// Nobody.
pub fn own_user() -> u32 {
    u32::MAX
}

/// There is none.
pub struct Pages(Infallible);

impl Pages {
    /// There is no memory for it.
    pub fn new() -> Option<Pages> {
        None
    }

    /// Never called.
    pub fn descriptor(&self) -> i32 {
        match self.0 {}
    }

    /// As above.
    pub fn read(&self, _from: usize, _room: &mut [u8]) -> usize {
        match self.0 {}
    }
}

/// What a thread waits for.
pub struct Interest;

impl Interest {
    /// Nothing.
    pub const NOTHING: Interest = Interest;
}

/// Nobody comes.
pub fn wait(_interests: &mut [Interest], _deadline: Deadline) {}
