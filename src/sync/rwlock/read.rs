//! Acquiring and releasing an rwlock to read.
//!
//! A thread that reads already, this rwlock or another, passes writers that only wait. Else two
//! threads could wait for each other with two writers between them, and a thread that reads again
//! for itself with one. Each thread has the sum of the handles of the rwlocks that it reads
//! (`platform::tls`): it costs one instruction, and with it a thread knows whether it reads
//! anything, and whether it reads one rwlock and no other. A read that another thread ends leaves
//! both with sums that are wrong: they may pass writers without need.

use core::hint;

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::table::Slot;
use crate::object::word::{self, DESIGNATED_WAKER, State, WAITERS};
use crate::platform::clock::Deadline;
use crate::platform::features::COUNTS_WAITS;
use crate::platform::tls;
use crate::probe::Hold;
use crate::status::Status;
use crate::sync::interrupts::{Interrupts, Stops, told_apart};
use crate::sync::rwlock::queue::{BEATEN, READS};
use crate::sync::rwlock::slot::{READER, READERS, RULES, Rwlock, WRITERS, is_full, reads};
use crate::wait::backoff::{self, Backoff};
use crate::wait::contention;
use crate::wait::mutex::mode::{EXCLUSIVE, LOCKED};
use crate::wait::mutex::waits;
use crate::wait::park::{Arrival, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::Guard;
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;
use crate::wait::waiter::Waiter;

/// Whether a thread may read in that state, which passes waiting writers or does not.
fn may_read(state: State, passes: bool) -> bool {
    let keeps_out = if passes { LOCKED } else { LOCKED | WRITERS };
    state.0 & keeps_out == 0 && !is_full(state)
}

/// Whether the fast path acquires in that state: right tag, alive, nobody writes, and no writer
/// keeps newcomers out.
#[inline(always)]
fn is_quick(rwlock: Handle, found: State) -> bool {
    // All bits of the count but the highest, so that it cannot overflow here.
    const ANY: u64 = READERS >> 1 & READERS | WAITERS;
    found.0.wrapping_sub(word::idle(rwlock).0) & !ANY == 0
}

/// The fast path: one compare-exchange proves the handle and acquires. False: the caller has to
/// call [`acquire`].
#[inline(always)]
pub fn acquire_quickly(rwlock: Handle) -> bool {
    let Some(slot) = Rwlock::first().get(rwlock.index() as usize) else { return false };
    let idle = word::idle(rwlock);
    let found = if contention::looks_at_rwlocks() {
        hint::cold_path();
        let found = slot.state().load_relaxed();
        if found == idle {
            contention::note_unshared();
        }
        found
    } else {
        let Err(found) = slot.state().cas_acquire(idle, State(idle.0 + READER)) else {
            tls::add_read(rwlock.0);
            return true;
        };
        hint::cold_path();
        contention::note_shared();
        found
    };
    if !is_quick(rwlock, found) || slot.state().cas_acquire(found, State(found.0 + READER)).is_err()
    {
        return false;
    }
    tls::add_read(rwlock.0);
    true
}

/// The fast path of trying. True: the caller reads now. `None`: the caller has to call [`acquire`].
#[inline(always)]
pub fn try_quickly(rwlock: Handle) -> Option<bool> {
    acquire_quickly(rwlock).then_some(true)
}

/// Acquires the rwlock to read within that time.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_WOULD_DEADLOCK` if the caller writes; `THREADING_OVERFLOW` if
/// there are too many reads; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`;
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn acquire(rwlock: Handle, timeout: Timeout) -> Result<(), Status> {
    // A call without a time limit has tried the fast path.
    if timeout == Timeout::Forever && has_lost_a_race(rwlock) {
        backoff::leave_to_others();
    }
    acquire_unless_stopped(rwlock, timeout, Handle::NULL)
}

/// Whether the fast path has failed only because another thread was faster: mostly a reader, or a
/// writer that has left since.
#[cold]
fn has_lost_a_race(rwlock: Handle) -> bool {
    Rwlock::first()
        .get(rwlock.index() as usize)
        .is_some_and(|slot| is_quick(rwlock, slot.state().load_relaxed()))
}

/// As [`acquire`], but no longer than until the stop has come, which may be null.
///
/// # Errors
/// As [`acquire`]; `THREADING_INTERRUPTED` if the stop has come first.
pub fn acquire_unless_stopped(
    rwlock: Handle,
    timeout: Timeout,
    stop: Handle,
) -> Result<(), Status> {
    let (slot, _) = Rwlock::table().find(rwlock)?;
    slot.acquire_read(rwlock, timeout, stop)?;
    tls::add_read(rwlock.0);
    slot.report_acquired(Hold::Read, timeout != Timeout::Forever);
    Ok(())
}

impl Rwlock {
    #[cold]
    fn acquire_read(&self, rwlock: Handle, timeout: Timeout, stop: Handle) -> Result<(), Status> {
        self.repair();
        let (tag, passes, ident) = (rwlock.tag(), tls::reads() != 0, this_thread::ident());
        let learnt = this_thread::own_waiter().map(|waiter| &waiter.acquiring);
        let mut backoff = Backoff::learning(learnt, EXCLUSIVE.tolerated_spins);
        loop {
            let found = self.state().update(|state| {
                let can = state.is(tag) && may_read(state, passes);
                can.then_some(State(state.0 + READER))
            });
            match found {
                Ok(_) => {
                    backoff.succeeded();
                    return Ok(());
                }
                Err(state) if !state.is(tag) => return Err(state.gone(tag)),
                Err(state) if state.has(LOCKED) && self.mutex.unmarked_holder() == ident => {
                    return Err(failure!(THREADING_WOULD_DEADLOCK, c"the caller writes it"));
                }
                Err(state) if is_full(state) => return Err(too_many()),
                Err(_) if timeout == Timeout::Poll => return Err(Status::THREADING_TIMEOUT),
                Err(_) if backoff.again() => {}
                Err(_) => break,
            }
        }
        let Some(lease) = this_thread::waiter() else {
            return Err(Status::THREADING_NO_RESOURCES);
        };
        let (since, deadline) = timeout.from_now();
        let (stops, deadline) = Stops::unless_null(stop, deadline, &lease)?;
        let wait = Wait { object: rwlock, kind: WaitKind::Lock, ident, broadcast: None };
        let writer = if COUNTS_WAITS { self.mutex.unmarked_holder() } else { 0 };
        let waiter = lease.waiter();
        let mut read = Read { slot: self, rwlock, waiter, deadline, passes, links: false, stops };
        let ended = park(&self.mutex.core, &RULES, &lease, &wait, since, Arrival::New, &mut read);
        let ended = told_apart(ended, &read.stops);
        waits::count_ended(ended, read.links, rwlock, since, writer);
        ended
    }
}

fn too_many() -> Status {
    failure!(THREADING_OVERFLOW, c"there are 67,108,863 reads already")
}

/// A read that waits.
struct Read<'a> {
    slot: &'a Rwlock,
    rwlock: Handle,
    /// Whose node is the thread's place in the queue.
    waiter: &'static Waiter,
    deadline: Deadline,
    passes: bool,
    /// Whether the thread has linked itself.
    links: bool,
    /// What else may end the wait.
    stops: Option<Stops<'a>>,
}

