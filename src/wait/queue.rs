//! The head of every slot that can be waited on: the state word, and beside it the queue of those
//! who wait for it to change.
//!
//! INVARIANT 1: WAITERS in the word equals "the queue is not empty" whenever the queue's lock is
//! free.
//! INVARIANT 2: a node is linked only while the object is alive, and an object with a linked node
//! is not destroyed; so under the queue's lock, with a node linked, the tag cannot change.
//! INVARIANT 3: an unlinked node is touched by its waiter's own thread, or by whoever has claimed
//! the waiter, and nobody else; but for `linked`, which a waiter that gave up reads under the lock
//! of the queue that it linked itself into.

use core::ptr;

use crate::atomic::{Cell, Ordering};
use crate::object::cause::{Cause, because};
use crate::object::handle::{Kind, Tag};
use crate::object::word::{INSPECT, State, WAITERS, WAKING, Word};
use crate::probe::{self, Hold};
use crate::status::Status;
use crate::wait::broadcast::Gate;
use crate::wait::chain::Chain;
use crate::wait::node::Node;
use crate::wait::queue_lock::{QueueLock, Taken};
use crate::wait::this_thread;
use crate::wait::waiter::{Outcome, Waiter};

/// The two ends of a list of nodes.
#[repr(C)]
struct Queue {
    head: Cell<*const Node>,
    tail: Cell<*const Node>,
}

/// A state word and its queue.
#[repr(C)]
pub struct Core {
    /// The state.
    pub word: Word,
    lock: QueueLock,
    /// Where those sleep who wait together.
    pub gate: Gate,
    queue: Queue,
}

// SAFETY: the word and the lock are atomic, and the two ends are touched only through `Guard`,
// which holds the lock.
unsafe impl Sync for Core {}

/// The queue's lock, held; it is left when this goes out of scope, and those that were claimed
/// under it are woken then. Under it: no allocation, no user code, no other lock but that of a
/// condition's lock.
pub struct Guard<'a> {
    core: &'a Core,
    settle: Settle,
    to_wake: core::cell::Cell<Chain>,
    stale: bool,
}

