//! Mutexes for the library's own state: the same word and queue, without a handle.
//!
//! The guards are those of `lock_api`, which comes with parking_lot. The lock under them is the
//! library's own, because it must survive a fork: `lifecycle::fork` acquires every internal lock
//! before a fork, and releases them after it, in the parent and in the child.

use parking_lot::lock_api::{self, GuardNoSend};

use crate::object::handle::{Handle, Tag};
use crate::object::word::{DESIGNATED_WAKER, State, WAITERS};
use crate::platform::clock;
use crate::platform::fork_epoch;
use crate::platform::futex;
use crate::platform::tls;
use crate::probe;
use crate::status::Status;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::timeout::Timeout;

/// A mutex around state of the library.
pub type Mutex<T> = lock_api::Mutex<InternalMutex, T>;

/// Such state while its mutex is held.
pub type Locked<'a, T> = lock_api::MutexGuard<'a, InternalMutex, T>;

/// The raw lock of [`Mutex`].
pub struct InternalMutex(RawMutex);

/// The longest time that a holder keeps such a lock, in nanoseconds. The critical sections take
/// microseconds, and a preempted thread runs again after some hundreds of milliseconds at most.
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
            // The only error is that no thread holds the lock. The caller holds it, by this
            // function's contract.
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
        // For whoever looks who waits; 0 while the thread is being registered.
        let ident = tls::ident();
        while let Err(status) = self.0.acquire_exclusive(Handle::NULL, ident, Timeout::Forever) {
            debug_assert_eq!(status, Status::THREADING_NO_RESOURCES);
            // The holder may be gone in a forked child that another thread is to repair.
            if !fork_epoch::notice() {
                let now = clock::now();
                if now.saturating_sub(*since.get_or_insert(now)) > LONGEST_SECTION {
                    self.reset();
                }
            }
            // There is no memory for a waiter. The critical sections are short, so yielding until
            // the lock is free is acceptable.
            futex::yield_now();
        }
        probe::happens_after(self);
    }

    /// Makes the lock free, also if a thread holds it or waits for it. Only for a forked child,
    /// where threads of the parent may have held it. The queue's epoch discards the waiters.
    pub fn reset(&self) {
        let _ = self
            .0
            .core
            .word
            .update(|state| Some(state.without(LOCKED | WAITERS | DESIGNATED_WAKER)));
    }

    /// Reports the lock to the listeners of the probe. Called before any thread uses the lock.
    pub fn report_created(&self) {
        let word = &self.0.core.word;
        probe::created(word, Tag::NONE.0);
        let bits = probe::inspects(Tag::NONE.kind());
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
