//! The condition: threads that hold a lock wait until another thread that holds it notifies them.
//!
//! Its word has one bit beside those that all words have (`word.rs`):
//!
//! | bit | name | means                                          | set by | cleared by |
//! |-----|------|------------------------------------------------|--------|------------|
//! | 0   | OWN  | the lock is its own rlock, and ends with it    | making | –          |
//!
//! A waiter links itself before it releases the lock, so that no notify is missed. A notify does
//! not wake the waiter, which would only contend for the lock that the notifier holds. It requeues
//! the waiter's node to the lock's queue, and a release of the lock wakes the waiter. A requeued
//! waiter whose time runs out counts as notified, and keeps its place. A notify passes over a
//! waiter that has given up. So a notify is never spent on a waiter that reports a time-out.
//!
//! Order of the locks: the condition's queue, then its lock's queue.

use core::ffi::c_void;
use core::mem::offset_of;

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::object;
use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{State, WAITERS};
use crate::platform::clock::{self, Deadline};
use crate::probe::{self, Happening, Hold};
use crate::status::Status;
use crate::sync::any_lock::AnyLock;
use crate::sync::notified::{Notified, park_with_stop};
use crate::sync::{lock, rlock};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, NO_PENDING};
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;

const OWN: u64 = 1;

/// A slot of the table of conditions.
#[repr(C, align(64))]
pub struct Condition {
    core: Core,
    /// The handle of the lock or rlock; written before the slot is published.
    lock: AtomicU64,
    next_free: AtomicU32,
}

slots! {
    Condition, kind: Kind::Condition,
    word: core.word, first_use: core,
}

impl Condition {
    /// Where a reader outside the process finds the lock, and the bit that says whose it is.
    pub const LOCK_AT: usize = offset_of!(Condition, lock);
    #[allow(missing_docs)]
    pub const OWN: u64 = OWN;

    /// The rlock that was made with a condition in that state, and that ends with it.
    pub fn own_rlock(&self, state: State) -> Option<Handle> {
        // ORDERING: Relaxed: published with the word.
        state.has(OWN).then(|| Handle(self.lock.load(Ordering::Relaxed)))
    }
}

/// A predicate of the user's.
pub type Predicate = unsafe extern "C-unwind" fn(*mut c_void) -> bool;

/// Makes a condition with an rlock of its own.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub fn new() -> Result<Handle, Status> {
    let own = rlock::new_owned()?;
    make(own, OWN).inspect_err(|_| {
        let _ = rlock::destroy_owned(own, |_| true);
    })
}

/// Makes a condition on a lock that exists, which cannot be destroyed before the condition.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED` of the lock; `THREADING_NO_RESOURCES` if
/// memory or handles ran out.
pub fn new_with_lock(lock: Handle) -> Result<Handle, Status> {
    new_with(lock, AnyLock::find_lock(lock)?)
}

/// Makes a condition on an rlock that exists, which cannot be destroyed before the condition.
///
/// # Errors
/// As [`new_with_lock`].
pub fn new_with_rlock(rlock: Handle) -> Result<Handle, Status> {
    new_with(rlock, AnyLock::find_rlock(rlock)?)
}

#[inline(always)]
fn new_with(lock: Handle, held: AnyLock) -> Result<Handle, Status> {
    held.pin()?;
    make(lock, 0).inspect_err(|_| held.unpin())
}

fn make(lock: Handle, bits: u64) -> Result<Handle, Status> {
    object::make(|slot: &Condition, _| {
        // ORDERING: Relaxed: `publish` releases it.
        slot.lock.store(lock.0, Ordering::Relaxed);
        bits
    })
}

/// The handle of the condition's lock or rlock.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline]
pub fn lock_of(condition: Handle) -> Result<Handle, Status> {
    let (slot, _) = TABLE.find(condition)?;
    // ORDERING: Relaxed: published with the word.
    Ok(Handle(slot.lock.load(Ordering::Relaxed)))
}

