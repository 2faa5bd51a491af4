//! The parker: the word on which one thread sleeps, and beside it what that thread waits for.
//!
//! One compare-exchange on the word decides how a wait ends:
//!
//! | value       | means                                  | next                                  |
//! |-------------|----------------------------------------|---------------------------------------|
//! | IDLE        | waits no more, and none of its nodes   | WAITING, by the waiter                |
//! |             | is linked; or has never waited         |                                       |
//! | WAITING     | linked into queues, or about to be     | CLAIMED or TIMED_OUT: whoever         |
//! |             |                                        | exchanges it first                    |
//! | CLAIMED     | a waker, under a queue's lock, owns    | an outcome below, as that waker's     |
//! |             | the wait                               | last touch                            |
//! | TIMED_OUT   | the waiter gave up, and its nodes may  | IDLE, once they are unlinked; or      |
//! |             | be linked still                        | WAITING: both by the waiter           |
//! | INTERRUPTED | somebody asked the waiter to stop, and | as above                              |
//! |             | its nodes may be linked still          |                                       |
//! | WOKEN       | try again                              | WAITING, by the waiter                |
//! | HANDED_OFF  | the waker gave it what it waited for   | WAITING, by the waiter                |
//! | RETRY       | a fork emptied the queue: link again   | WAITING, by the waiter                |
//! | BROKEN      | the barrier broke                      | WAITING, by the waiter                |
//! | BATCH       | as WOKEN, one of several at once       | WAITING, by the waiter                |
//!
//! Beside WAITING and CLAIMED stand bits that stay with them from one to the other:
//!
//! | bit       | set by                     | cleared by        | else                            |
//! |-----------|----------------------------|-------------------|---------------------------------|
//! | ASLEEP    | the waiter, before it asks | whatever ends the | a waker does not ask the        |
//! |           | the kernel                 | wait              | kernel: the waiter sleeps on    |
//! | BROADCAST | a wait at an object that   | whatever ends the | a waker wakes it at this word:  |
//! |           | wakes many at once         | wait              | it sleeps on at the other       |
//! | SPINS,    | a wait that begins so,     | whatever ends the | the waiter spins otherwise      |
//! | YIELDS    | without ASLEEP             | wait              | before it sleeps                |
//!
//! A BROADCAST wait sleeps at the queue's broadcast word; its outcome stands here all the same.
//!
//! Beside the word stands what the thread waits for ([`WaitRecord`]).

use core::ffi::c_void;
use core::hint;
use core::mem::offset_of;

use crate::atomic::{AtomicU32, Cell, Ordering};
use crate::platform::clock::Deadline;
use crate::platform::futex::{self, Slept};
use crate::platform::race_window;
use crate::wait::broadcast::Broadcast;
use crate::wait::spin_then_park::{SPINS, SpinThenPark, YIELDS};
use crate::wait::wait_record::{Epoch, Observed, Wait, WaitRecord};

const IDLE: u32 = 0;
/// Linked into queues, or about to be.
pub const WAITING: u32 = 1;
const CLAIMED: u32 = 2;
const TIMED_OUT: u32 = 3;
const INTERRUPTED: u32 = 4;
const WOKEN: u32 = 5;
const HANDED_OFF: u32 = 6;
const RETRY: u32 = 7;
const BROKEN: u32 = 8;
const BATCH: u32 = 9;
/// Its thread is in the kernel, or on its way there.
const ASLEEP: u32 = 0x100;
/// It sleeps at the broadcast word of its queue.
const BROADCAST: u32 = 0x200;
/// What stands beside WAITING and CLAIMED.
pub const MANNER: u32 = ASLEEP | BROADCAST | SPINS | YIELDS;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Outcome {
    /// There is none yet; no wait ends so.
    Undecided = IDLE,
    /// The waiter gave up.
    TimedOut = TIMED_OUT,
    /// Somebody asked the waiter to stop, through one of its entries.
    Interrupted = INTERRUPTED,
    /// Woken, and unlinked by the waker.
    Woken = WOKEN,
    /// The waker has given it what it waited for, and unlinked it.
    HandedOff = HANDED_OFF,
    /// A fork has emptied the queue.
    Retry = RETRY,
    /// The barrier broke, and the waker has unlinked it.
    Broken = BROKEN,
    /// Woken, and unlinked by the waker, as one of several that a condition has moved
    /// (`mutex::raw` says when).
    Batch = BATCH,
}