/// What the holder of a queue's lock does for wakers that found it held: it looks at the word and
/// claims whom that says.
pub type Settle = fn(&Guard<'_>);

/// For objects that nobody holds.
pub fn never_held(_: State) -> (Hold, bool) {
    (Hold::Never, false)
}

/// For objects whose wakers always wait for the queue's lock: nobody pends there.
pub fn nothing_to_settle(_: &Guard<'_>) {}

impl Core {
    /// The core of a slot that was never used; all zero.
    pub const UNUSED: Core = Core::with_word(Word::UNUSED);
    /// The core of an object without a handle.
    pub const INTERNAL: Core = Core::with_word(Word::INTERNAL);

    const fn with_word(word: Word) -> Core {
        let queue = Queue { head: Cell::new(ptr::null()), tail: Cell::new(ptr::null()) };
        Core { word, lock: QueueLock::new(), gate: Gate::new(), queue }
    }

    /// To be called before the first use of the slot.
    pub fn first_use(&self) {
        self.lock.first_use();
    }

    /// Takes the queue's lock. After a fork it first forgets those who waited: they are gone.
    #[inline]
    pub fn lock(&self) -> Guard<'_> {
        self.lock_settling(nothing_to_settle)
    }

    /// As `lock`, for objects on whose queue wakers may pend.
    #[inline]
    pub fn lock_settling(&self, settle: Settle) -> Guard<'_> {
        let taken = self.lock.lock();
        self.guard(taken, settle)
    }

    /// Has the queue settled: by the caller if the queue's lock is free, else by its holder before
    /// it leaves. It never waits, so it may be called in a signal handler that has interrupted the
    /// holder.
    #[inline]
    pub fn settle(&self, settle: Settle) {
        if let Some(taken) = self.lock.lock_or_pend() {
            settle(&self.guard(taken, settle));
        }
    }

    #[inline]
    fn guard(&self, taken: Taken, settle: Settle) -> Guard<'_> {
        let stale = taken == Taken::Stale;
        let guard =
            Guard { core: self, settle, to_wake: core::cell::Cell::new(Chain::EMPTY), stale };
        if stale {
            guard.forget_the_gone();
        }
        guard
    }

    /// Ends the object if it is in that very state, nobody waits and nobody listens. `Some(true)`:
    /// the slot may be used again. `None`: nothing has happened, ask [`Core::end`].
    ///
    /// For objects whose word is changed in no other way than by a compare-exchange of a state of
    /// its own tag, under the queue's lock too, unless WAITERS is set. Then the lock is not needed:
    /// who links sets WAITERS first, and finds the tag gone from here on.
    #[inline]
    pub fn end_idle(&self, state: State) -> Option<bool> {
        if state.0 & (WAITERS | INSPECT) != 0 { None } else { self.word.end(state).ok() }
    }

    /// As [`Core::end_idle`], for objects whose word may also be changed otherwise, or that are
    /// kept alive by more than their word: under the queue's lock, and only if `may_end`, which is
    /// asked under it.
    #[inline]
    pub fn end_idle_locked(&self, state: State, may_end: impl FnOnce() -> bool) -> Option<bool> {
        if !self.lock.try_lock() {
            return None;
        }
        let ended = if may_end() { self.end_idle(state) } else { None };
        // Whatever a fork has left here is repaired by whoever comes next.
        let _ = self.lock.unlock(|| ());
        ended
    }

    /// Ends the object if `is_idle` says that its state allows it and nobody waits. `Ok(true)`: the
    /// slot may be used again. Whoever listens hears how it was `hold` in its last state, and
    /// whether somebody who is gone still had it.
    ///
    /// # Errors
    /// `THREADING_BUSY`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this tag
    /// lives here.
    #[cold]
    #[inline(never)]
    pub fn end(
        &self,
        tag: Tag,
        kind: Kind,
        settle: Settle,
        is_idle: impl Fn(State) -> bool,
        hold: impl Fn(State) -> (Hold, bool),
    ) -> Result<bool, Status> {
        let guard = self.lock_settling(settle);
        let mut state = guard.state();
        loop {
            if !state.is(tag) {
                return Err(state.why_not(tag, kind));
            }
            if !guard.is_empty() {
                return Err(because(&Cause(Status::THREADING_BUSY, c"threads wait for it")));
            }
            if !is_idle(state) {
                return Err(Status::THREADING_BUSY);
            }
            // A woken waiter that has not run yet finds the tag gone, and answers so.
            match self.word.end(state) {
                Ok(again) => {
                    let (hold, held) = hold(state);
                    return Ok(probe::ended(&self.word, hold, held) && again);
                }
                Err(found) => state = found,
            }
        }
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
    /// ask before they believe WAITERS or WAKING without the queue's lock.
    #[inline]
    pub fn repair(&self) {
        if self.lock.is_stale() {
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

    /// Whether this holder is the first since a fork: what else the object counts of its waiters is
    /// wrong.
    pub fn was_stale(&self) -> bool {
        self.stale
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
        // ORDERING: Relaxed: read again under this lock.
        node.home.store(ptr::from_ref(self.core).cast_mut(), Ordering::Relaxed);
        node.waiter.set(waiter);
        node.previous.set(previous);
        node.next.set(next);
        node.linked.set(true);
        node.moved.set(false);
        // SAFETY: neighbours in the list are null or nodes of waiters, which are never freed; the
        // lock is held.
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
        // SAFETY: neighbours in the list are null or nodes of waiters, which are never freed; the
        // lock is held.
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

    /// Unlinks a waiter that has decided its outcome itself, and keeps INVARIANT 1. It may not be
    /// linked any more: whoever emptied the queue has unlinked it, or a fork.
    pub fn unlink(&self, waiter: &Waiter) {
        if waiter.node.linked.get() {
            self.unlink_node(&waiter.node);
            self.forget_waiters_if_empty();
        }
    }

    /// Moves up to `count` waiters that have not given up, first come first, to the end of the
    /// queue whose lock is `other`; their places there count from `arrival` on. Both words get
    /// WAITERS right. Returns how many.
    pub fn move_to(&self, other: &Guard<'_>, count: usize, arrival: u64) -> usize {
        let mut moved = 0;
        let mut place = self.core.queue.head.get();
        // SAFETY: links lead to null or to nodes of waiters, which are never freed; the lock is
        // held.
        while let Some(node) = unsafe { place.as_ref() }.filter(|_| moved < count) {
            place = node.next.get();
            // SAFETY: a linked node names its waiter (`link`), which is a slot of a table that is
            // never freed.
            let waiter: &'static Waiter = unsafe { &*node.waiter.get() };
            if !waiter.is_undecided() {
                continue;
            }
            if other.is_empty() {
                let _ = other.core.word.update(|state| Some(state.with(WAITERS)));
            }
            self.unlink_node(node);
            node.arrival.set(arrival);
            other.link_last(waiter);
            node.moved.set(true);
            moved += 1;
        }
        self.forget_waiters_if_empty();
        moved
    }

    /// Clears WAITERS if the queue is empty.
    pub fn forget_waiters_if_empty(&self) {
        if self.is_empty() {
            let _ =
                self.core.word.update(|state| state.has(WAITERS).then_some(state.without(WAITERS)));
        }
    }

    /// What the first one noted, or `None` if nobody is linked.
    pub fn first_note(&self) -> Option<u32> {
        // SAFETY: the head is null or a node of a waiter, which is never freed; the lock is held.
        unsafe { self.core.queue.head.get().as_ref() }.map(|node| node.note.get())
    }

    /// Unlinks the first, and claims it unless it has decided for itself. WAITERS is the caller's
    /// to clear.
    pub fn claim_or_unlink_first(&self) -> Option<&'static Waiter> {
        // SAFETY: the head is null or a node of a waiter, which is never freed; the lock is held.
        let node = unsafe { self.core.queue.head.get().as_ref() }?;
        self.unlink_node(node);
        // SAFETY: a linked node names its waiter (`link`), which is a slot of a table that is never
        // freed.
        let waiter: &'static Waiter = unsafe { &*node.waiter.get() };
        waiter.claim().then_some(waiter)
    }

    /// The core whose lock this is.
    pub fn core(&self) -> &'a Core {
        self.core
    }

    /// Whether the first one has given up and not unlinked itself yet.
    #[cfg(test)]
    pub fn first_gave_up(&self) -> bool {
        let node = self.core.queue.head.get();
        // SAFETY: the head is null or a node of a waiter that it names, and neither is ever freed;
        // the lock is held.
        unsafe { node.as_ref().is_some_and(|node| !(*node.waiter.get()).is_undecided()) }
    }

    /// Whether a condition has moved the first one here.
    pub fn first_was_moved(&self) -> bool {
        // SAFETY: the head is null or a node of a waiter, which is never freed; the lock is held.
        unsafe { self.core.queue.head.get().as_ref() }.is_some_and(|node| node.moved.get())
    }

    /// When the first one came, or `None` if nobody is linked.
    pub fn first_arrival(&self) -> Option<u64> {
        // SAFETY: the head is null or a node of a waiter, which is never freed; the lock is held.
        unsafe { self.core.queue.head.get().as_ref() }.map(|node| node.arrival.get())
    }

    /// Claims and unlinks the first waiter that has not decided for itself. The word is the
    /// caller's to change: WAITERS must be cleared if the queue is empty now. The claimed one must
    /// be finished after the lock is left.
    pub fn claim_first(&self) -> Option<&'static Waiter> {
        let mut place = self.core.queue.head.get();
        // SAFETY: links lead to null or to nodes of waiters, which are never freed; the lock is
        // held.
        while let Some(node) = unsafe { place.as_ref() } {
            // SAFETY: a linked node names its waiter (`link`), which is a slot of a table that is
            // never freed.
            let waiter: &'static Waiter = unsafe { &*node.waiter.get() };
            if waiter.claim() {
                self.unlink_node(node);
                return Some(waiter);
            }
            place = node.next.get();
        }
        None
    }

    /// Empties the queue. Every waiter gets the outcome that `outcome` says when the lock is left;
    /// one that has decided for itself finds itself unlinked, and what it would have got in its
    /// node.
    pub fn release_all(&self, outcome: impl Fn(&Node) -> Outcome) {
        // SAFETY: the head is null or a node of a waiter, which is never freed; the lock is held.
        while let Some(node) = unsafe { self.core.queue.head.get().as_ref() } {
            node.outcome.set(outcome(node));
            if let Some(waiter) = self.claim_or_unlink_first() {
                self.wake_later(waiter, waiter.node.outcome.get());
            }
        }
        self.forget_waiters_if_empty();
    }

    /// Gives a claimed waiter its outcome when the lock is left.
    pub fn wake_later(&self, waiter: &'static Waiter, outcome: Outcome) {
        waiter.node.outcome.set(outcome);
        let mut chain = self.to_wake.replace(Chain::EMPTY);
        chain.append(&waiter.node);
        self.to_wake.set(chain);
    }

    /// The word under the lock.
    pub fn state(&self) -> State {
        self.core.word.load()
    }
}

impl Drop for Guard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let left = self.core.lock.try_unlock();
        let to_wake = self.to_wake.replace(Chain::EMPTY);
        if !left || !to_wake.is_empty() {
            self.leave(left, to_wake);
        }
    }
}

impl Guard<'_> {
    #[cold]
    #[inline(never)]
    fn leave(&self, left: bool, to_wake: Chain) {
        let left = left || self.core.lock.unlock(|| (self.settle)(self));
        to_wake.finish_each(self.core);
        // Those who were claimed in settling.
        self.to_wake.replace(Chain::EMPTY).finish_each(self.core);
        if !left {
            begin_anew();
        }
    }
}

/// In a forked child, in the only thread there, which a handler that forked has interrupted under
/// the lock of this queue: what it has linked since will be forgotten by whoever comes next, as all
/// others are; so its wait begins again.
#[cold]
#[inline(never)]
fn begin_anew() {
    if let Some(own) = this_thread::own_waiter() {
        own.retry();
    }
}
