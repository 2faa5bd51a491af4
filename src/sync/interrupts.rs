//! What else may end a wait for one object: a stop, which is linked beside it.

use crate::object::handle::Handle;
use crate::platform::clock::Deadline;
use crate::status::Status;
use crate::sync::stop;
use crate::wait::any::Places;
use crate::wait::parker::Parker;
use crate::wait::this_thread::Lease;

/// The stop of a wait for something else, and those above it.
pub struct Stops<'a> {
    places: Places<'a>,
    /// When the wait ends: its own time has run out, or the stop comes by itself.
    pub deadline: Deadline,
    /// Whether the stop has come, if the wait ends without a waker: by its request or its deadline.
    pub has_come: bool,
    /// Whether the thread has found it requested when it was about to sleep.
    was_requested: bool,
}

impl<'a> Stops<'a> {
    /// Of a wait with that lease that ends at `deadline` otherwise. Nothing is linked yet.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there is no
    /// memory to wait.
    #[inline(never)]
    pub fn new(stop: Handle, deadline: Deadline, lease: &'a Lease) -> Result<Stops<'a>, Status> {
        let expires = stop::member(stop)?.expires;
        let places = Places::fill(lease, &|_| stop::member(stop), 1, None)?;
        let comes_first = match (expires, deadline) {
            (0, _) => false,
            (_, Deadline::Never) => true,
            (expires, Deadline::At(moment)) => expires <= moment,
        };
        let deadline = if comes_first { Deadline::At(expires) } else { deadline };
        Ok(Stops { places, deadline, has_come: comes_first, was_requested: false })
    }

    /// Requests do not reach the waiter any more.
    #[inline(never)]
    fn leave_queues(&self) {
        self.places.unlink();
    }

    /// As [`Stops::new`], of a stop that may be null: then nothing ends the wait but `deadline`.
    ///
    /// # Errors
    /// As [`Stops::new`].
    #[inline]
    pub fn unless_null(
        stop: Handle,
        deadline: Deadline,
        lease: &'a Lease,
    ) -> Result<(Option<Stops<'a>>, Deadline), Status> {
        if stop.is_null() {
            return Ok((None, deadline));
        }
        let stops = Stops::new(stop, deadline, lease)?;
        let deadline = stops.deadline;
        Ok((Some(stops), deadline))
    }
}

/// What else may end a wait.
pub trait Interrupts {
    /// Has requests end the wait from now on. If there was one the waiter gives up at once.
    fn link(&mut self, _parker: &Parker) {}

    /// Requests do not reach the waiter any more, which is decided.
    fn unlink(&mut self) {}
}

/// Nothing.
impl Interrupts for () {}

/// A stop, or none. The thread may wait again with it, so its entries stay its own.
impl Interrupts for Option<Stops<'_>> {
    fn link(&mut self, parker: &Parker) {
        if let Some(stops) = self {
            stops.link(parker);
        }
    }

    fn unlink(&mut self) {
        if let Some(stops) = self {
            stops.leave_queues();
        }
    }
}

/// Whether the thread did not sleep, since the stop was requested.
pub fn was_requested(stops: &Option<Stops<'_>>) -> bool {
    stops.as_ref().is_some_and(|stops| stops.was_requested)
}

/// How a wait ended that had these stops: one that ended without a waker was stopped, or out of
/// time.
pub fn told_apart(ended: Result<(), Status>, stops: &Option<Stops<'_>>) -> Result<(), Status> {
    let is_stopped = stops.as_ref().is_some_and(|stops| stops.has_come);
    match ended {
        Err(Status::THREADING_TIMEOUT) if is_stopped => Err(Status::THREADING_INTERRUPTED),
        ended => ended,
    }
}

impl Interrupts for Stops<'_> {
    #[inline(never)]
    fn link(&mut self, parker: &Parker) {
        if !self.places.link(0) && parker.give_up() {
            (self.has_come, self.was_requested) = (true, true);
        }
    }

    fn unlink(&mut self) {
        self.leave_queues();
        self.places.release();
    }
}