impl Outcome {
    /// What stands in the word of a wait that has ended.
    fn of(word: u32) -> Outcome {
        debug_assert!(matches!(word, IDLE | TIMED_OUT..=BATCH));
        // SAFETY: beside the values of a wait that goes on, the word holds IDLE, TIMED_OUT and what
        // `unpark` has stored, all of which are outcomes.
        unsafe { core::mem::transmute::<u32, Outcome>(word) }
    }
}

/// See the top of this file.
#[repr(C)]
pub struct Parker {
    word: AtomicU32,
    /// What the thread waits for.
    pub record: WaitRecord,
    /// What the thread has learnt about spinning.
    spinning: SpinThenPark,
    /// The node through which the wait was claimed, as an address that only says which one it is.
    /// Written by the claimer, and the waiter's again with the outcome.
    claimed_through: Cell<*const c_void>,
    /// Where a BROADCAST wait sleeps. The waiter's own.
    broadcast: Cell<*const Broadcast>,
}

// SAFETY: the cells belong to the waiter, or to the claimer, as their comments say; the rest is
// atomic.
unsafe impl Sync for Parker {}

impl Parker {
    /// Where a reader outside the process finds the word.
    pub const WORD_AT: usize = offset_of!(Parker, word);

    /// Records the wait, and makes it one that wakers can claim. The thread's own; the node is
    /// linked after this, and `record.publish` comes last, with the epoch that this answers.
    #[inline(always)]
    pub fn prepare_park(&self, wait: &Wait, deadline: Deadline) -> Epoch {
        let plan = self.spinning.plan(wait.kind);
        let asleep = if plan == 0 { ASLEEP } else { 0 };
        let epoch = self.record.withdraw();
        self.record.write(wait, deadline);
        let sleeps_apart = match wait.broadcast {
            Some(broadcast) => {
                self.broadcast.set(broadcast);
                BROADCAST
            }
            None => 0,
        };
        // ORDERING: Release, pairs with the Acquire in `observe`: whoever finds WAITING finds this
        // wait's epoch. Claimers find the waiter only through a node, which is linked under a
        // queue's lock after this.
        self.word.store(WAITING | sleeps_apart | plan | asleep, Ordering::Release);
        epoch
    }

    /// The wait that goes on, as any thread may see it, and what `read` reads beside it. `None`:
    /// there is none, or it changed meanwhile. Async-signal-safe.
    pub fn observe<T>(&self, read: impl FnOnce() -> T) -> Option<(Observed, T)> {
        // ORDERING: Acquire, pairs with the Release in `prepare_park`: the epoch that is read next
        // is that wait's, or a later one.
        let goes_on = || self.word.load(Ordering::Acquire) & !MANNER == WAITING;
        if goes_on() { self.record.observe(read, goes_on) } else { None }
    }

