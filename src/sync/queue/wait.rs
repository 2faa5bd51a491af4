//! How threads wait for an item, for room, and for the end of all tasks.
//!
//! A thread that was woken for an item or for room looks for itself: others may have been faster.
//! Then it links itself in front. So for each item that is put, and for each place that is freed
//! while somebody waits urgently, one thread is woken, and what it came for is there, or was taken
//! by a thread that did not wait.
//!
//! **Napping.** If a put were woken for each place, a queue that runs full would stay full: the
//! producer is woken for one place, takes it, and sleeps again, with two switches of threads for
//! one item. The state lasts, on a busy machine above all, where the woken thread runs at once in
//! place of the one that has woken it. So a thread that waits for room naps first. It is woken when
//! half of the items are gone, and looks for itself after a moment (`NAP`). If there is no room
//! then, consumers are slow, a switch does not matter, and it waits urgently: the first free place
//! is its own.

use core::ffi::c_void;

use crate::object::handle::Handle;
use crate::object::word::WAITERS;
use crate::platform::clock::{self, Deadline};
use crate::status::Status;
use crate::sync::interrupts::{Interrupts, Stops, told_apart, was_requested};
use crate::sync::queue::slot::{MANY_PLACES, Queue, URGENT, wake_first};
use crate::wait::park::{Arrival, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, NO_PENDING};
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread::{self, Lease};
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;
use crate::wait::waiter::Waiter;

/// How long a thread naps, in nanoseconds: a small multiple of what two switches of threads cost.
const NAP: u64 = 100_000;

/// One wait in one of the queues: whether the thread waits still is for `must_wait` to say, under
/// the lock of that queue, and then WAITERS is set in that queue's word.
struct Until<'a, 'b, F> {
    must_wait: F,
    deadline: Deadline,
    /// It was woken, and others were faster.
    was_beaten: bool,
    /// Whose wait it is.
    waiter: &'static Waiter,
    /// What else may end it.
    stops: &'a mut Option<Stops<'b>>,
}

impl<F: FnMut(&Guard<'_>) -> Result<bool, Status>> WaitProtocol for Until<'_, '_, F> {
    type Output = ();

    fn validate(&mut self, guard: &Guard<'_>, _arrival: Arrival) -> Validated<()> {
        match (self.must_wait)(guard) {
            Ok(true) if self.was_beaten => Validated::First(self.deadline),
            Ok(true) => Validated::Last(self.deadline),
            Ok(false) => Validated::Done(Ok(())),
            Err(status) => Validated::Done(Err(status)),
        }
    }

    fn before_sleep(&mut self) {
        self.stops.link(&self.waiter.parker);
    }

    fn awake(&mut self) {
        self.stops.unlink();
    }

    fn woken(&mut self, _outcome: Outcome) -> Option<Result<(), Status>> {
        Some(Ok(()))
    }
}

/// A call that waits, perhaps several times.
struct Waiting<'a> {
    queue: Handle,
    lease: &'a Lease,
    since: u64,
    deadline: Deadline,
    was_beaten: bool,
    /// What else may end it; `None`: nothing.
    stops: Option<Stops<'a>>,
}

/// What a call waits with.
///
/// # Errors
/// `THREADING_TIMEOUT` if it may not wait; `THREADING_NO_RESOURCES`.
fn lease(timeout: Timeout) -> Result<Lease, Status> {
    if timeout == Timeout::Poll {
        return Err(Status::THREADING_TIMEOUT);
    }
    this_thread::waiter().ok_or(Status::THREADING_NO_RESOURCES)
}

impl<'a> Waiting<'a> {
    /// # Errors
    /// As [`Stops::new`].
    fn begin(
        queue: Handle,
        timeout: Timeout,
        stop: Handle,
        lease: &'a Lease,
    ) -> Result<Waiting<'a>, Status> {
        let (since, deadline) = timeout.from_now();
        let (stops, deadline) = Stops::unless_null(stop, deadline, lease)?;
        Ok(Waiting { queue, lease, since, deadline, was_beaten: false, stops })
    }

    /// Waits once, at most until that moment. `Ok`: it was woken, or need not wait.
    fn once(
        &mut self,
        core: &Core,
        deadline: Deadline,
        must_wait: impl FnMut(&Guard<'_>) -> Result<bool, Status>,
    ) -> Result<(), Status> {
        let ident = this_thread::known_ident();
        let wait = Wait { object: self.queue, kind: WaitKind::Event, ident, broadcast: None };
        let (waiter, was_beaten) = (self.lease.waiter(), self.was_beaten);
        let stops = &mut self.stops;
        let mut until = Until { must_wait, deadline, was_beaten, waiter, stops };
        park(core, &NO_PENDING, self.lease, &wait, self.since, Arrival::New, &mut until)
    }
}

