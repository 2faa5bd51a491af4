//! What is done to an executor under its lock: its list of tasks, and the numbers of its workers.

use crate::atomic::Ordering;
use crate::object::handle::{Handle, Tag};
use crate::object::word::State;
use crate::status::Status;
use crate::thread::executor::slot::{COUNT, Executor, LIVES, RETIRED, REUSABLE, SHUT, add, get};
use crate::thread::record::{self, CANCELLED, PENDING, Record};
use crate::wait::queue::Guard;

/// What has to be done after the lock is left so that enough workers are awake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Need {
    Nothing,
    /// An idle worker is to be woken.
    Wake,
    /// A worker is to be started; it is counted already, and `start_is_over` follows.
    Start,
}

/// The lock of an executor, held.
pub(super) struct Locked {
    slot: &'static Executor,
    guard: Guard<'static>,
}

impl Executor {
    /// Takes the lock, if the executor of that tag lives here.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
    pub(super) fn lock(&'static self, tag: Tag) -> Result<Locked, Status> {
        let locked = self.lock_any();
        let state = locked.state();
        if state.is(tag) { Ok(locked) } else { Err(state.gone(tag)) }
    }

    /// Takes the lock, for a worker, or for a task that is in the list.
    pub(super) fn lock_any(&'static self) -> Locked {
        Locked { slot: self, guard: self.core.lock() }
    }

    /// The executor has ended, and `reusable` says whether its slot may be used again. Idle
    /// workers leave.
    pub(super) fn end(&'static self, index: u32, reusable: bool) {
        let locked = self.lock_any();
        // ORDERING: Relaxed: guarded by the lock.
        self.ended.store(if reusable { REUSABLE } else { RETIRED }, Ordering::Relaxed);
        let left = self.is_left();
        drop(locked);
        self.wake(true);
        if left {
            self.give_back(index);
        }
    }

    /// A worker has called `leave`, and is about to end. The last one lets the slot be used again.
    pub(super) fn worker_has_left(&'static self, index: u32) {
        let locked = self.lock_any();
        add(&self.leaving, -1);
        self.leave(locked, index);
    }

    /// The system has answered the start of a worker, which was counted.
    pub(super) fn start_is_over(&'static self, index: u32, is_there: bool) {
        let locked = self.lock_any();
        add(&self.starting, -1);
        if !is_there {
            add(&self.workers, -1);
        }
        self.leave(locked, index);
    }

    /// The last thread that uses the slot of an executor that has ended gives it back.
    fn leave(&'static self, locked: Locked, index: u32) {
        let is_last = get(&self.ended) != LIVES && self.is_left();
        drop(locked);
        if is_last {
            self.give_back(index);
        }
    }
}

impl Locked {
    /// The word under the lock.
    pub(super) fn state(&self) -> State {
        self.guard.state()
    }

    /// Whether the executor takes no more tasks, or has ended, and none is in the list.
    pub(super) fn is_over(&self) -> bool {
        let shut = self.state().has(SHUT) || get(&self.slot.ended) != LIVES;
        shut && get(&self.slot.queued) == 0
    }

    /// Whether tasks wait for a worker, and all that are there wait for futures.
    pub(super) fn is_stuck(&self) -> bool {
        get(&self.slot.queued) != 0 && self.certain() == 0
    }

    /// Sets SHUT, which no task is submitted after.
    pub(super) fn shut(&self) {
        let _ = self.slot.core.word.update(|state| Some(state.with(SHUT)));
    }

    fn awake(&self) -> u32 {
        let slot = self.slot;
        get(&slot.workers).saturating_sub(get(&slot.idle) + get(&slot.blocked))
    }

    /// How many of those are there, whatever the system says to a start.
    fn certain(&self) -> u32 {
        self.awake().saturating_sub(get(&self.slot.starting))
    }

    /// Has another worker awake if there has to be one: see the top of `slot.rs`.
    pub(super) fn need(&self) -> Need {
        let slot = self.slot;
        let wanted = (get(&slot.running) + get(&slot.queued)).min(get(&slot.limit));
        if get(&slot.queued) == 0 || (self.awake() >= wanted && self.certain() > 0) {
            return Need::Nothing;
        }
        if get(&slot.idle) > 0 {
            add(&slot.idle, -1);
            add(&slot.permits, 1);
            return Need::Wake;
        }
        add(&slot.workers, 1);
        add(&slot.starting, 1);
        Need::Start
    }

