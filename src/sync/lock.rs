//! The lock: one thread holds it, and any thread may release it.
//!
//! Its word has LOCKED (`wait::mutex`) beside the bits that all words have, and a bit for the
//! listeners of the probe:
//!
//! | bit | name   | means                                         | set by         | cleared by |
//! |-----|--------|-----------------------------------------------|----------------|------------|
//! | 1   | SIGNAL | a thread that did not hold it has released it | such a release | –          |
//!
//! `holder` is the ident of the last thread that acquired the lock. It counts only while LOCKED is
//! set, and decides only whether an abandoned lock may be destroyed.

use core::hint;

use crate::atomic::AtomicU32;
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{self, State};
use crate::probe::{self, Hold};
use crate::status::Status;
use crate::wait::contention;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// The lock is used as a signal. Set only together with INSPECT.
const SIGNAL: u64 = 1 << 1;

/// A slot of the table of locks.
#[repr(C, align(64))]
pub struct Lock {
    mutex: RawMutex,
    next_free: AtomicU32,
}

slots! {
    Lock, kind: Kind::Lock,
    word: mutex.core.word, first_use: mutex.core,
}

/// How a lock in that state is held, as listeners hear it.
fn hold_of(state: State) -> Hold {
    if state.has(SIGNAL) { Hold::Signal } else { Hold::Exclusive }
}

impl Lock {
    /// The lock's mutex.
    pub fn mutex(&self) -> &RawMutex {
        &self.mutex
    }

    fn hold(&self) -> Hold {
        hold_of(self.mutex.core.word.load())
    }

    /// Reports that the calling thread has acquired the lock. Every slow path that acquires it
    /// calls this.
    pub fn report_acquired(&self, tried: bool) {
        if probe::hears_objects() {
            probe::acquired(&self.mutex.core.word, self.hold(), tried);
        }
    }

    /// Reports that the calling thread is about to release the lock, if it is held. Every slow path
    /// that releases it calls this.
    pub fn report_releasing(&self, lock: Handle) {
        if !probe::hears_objects() {
            return;
        }
        let word = &self.mutex.core.word;
        let held = |state: State| state.is(lock.tag()) && state.has(LOCKED);
        if self.mutex.holder() != this_thread::ident() {
            let _ = word.update(|state| held(state).then_some(state.with(SIGNAL)));
        }
        if held(word.load()) {
            probe::releasing(word, self.hold());
        }
    }
}

/// Makes a free lock.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
#[inline]
pub fn new() -> Result<Handle, Status> {
    object::make(|slot: &Lock, tag| {
        slot.mutex.reset(tag, 0);
        0
    })
}

/// The fast path of acquiring: one compare-exchange proves the handle and acquires the lock. False:
/// the caller has to call [`acquire`].
#[inline(always)]
pub fn acquire_quickly(lock: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(lock.index() as usize) else { return false };
    // The ident is read before the compare-exchange, because no later load can overtake that.
    let ident = this_thread::uncontended_ident();
    if ident == 0 {
        return acquire_after_look(slot, lock);
    }
    if !slot.mutex.try_acquire_fast(word::idle(lock)) {
        return false;
    }
    slot.mutex.set_holder(ident);
    true
}

/// As [`acquire_quickly`], for a thread that looks at the word first. False also if the thread is
/// not registered.
#[inline(always)]
fn acquire_after_look(slot: &Lock, lock: Handle) -> bool {
    hint::cold_path();
    let ident = this_thread::known_ident();
    let (idle, found) = (word::idle(lock), slot.mutex.core.word.load_relaxed());
    if found == idle {
        contention::note_uncontended();
    }
    if ident == 0 || !slot.mutex.try_acquire_found(found, idle) {
        return false;
    }
    slot.mutex.set_holder(ident);
    true
}

/// The fast path of trying. True: the lock was free, and the caller holds it now. A held lock costs
/// a load and no atomic instruction. `None`: the caller has to call [`acquire`].
#[inline(always)]
pub fn try_quickly(lock: Handle) -> Option<bool> {
    let slot = FIRST_SEGMENT.get(lock.index() as usize)?;
    if slot.mutex.looks_held(word::idle(lock)) {
        return Some(false);
    }
    let ident = this_thread::known_ident();
    if ident == 0 || !slot.mutex.try_acquire_fast(word::idle(lock)) {
        return None;
    }
    slot.mutex.set_holder(ident);
    Some(true)
}

/// Acquires the lock within that time.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES`
/// if there is no memory to wait.
pub fn acquire(lock: Handle, timeout: Timeout) -> Result<(), Status> {
    let (slot, _) = TABLE.find(lock)?;
    slot.mutex.acquire_exclusive(lock, this_thread::ident(), timeout)?;
    slot.report_acquired(timeout != Timeout::Forever);
    Ok(())
}

/// The fast path of releasing. False: the caller has to call [`release`].
#[inline(always)]
pub fn release_quickly(lock: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(lock.index() as usize) else { return false };
    slot.mutex.release_fast(word::idle(lock))
}

/// Releases the lock, also if another thread holds it.
///
/// # Errors
/// `THREADING_NOT_ACQUIRED` if no thread holds it; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn release(lock: Handle) -> Result<(), Status> {
    let (slot, _) = TABLE.find(lock)?;
    slot.report_releasing(lock);
    slot.mutex.release_slow(lock)
}

/// Whether a thread holds the lock at this moment. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn locked(lock: Handle) -> Result<bool, Status> {
    TABLE.find(lock).map(|(_, state)| state.has(LOCKED))
}

/// Ends the lock. `is_alive` tells whether the thread of an ident still runs.
///
/// # Errors
/// `THREADING_BUSY` if a living thread holds it or any thread waits for it;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(lock: Handle, is_alive: impl Fn(u64) -> bool) -> Result<(), Status> {
    object::end(lock, |slot: &Lock, state| slot.mutex.end(lock, state, 0, is_alive, hold_of))
}
