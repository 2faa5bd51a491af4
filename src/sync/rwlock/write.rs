//! Acquiring and releasing an rwlock to write.
//!
//! WRITERS is set when a writer links itself, and stays until it has acquired or gives up. Running
//! threads may write meanwhile, as they may acquire a lock past those that wait.

use core::hint;

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::table::Slot;
use crate::object::word::{self, DESIGNATED_WAKER, State, WAITERS};
use crate::platform::clock::{self, Deadline};
use crate::platform::features::COUNTS_WAITS;
use crate::platform::tls;
use crate::probe::Hold;
use crate::status::Status;
use crate::sync::interrupts::{Interrupts, Stops, told_apart};
use crate::sync::rwlock::queue::{WRITES, first_writer};
use crate::sync::rwlock::slot::{RULES, Rwlock, WRITERS, is_free, reads};
use crate::wait::backoff::Backoff;
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

/// What may be set beside a free rwlock that a newcomer acquires.
const OTHERS: u64 = WAITERS | DESIGNATED_WAKER | WRITERS;

/// The fast path: one compare-exchange proves the handle and acquires. False: the caller has to
/// call [`acquire`].
#[inline(always)]
pub fn acquire_quickly(rwlock: Handle) -> bool {
    let Some(slot) = Rwlock::first().get(rwlock.index() as usize) else { return false };
    // The ident is read before the compare-exchange, because no later load can overtake that.
    let ident = this_thread::known_ident();
    if ident == 0 || !slot.try_write_fast(word::idle(rwlock)) {
        return false;
    }
    slot.mutex.set_holder(ident);
    true
}

/// The fast path of releasing: nobody has to be woken. False: the caller has to call [`release`].
#[inline(always)]
pub fn release_quickly(rwlock: Handle) -> bool {
    let Some(slot) = Rwlock::first().get(rwlock.index() as usize) else { return false };
    let ident = this_thread::known_ident();
    if ident == 0 || slot.mutex.unmarked_holder() != ident || !slot.is_of(rwlock) {
        return false;
    }
    let idle = word::idle(rwlock);
    let held = idle.with(LOCKED);
    if contention::looks_at_rwlocks() {
        hint::cold_path();
        if slot.state().load_relaxed() != held {
            return false;
        }
        contention::note_unshared();
    }
    slot.mutex.clear_holder();
    let Err(found) = slot.state().cas_release(held, idle) else { return true };
    hint::cold_path();
    contention::note_shared();
    if found.is(rwlock.tag()) {
        slot.mutex.set_holder(ident);
    }
    false
}

/// Acquires the rwlock to write within that time.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_WOULD_DEADLOCK` if the caller writes, or reads this rwlock and
/// no other; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there
/// is no memory to wait.
pub fn acquire(rwlock: Handle, timeout: Timeout) -> Result<(), Status> {
    acquire_unless_stopped(rwlock, timeout, Handle::NULL)
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
    slot.acquire_write(rwlock, timeout, stop)?;
    slot.report_acquired(Hold::Write, timeout != Timeout::Forever);
    Ok(())
}

/// Ends the write of the calling thread.
///
/// # Errors
/// `THREADING_NOT_ACQUIRED` if no thread writes; `THREADING_NOT_OWNER` if another one does;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn release(rwlock: Handle) -> Result<(), Status> {
    let slot = find_written(rwlock)?;
    slot.report_releasing(Hold::Write);
    slot.mutex.clear_holder();
    let without_waking = slot.state().update(|state| {
        let nobody_waits = !state.has(WAITERS);
        nobody_waits.then(|| without_write(state))
    });
    if without_waking.is_err() {
        slot.end_write(&slot.mutex.core.lock_by(&RULES), 0);
    }
    Ok(())
}

/// The state after a write, while nobody is linked: a woken writer may be on its way.
pub fn without_write(state: State) -> State {
    let done = if state.has(DESIGNATED_WAKER) { 0 } else { WRITERS };
    state.without(LOCKED | done)
}

/// The rwlock that the calling thread writes.
///
/// # Errors
/// As [`release`].
pub fn find_written(rwlock: Handle) -> Result<&'static Rwlock, Status> {
    let (slot, state) = Rwlock::table().find(rwlock)?;
    if slot.is_written_by(rwlock, this_thread::known_ident()) {
        slot.repair();
        return Ok(slot);
    }
    Err(if state.has(LOCKED) {
        Status::THREADING_NOT_OWNER
    } else {
        Status::THREADING_NOT_ACQUIRED
    })
}

impl Rwlock {
    #[inline(always)]
    fn try_write_fast(&self, idle: State) -> bool {
        match self.state().cas_acquire(idle, idle.with(LOCKED)) {
            Ok(()) => true,
            Err(found) => {
                hint::cold_path();
                found.without(OTHERS) == idle
                    && self.state().cas_acquire(found, found.with(LOCKED)).is_ok()
            }
        }
    }

