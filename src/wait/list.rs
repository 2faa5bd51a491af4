//! Places in queues, the list that links them, and the list of those who are to be woken.

// Not the facade's: a wake list is the local variable of one thread.
use core::cell::Cell as PlainCell;
use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicPtr, AtomicU64, Cell, Ordering};
use crate::platform::clock;
use crate::wait::broadcast::Broadcast;
use crate::wait::parker::{Outcome, Parker};

/// A place in one queue. A waiter has one, and more only if it waits for several objects at once.
///
/// All fields are guarded by the queue's lock while the node is linked. While its parker is CLAIMED
/// through it they belong to the claimer, and else to the waiter. `home` and `arrival` may be read
/// by anybody: `Waiter::observe` says how.
#[repr(C)]
pub struct Node {
    /// Towards the tail.
    next: Cell<*const Node>,
    /// Towards the head.
    previous: Cell<*const Node>,
    /// Where its thread sleeps; set when it is linked.
    parker: Cell<*const Parker>,
    /// The address of the queue that it is in, or was last in. It changes under the locks of the
    /// old and the new queue. A waiter that gave up reads it to find out which lock to take, and
    /// again under that lock.
    pub home: AtomicPtr<c_void>,
    /// When the wait began, or, after a requeue, when the notify came; in nanoseconds. 0: a wait
    /// for a notify has just begun, and its thread has not read the clock yet.
    pub arrival: AtomicU64,
    /// What a claimer has set aside for it until the queue's lock is left; for a waiter that gave
    /// up and was unlinked by somebody else, what it would have got.
    pub outcome: Cell<Outcome>,
    /// What the object notes about a waiter: an event the epoch of its arrival, a barrier the order
    /// of arrival, an rwlock what it waits to do.
    pub note: Cell<u32>,
    /// Whether it is in a queue.
    pub linked: Cell<bool>,
    /// Whether a condition has moved it to the queue that it is in.
    pub requeued: Cell<bool>,
}

// SAFETY: the fields are guarded as the type's comment says, so no two threads touch them at once.
unsafe impl Sync for Node {}

impl Node {
    /// Of a waiter that was never used; all zero.
    pub const UNUSED: Node = Node {
        next: Cell::new(ptr::null()),
        previous: Cell::new(ptr::null()),
        parker: Cell::new(ptr::null()),
        home: AtomicPtr::new(ptr::null_mut()),
        arrival: AtomicU64::new(0),
        linked: Cell::new(false),
        requeued: Cell::new(false),
        outcome: Cell::new(Outcome::Undecided),
        note: Cell::new(0),
    };