/// The moment at which a nap ends that begins now.
fn end_of_nap(deadline: Deadline) -> Deadline {
    let end = clock::now() + NAP;
    Deadline::At(deadline.moment().map_or(end, |moment| moment.min(end)))
}

/// Puts an item as soon as there is room, unless the stop comes first, which may be null.
#[cold]
#[inline(never)]
pub(super) fn put(
    slot: &'static Queue,
    queue: Handle,
    item: *mut c_void,
    timeout: Timeout,
    stop: Handle,
) -> Result<(), Status> {
    let lease = lease(timeout)?;
    let mut waiting = Waiting::begin(queue, timeout, stop, &lease)?;
    let mut naps = slot.maxsize() >= MANY_PLACES;
    loop {
        let (deadline, bits) = match naps {
            true => (end_of_nap(waiting.deadline), WAITERS),
            false => (waiting.deadline, WAITERS | URGENT),
        };
        let waited = waiting.once(&slot.room, deadline, |guard| {
            let locked = slot.lock(queue)?;
            let is_full = locked.is_full()?;
            if is_full {
                // Before the lock of the ring is left: see the top of `slot`.
                let _ = guard.core().word.update(|state| Some(state.with(bits)));
            }
            Ok(is_full)
        });
        match waited {
            Ok(()) => waiting.was_beaten = true,
            Err(Status::THREADING_TIMEOUT) => {
                if was_requested(&waiting.stops) {
                    return Err(Status::THREADING_INTERRUPTED);
                }
                (naps, waiting.was_beaten) = (false, false);
            }
            Err(status) => return Err(status),
        }
        if slot.lock(queue)?.put(item)? {
            return Ok(());
        }
        if waited.is_err() && deadline == waiting.deadline {
            return told_apart(waited, &waiting.stops);
        }
    }
}

/// Takes an item as soon as there is one, unless the stop comes first, which may be null.
#[cold]
#[inline(never)]
pub(super) fn get(
    slot: &'static Queue,
    queue: Handle,
    timeout: Timeout,
    stop: Handle,
) -> Result<*mut c_void, Status> {
    let lease = lease(timeout)?;
    let mut waiting = Waiting::begin(queue, timeout, stop, &lease)?;
    loop {
        let waited = waiting.once(&slot.core, waiting.deadline, |guard| {
            let must_wait = slot.must_wait_for_item(guard, queue)?;
            if must_wait {
                let _ = guard.core().word.update(|state| Some(state.with(WAITERS)));
            }
            Ok(must_wait)
        });
        told_apart(waited, &waiting.stops)?;
        waiting.was_beaten = true;
        if let Some(item) = take(slot, queue)? {
            return Ok(item);
        }
    }
}

/// Takes an item if there is one, and wakes a thread that waits for room if it is time.
///
/// # Errors
/// `THREADING_CLOSED`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline(always)]
pub(super) fn take(slot: &'static Queue, queue: Handle) -> Result<Option<*mut c_void>, Status> {
    let (item, wakes) = {
        let locked = slot.lock(queue)?;
        let item = locked.get()?;
        (item, item.is_some() && locked.wakes_putter())
    };
    if wakes {
        wake_putters(slot, 1);
    }
    Ok(item)
}

/// Wakes up to `count` threads that wait for room.
#[cold]
#[inline(never)]
pub(super) fn wake_putters(slot: &Queue, count: usize) {
    let guard = slot.room.lock();
    wake_first(&guard, count);
    if guard.is_empty() {
        let _ = slot.room.word.update(|state| state.has(URGENT).then_some(state.without(URGENT)));
    }
}

/// Waits until no task is unfinished, unless the stop comes first, which may be null.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INTERRUPTED`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`;
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub(super) fn join(
    slot: &'static Queue,
    queue: Handle,
    timeout: Timeout,
    stop: Handle,
) -> Result<(), Status> {
    if slot.lock(queue)?.unfinished() == 0 {
        return Ok(());
    }
    let lease = lease(timeout)?;
    let mut waiting = Waiting::begin(queue, timeout, stop, &lease)?;
    let waited = waiting.once(&slot.done, waiting.deadline, |guard| {
        let locked = slot.lock(queue)?;
        let must_wait = locked.unfinished() != 0;
        if must_wait {
            let _ = guard.core().word.update(|state| Some(state.with(WAITERS)));
        }
        Ok(must_wait)
    });
    told_apart(waited, &waiting.stops)
}

/// Lets those go on who wait for the end of all tasks, if it has come and nothing was put since.
#[cold]
#[inline(never)]
pub(super) fn release_joiners(slot: &'static Queue, queue: Handle) {
    let guard = slot.done.lock();
    if slot.lock(queue).is_ok_and(|locked| locked.unfinished() == 0) {
        guard.release_all(|_| Outcome::HandedOff);
    }
}
