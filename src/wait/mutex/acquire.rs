//! The slow path of acquiring, in any mode: a lock, an rlock, a unit of a semaphore.
//!
//! A thread spins for a while, then waits in the queue (`wait::park`). How it comes back decides
//! what it owes to the others that wait: `Arrival` says so.

use crate::object::handle::Handle;
use crate::object::word::{DESIGNATED_WAKER, State, WAITERS};
use crate::platform::clock::{self, Deadline};
use crate::platform::features::COUNTS_WAITS;
use crate::status::Status;
use crate::wait::backoff::Backoff;
use crate::wait::mutex::holder::SeenHolder;
use crate::wait::mutex::mode::{EXCLUSIVE, LOCKED, Mode};
use crate::wait::mutex::raw::RawMutex;
use crate::wait::mutex::waits;
use crate::wait::park::{Arrival, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::Guard;
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread::{self, Lease};
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;

impl RawMutex {
    /// One attempt, whatever bits are set, but for `clear`, which are cleared. `Err` has the state
    /// that speaks against it.
    fn try_acquire(&self, mode: &Mode, object: Handle, clear: u64) -> Result<State, State> {
        self.core.word.update(|state| {
            let can = state.is(object.tag()) && mode.is_free(state);
            can.then(|| mode.acquired(state).without(clear))
        })
    }

    /// Acquires it for `ident`, waiting if need be. The caller's fast path has failed, or it has
    /// none.
    ///
    /// # Errors
    /// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this
    /// handle lives here; `THREADING_NO_RESOURCES` if there is no memory for a waiter.
    #[cold]
    #[inline(never)]
    pub fn acquire_exclusive(
        &self,
        object: Handle,
        ident: u64,
        timeout: Timeout,
    ) -> Result<(), Status> {
        self.acquire_slow(&EXCLUSIVE, object, ident, timeout)
    }

    /// As `acquire_exclusive`, in any mode. Inlined, so that the compiler knows the mode: a mode
    /// has one function that calls it.
    ///
    /// # Errors
    /// As [`RawMutex::acquire_exclusive`].
    #[inline(always)]
    pub fn acquire_slow(
        &self,
        mode: &'static Mode,
        object: Handle,
        ident: u64,
        timeout: Timeout,
    ) -> Result<(), Status> {
        self.core.repair();
        let learnt = this_thread::own_waiter().map(|waiter| &waiter.acquiring);
        let mut backoff = Backoff::learning(learnt, mode.tolerated_spins);
        loop {
            match self.try_acquire(mode, object, 0) {
                Ok(_) => {
                    backoff.succeeded();
                    self.set_holder(ident);
                    return Ok(());
                }
                Err(state) if !state.is(object.tag()) => return Err(state.gone(object.tag())),
                Err(_) if timeout == Timeout::Poll => return Err(Status::THREADING_TIMEOUT),
                Err(_) if backoff.again() => {}
                Err(_) => break,
            }
        }
        let Some(lease) = this_thread::waiter() else {
            return Err(Status::THREADING_NO_RESOURCES);
        };
        let (since, deadline) = timeout.from_now();
        let mut acquire = Acquire { mutex: self, mode, object, ident, deadline, links: false };
        acquire.lock_contended(since, Arrival::New, &lease)
    }

    /// Goes on with an acquire whose first part was a wake: what a condition's waiter comes back
    /// with that was moved to this lock's queue.
    ///
    /// # Errors
    /// As [`RawMutex::acquire_exclusive`], but for the time-out.
    pub fn acquire_woken(
        &self,
        object: Handle,
        ident: u64,
        outcome: Outcome,
        lease: &Lease,
    ) -> Result<(), Status> {
        let (mode, deadline) = (&EXCLUSIVE, Deadline::Never);
        let mut acquire = Acquire { mutex: self, mode, object, ident, deadline, links: false };
        if let Some(answer) = acquire.woken(outcome) {
            return answer;
        }
        // It waits since the notify.
        let since = lease.node.arrival();
        acquire.lock_contended(since, Arrival::after(outcome), lease)
    }

    /// The thread of that lease has acquired it after a wait, which began at `since`, when the
    /// thread `holder` held it.
    #[inline(always)]
    pub fn note_wait(&self, mode: &Mode, object: Handle, since: u64, holder: u64, lease: &Lease) {
        let now = clock::now();
        let is_alone = mode.field == LOCKED;
        if is_alone {
            lease.waiter().turn.begin(self.address(), now);
        }
        // A semaphore has no holder: what is noted is to whom a unit was handed last.
        let holder = if is_alone { holder } else { 0 };
        waits::count(object, now.saturating_sub(since), holder, is_alone);
    }

    /// A waiter that was woken in a batch spins for a while until it is not LOCKED, before it
    /// acquires or waits again under the queue's lock.
    #[cold]
    pub fn spin_while_locked(&self, object: Handle) {
        let _ = Backoff::spin_until(|| {
            let state = self.core.word.load();
            !state.is(object.tag()) || !state.has(LOCKED)
        });
    }

    /// What a waiter does that waits for other objects as well, and was woken from this queue: it
    /// acquires, or it stands for nobody any more.
    ///
    /// # Errors
    /// `THREADING_TIMEOUT` if another thread was faster; `THREADING_INVALID_HANDLE` or
    /// `THREADING_DESTROYED` if the object has ended.
    pub fn acquire_or_leave(
        &self,
        mode: &'static Mode,
        object: Handle,
        ident: u64,
    ) -> Result<(), Status> {
        let deadline = Deadline::At(0);
        let acquire = Acquire { mutex: self, mode, object, ident, deadline, links: false };
        if acquire.acquire_spinning() {
            self.set_holder(ident);
            return Ok(());
        }
        acquire.leave_woken()
    }
}

/// An acquire that waits.
struct Acquire<'a> {
    mutex: &'a RawMutex,
    mode: &'static Mode,
    object: Handle,
    ident: u64,
    deadline: Deadline,
    /// Whether the thread has linked itself.
    links: bool,
}

