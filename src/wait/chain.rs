//! Claimed waiters, in order: they stand still until they are finished.

use core::ptr;

use crate::wait::node::Node;
use crate::wait::queue::Core;

/// See the top of this file.
pub struct Chain {
    first: *const Node,
    last: *const Node,
}

impl Chain {
    /// Of nobody.
    pub const EMPTY: Chain = Chain { first: ptr::null(), last: ptr::null() };

    /// Whether there is nobody.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Puts a claimed waiter behind the others.
    pub fn append(&mut self, node: &Node) {
        node.next.set(ptr::null());
        // SAFETY: the last of the chain is null or the node of a claimed waiter, which INVARIANT 3
        // of `queue` gives to us.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.next.set(node),
            None => self.first = node,
        }
        self.last = node;
    }

    /// Gives each of them the outcome that was set aside for it, and wakes it. To be called after
    /// the lock of this core's queue is left.
    pub fn finish_each(self, core: &Core) {
        if self.finish_some() {
            core.gate.open();
        }
    }

    /// True: some sleep at the gate.
    fn finish_some(self) -> bool {
        let mut at_the_gate = false;
        let mut place = self.first;
        // SAFETY: the chain holds nodes of waiters that were claimed and not finished: INVARIANT 3
        // of `queue` gives them to us.
        while let Some(node) = unsafe { place.as_ref() } {
            place = node.next.get();
            let outcome = node.outcome.get();
            // SAFETY: the node of a claimed waiter names it, which is a slot of a table that is
            // never freed.
            at_the_gate |= unsafe { &*node.waiter.get() }.finish(outcome);
        }
        at_the_gate
    }
}