    /// Where its thread sleeps. Only for a node that is linked, or claimed.
    pub fn parker(&self) -> &'static Parker {
        // SAFETY: a node that was linked names its parker (`Guard::link`), which is part of a slot
        // of a table that is never freed.
        unsafe { &*self.parker.get() }
    }

    /// Names the parker. To be called before the node is linked, by its owner.
    pub fn belongs_to(&self, parker: &'static Parker) {
        self.parker.set(parker);
    }

    /// A waker's attempt to decide the wait through this node, under the lock of its queue.
    pub fn claim(&self) -> bool {
        self.parker().claim(ptr::from_ref(self).cast())
    }

    /// Writes the arrival if it is not known yet. For the waiter, without the queue's lock: a
    /// notify may write its own moment meanwhile, which then stays.
    pub fn note_arrival(&self) {
        // ORDERING: Relaxed, all: a moment, which stands for itself.
        if self.arrival.load(Ordering::Relaxed) == 0 {
            let now = clock::now();
            let _ = self.arrival.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// When its wait began.
    pub fn arrival(&self) -> u64 {
        // ORDERING: Relaxed: the caller holds the queue's lock, under which it is written.
        self.arrival.load(Ordering::Relaxed)
    }
}

/// The two ends of a queue. Each function is for the holder of the queue's lock.
pub struct List {
    head: Cell<*const Node>,
    tail: Cell<*const Node>,
}

impl List {
    /// Of nobody; all zero.
    pub const EMPTY: List = List { head: Cell::new(ptr::null()), tail: Cell::new(ptr::null()) };

    /// Whether nobody is linked.
    pub fn is_empty(&self) -> bool {
        self.head.get().is_null()
    }

    /// Forgets everybody, as after a fork.
    pub fn clear(&self) {
        self.head.set(ptr::null());
        self.tail.set(ptr::null());
    }

    /// The one who came first.
    pub fn first(&self) -> Option<&'static Node> {
        node_at(self.head.get())
    }

    /// The one who came last.
    pub fn last(&self) -> Option<&'static Node> {
        node_at(self.tail.get())
    }

    /// The one behind that node.
    pub fn after(&self, node: &Node) -> Option<&'static Node> {
        node_at(node.next.get())
    }

    /// Links a node behind all others.
    pub fn push_last(&self, node: &'static Node) {
        self.link(node, self.tail.get(), ptr::null());
    }

    /// Links a node before all others.
    pub fn push_first(&self, node: &'static Node) {
        self.link(node, ptr::null(), self.head.get());
    }

    /// Links a node before one that is linked.
    pub fn push_before(&self, node: &'static Node, place: &'static Node) {
        self.link(node, place.previous.get(), place);
    }

    fn link(&self, node: &'static Node, previous: *const Node, next: *const Node) {
        node.previous.set(previous);
        node.next.set(next);
        node.linked.set(true);
        match node_at(previous) {
            Some(previous) => previous.next.set(node),
            None => self.head.set(node),
        }
        match node_at(next) {
            Some(next) => next.previous.set(node),
            None => self.tail.set(node),
        }
    }

    /// Takes a linked node out.
    pub fn unlink(&self, node: &Node) {
        let (previous, next) = (node.previous.get(), node.next.get());
        match node_at(previous) {
            Some(previous) => previous.next.set(next),
            None => self.head.set(next),
        }
        match node_at(next) {
            Some(next) => next.previous.set(previous),
            None => self.tail.set(previous),
        }
        node.linked.set(false);
    }
}

fn node_at(place: *const Node) -> Option<&'static Node> {
    // SAFETY: links and ends of lists are null or nodes that were linked, by `push_last` and
    // `push_first`, which take nodes that live for ever.
    unsafe { place.as_ref() }
}

/// Claimed nodes, in order: their threads stand still until they are woken.
pub struct WakeList {
    first: PlainCell<*const Node>,
    last: PlainCell<*const Node>,
}

impl WakeList {
    /// Of nobody.
    pub const EMPTY: WakeList =
        WakeList { first: PlainCell::new(ptr::null()), last: PlainCell::new(ptr::null()) };

    /// Whether there is nobody.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.first.get().is_null()
    }

    /// Puts a claimed node behind the others. INVARIANT 3 of `queue` gives its links to us.
    pub fn append(&self, node: &'static Node) {
        node.next.set(ptr::null());
        match node_at(self.last.get()) {
            Some(last) => last.next.set(node),
            None => self.first.set(node),
        }
        self.last.set(node);
    }

    /// Gives each of them the outcome that was set aside for it, and wakes it: those who sleep at
    /// the broadcast word all at once. Then the list is empty. To be called after the queue's lock
    /// is left.
    pub fn wake_all(&self, broadcast: &Broadcast) {
        let mut sleeps_there = false;
        self.last.set(ptr::null());
        let mut place = self.first.replace(ptr::null());
        while let Some(node) = node_at(place) {
            // Read before the wake, after which the node is its waiter's again.
            place = node.next.get();
            let outcome = node.outcome.get();
            sleeps_there |= node.parker().unpark(outcome);
        }
        if sleeps_there {
            broadcast.wake_all();
        }
    }
}