    /// Where it sleeps, if not at its own word. Asked by its own thread.
    fn broadcast(&self) -> Option<&'static Broadcast> {
        // ORDERING: Relaxed: the bit is the waiter's own.
        if self.word.load(Ordering::Relaxed) & BROADCAST == 0 {
            return None;
        }
        // SAFETY: while BROADCAST is set it is what `prepare_park` has stored, which lives for
        // ever.
        unsafe { self.broadcast.get().as_ref() }
    }

    /// Sleeps until there is an outcome. If the deadline and a waker meet, the one whose
    /// compare-exchange comes first wins.
    #[inline(always)]
    pub fn park(&self, deadline: Deadline) -> Outcome {
        let broadcast = self.broadcast();
        loop {
            let seen = broadcast.map(Broadcast::look);
            // ORDERING: Acquire, pairs with the Release in `unpark`: what the waker did before is
            // seen.
            let found = self.word.load(Ordering::Acquire);
            let state = found & !MANNER;
            let deadline = if state == WAITING {
                deadline
            } else if state == CLAIMED {
                // Whoever claimed it is about to wake it.
                Deadline::Never
            } else {
                hint::cold_path();
                return Outcome::of(state);
            };
            race_window();
            if found & ASLEEP == 0 {
                self.spin(found, deadline);
                continue;
            }
            let (word, expected) = seen.unwrap_or((&self.word, found));
            let slept = futex::wait(word, expected, deadline);
            if slept == Slept::TimedOut && state == WAITING && self.give_up() {
                return Outcome::TimedOut;
            }
        }
    }

    /// Spins for an outcome, and announces the sleep if there is none.
    #[cold]
    fn spin(&self, found: u32, deadline: Deadline) {
        if !self.spinning.spin(found, deadline, || !self.is_waiting()) {
            // ORDERING: Relaxed, both: it publishes nothing. A waker's exchange comes before it,
            // and is found, or after it, and finds it.
            let _ = self.word.compare_exchange(
                found,
                found | ASLEEP,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
        }
    }

    /// The waiter's own decision to wait no more. False: a waker has claimed it, and its outcome is
    /// about to come.
    pub fn give_up(&self) -> bool {
        self.decide(TIMED_OUT)
    }

    /// A waker's attempt to decide the outcome, through the node at that address. The caller holds
    /// the lock of that node's queue.
    pub fn claim(&self, node: *const c_void) -> bool {
        let claimed = self.decide(CLAIMED);
        if claimed {
            self.claimed_through.set(node);
        }
        claimed
    }

    /// The address of the node through which the wait was claimed that ended last. For the waiter.
    pub fn claimed_through(&self) -> *const c_void {
        self.claimed_through.get()
    }

    /// Decides the outcome, unless somebody has. A claim leaves the bits beside it as they are, for
    /// `unpark` to see.
    fn decide(&self, outcome: u32) -> bool {
        // ORDERING: Relaxed: a guess for the compare-exchange below.
        let mut found = self.word.load(Ordering::Relaxed);
        while found & !MANNER == WAITING {
            let to = if outcome == CLAIMED { CLAIMED | found & MANNER } else { outcome };
            // ORDERING: Acquire: a claimer has read nothing that we wrote since the link, and what
            // it wrote to the node before is under the queue's lock. Relaxed on failure: again.
            match self.word.compare_exchange(found, to, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(other) => found = other,
            }
        }
        false
    }

    /// Whether its thread is in the middle of a wait.
    pub fn is_waiting(&self) -> bool {
        // ORDERING: Relaxed: asked by its own thread; what comes with an outcome is read after the
        // Acquire in `park`.
        matches!(self.word.load(Ordering::Relaxed) & !MANNER, WAITING | CLAIMED)
    }

    /// Whether its thread is in the middle of a wait, or may have nodes in queues still.
    #[inline]
    pub fn is_in_use(&self) -> bool {
        // ORDERING: Relaxed: asked by its own thread, or by a signal handler in it.
        let state = self.word.load(Ordering::Relaxed) & !MANNER;
        matches!(state, WAITING | CLAIMED | TIMED_OUT | INTERRUPTED)
    }

    /// The waiter's last touch of a wait that it gave up or that was stopped, once none of its
    /// nodes is linked: from here on the waiter may be lent again.
    pub fn leave(&self) {
        // ORDERING: Relaxed: the waiter's own; a signal handler in its thread is all that asks.
        self.word.store(IDLE, Ordering::Relaxed);
    }

    /// Whether nobody has decided the outcome yet. It may be decided the next moment.
    pub fn is_undecided(&self) -> bool {
        // ORDERING: Relaxed: a look; nothing is read on its strength.
        self.word.load(Ordering::Relaxed) & !MANNER == WAITING
    }

    /// The claimer's last touch: publishes the outcome and wakes the thread, if it sleeps. To be
    /// called after the queue's lock is left. True: it sleeps at the broadcast word, where
    /// the caller has to wake it.
    #[must_use]
    pub fn unpark(&self, outcome: Outcome) -> bool {
        // ORDERING: Release, pairs with the Acquire in `park`.
        let found = self.word.swap(outcome as u32, Ordering::Release);
        race_window();
        let (asleep, apart) = (found & ASLEEP != 0, found & BROADCAST != 0);
        if asleep && !apart {
            futex::wake_one(&self.word);
        }
        asleep && apart
    }

    /// In a forked child, by its only thread, which is this parker's: a wait in progress (a handler
    /// forked in the middle of it) begins again.
    pub fn restart_after_fork(&self) {
        if !self.is_waiting() {
            return;
        }
        let broadcast = self.broadcast();
        let sleeps_there = self.unpark(Outcome::Retry);
        if let Some(broadcast) = broadcast.filter(|_| sleeps_there) {
            broadcast.wake_all();
        }
    }

    /// In a forked child: its thread is gone, and so is the wait that it was in. The next owner of
    /// the slot is in none.
    pub fn reset_after_fork(&self) {
        // ORDERING: Relaxed: the process has a single thread.
        self.word.store(IDLE, Ordering::Relaxed);
    }
}
