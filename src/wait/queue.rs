//! The head of every slot that can be waited on: the state word, and beside it the queue of those who wait for it to change.
//!
//! INVARIANT 1: WAITERS in the word equals "the queue is not empty" whenever the queue's lock is free.
//! INVARIANT 2: a node is linked only while the object is alive, and an object with a linked node is not destroyed; so under
//! the queue's lock, with a node linked, the tag cannot change.
//! INVARIANT 3: an unlinked node is touched by its waiter's own thread, or by whoever has claimed the waiter, and nobody else;
//! but for `linked`, which a waiter that gave up reads under the lock of the queue that it linked itself into.

use core::cell::Cell;
use core::ptr;

use super::queue_lock::{QueueLock, Taken};
use super::waiter::{Node, Outcome, Waiter};
use crate::word::{State, WAITERS, WAKING, Word};

/// The two ends of a list of nodes, and their lock.
#[repr(C)]
struct Queue {
    lock: QueueLock,
    head: Cell<*const Node>,
    tail: Cell<*const Node>,
}

/// A state word and its queue.
#[repr(C)]
pub struct Core {
    /// The state.
    pub word: Word,
    queue: Queue,
}

// SAFETY: the word and the lock are atomic, and the two ends are touched only through `Guard`, which holds the lock.
unsafe impl Sync for Core {}

/// The queue's lock, held; it is left when this goes out of scope. Under it: no allocation, no user code, no other lock.
pub struct Guard<'a> {
    core: &'a Core,
}

impl Core {
    /// The core of a slot that was never used; all zero.
    pub const UNUSED: Core = Core::with_word(Word::UNUSED);
    /// The core of an object without a handle.
    pub const INTERNAL: Core = Core::with_word(Word::INTERNAL);

    const fn with_word(word: Word) -> Core {
        let queue = Queue { lock: QueueLock::new(), head: Cell::new(ptr::null()), tail: Cell::new(ptr::null()) };
        Core { word, queue }
    }

    /// Takes the queue's lock. After a fork it first forgets those who waited: they are gone.
    #[inline]
    pub fn lock(&self) -> Guard<'_> {
        let guard = Guard { core: self };
        if self.queue.lock.lock() == Taken::Stale {
            guard.forget_the_gone();
        }
        guard
    }

    /// Repairs the queue and the word if they speak of waiters that a fork left behind. Slow paths ask before they believe
    /// WAITERS or WAKING without the queue's lock.
    #[inline]
    pub fn repair(&self) {
        if self.queue.lock.is_stale() {
            drop(self.lock());
        }
    }
}

impl<'a> Guard<'a> {
    #[cold]
    fn forget_the_gone(&self) {
        self.core.queue.head.set(ptr::null());
        self.core.queue.tail.set(ptr::null());
        let _ = self.core.word.update(|state| Some(state.without(WAITERS | WAKING)));
    }

    /// Whether nobody is linked.
    pub fn is_empty(&self) -> bool {
        self.core.queue.head.get().is_null()
    }

    /// Links a waiter behind all others. WAITERS must be set already.
    pub fn link_last(&self, waiter: &'static Waiter) {
        let tail = self.core.queue.tail.get();
        self.link(waiter, tail, ptr::null());
    }

    /// Links a waiter before all others: one that was woken and found the object taken again.
    pub fn link_first(&self, waiter: &'static Waiter) {
        let head = self.core.queue.head.get();
        self.link(waiter, ptr::null(), head);
    }

