//! A lock or an rlock, as a condition sees it: something to give up and to take back.

use crate::object::handle::{Handle, Kind, Tag};
use crate::object::table::Slot;
use crate::probe;
use crate::status::Status;
use crate::sync::lock;
use crate::sync::rlock;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::parker::Outcome;
use crate::wait::queue::Core;
use crate::wait::this_thread::{self, Lease};
use crate::wait::timeout::Timeout;

/// See the top of this file.
pub struct AnyLock {
    handle: Handle,
    mutex: &'static RawMutex,
}

impl AnyLock {
    /// The lock or rlock of that handle.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
    #[inline(always)]
    pub fn find(handle: Handle) -> Result<AnyLock, Status> {
        if handle.tag().kind() == Kind::Rlock as u32 {
            AnyLock::find_rlock(handle)
        } else {
            AnyLock::find_lock(handle)
        }
    }

    /// The lock of that handle.
    ///
    /// # Errors
    /// As [`AnyLock::find`].
    #[inline(always)]
    pub fn find_lock(handle: Handle) -> Result<AnyLock, Status> {
        lock::Lock::table().find(handle).map(|(lock, _)| AnyLock { handle, mutex: lock.mutex() })
    }

    /// The rlock of that handle.
    ///
    /// # Errors
    /// As [`AnyLock::find`].
    #[inline(always)]
    pub fn find_rlock(handle: Handle) -> Result<AnyLock, Status> {
        rlock::Rlock::table()
            .find(handle)
            .map(|(rlock, _)| AnyLock { handle, mutex: rlock.mutex() })
    }

    /// Its handle.
    pub fn handle(&self) -> Handle {
        self.handle
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
        &self.mutex.core
    }

    /// What it shares with all that one thread holds at a time.
    pub fn mutex(&self) -> &'static RawMutex {
        self.mutex
    }

    /// A condition is made with it.
    ///
    /// # Errors
    /// As [`RawMutex::pin`].
    pub fn pin(&self) -> Result<(), Status> {
        self.mutex.pin(self.tag(), self.kind())
    }

    /// A condition that was made with it has ended.
    pub fn unpin(&self) {
        self.mutex.unpin(self.tag());
    }

    /// Whether the caller may wait and notify: it owns the rlock, or somebody holds the lock, which
    /// has no owner.
    ///
    /// # Errors
    /// `THREADING_NOT_ACQUIRED` if nobody holds it, `THREADING_NOT_OWNER` if another thread owns
    /// the rlock.
    pub fn check_mine(&self) -> Result<(), Status> {
        let state = self.mutex.core.word.load();
        if !state.is(self.tag()) {
            return Err(state.gone(self.tag()));
        }
        if !state.has(LOCKED) {
            return Err(Status::THREADING_NOT_ACQUIRED);
        }
        if self.is_rlock() && self.mutex.holder() != this_thread::ident() {
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
            self.mutex.set_holder(0);
        }
        let _ = self.mutex.release_slow(self.handle);
        depth
    }

    /// Acquires it as deep as before, however long that takes, after a wait that ended so.
    ///
    /// # Errors
    /// `THREADING_DESTROYED` if its condition was destroyed meanwhile, and then it;
    /// `THREADING_INVALID_HANDLE` never.
    pub fn acquire_all(&self, depth: u32, outcome: Outcome, lease: &Lease) -> Result<(), Status> {
        let ident = this_thread::ident();
        if outcome == Outcome::TimedOut {
            self.mutex.acquire_exclusive(self.handle, ident, Timeout::Forever)?;
        } else {
            self.mutex.acquire_woken(self.handle, ident, outcome, lease)?;
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
}