fn find(condition: Handle) -> Result<(&'static Condition, AnyLock), Status> {
    let (slot, _) = TABLE.find(condition)?;
    // ORDERING: Relaxed: published with the word.
    Ok((slot, AnyLock::find(Handle(slot.lock.load(Ordering::Relaxed)))?))
}

/// Releases the lock, or all levels of an rlock, waits for a notify, and acquires all of it again.
///
/// # Errors
/// `THREADING_NOT_ACQUIRED` or `THREADING_NOT_OWNER` if the caller may not wait;
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES`
/// if there is no memory to wait.
pub fn wait(condition: Handle, timeout: Timeout) -> Result<(), Status> {
    wait_inline(condition, timeout.from_now_if_needed(), Handle::NULL)
}

/// As [`wait`], for a call that began at `since` and ends at `deadline`, or when the stop has come,
/// which may be null.
///
/// # Errors
/// As [`wait`]; `THREADING_INTERRUPTED` if the stop has come first: then no notify was spent on
/// this wait.
pub fn wait_until(condition: Handle, time: (u64, Deadline), stop: Handle) -> Result<(), Status> {
    wait_inline(condition, time, stop)
}

#[inline(always)]
fn wait_inline(
    condition: Handle,
    (since, deadline): (u64, Deadline),
    stop: Handle,
) -> Result<(), Status> {
    let (slot, lock) = find(condition)?;
    lock.check_mine()?;
    let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
    let ident = this_thread::known_ident();
    let wait = Wait { object: condition, kind: WaitKind::Event, ident, broadcast: None };
    let waiter = lease.waiter();
    let mut notified = Notified {
        core: &slot.core,
        condition,
        lock: &lock,
        deadline,
        waiter,
        depth: None,
        stops: (),
    };
    let (outcome, depth) = if stop.is_null() {
        (notified.park(&lease, &wait, since)?, notified.depth)
    } else {
        park_with_stop(&notified, &lease, &wait, since, stop)?
    };
    lock.acquire_all(depth.unwrap_or(1), outcome, &lease)?;
    match outcome {
        Outcome::TimedOut => Err(Status::THREADING_TIMEOUT),
        Outcome::Interrupted => Err(Status::THREADING_INTERRUPTED),
        _ => Ok(()),
    }
}

/// Waits until the predicate returns true, but no longer than until the stop has come, which may be
/// null. The predicate is called with the lock held, and decides the result also after the time has
/// run out, or the stop has come.
///
/// # Errors
/// As [`wait_until`].
///
/// # Safety
/// The predicate may be called with this context.
pub unsafe fn wait_for(
    condition: Handle,
    predicate: Predicate,
    context: *mut c_void,
    timeout: Timeout,
    stop: Handle,
) -> Result<(), Status> {
    let time = timeout.from_now_if_needed();
    find(condition)?.1.check_mine()?;
    loop {
        // SAFETY: the caller's promise. No lock of the library's own is held.
        if unsafe { predicate(context) } {
            return Ok(());
        }
        match wait_until(condition, time, stop) {
            Ok(()) => {}
            // SAFETY: as above.
            Err(status) if !status.is_error() && unsafe { predicate(context) } => return Ok(()),
            Err(status) => return Err(status),
        }
    }
}

/// Wakes up to `count` waiters, in the order in which they came.
///
/// # Errors
/// `THREADING_NOT_ACQUIRED` or `THREADING_NOT_OWNER` if the caller may not notify;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn notify(condition: Handle, count: usize) -> Result<(), Status> {
    let (slot, lock) = find(condition)?;
    lock.check_mine()?;
    slot.core.repair();
    // Every waiter linked itself before it released the lock that the caller holds.
    if count == 0 || !slot.core.word.load().has(WAITERS) {
        return Ok(());
    }
    requeue(slot, condition, lock, count)
}

/// Requeues up to `count` waiters to the lock's queue. It is out of line, so that a notify without
/// waiters saves few registers.
#[inline(never)]
fn requeue(slot: &Condition, condition: Handle, lock: AnyLock, count: usize) -> Result<(), Status> {
    let now = clock::now();
    probe::happened(Happening::Notified, &slot.core.word, count);
    let guard = slot.core.lock();
    if !guard.state().is(condition.tag()) {
        return Err(guard.state().gone(condition.tag()));
    }
    let lock_guard = lock.core().lock();
    if guard.requeue(&lock_guard, count, now, lock.handle()) > 0 {
        lock.mutex().kick_requeued(&lock_guard);
    }
    // The guard of the lock's queue is dropped first, as the later one. Else a woken thread could
    // find the condition's queue locked.
    Ok(())
}

/// Acquires the lock of a condition if no other thread holds it, and nothing stands against it.
#[inline(always)]
pub fn acquire_quickly(condition: Handle) -> bool {
    let Ok(lock) = lock_of(condition) else { return false };
    if lock.tag().kind() == Kind::Rlock as u32 {
        rlock::acquire_quickly(lock)
    } else {
        lock::acquire_quickly(lock)
    }
}

/// Acquires the lock of a condition within that time.
///
/// # Errors
/// As the lock's or the rlock's own acquire; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED` of
/// the condition.
pub fn acquire(condition: Handle, timeout: Timeout) -> Result<(), Status> {
    let lock = lock_of(condition)?;
    if lock.tag().kind() == Kind::Rlock as u32 {
        rlock::acquire(lock, timeout)
    } else {
        lock::acquire(lock, timeout)
    }
}

