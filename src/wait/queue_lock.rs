//! The lock of a queue: 32 bits, three states, a pending mark and the fork epoch.
//!
//! | bits | name     | set by                             | cleared by                            |
//! |------|----------|------------------------------------|---------------------------------------|
//! | 0    | LOCKED   | acquiring                          | the holder's unlock, when nothing is  |
//! |      |          |                                    | pending                               |
//! | 1    | SLEEPERS | a thread that goes to sleep on the | the holder's unlock; a sleeper that   |
//! |      |          | lock                               | acquires sets it again                |
//! | 2    | PENDING  | a waker that found the lock held   | the holder, which processes what is   |
//! |      |          | and did not wait                   | pending before it unlocks             |
//! | 8-31 | epoch    | acquiring: the process's epoch at  | –                                     |
//! |      |          | that time                          |                                       |
//!
//! A forked child increments the epoch. A lock of an older epoch is free, whatever its other bits
//! are, and its queue holds only threads that are gone. The next holder learns that from the
//! acquire, and repairs the queue. Epoch 0 is never older. A lock of epoch 0 was never acquired, or
//! was acquired while the process's own epoch was 0: before the set-up, or in a child whose fork
//! was not noticed yet. Its holder and its queue are this process's. In such a child every lock
//! that was acquired before the fork is of another epoch, which is how the child notices the fork.
//! PENDING lets a signal handler that interrupted the holder call `set` and `release`.

use core::hint;

use crate::atomic::{AtomicU32, Ordering, load_latest};
use crate::platform::clock::Deadline;
use crate::platform::fork_epoch::{self, epoch};
use crate::platform::futex;
use crate::platform::race_window;
use crate::platform::system;
use crate::wait::backoff::{Backoff, QUEUE_LOCK_SPINS};

const LOCKED: u32 = 1;
const SLEEPERS: u32 = 2;
const PENDING: u32 = 4;
const EPOCH: u32 = 0xffff_ff00;

/// See the top of this file.
#[repr(transparent)]
pub struct QueueLock(AtomicU32);

/// What a thread that acquires the lock learns of its last holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Taken {
    /// The queue is as the last holder left it.
    Clean,
    /// The last holder lived before a fork, and the queue has to be emptied.
    Stale,
}

/// Whether the last holder of a lock with this value lived before a fork.
#[inline(always)]
fn is_older(value: u32, epoch: u32) -> bool {
    value & EPOCH != epoch && value & EPOCH != 0
}

impl QueueLock {
    /// A free lock of epoch 0; all zero.
    pub const fn new() -> QueueLock {
        QueueLock(AtomicU32::new(0))
    }

