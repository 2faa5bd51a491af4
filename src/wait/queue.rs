//! The head of every slot that can be waited on: the state word, and beside it the queue of those
//! who wait for it to change.
//!
//! INVARIANT 1: WAITERS in the word equals "the queue is not empty" whenever the queue's lock is
//! free.
//! INVARIANT 2: a node is linked only while the object is alive, and an object with an undecided
//! node is not destroyed; so under the queue's lock, with such a node linked, the tag cannot
//! change.
//! INVARIANT 3: an unlinked node is touched by its waiter's own thread, or by whoever has claimed
//! the waiter through it, and nobody else; but for `linked` and `outcome`, which a waiter that gave
//! up reads under the lock of the queue that it linked itself into.

use core::ptr;

use crate::atomic::Ordering;
use crate::object::handle::Handle;
use crate::object::word::{DESIGNATED_WAKER, State, WAITERS, Word};
use crate::wait::broadcast::Broadcast;
use crate::wait::list::{List, Node, WakeList};
use crate::wait::parker::Outcome;
use crate::wait::queue_lock::{QueueLock, Taken};
use crate::wait::this_thread;

/// A state word and its queue.
#[repr(C)]
pub struct Core {
    /// The state.
    pub word: Word,
    pub(super) lock: QueueLock,
    /// Where those sleep who are woken many at once.
    pub broadcast: Broadcast,
    queue: List,
}

// SAFETY: the word and the lock are atomic, and the queue is touched only through `Guard`, which
// holds the lock.
unsafe impl Sync for Core {}

/// What the holder of a queue's lock owes to the object. Each is called with the lock held.
pub struct Rules {
    /// For wakers that found the lock held and went on (`lock_or_pend`): looks at the word, and
    /// claims the waiters that it says.
    pub process_pending: fn(&Guard<'_>),
    /// For the first holder since a fork, when the queue is empty and WAITERS clear again: repairs
    /// what else the object counts of its waiters.
    pub repair_after_fork: fn(&Guard<'_>),
}

/// For objects whose wakers always wait for the queue's lock, and that count nothing else.
pub static NO_PENDING: Rules = Rules { process_pending: nothing, repair_after_fork: nothing };

/// A rule for which there is nothing to do.
pub fn nothing(_: &Guard<'_>) {}

/// The queue's lock, held; it is left when this goes out of scope, and those that were claimed
/// under it are woken then. Under it: no allocation, no user code, no other lock but that of a
/// condition's lock.
pub struct Guard<'a> {
    core: &'a Core,
    rules: &'static Rules,
    to_wake: WakeList,
}

impl Core {
    /// The core of an object without a handle.
    pub const INTERNAL: Core = Core {
        word: Word::INTERNAL,
        lock: QueueLock::new(),
        broadcast: Broadcast::new(),
        queue: List::EMPTY,
    };

    /// To be called before the first use of the slot.
    pub fn first_use(&self) {
        self.lock.first_use();
    }

    /// Takes the queue's lock. After a fork it first forgets those who waited: they are gone.
    #[inline]
    pub fn lock(&self) -> Guard<'_> {
        self.lock_by(&NO_PENDING)
    }

    /// As `lock`, for objects that have rules of their own.
    #[inline]
    pub fn lock_by(&self, rules: &'static Rules) -> Guard<'_> {
        let taken = self.lock.lock();
        self.guard(taken, rules)
    }

    /// As `lock`, with pauses if it is held and the caller `is_patient`.
    #[inline]
    pub fn lock_patiently(&self, is_patient: impl FnOnce() -> bool) -> Guard<'_> {
        let taken = self.lock.lock_patiently(is_patient);
        self.guard(taken, &NO_PENDING)
    }

    /// Has pending wakes processed: by the caller if the queue's lock is free, else by its holder
    /// before it leaves. It never waits, so it may be called in a signal handler that has
    /// interrupted the holder.
    #[inline]
    pub fn process_or_pend(&self, rules: &'static Rules) {
        if let Some(taken) = self.lock.lock_or_pend() {
            (rules.process_pending)(&self.guard(taken, rules));
        }
    }

    #[inline]
    fn guard(&self, taken: Taken, rules: &'static Rules) -> Guard<'_> {
        if taken == Taken::Stale {
            return self.guard_after_fork(rules);
        }
        Guard { core: self, rules, to_wake: WakeList::EMPTY }
    }

    #[cold]
    #[inline(never)]
    fn guard_after_fork(&self, rules: &'static Rules) -> Guard<'_> {
        let guard = Guard { core: self, rules, to_wake: WakeList::EMPTY };
        guard.reset_after_fork();
        guard
    }

    /// Whether somebody holds the queue's lock.
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// Whether the queue speaks of waiters that a fork left behind.
    pub fn is_stale(&self) -> bool {
        self.lock.is_stale()
    }

    /// Repairs the queue and the word if they speak of waiters that a fork left behind. Slow paths
    /// ask before they believe WAITERS or DESIGNATED_WAKER without the queue's lock.
    #[inline(always)]
    pub fn repair(&self) {
        if self.lock.is_stale() {
            drop(self.lock());
        }
    }
}

impl<'a> Guard<'a> {
    fn reset_after_fork(&self) {
        self.core.queue.clear();
        let _ = self.core.word.update(|state| Some(state.without(WAITERS | DESIGNATED_WAKER)));
        (self.rules.repair_after_fork)(self);
    }

    /// The core whose lock this is.
    pub fn core(&self) -> &'a Core {
        self.core
    }

    /// The word under the lock.
    pub fn state(&self) -> State {
        self.core.word.load()
    }

    /// Whether nobody is linked.
    pub fn is_empty(&self) -> bool {
        self.core.queue.is_empty()
    }

    /// The one who came first.
    pub fn first(&self) -> Option<&'static Node> {
        self.core.queue.first()
    }

    /// The one who came last.
    pub fn last(&self) -> Option<&'static Node> {
        self.core.queue.last()
    }

