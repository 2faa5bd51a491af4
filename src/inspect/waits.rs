//! Who waits for what, and who holds it, read without a lock.
//!
//! Waiters and slots are type-stable, so a look never meets memory that is gone. Each wait is
//! consistent in itself (`wait::wait_record`); two of them may be of different moments.
//! `inspect::deadlock` says when several are known to have been true at once.

use crate::atomic::{Ordering, fence};
use crate::object::handle::{Handle, Kind};
use crate::object::table::Slot;
use crate::status::Status;
use crate::sync::any_lock::AnyLock;
use crate::sync::lock::Lock;
use crate::sync::rlock::Rlock;
use crate::sync::rwlock::slot::{self as rwlock, Rwlock};
use crate::thread::record::{self, MAIN, RUNNING, TASK};
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::spin_then_park::WaitKind;
use crate::wait::waiter::Waiter;

/// What one thread waits for.
#[derive(Clone, Copy)]
pub struct ThreadWait {
    /// The ident of the thread.
    pub ident: u64,
    /// What it waits for; null if it sleeps, or waits for something of the library's own.
    pub object: Handle,
    /// Whether it only waits for time to pass.
    pub sleeps: bool,
    /// The ident of the thread that holds or writes the object, or that is to end; 0: nobody is
    /// known. Of a wait for all tasks of an executor it is known in a deadlock only.
    pub holder: u64,
    /// Since when, in nanoseconds of the monotonic clock; 0: for a moment.
    pub since: u64,
    /// Until when; 0: for ever.
    pub deadline: u64,
    /// Where the call returns to that waits; 0: unknown.
    pub site: usize,
    /// How many entries a wait for several objects has; 0: it is for one.
    pub entries: usize,
    /// The index of the thread's waiter, and which of its waits this is.
    pub waiter: u32,
    #[allow(missing_docs)]
    pub epoch: u32,
}

impl ThreadWait {
    /// Of nobody, for nothing.
    pub const NONE: ThreadWait = ThreadWait {
        ident: 0,
        object: Handle::NULL,
        sleeps: false,
        holder: 0,
        since: 0,
        deadline: 0,
        site: 0,
        entries: 0,
        waiter: 0,
        epoch: 0,
    };

    /// For how many seconds it had lasted at that moment.
    pub fn lasted(&self, now: u64) -> f64 {
        if self.since == 0 { 0.0 } else { seconds(now.saturating_sub(self.since)) }
    }

    /// For how many seconds from that moment on it lasts at most.
    pub fn remaining(&self, now: u64) -> f64 {
        match self.deadline {
            0 => f64::INFINITY,
            deadline => seconds(deadline.saturating_sub(now)),
        }
    }

    /// The wait of the thread of this waiter. `None`: it does not wait, or that changed meanwhile;
    /// or it waits for a lock of the library's before it has an ident.
    pub fn of(waiter: &Waiter) -> Option<ThreadWait> {
        let look = waiter.observe().filter(|look| look.wait.ident != 0)?;
        let (wait, since) = (look.wait, look.arrival);
        Some(ThreadWait {
            ident: wait.ident,
            object: wait.object,
            sleeps: wait.kind == WaitKind::Sleep as u32,
            holder: holder_of(wait.object),
            since,
            deadline: wait.deadline,
            site: wait.site,
            entries: look.entries,
            waiter: waiter.index(),
            epoch: wait.epoch,
        })
    }

    /// What else may end the wait: the other objects, or the stop. It is as long as the wait goes
    /// on.
    pub fn others(&self) -> impl Iterator<Item = Handle> {
        let waiter = Waiter::table().get(self.waiter);
        let shown = (0..self.entries).map_while(move |number| {
            let shown = Handle(waiter?.entries.shown(number));
            // ORDERING: Acquire: the epoch that is read next is no older than what was read.
            fence(Ordering::Acquire);
            self.again().map(|_| shown)
        });
        shown.filter(|shown| !shown.is_null())
    }

    /// The same wait as it is now, if it still goes on.
    pub fn again(&self) -> Option<ThreadWait> {
        let now = ThreadWait::of(Waiter::table().get(self.waiter)?)?;
        (now.epoch == self.epoch && now.ident == self.ident && now.object == self.object)
            .then_some(now)
    }
}

/// A span of time.
pub fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// The mutex of that object, if it has one that tells who holds it.
fn mutex_of(object: Handle) -> Option<&'static RawMutex> {
    match object.tag().kind() {
        kind if kind == Kind::Lock as u32 || kind == Kind::Rlock as u32 => {
            AnyLock::find(object).ok().map(|lock| lock.mutex())
        }
        kind if kind == Kind::Rwlock as u32 => {
            Rwlock::table().find(object).ok().map(|(rwlock, _)| &rwlock.mutex)
        }
        _ => None,
    }
}