impl WaitProtocol for Acquire<'_> {
    type Output = ();

    const IS_OVERTAKEN: bool = true;

    #[inline(always)]
    fn validate(&mut self, guard: &Guard<'_>, arrival: Arrival) -> Validated<()> {
        let (mutex, mode, tag) = (self.mutex, self.mode, self.object.tag());
        let clear = if arrival == Arrival::New { 0 } else { DESIGNATED_WAKER };
        let found = mutex.core.word.update(|state| {
            let next = state.without(clear);
            let is_free = mode.is_free(state);
            state.is(tag).then(|| if is_free { mode.acquired(next) } else { next.with(WAITERS) })
        });
        if arrival == Arrival::Batch && found.is_ok() {
            mutex.batch_arrived();
        }
        match found {
            Err(state) => Validated::Done(Err(state.gone(tag))),
            Ok(state) if mode.is_free(state) => {
                mutex.set_holder(self.ident);
                (mode.rules.process_pending)(guard);
                Validated::Done(Ok(()))
            }
            Ok(_) => {
                self.links = true;
                match arrival {
                    Arrival::New => Validated::Last(self.deadline),
                    _ => Validated::First(self.deadline),
                }
            }
        }
    }

    #[inline(always)]
    fn woken(&mut self, outcome: Outcome) -> Option<Result<(), Status>> {
        match outcome {
            Outcome::HandedOff => {
                self.mutex.note_hand_off(clock::now());
                Some(Ok(()))
            }
            // It was linked behind those whom a condition has moved.
            Outcome::Batch => {
                self.mutex.spin_while_locked(self.object);
                None
            }
            Outcome::Woken if self.acquire_spinning() => {
                self.mutex.set_holder(self.ident);
                Some(Ok(()))
            }
            Outcome::Woken if self.deadline.passed() => Some(self.leave_woken()),
            _ => None,
        }
    }
}

impl Acquire<'_> {
    /// Waits in the queue until it has acquired. `arrival` says how the thread comes there.
    #[inline(always)]
    fn lock_contended(
        &mut self,
        since: u64,
        arrival: Arrival,
        lease: &Lease,
    ) -> Result<(), Status> {
        let (object, kind, ident) = (self.object, WaitKind::Lock, self.ident);
        let wait = Wait { object, kind, ident, broadcast: None };
        let (mutex, mode) = (self.mutex, self.mode);
        let holder = COUNTS_WAITS.then(|| mutex.look_at_holder());
        let ended = park(&mutex.core, mode.rules, lease, &wait, since, arrival, self);
        match ended {
            Ok(()) if self.links => {
                let holder = holder.map_or(0, SeenHolder::ident);
                mutex.note_wait(mode, object, since, holder, lease);
            }
            Err(Status::THREADING_TIMEOUT) => waits::count_timeout(object),
            _ => {}
        }
        ended
    }

    /// A waiter that was woken spins for a while whether it finds it free.
    #[inline(always)]
    fn acquire_spinning(&self) -> bool {
        Backoff::spin_until(|| self.try_acquire_woken())
    }

    /// One attempt of a waiter that was woken.
    #[inline(always)]
    fn try_acquire_woken(&self) -> bool {
        let Ok(state) = self.mutex.try_acquire(self.mode, self.object, DESIGNATED_WAKER) else {
            return false;
        };
        if self.mode.is_free(self.mode.acquired(state)) && state.has(WAITERS) {
            self.mutex.core.process_or_pend(self.mode.rules);
        }
        true
    }

    /// A woken waiter whose time has run out: it acquires if it can after all, and else stands for
    /// nobody any more.
    fn leave_woken(&self) -> Result<(), Status> {
        let (mode, tag) = (self.mode, self.object.tag());
        let guard = self.mutex.core.lock_by(mode.rules);
        let found = self.mutex.core.word.update(|state| {
            let next = state.without(DESIGNATED_WAKER);
            let is_free = mode.is_free(state);
            state.is(tag).then(|| if is_free { mode.acquired(next) } else { next })
        });
        let answer = match found {
            Err(state) => return Err(state.gone(tag)),
            // The next release finds DESIGNATED_WAKER clear, and wakes another.
            Ok(state) if !mode.is_free(state) => Err(Status::THREADING_TIMEOUT),
            Ok(_) => {
                self.mutex.set_holder(self.ident);
                Ok(())
            }
        };
        (mode.rules.process_pending)(&guard);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiter_counts_from_the_moment_when_it_began_to_wait() {
        static MUTEX: RawMutex = RawMutex::INTERNAL;
        let acquire =
            || MUTEX.acquire_exclusive(Handle::NULL, this_thread::ident(), Timeout::Forever);
        assert_eq!(acquire(), Ok(()));
        let before = clock::now();
        let waiter = std::thread::spawn(move || {
            assert_eq!(acquire(), Ok(()));
            assert_eq!(MUTEX.release_slow(Handle::NULL), Ok(()));
        });
        let arrival = loop {
            if let Some(arrival) = MUTEX.core.lock().first_arrival() {
                break arrival;
            }
            std::thread::yield_now();
        };
        assert!(before <= arrival && arrival <= clock::now());
        assert_eq!(MUTEX.release_slow(Handle::NULL), Ok(()));
        waiter.join().expect("the thread ends");
    }
}