    /// The one behind that node.
    pub fn after(&self, node: &Node) -> Option<&'static Node> {
        self.core.queue.after(node)
    }

    /// When the first one came, or `None` if nobody is linked.
    pub fn first_arrival(&self) -> Option<u64> {
        self.first().map(Node::arrival)
    }

    /// Whether a condition has moved the first one here.
    pub fn head_is_requeued(&self) -> bool {
        self.first().is_some_and(|node| node.requeued.get())
    }

    /// Links a node behind all others. WAITERS must be set already.
    pub fn link_last(&self, node: &'static Node) {
        self.come_home(node);
        self.core.queue.push_last(node);
    }

    /// Links a node before all others: one that was woken and found the object taken again.
    pub fn link_first(&self, node: &'static Node) {
        self.come_home(node);
        self.core.queue.push_first(node);
    }

    /// Links a node before one that is linked here.
    pub fn link_before(&self, node: &'static Node, place: &'static Node) {
        self.come_home(node);
        self.core.queue.push_before(node, place);
    }

    fn come_home(&self, node: &Node) {
        // ORDERING: Relaxed: read again under this lock; for others `Parker::publish` orders it.
        node.home.store(ptr::from_ref(self.core).cast_mut().cast(), Ordering::Relaxed);
        node.requeued.set(false);
    }

    /// Unlinks the node of a waiter that was not claimed through it, and keeps INVARIANT 1. It may
    /// not be linked any more: whoever emptied the queue has unlinked it, or a fork.
    pub fn unlink(&self, node: &Node) {
        if node.linked.get() {
            self.core.queue.unlink(node);
            self.clear_waiters_if_empty();
        }
    }

    /// Whether anybody is linked who has not decided to wait no more; those who have are unlinked.
    /// One that a condition has moved here was notified, and waits whatever it has decided.
    pub fn has_undecided(&self) -> bool {
        while let Some(node) = self.first() {
            if node.requeued.get() || node.parker().is_undecided() {
                return true;
            }
            node.outcome.set(Outcome::TimedOut);
            self.unlink(node);
        }
        false
    }

    /// Moves up to `count` waiters that have not given up, first come first, to the end of the
    /// queue whose lock is `other`, which is that of `object`; their places there count from
    /// `arrival` on. Both words get WAITERS right. Returns how many.
    pub fn requeue(&self, other: &Guard<'_>, count: usize, arrival: u64, object: Handle) -> usize {
        let mut moved = 0;
        let mut place = self.first();
        while let Some(node) = place.filter(|_| moved < count) {
            place = self.core.queue.after(node);
            let parker = node.parker();
            if !parker.is_undecided() {
                continue;
            }
            if other.is_empty() {
                let _ = other.core.word.update(|state| Some(state.with(WAITERS)));
            }
            self.core.queue.unlink(node);
            let epoch = parker.record.withdraw();
            parker.record.move_to_lock(object);
            // ORDERING: Relaxed: `publish` orders it.
            node.arrival.store(arrival, Ordering::Relaxed);
            other.link_last(node);
            node.requeued.set(true);
            parker.record.publish(epoch);
            moved += 1;
        }
        self.clear_waiters_if_empty();
        moved
    }

    /// Clears WAITERS if the queue is empty.
    pub fn clear_waiters_if_empty(&self) {
        if self.is_empty() {
            let clear = |state: State| state.has(WAITERS).then_some(state.without(WAITERS));
            let _ = self.core.word.update(clear);
        }
    }

    /// Unlinks the first, and claims it unless it has decided for itself. WAITERS is the caller's
    /// to clear.
    pub fn claim_or_unlink_first(&self) -> Option<&'static Node> {
        let node = self.first()?;
        self.core.queue.unlink(node);
        node.claim().then_some(node)
    }

    /// Claims and unlinks the first waiter that has not decided for itself. The word is the
    /// caller's to change: WAITERS must be cleared if the queue is empty now. The claimed one must
    /// be woken after the lock is left.
    pub fn claim_first(&self) -> Option<&'static Node> {
        self.claim_from(self.first())
    }

    /// As [`Guard::claim_first`], from that place on.
    #[inline(always)]
    pub fn claim_from(&self, mut place: Option<&'static Node>) -> Option<&'static Node> {
        while let Some(node) = place {
            if node.claim() {
                self.core.queue.unlink(node);
                return Some(node);
            }
            place = self.core.queue.after(node);
        }
        None
    }

    /// Empties the queue. Every waiter gets the outcome that `outcome` says when the lock is left;
    /// one that has decided for itself finds itself unlinked, and what it would have got in its
    /// node.
    pub fn release_all(&self, outcome: impl Fn(&Node) -> Outcome) {
        while let Some(node) = self.first() {
            node.outcome.set(outcome(node));
            if self.claim_or_unlink_first().is_some() {
                self.defer_wake(node, node.outcome.get());
            }
        }
        self.clear_waiters_if_empty();
    }

    /// Gives a claimed waiter its outcome when the lock is left.
    pub fn defer_wake(&self, node: &'static Node, outcome: Outcome) {
        node.outcome.set(outcome);
        self.to_wake.append(node);
    }
}

impl Drop for Guard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if !(self.to_wake.is_empty() && self.core.lock.try_unlock()) {
            self.leave();
        }
    }
}

impl Guard<'_> {
    #[cold]
    #[inline(never)]
    fn leave(&self) {
        let left = self.core.lock.unlock(|| (self.rules.process_pending)(self));
        self.to_wake.wake_all(&self.core.broadcast);
        if !left {
            restart_wait();
        }
    }
}

/// In a forked child, in the only thread there, which a handler that forked has interrupted under
/// the lock of this queue: what it has linked since will be forgotten by whoever comes next, as all
/// others are; so its wait begins again.
#[cold]
#[inline(never)]
fn restart_wait() {
    if let Some(own) = this_thread::own_waiter() {
        own.restart_after_fork();
    }
}
