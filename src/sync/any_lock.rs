//! A lock or an rlock, as a condition sees it: something to give up and to take back.

use crate::object::handle::{Handle, Kind, Tag};
use crate::object::table::Slot;
use crate::probe;
use crate::status::Status;
use crate::sync::condition;
use crate::sync::lock;
use crate::sync::rlock;
use crate::wait::mutex::acquire::{Come, Single};
use crate::wait::mutex::raw::{Exclusive, LOCKED};
use crate::wait::queue::Core;
use crate::wait::this_thread::{self, Lease};
use crate::wait::timeout::{Deadline, Timeout};
use crate::wait::waiter::Outcome;

/// See the top of this file.
pub struct Held {
    handle: Handle,
    exclusive: &'static Exclusive,
}

impl Held {
    /// The lock or rlock of that handle.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
    #[inline(always)]
    pub fn find(handle: Handle) -> Result<Held, Status> {
        if handle.tag().kind() == Kind::Rlock as u32 {
            Held::find_rlock(handle)
        } else {
            Held::find_lock(handle)
        }
    }

    /// The lock of that handle.
    ///
    /// # Errors
    /// As [`Held::find`].
    #[inline(always)]
    pub fn find_lock(handle: Handle) -> Result<Held, Status> {
        lock::Lock::table()
            .find(handle)
            .map(|(lock, _)| Held { handle, exclusive: lock.exclusive() })
    }

    /// The rlock of that handle.
    ///
    /// # Errors
    /// As [`Held::find`].
    #[inline(always)]
    pub fn find_rlock(handle: Handle) -> Result<Held, Status> {
        rlock::Rlock::table()
            .find(handle)
            .map(|(rlock, _)| Held { handle, exclusive: rlock.exclusive() })
    }

    fn is_rlock(&self) -> bool {
        self.kind() == Kind::Rlock
    }

    fn kind(&self) -> Kind {
        if self.tag().kind() == Kind::Rlock as u32 { Kind::Rlock } else { Kind::Lock }
    }

    fn tag(&self) -> Tag {
        self.handle.tag()
    }

    /// Its word and queue.
    pub fn core(&self) -> &'static Core {
        &self.exclusive.core
    }

    /// What it shares with all that one thread holds at a time.
    pub fn exclusive(&self) -> &'static Exclusive {
        self.exclusive
    }

    /// A condition is made with it.
    ///
    /// # Errors
    /// As [`Exclusive::pin`].
    pub fn pin(&self) -> Result<(), Status> {
        self.exclusive.pin(self.tag(), self.kind())
    }

    /// A condition that was made with it has ended.
    pub fn unpin(&self) {
        self.exclusive.unpin(self.tag());
    }

    /// Whether the caller may wait and notify: it owns the rlock, or somebody holds the lock, which
    /// has no owner.
    ///
    /// # Errors
    /// `THREADING_NOT_ACQUIRED` if nobody holds it, `THREADING_NOT_OWNER` if another thread owns
    /// the rlock.
    pub fn check_mine(&self) -> Result<(), Status> {
        let state = self.exclusive.core.word.load();
        if !state.is(self.tag()) {
            return Err(state.why_not(self.tag(), self.kind()));
        }
        if !state.has(LOCKED) {
            return Err(Status::THREADING_NOT_ACQUIRED);
        }
        if self.is_rlock() && self.exclusive.holder() != this_thread::ident() {
            return Err(Status::THREADING_NOT_OWNER);
        }
        Ok(())
    }

    /// Gives it up, and returns how deep it was held. If another thread has released a lock in
    /// between, that is as good.
    pub fn release_all(&self) -> u32 {
        let depth = if self.is_rlock() { rlock::depth(self.handle).unwrap_or(1) } else { 1 };
        self.tell_releasing();
        if self.is_rlock() {
            self.exclusive.set_holder(0);
        }
        let _ = self.exclusive.release_slow(self.tag(), self.kind());
        depth
    }

    /// Takes it back as deep as before, however long that takes, after a wait that ended so.
    ///
    /// # Errors
    /// `THREADING_DESTROYED` if its condition was destroyed meanwhile, and then it;
    /// `THREADING_INVALID_HANDLE` never.
    pub fn take_all_back(&self, depth: u32, outcome: Outcome, lease: &Lease) -> Result<(), Status> {
        let ident = this_thread::ident();
        match outcome {
            Outcome::HandedOff => {}
            Outcome::Woken => {
                // Woken from the lock's queue: WAKING stands for this waiter.
                if self.exclusive.take_woken::<Single>(self.tag()) {
                    self.exclusive.set_holder(ident);
                } else {
                    self.wait_for_turn(lease, Come::Woken)?;
                }
            }
            Outcome::Called => {
                self.exclusive.look_for_turn(self.tag());
                self.wait_for_turn(lease, Come::Called)?;
            }
            _ => self.exclusive.acquire_slow::<Single>(
                self.tag(),
                self.kind(),
                ident,
                Timeout::Forever,
            )?,
        }
        if self.is_rlock() {
            rlock::restore_depth(self.handle, depth);
        }
        self.tell_acquired();
        Ok(())
    }

    fn tell_acquired(&self) {
        if !probe::hears_objects() {
        } else if let Ok((rlock, _)) = rlock::Rlock::table().find(self.handle) {
            rlock.tell_acquired(false);
        } else if let Ok((lock, _)) = lock::Lock::table().find(self.handle) {
            lock.tell_acquired(false);
        }
    }

    fn tell_releasing(&self) {
        if !probe::hears_objects() {
        } else if let Ok((rlock, _)) = rlock::Rlock::table().find(self.handle) {
            rlock.tell_releasing();
        } else if let Ok((lock, _)) = lock::Lock::table().find(self.handle) {
            lock.tell_releasing(self.handle);
        }
    }

    fn wait_for_turn(&self, lease: &Lease, come: Come) -> Result<(), Status> {
        self.exclusive.wait_for_turn::<Single>(
            self.tag(),
            self.kind(),
            Deadline::Never,
            lease,
            come,
        )
    }
}

/// Takes the lock of a condition within that time.
///
/// # Errors
/// As the lock's or the rlock's own acquire; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED` of
/// the condition.
pub fn acquire(condition: Handle, timeout: Timeout) -> Result<(), Status> {
    let lock = condition::lock_of(condition)?;
    match lock.tag().kind() == Kind::Rlock as u32 {
        true if rlock::acquire_quickly(lock) => Ok(()),
        true => rlock::acquire(lock, timeout),
        false if lock::acquire_quickly(lock) => Ok(()),
        false => lock::acquire(lock, timeout),
    }
}

/// Releases the lock of a condition, one level of an rlock.
///
/// # Errors
/// As the lock's or the rlock's own release; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED` of
/// the condition.
pub fn release(condition: Handle) -> Result<(), Status> {
    let lock = condition::lock_of(condition)?;
    match lock.tag().kind() == Kind::Rlock as u32 {
        true if rlock::release_quickly(lock) => Ok(()),
        true => rlock::release(lock),
        false if lock::release_quickly(lock) => Ok(()),
        false => lock::release(lock),
    }
}

/// Whether somebody holds the lock of a condition.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn locked(condition: Handle) -> Result<bool, Status> {
    let lock = condition::lock_of(condition)?;
    if lock.tag().kind() == Kind::Rlock as u32 { rlock::locked(lock) } else { lock::locked(lock) }
}