    /// Gives a lock that was never acquired the process's epoch, so that the first acquire takes
    /// the fast path.
    pub fn first_use(&self) {
        let epoch = epoch();
        if epoch != 0 {
            // ORDERING: Relaxed, both: if a thread with a made-up handle has acquired the lock, the
            // exchange fails and changes nothing.
            let _ = self.0.compare_exchange(0, epoch, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Whether the last holder lived before a fork.
    #[inline]
    pub fn is_stale(&self) -> bool {
        // ORDERING: Relaxed: an older epoch stays older until this process acquires the lock.
        let found = self.0.load(Ordering::Relaxed) & EPOCH;
        found != epoch() && {
            hint::cold_path();
            found != 0
        }
    }

    /// Whether a thread holds the lock.
    pub fn is_locked(&self) -> bool {
        // ORDERING: SeqCst, pairs with the one in `lock`: see `RawMutex::pin`.
        load_latest(&self.0) & LOCKED != 0
    }

    /// Acquires the lock.
    #[inline]
    pub fn lock(&self) -> Taken {
        let epoch = epoch();
        // ORDERING: SeqCst: Acquire, pairs with the Release in `unlock`: links and claims of the
        // last holder; SeqCst orders it before the holder's reads of the pins. Relaxed on failure:
        // the slow path tries again.
        match self.0.compare_exchange(epoch, epoch | LOCKED, Ordering::SeqCst, Ordering::Relaxed) {
            Ok(_) => {
                race_window();
                Taken::Clean
            }
            Err(_) => self.lock_slow(LOCKED, true).unwrap_or(Taken::Clean),
        }
    }

    /// Acquires the lock if it is free and clean.
    #[inline]
    pub fn try_lock(&self) -> bool {
        let epoch = epoch();
        // ORDERING: as in `lock`.
        self.0.compare_exchange(epoch, epoch | LOCKED, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// As `lock`. A thread that finds it held and `is_patient` leaves it alone for longer and
    /// longer pauses: those who acquire it again and again may do so several times meanwhile,
    /// without another processor that fetches its cache line each time.
    #[inline]
    pub fn lock_patiently(&self, is_patient: impl FnOnce() -> bool) -> Taken {
        if self.try_lock() {
            race_window();
            return Taken::Clean;
        }
        if is_patient() && self.try_lock_for_a_while() {
            return Taken::Clean;
        }
        self.lock_slow(LOCKED, true).unwrap_or(Taken::Clean)
    }

    #[cold]
    #[inline(never)]
    fn try_lock_for_a_while(&self) -> bool {
        let mut backoff = Backoff::learning(None, 0);
        while backoff.again() {
            if self.try_lock() {
                return true;
            }
        }
        false
    }

    /// Acquires the lock if it is free. Else sets PENDING, and the holder processes what is pending
    /// before it unlocks. `None`: pending.
    pub fn lock_or_pend(&self) -> Option<Taken> {
        race_window();
        self.lock_slow(LOCKED, false)
    }

    #[cold]
    fn lock_slow(&self, mut take: u32, wait: bool) -> Option<Taken> {
        // A fork that was not noticed must not make locks of the parent look current. Locks are
        // older than the child's epoch whether or not this thread can repair the rest.
        fork_epoch::notice();
        let mut epoch = epoch();
        let mut spins = if wait && system::many_processors() { QUEUE_LOCK_SPINS } else { 0 };
        // ORDERING: Relaxed: a guess for the compare-exchanges below.
        let mut found = self.0.load(Ordering::Relaxed);
        loop {
            let (to, outcome) = if is_older(found, epoch) {
                (epoch | take, Some(Taken::Stale))
            } else if found & LOCKED == 0 {
                (epoch | take, Some(Taken::Clean))
            } else if !wait {
                (found | PENDING, None)
            } else if spins > 0 {
                spins -= 1;
                hint::spin_loop();
                // ORDERING: Relaxed: as above.
                found = self.0.load(Ordering::Relaxed);
                continue;
            } else {
                (found | SLEEPERS, None)
            };
            // ORDERING: SeqCst, as in `lock`; Release so that a holder that sees PENDING sees the
            // word that was changed before it. Relaxed on failure: the loop tries again.
            match self.0.compare_exchange_weak(found, to, Ordering::SeqCst, Ordering::Relaxed) {
                Err(other) => found = other,
                Ok(_) if outcome.is_some() || !wait => return outcome,
                Ok(_) => {
                    futex::wait(&self.0, to, Deadline::Never);
                    epoch = fork_epoch::epoch();
                    // Others may still sleep, so a thread that has slept acquires with SLEEPERS
                    // set.
                    take = LOCKED | SLEEPERS;
                    // ORDERING: Relaxed: as above.
                    found = self.0.load(Ordering::Relaxed);
                }
            }
        }
    }

    /// Unlocks. `process_pending` runs under the lock, again for each PENDING that was set
    /// meanwhile. False: a signal handler that interrupted the holder forked the process, and the
    /// lock stays one of the older epoch.
    #[inline]
    #[must_use]
    pub fn unlock(&self, process_pending: impl FnMut()) -> bool {
        self.try_unlock() || self.unlock_slow(process_pending)
    }

    /// Unlocks if SLEEPERS and PENDING are clear. False: nothing was changed, and the caller has to
    /// call `unlock`.
    #[inline(always)]
    pub fn try_unlock(&self) -> bool {
        let epoch = epoch();
        race_window();
        // ORDERING: Release, pairs with the Acquire in `lock`: publishes links and claims. Relaxed
        // on failure: the slow path tries again.
        self.0.compare_exchange(epoch | LOCKED, epoch, Ordering::Release, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn unlock_slow(&self, mut process_pending: impl FnMut()) -> bool {
        // ORDERING: Relaxed: a guess for the compare-exchange below.
        let mut found = self.0.load(Ordering::Relaxed);
        loop {
            let to = if found & PENDING != 0 { found & !PENDING } else { found & EPOCH };
            // ORDERING: AcqRel: Release as in `unlock`; Acquire pairs with the setting of PENDING:
            // `process_pending` sees what the waker changed. Relaxed on failure: the loop tries
            // again.
            match self.0.compare_exchange_weak(found, to, Ordering::AcqRel, Ordering::Relaxed) {
                Err(other) => found = other,
                Ok(_) if found & PENDING != 0 => {
                    process_pending();
                    race_window();
                    found = to;
                }
                Ok(_) => {
                    if found & SLEEPERS != 0 {
                        futex::wake_one(&self.0);
                    }
                    return !is_older(found, epoch());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn what_is_pending_is_processed_before_the_holder_can_unlock() {
        let lock = QueueLock::new();
        assert_eq!(lock.lock(), Taken::Clean);
        assert_eq!(lock.lock_or_pend(), None);
        assert_eq!(lock.lock_or_pend(), None);
        let processed = Cell::new(0);
        let left = lock.unlock(|| {
            processed.set(processed.get() + 1);
            // The lock is still held: another waker sets PENDING, which is processed too.
            if processed.get() == 1 {
                assert_eq!(lock.lock_or_pend(), None);
            }
        });
        assert_eq!((processed.get(), left), (2, true));
        assert_eq!(lock.lock_or_pend(), Some(Taken::Clean));
        assert!(lock.unlock(|| unreachable!("nothing is pending")));
    }

    #[test]
    fn a_holder_that_was_forked_learns_it_and_leaves_a_stale_lock() {
        let older = 0x8000_0000;
        let lock = QueueLock(AtomicU32::new(older | LOCKED));
        assert!(!lock.unlock(|| unreachable!("nothing is pending")));
        assert!(lock.is_stale());
        assert_eq!(lock.lock(), Taken::Stale);
        assert!(lock.unlock(|| unreachable!("nothing is pending")));
    }

    #[test]
    fn a_lock_of_an_older_epoch_is_free_and_stale_once() {
        let lock = QueueLock(AtomicU32::new(0x8000_0000 | LOCKED | SLEEPERS | PENDING));
        assert!(lock.is_stale());
        assert_eq!(lock.lock(), Taken::Stale);
        assert!(!lock.is_stale());
        assert!(lock.unlock(|| unreachable!("the pending mark belonged to a thread that is gone")));
        assert_eq!(lock.lock(), Taken::Clean);
        assert!(lock.unlock(|| unreachable!("nothing is pending")));
    }

    #[test]
    fn a_lock_of_no_epoch_is_this_processs() {
        let lock = QueueLock(AtomicU32::new(LOCKED));
        assert!(!lock.is_stale());
        assert_eq!(lock.lock_or_pend(), None);
        let mut processed = 0;
        assert!(lock.unlock(|| processed += 1));
        assert_eq!(processed, 1);
        assert_eq!(lock.lock(), Taken::Clean);
        assert!(lock.unlock(|| unreachable!("nothing is pending")));
    }

    #[test]
    fn it_excludes() {
        struct Shared(QueueLock, Cell<u64>);
        // SAFETY: the counter is touched under the lock only, which is what the test is about.
        unsafe impl Sync for Shared {}
        let shared = Shared(QueueLock::new(), Cell::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let shared = &shared;
                    for _ in 0..100_000 {
                        let _ = shared.0.lock();
                        shared.1.set(shared.1.get() + 1);
                        assert!(shared.0.unlock(|| ()));
                    }
                });
            }
        });
        assert_eq!(shared.1.get(), 400_000);
    }
}