impl WaitProtocol for Read<'_> {
    type Output = ();

    const IS_OVERTAKEN: bool = true;

    fn validate(&mut self, _guard: &Guard<'_>, arrival: Arrival) -> Validated<()> {
        let (mutex, tag) = (&self.slot.mutex, self.rwlock.tag());
        let was_let_in = arrival == Arrival::Batch;
        let can = |state: State| may_read(state, self.passes || was_let_in);
        let found = mutex.core.word.update(|state| {
            if !state.is(tag) || is_full(state) {
                return None;
            }
            Some(if can(state) { State(state.0 + READER) } else { state.with(WAITERS) })
        });
        match found {
            Err(state) if !state.is(tag) => Validated::Done(Err(state.gone(tag))),
            Err(_) => Validated::Done(Err(too_many())),
            Ok(state) if can(state) => Validated::Done(Ok(())),
            Ok(_) => {
                self.links = true;
                self.waiter.node.note.set(if was_let_in { BEATEN } else { READS });
                Validated::First(self.deadline)
            }
        }
    }

    fn before_sleep(&mut self) {
        self.stops.link(&self.waiter.parker);
    }

    fn awake(&mut self) {
        self.stops.unlink();
    }

    fn woken(&mut self, outcome: Outcome) -> Option<Result<(), Status>> {
        match outcome {
            Outcome::HandedOff => Some(Ok(())),
            Outcome::Batch => {
                self.slot.mutex.spin_while_locked(self.rwlock);
                None
            }
            _ => None,
        }
    }
}

/// The fast path of releasing: it is not the last read, or nobody has to be woken. False: the
/// caller has to call [`release`].
#[inline(always)]
pub fn release_quickly(rwlock: Handle) -> bool {
    let Some(slot) = Rwlock::first().get(rwlock.index() as usize) else { return false };
    let idle = word::idle(rwlock);
    let found = if contention::looks_at_rwlocks() {
        hint::cold_path();
        slot.state().load_relaxed()
    } else {
        let Err(found) = slot.state().cas_release(State(idle.0 + READER), idle) else {
            tls::remove_read(rwlock.0);
            return true;
        };
        hint::cold_path();
        contention::note_shared();
        found
    };
    // Right tag, alive, and a read or more, beside which there is no write; WRITERS may be set.
    let above = found.0.wrapping_sub(idle.0);
    if above.wrapping_sub(READER) > READERS + WRITERS - READER
        || slot.state().cas_release(found, State(found.0 - READER)).is_err()
    {
        return false;
    }
    tls::remove_read(rwlock.0);
    true
}

/// Ends a read.
///
/// # Errors
/// `THREADING_NOT_ACQUIRED` if there is none; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn release(rwlock: Handle) -> Result<(), Status> {
    let (slot, state) = Rwlock::table().find(rwlock)?;
    slot.repair();
    if reads(state) > 0 {
        slot.report_releasing(Hold::Read);
    }
    slot.release_read(rwlock)?;
    tls::remove_read(rwlock.0);
    Ok(())
}

impl Rwlock {
    #[cold]
    fn release_read(&self, rwlock: Handle) -> Result<(), Status> {
        let tag = rwlock.tag();
        let is_read = |state: State| state.is(tag) && reads(state) > 0;
        let less = |state: State| State(state.0 - READER);
        let wakes_nobody =
            |state: State| reads(state) > 1 || !state.has(WAITERS) || state.has(DESIGNATED_WAKER);
        let mut found = self
            .state()
            .update(|state| (is_read(state) && wakes_nobody(state)).then(|| less(state)));
        if found.is_err_and(is_read) {
            let guard = self.mutex.core.lock_by(&RULES);
            found = self.state().update(|state| is_read(state).then(|| less(state)));
            if found.is_ok() {
                self.settle(&guard);
            }
        }
        match found {
            Ok(_) => Ok(()),
            Err(state) if !state.is(tag) => Err(state.gone(tag)),
            Err(_) => Err(Status::THREADING_NOT_ACQUIRED),
        }
    }
}