/// Releases the lock of a condition, one level of an rlock.
///
/// # Errors
/// As the lock's or the rlock's own release; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED` of
/// the condition.
pub fn release(condition: Handle) -> Result<(), Status> {
    let lock = lock_of(condition)?;
    match lock.tag().kind() == Kind::Rlock as u32 {
        true if rlock::release_quickly(lock) => Ok(()),
        true => rlock::release(lock),
        false if lock::release_quickly(lock) => Ok(()),
        false => lock::release(lock),
    }
}

/// Whether a thread holds the lock of a condition.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn locked(condition: Handle) -> Result<bool, Status> {
    let lock = lock_of(condition)?;
    if lock.tag().kind() == Kind::Rlock as u32 { rlock::locked(lock) } else { lock::locked(lock) }
}

/// Ends the condition, and with it an rlock of its own.
///
/// # Errors
/// `THREADING_BUSY` if any thread waits for it, or holds an rlock of its own;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(condition: Handle, is_alive: impl Fn(u64) -> bool) -> Result<(), Status> {
    object::end(condition, |slot: &Condition, state| {
        // ORDERING: Relaxed: published with the word.
        let lock = Handle(slot.lock.load(Ordering::Relaxed));
        if state.has(OWN) {
            return end_with_lock(slot, condition, lock, is_alive);
        }
        let again = slot.core.end(condition, state, &NO_PENDING, Hold::Never)?;
        AnyLock::find(lock)?.unpin();
        Ok(again)
    })
}

/// Ends the condition and its rlock, or neither. Under the lock of the condition's queue no thread
/// begins to wait.
#[inline(never)]
fn end_with_lock(
    slot: &Condition,
    condition: Handle,
    lock: Handle,
    is_alive: impl Fn(u64) -> bool,
) -> Result<bool, Status> {
    let guard = slot.core.lock();
    let state = guard.state();
    if !state.is(condition.tag()) {
        return Err(state.stale_status(condition.tag(), Kind::Condition));
    }
    if !guard.is_empty() {
        return Err(failure!(THREADING_BUSY, c"threads wait for it"));
    }
    rlock::destroy_owned(lock, is_alive)?;
    Ok(end_word(slot, guard.state()))
}

/// Ends the word. Under the queue's lock no other thread ends it, and only INSPECT can change.
fn end_word(slot: &Condition, mut state: State) -> bool {
    loop {
        match slot.core.word.end(state) {
            Ok(again) => return again && probe::ended(&slot.core.word, Hold::Never, false),
            Err(found) if found.is(state.tag()) => state = found,
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests;
