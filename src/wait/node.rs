//! A waiter's place in a queue.

use core::ptr;

use crate::atomic::{AtomicPtr, Cell};
use crate::wait::queue::Core;
use crate::wait::waiter::{Outcome, Waiter};

/// A place in one queue. All fields are guarded by that queue's lock while the node is linked;
/// while its waiter is CLAIMED they belong to the claimer, and else to the waiter.
pub struct Node {
    /// Towards the tail.
    pub next: Cell<*const Node>,
    /// Towards the head.
    pub previous: Cell<*const Node>,
    /// Whose place it is; set when it is linked.
    pub waiter: Cell<*const Waiter>,
    /// When the acquire that it belongs to first came to sleep, in nanoseconds.
    pub arrival: Cell<u64>,
    /// The ident of the thread that waits: the owner after a hand-off.
    pub ident: Cell<u64>,
    /// Which queue it is in, or was last in. It changes under the locks of the old and the new one;
    /// a waiter that gave up reads it to find out which lock to take, and again under that lock.
    pub home: AtomicPtr<Core>,
    /// Whether it is in a queue.
    pub linked: Cell<bool>,
    /// Whether a condition has moved it to the queue that it is in.
    pub moved: Cell<bool>,
    /// What a claimer has set aside for it until the queue's lock is left.
    pub outcome: Cell<Outcome>,
    /// What the object notes of its own about a waiter: an event the epoch at which it came, a
    /// barrier the order of arrival.
    pub note: Cell<u32>,
}

// SAFETY: the fields are guarded as the type's comment says, so no two threads touch them at once.
unsafe impl Sync for Node {}

impl Node {
    /// Of a waiter that was never used; all zero.
    pub const UNUSED: Node = Node {
        next: Cell::new(ptr::null()),
        previous: Cell::new(ptr::null()),
        waiter: Cell::new(ptr::null()),
        arrival: Cell::new(0),
        ident: Cell::new(0),
        home: AtomicPtr::new(ptr::null_mut()),
        linked: Cell::new(false),
        moved: Cell::new(false),
        outcome: Cell::new(Outcome::Undecided),
        note: Cell::new(0),
    };
}