    /// Appends a task, which nobody else has yet.
    ///
    /// # Errors
    /// `THREADING_NO_RESOURCES` if there are too many.
    pub(super) fn append(&self, thread: Handle, record: &Record) -> Result<Need, Status> {
        let slot = self.slot;
        let more = |state: State| (state.0 & COUNT != COUNT).then(|| State(state.0 + 1));
        slot.core.word.update(more).map_err(|_| Status::THREADING_NO_RESOURCES)?;
        let (place, last) = (thread.index() + 1, get(&slot.last));
        // ORDERING: Relaxed, all: guarded by the lock.
        record.next.store(0, Ordering::Relaxed);
        record.previous.store(last, Ordering::Relaxed);
        match last.checked_sub(1).and_then(record::at) {
            Some(last) => last.next.store(place, Ordering::Relaxed),
            None => slot.first.store(place, Ordering::Relaxed),
        }
        slot.last.store(place, Ordering::Relaxed);
        add(&slot.queued, 1);
        Ok(self.need())
    }

    /// Takes a task out of the list if it has not begun, and sets `bits` in its word.
    pub(super) fn take(&self, thread: Handle, record: &Record, bits: u64) -> bool {
        let tag = thread.tag();
        let taken = record.core.word.update(|state| {
            (state.is(tag) && state.has(PENDING)).then(|| state.without(PENDING).with(bits))
        });
        if taken.is_ok() {
            self.unlink(record);
        }
        taken.is_ok()
    }

    fn unlink(&self, record: &Record) {
        let slot = self.slot;
        let (previous, next) = (get(&record.previous), get(&record.next));
        // ORDERING: Relaxed, both: guarded by the lock.
        match previous.checked_sub(1).and_then(record::at) {
            Some(previous) => previous.next.store(next, Ordering::Relaxed),
            None => slot.first.store(next, Ordering::Relaxed),
        }
        match next.checked_sub(1).and_then(record::at) {
            Some(next) => next.previous.store(previous, Ordering::Relaxed),
            None => slot.last.store(previous, Ordering::Relaxed),
        }
        add(&slot.queued, -1);
    }

    fn first(&self) -> Option<(Handle, &'static Record)> {
        let index = get(&self.slot.first).checked_sub(1)?;
        let record = record::at(index)?;
        Some((Handle::new(record.core.word.load().tag(), index), record))
    }

    /// Cancels the first task of the list.
    pub(super) fn cancel_first(&self) -> Option<(Handle, &'static Record)> {
        let (thread, record) = self.first()?;
        self.take(thread, record, CANCELLED).then_some((thread, record))
    }

    /// Takes the first task for the calling worker, if one more may run.
    pub(super) fn begin_first(&self) -> Option<(Handle, &'static Record)> {
        let slot = self.slot;
        if get(&slot.running) >= get(&slot.limit) {
            return None;
        }
        let (thread, record) = self.first()?;
        if !self.take(thread, record, 0) {
            return None;
        }
        add(&slot.running, 1);
        // ORDERING: Relaxed: it grows under the lock, which `is_busy` is asked under.
        slot.executing.fetch_add(1, Ordering::Relaxed);
        Some((thread, record))
    }

    /// The calling worker's task runs no more.
    pub(super) fn stop_running(&self) {
        add(&self.slot.running, -1);
    }

    /// The calling worker becomes idle, if a wake finds it in time.
    pub(super) fn become_idle(&self) {
        add(&self.slot.idle, 1);
    }

    /// The calling worker is about to end, and `worker_has_left` follows.
    pub(super) fn leave(&self) {
        add(&self.slot.workers, -1);
        add(&self.slot.leaving, 1);
    }

    /// Takes a permit: the calling worker, or another, is woken. False: it is idle still.
    pub(super) fn take_permit(&self) -> bool {
        let any = get(&self.slot.permits) != 0;
        if any {
            add(&self.slot.permits, -1);
        }
        any
    }

    /// As `leave`, for a worker that is idle: from now on nobody counts on it.
    pub(super) fn leave_idle(&self) {
        add(&self.slot.idle, -1);
        self.leave();
    }

    /// The calling worker's task waits for a future, so another may run.
    pub(super) fn block(&self) -> Need {
        add(&self.slot.running, -1);
        add(&self.slot.blocked, 1);
        self.need()
    }

    /// Undoes `block`: the task goes on at once, even if as many run as may.
    pub(super) fn unblock(&self) {
        add(&self.slot.blocked, -1);
        add(&self.slot.running, 1);
    }
}
