//! Locks for the library's own state: the same word and queue, without a handle.
//!
//! The guards are those of `lock_api`, which parking_lot brings along; the lock under them is ours,
//! because it must survive a fork: `thread::fork` takes every one of them before, and lets go of it
//! after, on both sides.

use parking_lot::lock_api::{self, GuardNoSend};

use crate::object::handle::{Handle, Tag};
use crate::object::word::{DESIGNATED_WAKER, State, WAITERS};
use crate::platform::clock;
use crate::platform::fork_epoch;
use crate::platform::futex;
use crate::probe;
use crate::status::Status;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::timeout::Timeout;

/// A lock around state of the library.
pub type Mutex<T> = lock_api::Mutex<InternalMutex, T>;

/// The lock under [`Mutex`].
pub struct InternalMutex(RawMutex);

/// In nanoseconds: the sections under these locks take microseconds, and a thread is kept from
/// running for some hundreds of milliseconds at most.
const LONGEST_SECTION: u64 = 1_000_000_000;

const FREE: State = State::live(Tag::NONE, 0);
const HELD: State = State::live(Tag::NONE, LOCKED);

// SAFETY: `RawMutex` admits one holder at a time: LOCKED is set only while it is clear, or stays
// set in a hand-off.
unsafe impl lock_api::RawMutex for InternalMutex {
    const INIT: InternalMutex = InternalMutex(RawMutex::INTERNAL);
    type Guard = GuardNoSend;

    #[inline]
    fn lock(&self) -> GuardNoSend {
        if self.0.core.word.cas_acquire(FREE, HELD).is_err() {
            self.lock_slow();
        }
        GuardNoSend::new()
    }

    #[inline]
    fn try_lock(&self) -> Option<GuardNoSend> {
        match self.0.acquire_exclusive(Handle::NULL, 0, Timeout::Poll) {
            Ok(()) => {
                probe::happens_after(self);
                Some(GuardNoSend::new())
            }
            Err(_) => None,
        }
    }

    #[inline]
    unsafe fn unlock(&self, _held: GuardNoSend) {
        if self.0.core.word.cas_release(HELD, FREE).is_err() {
            // The only error is that nobody holds it, and the caller does, by this function's
            // contract.
            probe::happens_before(self);
            let _ = self.0.release_slow(Handle::NULL);
        }
    }

    fn is_locked(&self) -> bool {
        self.0.core.word.load().has(LOCKED)
    }
}

impl InternalMutex {
    #[cold]
    fn lock_slow(&self) {
        let mut since = None;
        while let Err(status) = self.0.acquire_exclusive(Handle::NULL, 0, Timeout::Forever) {
            debug_assert_eq!(status, Status::THREADING_NO_RESOURCES);
            // In a forked child that another thread will repair, the holder may be gone.
            if !fork_epoch::notice() {
                let now = clock::now();
                if now.saturating_sub(*since.get_or_insert(now)) > LONGEST_SECTION {
                    self.reset();
                }
            }
            // No memory for a waiter: the sections under these locks are short, so looking again is
            // bearable.
            futex::yield_now();
        }
        probe::happens_after(self);
    }

    /// Free, whoever held it or waited for it: only in a forked child whose parent's threads may
    /// have held it. Those who waited are forgotten with the epoch.
    pub fn reset(&self) {
        let _ = self
            .0
            .core
            .word
            .update(|state| Some(state.without(LOCKED | WAITERS | DESIGNATED_WAKER)));
    }

    /// Has the tools told of it, if there are any. To be called before anybody uses it.
    pub fn look_inside(&self) {
        let word = &self.0.core.word;
        let bits = probe::created(word, Tag::NONE.0);
        let _ = word.update(|state| Some(state.with(bits)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_excludes_and_loses_no_waiter() {
        static COUNTER: Mutex<u64> = Mutex::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50_000 {
                        *COUNTER.lock() += 1;
                    }
                });
            }
        });
        assert_eq!(*COUNTER.lock(), 400_000);
    }
}
