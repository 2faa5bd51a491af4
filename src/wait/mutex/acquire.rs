//! Waiting for one's turn at something that is taken and left: a lock, an rlock, a unit of a
//! semaphore.
//!
//! `exclusive` has the table of what LOCKED, WAITERS and WAKING mean together; a semaphore's count
//! above 0 stands for LOCKED being clear.

use crate::object::handle::{Kind, Tag};
use crate::object::word::{State, WAITERS, WAKING};
use crate::platform::system;
use crate::status::Status;
use crate::wait::backoff::{Awaited, Spin};
use crate::wait::mutex::raw::{Exclusive, LOCKED};
use crate::wait::queue::{self, Settle};
use crate::wait::this_thread::{self, Lease};
use crate::wait::timeout::{Deadline, Timeout};
use crate::wait::waiter::Outcome;

/// What is taken and left: the one LOCKED bit of locks, or one of a semaphore's count.
pub trait Unit {
    /// Whether there is one to take.
    fn is_free(state: State) -> bool;
    /// The state with one taken.
    fn taken(state: State) -> State;
    /// What to do for wakers that pended: nothing for locks.
    const SETTLE: Settle;
    /// How often in a row a thread may look for one in vain before it goes to sleep at once. Often
    /// with locks: their holders mean to leave soon, and whoever sleeps too readily is served less.
    const TOLERATED: u16;
}

/// How a waiter has come to wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Come {
    /// To wait behind all others.
    Anew,
    /// It was woken from this queue just now, and WAKING stands for it: until it takes, links
    /// itself again or goes away, all who wait rely on it.
    Woken,
    /// It was called out of this queue just now, and is counted (`exclusive`).
    Called,
}

/// The LOCKED bit.
pub struct Single;

impl Unit for Single {
    #[inline(always)]
    fn is_free(state: State) -> bool {
        !state.has(LOCKED)
    }

    #[inline(always)]
    fn taken(state: State) -> State {
        state.with(LOCKED)
    }

    const SETTLE: Settle = queue::nothing_to_settle;
    const TOLERATED: u16 = 64;
}

impl Exclusive {
    /// One attempt, whatever bits are set, but for `clear`, which are cleared. `Err` has the state
    /// that speaks against it.
    fn take<U: Unit>(&self, tag: Tag, clear: u64) -> Result<State, State> {
        self.core.word.update(|state| {
            (state.is(tag) && U::is_free(state)).then_some(U::taken(state).without(clear))
        })
    }

    /// Takes it for `ident`, waiting if need be. The caller's fast path has failed, or it has none.
    ///
    /// # Errors
    /// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this
    /// tag lives here; `THREADING_NO_RESOURCES` if there is no memory for a waiter.
    #[cold]
    #[inline(never)]
    pub fn acquire_slow<U: Unit>(
        &self,
        tag: Tag,
        kind: Kind,
        ident: u64,
        timeout: Timeout,
    ) -> Result<(), Status> {
        self.core.repair();
        let mut spin =
            Spin::learning(this_thread::own_waiter().map(|waiter| &waiter.taking), U::TOLERATED);
        loop {
            match self.take::<U>(tag, 0) {
                Ok(_) => {
                    spin.paid();
                    self.set_holder(ident);
                    return Ok(());
                }
                Err(state) if !state.is(tag) => return Err(state.why_not(tag, kind)),
                Err(_) if timeout == Timeout::Poll => return Err(Status::THREADING_TIMEOUT),
                Err(_) if spin.again() => {}
                Err(_) => break,
            }
        }
        let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
        lease.node.arrival.set(system::now());
        lease.node.ident.set(ident);
        self.wait_for_turn::<U>(tag, kind, timeout.deadline(), &lease, Come::Anew)
    }

    /// Sleeps until it is the waiter's turn. `come` says how it came here if not for the first
    /// time.
    pub fn wait_for_turn<U: Unit>(
        &self,
        tag: Tag,
        kind: Kind,
        deadline: Deadline,
        lease: &Lease,
        mut come: Come,
    ) -> Result<(), Status> {
        let waiter = lease.waiter();
        let ident = waiter.node.ident.get();
        loop {
            let guard = self.core.lock_settling(U::SETTLE);
            let found = self.core.word.update(|state| {
                let next = state.without(if come == Come::Anew { 0 } else { WAKING });
                state.is(tag).then_some(if U::is_free(state) {
                    U::taken(next)
                } else {
                    next.with(WAITERS)
                })
            });
            if come == Come::Called && found.is_ok() {
                self.arrive();
            }
            match found {
                Err(state) => return Err(state.why_not(tag, kind)),
                Ok(state) if U::is_free(state) => {
                    self.set_holder(ident);
                    (U::SETTLE)(&guard);
                    return Ok(());
                }
                Ok(_) => {}
            }
            waiter.prepare(Awaited::Turn);
            if come == Come::Anew {
                guard.link_last(waiter)
            } else {
                guard.link_first(waiter)
            }
            drop(guard);
            match waiter.sleep(deadline) {
                Outcome::HandedOff => return Ok(()),
                Outcome::TimedOut | Outcome::Interrupted => {
                    self.core.lock_settling(U::SETTLE).unlink(waiter);
                    return Err(Status::THREADING_TIMEOUT);
                }
                Outcome::Retry => come = Come::Anew,
                // It was linked behind those whom a condition has moved.
                Outcome::Called => {
                    self.look_for_turn(tag);
                    come = Come::Called;
                }
                _ => {
                    come = Come::Woken;
                    if self.take_woken::<U>(tag) {
                        self.set_holder(ident);
                        return Ok(());
                    }
                    if deadline.passed() {
                        return self.leave_woken::<U>(tag, kind, ident);
                    }
                }
            }
        }
    }

    /// A waiter that was woken looks a few times whether it finds it free.
    pub fn take_woken<U: Unit>(&self, tag: Tag) -> bool {
        let mut spin = Spin::new();
        loop {
            if let Ok(state) = self.take::<U>(tag, WAKING) {
                if U::is_free(U::taken(state)) && state.has(WAITERS) {
                    self.core.settle(U::SETTLE);
                }
                return true;
            }
            if !spin.again() {
                return false;
            }
        }
    }

    /// A waiter that was called looks a few times whether it finds it free, before it waits for its
    /// turn again.
    pub fn look_for_turn(&self, tag: Tag) {
        let mut spin = Spin::new();
        loop {
            let state = self.core.word.load();
            if !state.is(tag) || !state.has(LOCKED) || !spin.again() {
                return;
            }
        }
    }

    /// A woken waiter whose time has run out: it takes it if it can after all, and else stands for
    /// nobody any more.
    fn leave_woken<U: Unit>(&self, tag: Tag, kind: Kind, ident: u64) -> Result<(), Status> {
        let guard = self.core.lock_settling(U::SETTLE);
        let found = self.core.word.update(|state| {
            let next = state.without(WAKING);
            state.is(tag).then_some(if U::is_free(state) { U::taken(next) } else { next })
        });
        let answer = match found {
            Err(state) => return Err(state.why_not(tag, kind)),
            // The next release finds WAKING clear, and wakes another.
            Ok(state) if !U::is_free(state) => Err(Status::THREADING_TIMEOUT),
            Ok(_) => {
                self.set_holder(ident);
                Ok(())
            }
        };
        (U::SETTLE)(&guard);
        answer
    }
}
