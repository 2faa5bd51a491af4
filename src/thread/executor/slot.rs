//! The slot of an executor: its tasks that have not begun, and how many workers it has and needs.
//!
//! The low half of the word, beside the bits that all words have (`word.rs`):
//!
//! | bits | name  | means                          | set by          | else                       |
//! |------|-------|--------------------------------|-----------------|----------------------------|
//! | 0-26 | count | tasks that have not ended      | `submit` (+1),  | a shutdown returns too     |
//! |      |       |                                | their end (-1)  | early, or never            |
//! | 27   | SHUT  | no task is submitted any more  | `shutdown`      | one begins after the end   |
//!
//! SHUT is never cleared. SHUT is set and the count grows under the lock of `core` only.
//!
//! That lock guards the list of tasks and the numbers of workers. A worker is awake, or idle and
//! asleep at `work`, or it waits for a future (`Blocking`). Under the lock, whenever it is left:
//! as many workers are awake, or are being woken or started by the thread that has left it, as
//! there are tasks that may run: `running` and those in the list, at most `limit`. And if there are
//! tasks in the list, one of those workers is there already, or the thread that has put the last
//! task into it starts one itself: the system may refuse a start, and then only the submit that
//! hears of it can say so.
//!
//! An idle worker is woken by a permit: whoever wakes one takes it out of `idle` and adds to
//! `permits`, and the first worker that sees a permit takes it. So two wakes wake two workers.
//!
//! The slot is used again when the executor has ended and its last worker has left.

use crate::atomic::{self, AtomicU32, AtomicU64, Ordering};
use crate::object;
use crate::object::handle::{Handle, Kind, Tag};
use crate::object::slot::slots;
use crate::object::table::{Slot, Vacant};
use crate::object::word::{State, WAITERS};
use crate::platform::futex;
use crate::platform::signals::SignalMask;
use crate::probe;
use crate::status::Status;
use crate::thread::record::Record;
use crate::wait::parker::Outcome;
use crate::wait::queue::Core;

#[allow(missing_docs)]
pub const COUNT: u64 = (1 << 27) - 1;
#[allow(missing_docs)]
pub const SHUT: u64 = 1 << 27;

/// What `ended` has while the executor lives, and when its slot may be used again or may not.
pub(super) const LIVES: u32 = 0;
pub(super) const REUSABLE: u32 = 1;
pub(super) const RETIRED: u32 = 2;

/// A slot of the table of executors.
#[repr(C, align(64))]
pub struct Executor {
    pub(super) core: Core,
    /// Incremented for idle workers, which sleep until it changes.
    pub(super) work: AtomicU32,
    /// How many workers sleep at `work`, or are about to.
    pub(super) sleepers: AtomicU32,
    /// Tasks that have begun and have not published their end. Grows under the lock.
    pub(super) executing: AtomicU32,
    next_free: AtomicU32,
    /// The list of tasks that have not begun, as index + 1 of their records.
    pub(super) first: AtomicU32,
    pub(super) last: AtomicU32,
    pub(super) queued: AtomicU32,
    /// How many tasks may run at once. Written before the slot is published, as are `number`, the N
    /// of the default name, and `mask`, the signal mask of the workers.
    pub(super) limit: AtomicU32,
    number: AtomicU32,
    pub(super) workers: AtomicU32,
    /// Those of them whose start the system has not answered yet.
    pub(super) starting: AtomicU32,
    pub(super) leaving: AtomicU32,
    pub(super) idle: AtomicU32,
    pub(super) permits: AtomicU32,
    pub(super) running: AtomicU32,
    pub(super) blocked: AtomicU32,
    /// How many workers there have been: the N of their names.
    named: AtomicU32,
    pub(super) ended: AtomicU32,
    mask: AtomicU64,
}

const _: () = assert!(!atomic::IS_PLAIN || size_of::<Executor>() == 128, "the header says so");

slots! {
    Executor, kind: Kind::Executor,
    word: core.word, first_use: core,
}

/// The executors that have been made: the N of the last default name.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Makes an executor that runs at most `limit` tasks at once.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub(super) fn make(limit: u32) -> Result<Handle, Status> {
    object::make(|slot: &Executor, _| {
        // ORDERING: Relaxed, all: `publish` releases them.
        slot.number.store(MADE.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        slot.limit.store(limit, Ordering::Relaxed);
        slot.mask.store(SignalMask::of_calling_thread().0, Ordering::Relaxed);
        slot.ended.store(LIVES, Ordering::Relaxed);
        slot.named.store(0, Ordering::Relaxed);
        slot.reset();
        0
    })
}