/// The thread that holds the lock or rlock, that writes the rwlock, or that is to end: its ident.
/// 0: nobody is known.
pub fn holder_of(object: Handle) -> u64 {
    if let Some(mutex) = mutex_of(object) {
        let state = mutex.core.word.load();
        let is_held = state.is(object.tag()) && state.has(LOCKED);
        return if is_held { mutex.observed_holder() } else { 0 };
    }
    match object.tag().kind() {
        kind if kind == Kind::Thread as u32 => record::find(object).map_or(0, |(record, _)| {
            // ORDERING: Relaxed: written before the record was published.
            record.ident.load(Ordering::Relaxed)
        }),
        _ => 0,
    }
}

/// The executor of which the thread of that ident runs a task; null for any other thread.
pub fn executor_of(ident: u64) -> Handle {
    let Ok((record, state)) = record::find(Handle(ident)) else { return Handle::NULL };
    // One that has forked is the main thread of the child, and no worker.
    if !state.has(TASK) || state.has(MAIN) || record::phase(state) != RUNNING {
        return Handle::NULL;
    }
    // ORDERING: Relaxed: written before the task was published.
    let executor = Handle(record.due.load(Ordering::Relaxed));
    record::validate(Handle(ident), record).map_or(Handle::NULL, |()| executor)
}

/// How many reads of the rwlock there are; 0 for any other object.
pub fn reads_of(object: Handle) -> u64 {
    if object.tag().kind() != Kind::Rwlock as u32 {
        return 0;
    }
    Rwlock::table().find(object).map_or(0, |(_, state)| rwlock::reads(state))
}

/// Whether the lock was released by another thread than its holder: then a holder is nobody who
/// has to release it.
pub fn is_signal(object: Handle) -> bool {
    object.tag().kind() == Kind::Lock as u32
        && Lock::table().find(object).is_ok_and(|(lock, _)| lock.is_signal(object.tag()))
}

/// Whether it is a lock that only its holder may release.
pub fn is_owned(object: Handle) -> bool {
    object.tag().kind() == Kind::Lock as u32
        && Lock::table().find(object).is_ok_and(|(lock, _)| lock.is_owned(object.tag()))
}

/// Whether it is a lock that any thread may release.
pub fn may_be_released_by_any(object: Handle) -> bool {
    object.tag().kind() == Kind::Lock as u32 && !is_owned(object)
}

/// Whether the lock or rlock has not ended.
pub fn is_alive(object: Handle) -> bool {
    if object.tag().kind() == Kind::Rlock as u32 {
        Rlock::table().find(object).is_ok()
    } else {
        Lock::table().find(object).is_ok()
    }
}

/// Calls `visit` with every wait that goes on when its waiter is reached, until it returns false.
/// Async-signal-safe if `visit` is.
pub fn for_each(mut visit: impl FnMut(&ThreadWait) -> bool) {
    Waiter::table().for_each(|_, waiter, _| match ThreadWait::of(waiter) {
        Some(wait) => visit(&wait),
        None => true,
    });
}

/// How many waits there can be at most.
pub fn most() -> usize {
    usize::try_from(Waiter::table().issued()).unwrap_or(usize::MAX)
}

/// What a thread waits for.
///
/// # Errors
/// `THREADING_NO_VALUE` if it does not wait; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn of_thread(thread: Handle) -> Result<ThreadWait, Status> {
    let (record, _) = record::find(thread)?;
    // ORDERING: Relaxed: written before the record was published.
    let ident = record.ident.load(Ordering::Relaxed);
    record::validate(thread, record)?;
    let mut found = Err(Status::THREADING_NO_VALUE);
    for_each(|wait| {
        if wait.ident == ident {
            found = Ok(*wait);
        }
        found.is_err()
    });
    found
}

/// The record of the thread of that ident; null for a thread without one.
pub fn thread_of(ident: u64) -> Handle {
    let handle = Handle(ident);
    match handle.tag().kind() {
        kind if kind == Kind::Thread as u32 => handle,
        kind if kind == Kind::Waiter as u32 => {
            let record = Waiter::table().find(handle).map_or(0, |(waiter, _)| {
                // ORDERING: Relaxed: a handle, which proves itself where it is used.
                waiter.record.load(Ordering::Relaxed)
            });
            Handle(record)
        }
        _ => Handle::NULL,
    }
}

/// The kernel's id of the thread of that ident; 0: unknown.
pub fn native_id_of(ident: u64) -> u32 {
    if let Ok((record, _)) = record::find(thread_of(ident)) {
        // ORDERING: Relaxed: a number, which stands for itself.
        return record.native_id.load(Ordering::Relaxed);
    }
    Waiter::table().find(Handle(ident)).map_or(0, |(waiter, _)| waiter.lifeline.native_id())
}

/// Whether the thread of that ident has ended, as far as a look can tell that may be made in a
/// signal handler.
pub fn has_ended(ident: u64) -> bool {
    let handle = Handle(ident);
    match handle.tag().kind() {
        kind if kind == Kind::Thread as u32 => {
            !record::find(handle).is_ok_and(|(_, state)| record::phase(state) != record::FINISHED)
        }
        kind if kind == Kind::Waiter as u32 => Waiter::table().find(handle).is_err(),
        _ => false,
    }
}
