//! The one place where a thread waits for one object.
//!
//! Every blocking call comes here, but those that wait for several objects (`wait::any`): it links
//! the calling thread's node into the queue of an object, sleeps, and then tries again or returns,
//! as the kind of wait says (`WaitProtocol`). What is waited for, by whom, since when and until
//! when is recorded before the thread sleeps, in an order that lets others read it without a lock
//! (`wait_record`):
//!
//! 1. the record's epoch becomes odd; object, kind, ident and deadline are written;
//! 2. the parker's word becomes WAITING;
//! 3. under the queue's lock, the node gets its arrival and its home, and is linked;
//! 4. the epoch becomes even.
//!
//! A waiter that gives up, or is stopped, stays linked until it has the lock of its queue. Then it
//! unlinks itself, or finds that somebody has, or finds that its kind of wait keeps the place all
//! the same. Until then a signal handler that waits borrows another waiter.

use core::ptr;

use crate::atomic::Ordering;
use crate::object::handle::Handle;
use crate::platform::clock::Deadline;
use crate::probe;
use crate::status::Status;
use crate::wait::list::Node;
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, NO_PENDING, Rules};
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread::Lease;
use crate::wait::wait_record::Wait;
use crate::wait::waiter::Waiter;

/// How a thread has come to the queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// To wait behind all others.
    New,
    /// It was woken from this queue just now, and DESIGNATED_WAKER stands for it: until it takes,
    /// links itself again or goes away, all who wait rely on it.
    Woken,
    /// It was woken from this queue just now as one of a batch, and is counted (`mutex::raw`).
    Batch,
}

impl Arrival {
    /// How a thread comes back to the queue from a wait that ended so.
    pub fn after(outcome: Outcome) -> Arrival {
        match outcome {
            Outcome::Woken => Arrival::Woken,
            Outcome::Batch => Arrival::Batch,
            _ => Arrival::New,
        }
    }
}

/// What a thread does that holds the queue's lock.
pub enum Validated<T> {
    /// It does not wait, or not any more.
    Done(Result<T, Status>),
    /// It links itself behind all others, and sleeps until the deadline.
    Last(Deadline),
    /// It links itself before all others, and sleeps until the deadline.
    First(Deadline),
    /// It links itself before that one, who is linked, and sleeps until the deadline.
    Before(&'static Node, Deadline),
}

/// Where a node is linked.
enum LinkedAt {
    Front,
    Before(&'static Node),
    End,
}

/// What a thread does that is linked still when its time has run out.
#[derive(PartialEq, Eq)]
pub enum Expired {
    /// It leaves the queue.
    Leaves,
    /// It has kept its [`Place`], and waits on however long that takes.
    Stays,
}

/// The place in a queue of a thread whose time has run out.
pub struct Place<'a> {
    lease: &'a Lease,
    wait: &'a Wait,
}

impl Place<'_> {
    /// Lets wakers claim the thread again. Under the queue's lock.
    pub fn keep(&self) {
        self.keep_as(self.wait);
    }

    /// As `keep`, in the queue of a lock, to which a notify has moved the thread.
    pub fn keep_moved(&self, lock: Handle) {
        self.keep_as(&Wait { object: lock, kind: WaitKind::Lock, ..*self.wait });
    }

    fn keep_as(&self, wait: &Wait) {
        let parker = &self.lease.waiter().parker;
        parker.record.publish(parker.prepare_park(wait, Deadline::Never));
    }
}

/// What is particular to one kind of wait.
pub trait WaitProtocol {
    /// What comes out of it.
    type Output;

    /// Whether another thread may take what a woken thread waits for, so that it waits again.
    const IS_OVERTAKEN: bool = false;

