//! The lock of a queue: 32 bits, three states, a pending mark and the fork epoch.
//!
//! | bits | name     | set by                              | cleared by                           |
//! |------|----------|-------------------------------------|--------------------------------------|
//! | 0    | LOCKED   | taking it                           | its holder, when nothing is pending  |
//! | 1    | SLEEPERS | whoever goes to sleep on it         | the holder, leaving; a sleeper that  |
//! |      |          |                                     | takes sets it again                  |
//! | 2    | PENDING  | a waker that found it held and went | the holder, which settles before it  |
//! |      |          | on                                  | can leave                            |
//! | 8-31 | epoch    | taking it: the process's epoch at   | –                                    |
//! |      |          | the time                            |                                      |
//!
//! A forked child bumps the epoch. A lock of an older epoch is free, whatever it says, and its
//! queue holds nothing but threads that are gone: who takes it is told so, and repairs. Epoch 0 is
//! no older one: such a lock was never taken, or taken where the process's own epoch was 0, before
//! all was set up or in a child that has not been noticed yet; its holder and its queue are this
//! process's. There every lock that was taken before the fork is of another epoch, which is how the
//! fork is noticed. PENDING lets `set` and `release` be called from a signal handler that
//! interrupted the very holder.

use core::hint;

use crate::atomic::{AtomicU32, Ordering, load_latest};
use crate::platform::clock::Deadline;
use crate::platform::fork_epoch::{self, epoch};
use crate::platform::futex;
use crate::platform::race_window;
use crate::platform::system;

const LOCKED: u32 = 1;
const SLEEPERS: u32 = 2;
const PENDING: u32 = 4;
const EPOCH: u32 = 0xffff_ff00;

/// Tries before sleeping. A holder needs a few dozen instructions, so a longer spin means that it
/// was preempted.
const SPINS: u32 = 40;

/// See the top of this file.
#[repr(transparent)]
pub struct QueueLock(AtomicU32);

/// What was found when the lock was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Taken {
    /// All is as its last holder left it.
    Clean,
    /// The last holder lived before a fork: the queue has to be emptied.
    Stale,
}

/// Whether the last holder of a lock with this value lived before a fork.
#[inline(always)]
fn is_older(value: u32, epoch: u32) -> bool {
    value & EPOCH != epoch && value & EPOCH != 0
}

impl QueueLock {
    /// Free, in the first epoch; all zero.
    pub const fn new() -> QueueLock {
        QueueLock(AtomicU32::new(0))
    }