/// The live executor that has the handle.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub(super) fn find(executor: Handle) -> Result<(&'static Executor, State), Status> {
    TABLE.find(executor)
}

/// The slot that a task's record names: that of its executor, which outlives the task.
pub(super) fn of_task(record: &Record) -> Option<&'static Executor> {
    // ORDERING: Relaxed: written before the task was published.
    TABLE.get(Handle(record.due.load(Ordering::Relaxed)).index())
}

/// Resets all executors in a forked child, where workers and tasks are gone.
pub(super) fn reset_all() {
    TABLE.for_each(|_, slot, _| {
        slot.reset();
        let _ = slot.core.word.update(|state| Some(state.without(COUNT)));
        true
    });
}

// ORDERING: Relaxed, both, for the numbers and links that the lock guards.
pub(super) fn get(number: &AtomicU32) -> u32 {
    number.load(Ordering::Relaxed)
}

pub(super) fn add(number: &AtomicU32, change: i32) {
    number.store(get(number).saturating_add_signed(change), Ordering::Relaxed);
}

impl Executor {
    fn reset(&self) {
        let numbers =
            [&self.first, &self.last, &self.queued, &self.workers, &self.leaving, &self.idle];
        let more = [&self.permits, &self.running, &self.blocked, &self.executing, &self.sleepers];
        for number in numbers.into_iter().chain(more).chain([&self.starting]) {
            // ORDERING: Relaxed: the slot is the caller's alone, or the process has one thread.
            number.store(0, Ordering::Relaxed);
        }
    }

    /// The N of the default name.
    pub(super) fn number(&self) -> u32 {
        get(&self.number)
    }

    /// The signal mask of the workers.
    pub(super) fn mask(&self) -> SignalMask {
        // ORDERING: Relaxed: published with the word.
        SignalMask(self.mask.load(Ordering::Relaxed))
    }

    /// Counts a task of the executor of that tag that has ended, after its end was published.
    pub(super) fn task_has_ended(&self, tag: Tag) {
        probe::happens_before(&self.core);
        let fewer =
            |state: State| (state.is(tag) && state.0 & COUNT != 0).then(|| State(state.0 - 1));
        if let Ok(before) = self.core.word.update(fewer)
            && before.0 & COUNT == 1
            && before.has(WAITERS)
        {
            self.core.lock().release_all(|_| Outcome::Woken);
        }
    }

    /// The task that the calling worker runs is about to publish its end: whoever sees that may
    /// destroy the executor.
    pub(super) fn task_ends(&self) {
        // ORDERING: Release, pairs with the Acquire in `is_busy`: who sees the task ended has
        // everything before.
        let _ = self.executing.fetch_update(Ordering::Release, Ordering::Relaxed, |executing| {
            executing.checked_sub(1)
        });
    }

    /// Whether tasks have not ended. The lock is held.
    pub(super) fn is_busy(&self) -> bool {
        // ORDERING: Acquire: see `task_ends`.
        get(&self.queued) != 0 || self.executing.load(Ordering::Acquire) != 0
    }

    /// Wakes an idle worker that has a permit, or all of them.
    pub(super) fn wake(&self, all: bool) {
        // ORDERING: SeqCst, both, pairs with `worker::sleep`: either the worker sees the new
        // number, or this sees that it sleeps.
        self.work.fetch_add(1, Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) == 0 {
            return;
        }
        if all { futex::wake_all(&self.work) } else { futex::wake_one(&self.work) }
    }

    /// Lets the slot be used again, after the end of its executor and of its last worker.
    pub(super) fn give_back(&'static self, index: u32) {
        if get(&self.ended) == REUSABLE {
            Executor::table().give_back(Vacant { index, slot: self });
        }
    }

    /// Whether no thread of the executor uses the slot any more. The lock is held.
    pub(super) fn is_left(&self) -> bool {
        get(&self.workers) == 0 && get(&self.starting) == 0 && get(&self.leaving) == 0
    }

    /// What changes when a worker is woken.
    pub(super) fn observed_work(&self) -> u32 {
        // ORDERING: SeqCst: see `wake`.
        self.work.load(Ordering::SeqCst)
    }

    /// A number for the name of a worker.
    pub(super) fn next_name(&self) -> u32 {
        // ORDERING: Relaxed: only its uniqueness counts.
        self.named.fetch_add(1, Ordering::Relaxed)
    }
}