    /// Under the queue's lock: whether the thread waits; then WAITERS is set. It is asked again
    /// after each wake that is not the end, and after a fork has emptied the queue.
    fn validate(&mut self, guard: &Guard<'_>, arrival: Arrival) -> Validated<Self::Output>;

    /// The thread is linked, holds no lock, and sleeps next.
    fn before_sleep(&mut self) {}

    /// The thread is awake, and the outcome is decided.
    fn awake(&mut self) {}

    /// A waker has unlinked the thread. `None`: it goes back to `validate`.
    fn woken(&mut self, outcome: Outcome) -> Option<Result<Self::Output, Status>>;

    /// The time has run out, or somebody has asked the thread to stop. Under the lock of the queue
    /// in which the thread is linked, which is another than at first if a condition has moved it.
    fn timed_out(&mut self, _guard: &Guard<'_>, _place: &Place<'_>) -> Expired {
        Expired::Leaves
    }
}

/// Waits in the queue of `core`, as the protocol says, with the waiter of that lease. The wait
/// began at `since`, in nanoseconds of the monotonic clock; 0: `before_sleep` notes the arrival.
///
/// # Errors
/// `THREADING_TIMEOUT` if the deadline passed first; `THREADING_INTERRUPTED` if the protocol lets
/// others stop the wait, and one did; what the protocol says.
#[inline]
pub fn park<P: WaitProtocol>(
    core: &Core,
    rules: &'static Rules,
    lease: &Lease,
    wait: &Wait,
    since: u64,
    arrival: Arrival,
    protocol: &mut P,
) -> Result<P::Output, Status> {
    park_rounds::<P, true>(core, rules, lease, wait, since, arrival, protocol)
}

/// The rounds after the first of a kind of wait that often takes several. They have a function of
/// their own, so that the first one keeps nothing for them.
#[cold]
#[inline(never)]
fn park_again<P: WaitProtocol>(
    core: &Core,
    rules: &'static Rules,
    lease: &Lease,
    wait: &Wait,
    since: u64,
    arrival: Arrival,
    protocol: &mut P,
) -> Result<P::Output, Status> {
    park_rounds::<P, false>(core, rules, lease, wait, since, arrival, protocol)
}

#[inline(always)]
fn park_rounds<P: WaitProtocol, const FIRST: bool>(
    core: &Core,
    rules: &'static Rules,
    lease: &Lease,
    wait: &Wait,
    since: u64,
    mut arrival: Arrival,
    protocol: &mut P,
) -> Result<P::Output, Status> {
    let waiter = lease.waiter();
    let node = waiter.own_node();
    loop {
        let deadline = {
            let guard = core.lock_by(rules);
            let (deadline, place) = match protocol.validate(&guard, arrival) {
                Validated::Done(result) => return result,
                Validated::Last(deadline) => (deadline, LinkedAt::End),
                Validated::First(deadline) => (deadline, LinkedAt::Front),
                Validated::Before(other, deadline) => (deadline, LinkedAt::Before(other)),
            };
            let epoch = waiter.parker.prepare_park(wait, deadline);
            // ORDERING: Relaxed: `publish` orders it.
            node.arrival.store(since, Ordering::Relaxed);
            // What it gets that gives up and is unlinked by a waker that says nothing else.
            node.outcome.set(Outcome::TimedOut);
            match place {
                LinkedAt::Front => guard.link_first(node),
                LinkedAt::Before(other) => guard.link_before(node, other),
                LinkedAt::End => guard.link_last(node),
            }
            waiter.parker.record.publish(epoch);
            deadline
        };
        protocol.before_sleep();
        let outcome = sleep(core, rules, lease, wait, deadline, protocol);
        let ended = match outcome {
            Outcome::TimedOut => return Err(Status::THREADING_TIMEOUT),
            Outcome::Interrupted => return Err(Status::THREADING_INTERRUPTED),
            Outcome::Retry => None,
            outcome => protocol.woken(outcome),
        };
        if let Some(result) = ended {
            return result;
        }
        arrival = Arrival::after(outcome);
        if FIRST && P::IS_OVERTAKEN {
            return park_again(core, rules, lease, wait, since, arrival, protocol);
        }
    }
}

/// Sleeps until there is an outcome, and the node is linked no more.
#[inline(always)]
fn sleep(
    core: &Core,
    rules: &'static Rules,
    lease: &Lease,
    wait: &Wait,
    mut deadline: Deadline,
    protocol: &mut impl WaitProtocol,
) -> Outcome {
    let waiter = lease.waiter();
    let node = &waiter.node;
    loop {
        tell_waiting(core, deadline, waiter, wait);
        let outcome = waiter.parker.park(deadline);
        tell_woken(core, outcome, waiter, wait);
        protocol.awake();
        if !matches!(outcome, Outcome::TimedOut | Outcome::Interrupted) {
            return outcome;
        }
        // ORDERING: Relaxed: it only says which lock to take; under that lock it cannot change.
        let home = node.home.load(Ordering::Relaxed);
        let is_moved = !ptr::eq(home, ptr::from_ref(core).cast());
        // SAFETY: `Guard` stores addresses of cores only: of this one, or, for a node that it
        // moves, of a lock's, which is part of a slot of a table that is never freed.
        let guard =
            unsafe { &*home.cast::<Core>() }.lock_by(if is_moved { &NO_PENDING } else { rules });
        // ORDERING: Relaxed: as above.
        if !ptr::eq(node.home.load(Ordering::Relaxed), home) {
            continue;
        }
        if !node.linked.get() {
            let left_with = node.outcome.get();
            waiter.parker.leave();
            return if left_with == Outcome::TimedOut { outcome } else { left_with };
        }
        if protocol.timed_out(&guard, &Place { lease, wait }) == Expired::Leaves {
            guard.unlink(node);
            waiter.parker.leave();
            return outcome;
        }
        deadline = Deadline::Never;
    }
}

/// Tells those who listen that the calling thread, whose waiter this is, sleeps next in the queue
/// of `core`, or in none.
#[inline(always)]
pub fn tell_waiting(core: *const Core, deadline: Deadline, waiter: &Waiter, wait: &Wait) {
    #[cold]
    #[inline(never)]
    fn tell(core: *const Core, deadline: Deadline, waiter: &Waiter, wait: &Wait) {
        probe::waiting(core, deadline.moment(), &waiter.awaited(wait));
    }
    if probe::hears_waits() {
        tell(core, deadline, waiter, wait);
    }
}

/// As [`tell_waiting`], when the outcome of that wait is decided.
#[inline(always)]
pub fn tell_woken(core: *const Core, outcome: Outcome, waiter: &Waiter, wait: &Wait) {
    #[cold]
    #[inline(never)]
    fn tell(core: *const Core, outcome: Outcome, waiter: &Waiter, wait: &Wait) {
        probe::woken(core, outcome as u32, &waiter.awaited(wait));
    }
    if probe::hears_waits() {
        tell(core, outcome, waiter, wait);
    }
}

/// Sleeps from `since` until the deadline, in no queue: nobody wakes it.
pub fn sleep_until(lease: &Lease, wait: &Wait, since: u64, deadline: Deadline) {
    let waiter = lease.waiter();
    let node = waiter.own_node();
    // ORDERING: Relaxed, both: no wait goes on, so nobody believes them before `publish`.
    node.arrival.store(since, Ordering::Relaxed);
    node.home.store(ptr::null_mut(), Ordering::Relaxed);
    loop {
        waiter.parker.record.publish(waiter.parker.prepare_park(wait, deadline));
        tell_waiting(ptr::null(), deadline, waiter, wait);
        let outcome = waiter.parker.park(deadline);
        tell_woken(ptr::null(), outcome, waiter, wait);
        // Else a fork in a signal handler has begun it anew.
        if outcome == Outcome::TimedOut {
            waiter.parker.leave();
            return;
        }
    }
}
