//! A lock or an rlock: the lock of a condition, which a wait releases and acquires again.

use crate::object::handle::{Handle, Kind, Tag};
use crate::object::table::Slot;
use crate::object::word::INSPECT;
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

    /// The handle of the lock or rlock.
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

    /// The state word and the queue.
    pub fn core(&self) -> &'static Core {
        &self.mutex.core
    }

    /// The mutex of the lock or rlock.
    pub fn mutex(&self) -> &'static RawMutex {
        self.mutex
    }

    /// Counts a condition that is made on the lock.
    ///
    /// # Errors
    /// As [`RawMutex::pin`].
    pub fn pin(&self) -> Result<(), Status> {
        self.mutex.pin(self.tag(), self.kind())
    }

    /// Uncounts a condition that was made on the lock and has ended.
    pub fn unpin(&self) {
        self.mutex.unpin(self.tag());
    }

    /// Checks that the caller may wait and notify: it owns the rlock, or any thread holds the lock,
    /// which has no owner.
    ///
    /// # Errors
    /// `THREADING_NOT_ACQUIRED` if no thread holds it, `THREADING_NOT_OWNER` if another thread owns
    /// the rlock.
    pub fn check_mine(&self) -> Result<(), Status> {
        let state = self.mutex.core.word.load();
        if !state.is(self.tag()) {
            return Err(state.gone(self.tag()));
        }
        if !state.has(LOCKED) {
            return Err(Status::THREADING_NOT_ACQUIRED);
        }
        let is_anothers = if self.is_rlock() {
            self.mutex.unmarked_holder() != this_thread::ident()
        } else {
            state.has(INSPECT) && self.is_anothers()
        };
        if is_anothers { Err(Status::THREADING_NOT_OWNER) } else { Ok(()) }
    }

    /// Whether it is a lock that is owned, and that the caller does not hold.
    #[cold]
    #[inline(never)]
    fn is_anothers(&self) -> bool {
        let found = lock::Lock::table().find(self.handle);
        self.mutex.holder() != this_thread::ident()
            && found.is_ok_and(|(lock, _)| lock.is_owned(self.tag()))
    }

    /// Releases all levels, and returns how many there were. It makes no difference if another
    /// thread has released the lock in between.
    pub fn release_all(&self) -> u32 {
        let depth = if self.is_rlock() { rlock::depth(self.handle).unwrap_or(1) } else { 1 };
        self.report_releasing();
        let _ = self.mutex.release_slow(self.handle);
        depth
    }

    /// Acquires the lock again, with `depth` levels and without a time limit, after a wait that
    /// ended with that outcome.
    ///
    /// # Errors
    /// `THREADING_DESTROYED` if the condition, and then the lock, was destroyed meanwhile;
    /// `THREADING_INVALID_HANDLE` never.
    pub fn acquire_all(&self, depth: u32, outcome: Outcome, lease: &Lease) -> Result<(), Status> {
        let ident = this_thread::ident();
        if matches!(outcome, Outcome::TimedOut | Outcome::Interrupted) {
            self.mutex.acquire_exclusive(self.handle, ident, Timeout::Forever)?;
        } else {
            self.mutex.acquire_woken(self.handle, ident, outcome, lease)?;
        }
        if self.is_rlock() {
            rlock::restore_depth(self.handle, depth);
        }
        self.report_acquired();
        Ok(())
    }

    fn report_acquired(&self) {
        if !probe::hears_objects() {
        } else if let Ok((rlock, _)) = rlock::Rlock::table().find(self.handle) {
            rlock.report_acquired(false);
        } else if let Ok((lock, _)) = lock::Lock::table().find(self.handle) {
            lock.report_acquired(self.handle, false);
        }
    }

    fn report_releasing(&self) {
        if !self.is_rlock() {
            let _ = lock::Lock::table()
                .find(self.handle)
                .map(|(lock, state)| lock.report_releasing(self.handle, state));
        } else if probe::hears_objects() {
            let _ =
                rlock::Rlock::table().find(self.handle).map(|(rlock, _)| rlock.report_releasing());
        }
    }
}