    /// One attempt; `clear` bits are cleared. `Err` has the state that speaks against it.
    fn try_write(&self, rwlock: Handle, clear: u64) -> Result<State, State> {
        self.state().update(|state| {
            let can = state.is(rwlock.tag()) && is_free(state);
            can.then(|| state.without(clear).with(LOCKED))
        })
    }

    #[cold]
    fn acquire_write(&self, rwlock: Handle, timeout: Timeout, stop: Handle) -> Result<(), Status> {
        self.repair();
        let (tag, ident) = (rwlock.tag(), this_thread::ident());
        let learnt = this_thread::own_waiter().map(|waiter| &waiter.acquiring);
        let mut backoff = Backoff::learning(learnt, EXCLUSIVE.tolerated_spins);
        loop {
            match self.try_write(rwlock, 0) {
                Ok(_) => {
                    backoff.succeeded();
                    self.mutex.set_holder(ident);
                    return Ok(());
                }
                Err(state) if !state.is(tag) => return Err(state.gone(tag)),
                Err(state) if state.has(LOCKED) && self.mutex.unmarked_holder() == ident => {
                    return Err(failure!(
                        THREADING_WOULD_DEADLOCK,
                        c"the caller writes it already"
                    ));
                }
                Err(state) if reads(state) > 0 && tls::reads() == rwlock.0 => {
                    return Err(failure!(THREADING_WOULD_DEADLOCK, c"the caller reads it"));
                }
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
        let mut write = Write { slot: self, rwlock, waiter, ident, deadline, links: false, stops };
        let core = &self.mutex.core;
        let ended = park(core, &RULES, &lease, &wait, since, Arrival::New, &mut write);
        let ended = told_apart(ended, &write.stops);
        if ended.is_err_and(|status| !status.is_error()) {
            // Readers may have waited for this writer alone.
            self.settle(&core.lock_by(&RULES));
        }
        waits::count_ended(ended, write.links, rwlock, since, writer);
        ended
    }
}

/// A write that waits.
struct Write<'a> {
    slot: &'a Rwlock,
    rwlock: Handle,
    /// Whose node is the thread's place in the queue.
    waiter: &'static Waiter,
    ident: u64,
    deadline: Deadline,
    /// Whether the thread has linked itself.
    links: bool,
    /// What else may end the wait.
    stops: Option<Stops<'a>>,
}

impl WaitProtocol for Write<'_> {
    type Output = ();

    const IS_OVERTAKEN: bool = true;

    fn validate(&mut self, guard: &Guard<'_>, arrival: Arrival) -> Validated<()> {
        let (mutex, tag) = (&self.slot.mutex, self.rwlock.tag());
        let clear = if arrival == Arrival::New { 0 } else { DESIGNATED_WAKER };
        let found = mutex.core.word.update(|state| {
            let next = state.without(clear);
            let is_free = is_free(state);
            state.is(tag).then(|| next.with(if is_free { LOCKED } else { WAITERS | WRITERS }))
        });
        match found {
            Err(state) => Validated::Done(Err(state.gone(tag))),
            Ok(state) if is_free(state) => {
                mutex.set_holder(self.ident);
                Validated::Done(Ok(()))
            }
            Ok(_) => {
                self.links = true;
                self.waiter.node.note.set(WRITES);
                match first_writer(guard).filter(|_| arrival != Arrival::New) {
                    Some(other) => Validated::Before(other, self.deadline),
                    None => Validated::Last(self.deadline),
                }
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
            Outcome::HandedOff => {
                self.slot.mutex.note_hand_off(clock::now());
                Some(Ok(()))
            }
            Outcome::Woken if self.acquire_spinning() => {
                self.slot.mutex.set_holder(self.ident);
                Some(Ok(()))
            }
            Outcome::Woken if self.deadline.passed() => Some(self.leave_woken()),
            _ => None,
        }
    }
}

impl Write<'_> {
    /// A writer that was woken spins for a while whether it can acquire. Others that wait to write
    /// have set WRITERS too; the release, which finds them, sets it again.
    fn acquire_spinning(&self) -> bool {
        let clear = DESIGNATED_WAKER | WRITERS;
        Backoff::spin_until(|| self.slot.try_write(self.rwlock, clear).is_ok())
    }

    /// A woken writer whose time has run out: it acquires if it can after all, and else stands for
    /// nobody any more. The caller settles.
    fn leave_woken(&self) -> Result<(), Status> {
        let tag = self.rwlock.tag();
        let guard = self.slot.mutex.core.lock_by(&RULES);
        let found = guard.core().word.update(|state| {
            let next = state.without(DESIGNATED_WAKER);
            state.is(tag).then(|| if is_free(state) { next.with(LOCKED) } else { next })
        });
        match found {
            Err(state) => Err(state.gone(tag)),
            Ok(state) if !is_free(state) => Err(Status::THREADING_TIMEOUT),
            Ok(_) => {
                self.slot.mutex.set_holder(self.ident);
                Ok(())
            }
        }
    }
}