    /// A lock that was never taken gets the process's epoch, so that the first to take it is as
    /// quick as others.
    pub fn first_use(&self) {
        let epoch = epoch();
        if epoch != 0 {
            // ORDERING: Relaxed, both: whoever has been here before, with a made-up handle, stays.
            let _ = self.0.compare_exchange(0, epoch, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Whether the last holder lived before a fork.
    #[inline]
    pub fn is_stale(&self) -> bool {
        // ORDERING: Relaxed: an older epoch stays an older epoch until this process takes the lock.
        let found = self.0.load(Ordering::Relaxed) & EPOCH;
        found != epoch() && {
            hint::cold_path();
            found != 0
        }
    }

    /// Whether somebody holds it.
    pub fn is_locked(&self) -> bool {
        // ORDERING: SeqCst, pairs with the one in `lock`: `Exclusive::pin` says how.
        load_latest(&self.0) & LOCKED != 0
    }

    /// Takes the lock.
    #[inline]
    pub fn lock(&self) -> Taken {
        let epoch = epoch();
        // ORDERING: SeqCst: Acquire, pairs with the Release in `unlock`: links and claims of the
        // last holder; and it comes before what its holder reads of the pins. Relaxed on failure:
        // again.
        match self.0.compare_exchange(epoch, epoch | LOCKED, Ordering::SeqCst, Ordering::Relaxed) {
            Ok(_) => {
                race_window();
                Taken::Clean
            }
            Err(_) => self.lock_slow(LOCKED, true).unwrap_or(Taken::Clean),
        }
    }

    /// Takes the lock if it is free and clean.
    #[inline]
    pub fn try_lock(&self) -> bool {
        let epoch = epoch();
        // ORDERING: as in `lock`.
        self.0.compare_exchange(epoch, epoch | LOCKED, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Takes the lock if it is free; else leaves PENDING for its holder, who settles before it can
    /// leave. `None`: pending.
    pub fn lock_or_pend(&self) -> Option<Taken> {
        race_window();
        self.lock_slow(LOCKED, false)
    }

    #[cold]
    fn lock_slow(&self, mut take: u32, wait: bool) -> Option<Taken> {
        // What is older than an epoch that was wiped is older indeed, whether or not this thread
        // can repair what a fork has left.
        fork_epoch::notice();
        let mut epoch = epoch();
        let mut spins = if wait && system::many_processors() { SPINS } else { 0 };
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
            // word that was changed before it. Relaxed on failure: again.
            match self.0.compare_exchange_weak(found, to, Ordering::SeqCst, Ordering::Relaxed) {
                Err(other) => found = other,
                Ok(_) if outcome.is_some() || !wait => return outcome,
                Ok(_) => {
                    futex::wait(&self.0, to, Deadline::Never);
                    epoch = fork_epoch::epoch();
                    // Others may sleep still: who has slept takes the lock with SLEEPERS set.
                    take = LOCKED | SLEEPERS;
                    // ORDERING: Relaxed: as above.
                    found = self.0.load(Ordering::Relaxed);
                }
            }
        }
    }

    /// Leaves the lock. `settle` runs, with the lock still held, as often as somebody pended
    /// meanwhile. False: the process was forked in between, by a handler that interrupted the
    /// holder; the lock is left as one of the older epoch.
    #[inline]
    #[must_use]
    pub fn unlock(&self, settle: impl FnMut()) -> bool {
        self.try_unlock() || self.unlock_slow(settle)
    }

    /// Leaves the lock if nobody sleeps or pends there. False: nothing has happened, ask `unlock`.
    #[inline(always)]
    pub fn try_unlock(&self) -> bool {
        let epoch = epoch();
        race_window();
        // ORDERING: Release, pairs with the Acquire in `lock`: publishes links and claims. Relaxed
        // on failure: again.
        self.0.compare_exchange(epoch | LOCKED, epoch, Ordering::Release, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn unlock_slow(&self, mut settle: impl FnMut()) -> bool {
        // ORDERING: Relaxed: a guess for the compare-exchange below.
        let mut found = self.0.load(Ordering::Relaxed);
        loop {
            let to = if found & PENDING != 0 { found & !PENDING } else { found & EPOCH };
            // ORDERING: AcqRel: Release as in `unlock`; Acquire pairs with the setting of PENDING:
            // what its waker changed is seen by `settle`. Relaxed on failure: again.
            match self.0.compare_exchange_weak(found, to, Ordering::AcqRel, Ordering::Relaxed) {
                Err(other) => found = other,
                Ok(_) if found & PENDING != 0 => {
                    settle();
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
    fn who_pends_is_settled_before_the_holder_can_leave() {
        let lock = QueueLock::new();
        assert_eq!(lock.lock(), Taken::Clean);
        assert_eq!(lock.lock_or_pend(), None);
        assert_eq!(lock.lock_or_pend(), None);
        let settled = Cell::new(0);
        let left = lock.unlock(|| {
            settled.set(settled.get() + 1);
            // Still held: another waker pends once more, and is settled too.
            if settled.get() == 1 {
                assert_eq!(lock.lock_or_pend(), None);
            }
        });
        assert_eq!((settled.get(), left), (2, true));
        assert_eq!(lock.lock_or_pend(), Some(Taken::Clean));
        assert!(lock.unlock(|| unreachable!("nobody pended")));
    }

    #[test]
    fn a_holder_that_was_forked_is_told_so_and_leaves_a_lock_that_says_so() {
        let older = 0x8000_0000;
        let lock = QueueLock(AtomicU32::new(older | LOCKED));
        assert!(!lock.unlock(|| unreachable!("nobody pended")));
        assert!(lock.is_stale());
        assert_eq!(lock.lock(), Taken::Stale);
        assert!(lock.unlock(|| unreachable!("nobody pended")));
    }

    #[test]
    fn a_lock_of_an_older_epoch_is_free_and_says_so_once() {
        let lock = QueueLock(AtomicU32::new(0x8000_0000 | LOCKED | SLEEPERS | PENDING));
        assert!(lock.is_stale());
        assert_eq!(lock.lock(), Taken::Stale);
        assert!(!lock.is_stale());
        assert!(lock.unlock(|| unreachable!("the pending mark belonged to a thread that is gone")));
        assert_eq!(lock.lock(), Taken::Clean);
        assert!(lock.unlock(|| unreachable!("nobody pended")));
    }

    #[test]
    fn a_lock_of_no_epoch_is_this_processs() {
        let lock = QueueLock(AtomicU32::new(LOCKED));
        assert!(!lock.is_stale());
        assert_eq!(lock.lock_or_pend(), None);
        let mut settled = 0;
        assert!(lock.unlock(|| settled += 1));
        assert_eq!(settled, 1);
        assert_eq!(lock.lock(), Taken::Clean);
        assert!(lock.unlock(|| unreachable!("nobody pended")));
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