    fn link(&self, waiter: &'static Waiter, previous: *const Node, next: *const Node) {
        let node = &waiter.node;
        node.waiter.set(waiter);
        node.previous.set(previous);
        node.next.set(next);
        node.linked.set(true);
        // SAFETY: neighbours in the list are null or nodes of waiters, which are never freed; the lock is held.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.next.set(node),
            None => self.core.queue.head.set(node),
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            Some(next) => next.previous.set(node),
            None => self.core.queue.tail.set(node),
        }
    }

    fn unlink_node(&self, node: &Node) {
        let (previous, next) = (node.previous.get(), node.next.get());
        // SAFETY: neighbours in the list are null or nodes of waiters, which are never freed; the lock is held.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.next.set(next),
            None => self.core.queue.head.set(next),
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            Some(next) => next.previous.set(previous),
            None => self.core.queue.tail.set(previous),
        }
        node.linked.set(false);
    }

    /// Unlinks a waiter that has decided its outcome itself, and keeps INVARIANT 1. It may not be linked any more: whoever
    /// emptied the queue has unlinked it, or a fork.
    pub fn unlink(&self, waiter: &Waiter) {
        if waiter.node.linked.get() {
            self.unlink_node(&waiter.node);
            self.forget_waiters_if_empty();
        }
    }

    /// Clears WAITERS if the queue is empty.
    pub fn forget_waiters_if_empty(&self) {
        if self.is_empty() {
            let _ = self.core.word.update(|state| state.has(WAITERS).then_some(state.without(WAITERS)));
        }
    }

    /// When the first one came, or `None` if nobody is linked.
    pub fn first_arrival(&self) -> Option<u64> {
        // SAFETY: the head is null or a node of a waiter, which is never freed; the lock is held.
        unsafe { self.core.queue.head.get().as_ref() }.map(|node| node.arrival.get())
    }

    /// Claims and unlinks the first waiter that has not decided for itself. The word is the caller's to change: WAITERS must
    /// be cleared if the queue is empty now. The claimed one must be finished after the lock is left.
    pub fn claim_first(&self) -> Option<&'static Waiter> {
        let mut place = self.core.queue.head.get();
        // SAFETY: links lead to null or to nodes of waiters, which are never freed; the lock is held.
        while let Some(node) = unsafe { place.as_ref() } {
            // SAFETY: a linked node names its waiter (`link`), which is a slot of a table that is never freed.
            let waiter: &'static Waiter = unsafe { &*node.waiter.get() };
            if waiter.claim() {
                self.unlink_node(node);
                return Some(waiter);
            }
            place = node.next.get();
        }
        None
    }

    /// Empties the queue: claims all waiters that have not decided for themselves, in order, as a chain that outlives the lock.
    /// The others find themselves unlinked.
    pub fn claim_all(&self) -> Chain {
        let mut chain = Chain { first: ptr::null(), last: ptr::null() };
        // SAFETY: the head is null or a node of a waiter, which is never freed; the lock is held.
        while let Some(node) = unsafe { self.core.queue.head.get().as_ref() } {
            self.unlink_node(node);
            // SAFETY: a linked node names its waiter (`link`), which is a slot of a table that is never freed.
            if !unsafe { &*node.waiter.get() }.claim() {
                continue;
            }
            node.next.set(ptr::null());
            // SAFETY: the last of the chain is null or the node of a waiter that was claimed above (INVARIANT 3).
            match unsafe { chain.last.as_ref() } {
                Some(last) => last.next.set(node),
                None => chain.first = node,
            }
            chain.last = node;
        }
        self.forget_waiters_if_empty();
        chain
    }

    /// The word under the lock.
    pub fn state(&self) -> State {
        self.core.word.load()
    }
}

impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        // Locks and threads are never signalled from a handler, so nobody pends on their queues.
        self.core.queue.lock.unlock(|| ());
    }
}

/// Claimed waiters, in order. They stand still until they are finished.
pub struct Chain {
    first: *const Node,
    last: *const Node,
}

impl Chain {
    /// Gives all of them their outcome and wakes them. To be called after the queue's lock is left.
    pub fn finish(self, outcome: Outcome) {
        let mut place = self.first;
        // SAFETY: the chain holds nodes of waiters that were claimed and not finished: INVARIANT 3 gives them to us.
        while let Some(node) = unsafe { place.as_ref() } {
            place = node.next.get();
            // SAFETY: as in `claim_first`.
            unsafe { &*node.waiter.get() }.finish(outcome);
        }
    }
}
