//! The wait of a condition's waiter for a notify.

use core::ptr;

use crate::object::handle::Handle;
use crate::object::word::{State, WAITERS};
use crate::platform::clock::Deadline;
use crate::status::Status;
use crate::sync::any_lock::AnyLock;
use crate::sync::interrupts::{Interrupts, Stops};
use crate::wait::park::{Arrival, Expired, Place, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, NO_PENDING};
use crate::wait::this_thread::Lease;
use crate::wait::wait_record::Wait;
use crate::wait::waiter::Waiter;

/// A wait for a notify.
pub struct Notified<'a, S> {
    /// The condition's core and handle.
    pub core: &'static Core,
    /// See above.
    pub condition: Handle,
    /// Its lock.
    pub lock: &'a AnyLock,
    /// When the wait ends.
    pub deadline: Deadline,
    /// Whose wait it is.
    pub waiter: &'static Waiter,
    /// The depth of the lock before the wait; `None` until the wait has released it.
    pub depth: Option<u32>,
    /// What else may end the wait.
    pub stops: S,
}

impl<S: Interrupts> Notified<'_, S> {
    #[inline(always)]
    /// Waits until the outcome is decided.
    ///
    /// # Errors
    /// As `park::park`, but for time-outs and interrupts, which are outcomes.
    pub fn park(&mut self, lease: &Lease, wait: &Wait, since: u64) -> Result<Outcome, Status> {
        match park(self.core, &NO_PENDING, lease, wait, since, Arrival::New, self) {
            Err(Status::THREADING_TIMEOUT) => Ok(Outcome::TimedOut),
            Err(Status::THREADING_INTERRUPTED) => Ok(Outcome::Interrupted),
            ended => ended,
        }
    }
}

/// Waits as `plain` says, but no longer than until the stop has come. Returns the depth as well.
///
/// # Errors
/// As [`Notified::park`]; `THREADING_NO_RESOURCES` if there is no memory to wait.
#[cold]
#[inline(never)]
pub fn park_with_stop(
    plain: &Notified<'_, ()>,
    lease: &Lease,
    wait: &Wait,
    since: u64,
    stop: Handle,
) -> Result<(Outcome, Option<u32>), Status> {
    let stops = Stops::new(stop, plain.deadline, lease)?;
    let deadline = stops.deadline;
    let Notified { core, condition, lock, waiter, depth, .. } = *plain;
    let mut notified = Notified { core, condition, lock, deadline, waiter, depth, stops };
    let outcome = notified.park(lease, wait, since)?;
    let is_stopped = outcome == Outcome::TimedOut && notified.stops.has_come;
    Ok((if is_stopped { Outcome::Interrupted } else { outcome }, notified.depth))
}

impl<S: Interrupts> WaitProtocol for Notified<'_, S> {
    type Output = Outcome;

    fn validate(&mut self, _guard: &Guard<'_>, _arrival: Arrival) -> Validated<Outcome> {
        let tag = self.condition.tag();
        let waits = |state: State| state.is(tag).then_some(state.with(WAITERS));
        match self.core.word.update(waits) {
            Ok(_) => Validated::Last(self.deadline),
            Err(state) => Validated::Done(Err(state.gone(tag))),
        }
    }

    /// Releases the lock once the thread is linked, so that no notify is missed.
    fn before_sleep(&mut self) {
        // Before the lock is released, so that no notify comes to one who finds a request here.
        self.stops.link(&self.waiter.parker);
        if self.depth.is_none() {
            self.depth = Some(self.lock.release_all());
        }
        self.waiter.node.note_arrival();
    }

    fn awake(&mut self) {
        self.stops.unlink();
    }

    fn woken(&mut self, outcome: Outcome) -> Option<Result<Outcome, Status>> {
        Some(Ok(outcome))
    }

    fn timed_out(&mut self, guard: &Guard<'_>, place: &Place<'_>) -> Expired {
        if ptr::eq(guard.core(), self.core) {
            return Expired::Leaves;
        }
        // The waiter was notified and is in the lock's queue, where it waits without a time limit.
        // A release may have passed over it as one that has given up, and may have released the
        // lock without waking any thread.
        place.keep_moved(self.lock.handle());
        self.lock.mutex().kick_requeued(guard);
        Expired::Stays
    }
}
