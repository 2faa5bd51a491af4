//! The rlock: one thread holds it, on any number of levels, and only that thread releases it.
//!
//! Its word has LOCKED (`wait::mutex`) beside the bits that all words have. Two more fields hold
//! the owner and the depth:
//!
//! | field  | written by                                                      | read by others as |
//! |--------|-----------------------------------------------------------------|-------------------|
//! | holder | the owner, after acquiring; cleared by the owner before         | a hint            |
//! |        | releasing; a hand-off writes the new owner under the queue's    |                   |
//! |        | lock                                                            |                   |
//! | depth  | the owner                                                       | a hint            |
//!
//! INVARIANT: a thread finds its own ident in `holder` exactly while it owns the rlock. So one
//! relaxed load tells a thread whether it is the owner. An owner that is gone is never mistaken for
//! a new thread, since idents are not reused.

use core::mem::offset_of;

use crate::atomic::{AtomicU32, Ordering};
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{self, INSPECT};
use crate::platform::tls::CallSite;
use crate::probe::{self, Hold};
use crate::status::Status;
use crate::wait::member::{Means, Member, Way};
use crate::wait::mutex::mode::{EXCLUSIVE, LOCKED};
use crate::wait::mutex::raw::RawMutex;
use crate::wait::queue::NO_PENDING;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// A slot of the table of rlocks.
#[repr(C, align(64))]
pub struct Rlock {
    mutex: RawMutex,
    /// The table's while the slot is free; else the tag of the rlock: see [`Rlock::is_of`].
    next_free: AtomicU32,
    depth: AtomicU32,
}

slots! {
    Rlock, kind: Kind::Rlock,
    word: mutex.core.word, first_use: mutex.core,
}

impl Rlock {
    /// Where a reader outside the process finds the mutex and the depth.
    pub const FIELDS_AT: [usize; 2] = [offset_of!(Rlock, mutex), offset_of!(Rlock, depth)];

    #[inline(always)]
    fn depth(&self) -> u32 {
        // ORDERING: Relaxed: the owner reads what it wrote; for other threads it is a hint.
        self.depth.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn set_depth(&self, depth: u32) {
        // ORDERING: Relaxed: as in `depth`; the word's release and acquire publish it to the
        // next owner.
        self.depth.store(depth, Ordering::Relaxed);
    }

    /// Whether this is the rlock of that handle, if any is alive here. It is not the word that
    /// tells: to load that again costs more where a locked instruction has just written it.
    #[inline(always)]
    fn is_of(&self, rlock: Handle) -> bool {
        // ORDERING: Relaxed: who owns the rlock has found it alive, and so this as it was made. For
        // others the answer does not count.
        self.next_free.load(Ordering::Relaxed) == rlock.tag().0
    }

    /// Whether this is the rlock of that handle, and the calling thread owns it. Comparing the tag
    /// is enough, since an rlock that a living thread owns is not destroyed.
    #[inline(always)]
    fn is_mine(&self, rlock: Handle, ident: u64) -> bool {
        ident != 0
            && self.mutex.unmarked_holder() == ident
            && self.mutex.core.word.load_relaxed().names(rlock)
    }
}

impl Rlock {
    /// The rlock's mutex.
    pub fn mutex(&self) -> &RawMutex {
        &self.mutex
    }

    /// Reports that the calling thread has acquired the first level. Every slow path that acquires
    /// it calls this.
    pub fn report_acquired(&self, tried: bool) {
        probe::acquired(&self.mutex.core.word, Hold::Owned, tried, CallSite::current());
    }

    /// Reports that the calling thread begins to acquire it, however long that takes.
    pub fn report_wanting(&self) {
        probe::wanting(&self.mutex.core.word, Hold::Owned, CallSite::current());
    }

    /// Reports that the calling thread is about to release the last level. Every slow path that
    /// releases it calls this.
    pub fn report_releasing(&self) {
        probe::releasing(&self.mutex.core.word, Hold::Owned);
    }
}

/// Makes a free rlock.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
#[inline]
pub fn new() -> Result<Handle, Status> {
    make(0)
}

/// Makes an rlock for a condition, which alone can end it: no other caller gets the handle, and a
/// made-up handle cannot end it either.
///
/// # Errors
/// As [`new`].
#[inline(always)]
pub fn new_owned() -> Result<Handle, Status> {
    make(1)
}

#[inline]
fn make(pins: u32) -> Result<Handle, Status> {
    object::make(|slot: &Rlock, tag| {
        slot.mutex.reset(tag, pins);
        slot.mutex.set_holder(0);
        slot.set_depth(0);
        // ORDERING: Relaxed: `publish` releases it.
        slot.next_free.store(tag.0, Ordering::Relaxed);
        0
    })
}

/// The fast paths of acquiring: one level deeper without an atomic instruction, or one
/// compare-exchange that proves the handle and acquires. False: the caller has to call [`acquire`].
#[inline(always)]
pub fn acquire_quickly(rlock: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(rlock.index() as usize) else { return false };
    let ident = this_thread::known_ident();
    if ident == 0 {
        return false;
    }
    if slot.is_mine(rlock, ident) {
        let depth = slot.depth();
        if depth == u32::MAX {
            return false;
        }
        slot.set_depth(depth + 1);
        return true;
    }
    if !slot.mutex.try_acquire_fast(word::idle(rlock)) {
        return false;
    }
    slot.mutex.set_holder(ident);
    slot.set_depth(1);
    true
}

/// The fast path of trying. True: the caller owns the rlock now. An rlock that another thread holds
/// costs a load and no atomic instruction. `None`: the caller has to call [`acquire`].
#[inline(always)]
pub fn try_quickly(rlock: Handle) -> Option<bool> {
    if acquire_quickly(rlock) {
        return Some(true);
    }
    let slot = FIRST_SEGMENT.get(rlock.index() as usize)?;
    let is_anothers = slot.mutex.unmarked_holder() != this_thread::known_ident();
    let found = slot.mutex.core.word.load_relaxed();
    (is_anothers && RawMutex::is_held(found, word::idle(rlock))).then_some(false)
}

/// Acquires the rlock within that time, or one more level if the caller owns it.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_OVERFLOW` if the caller holds it 2^32 - 1 times;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there is no
/// memory to wait.
pub fn acquire(rlock: Handle, timeout: Timeout) -> Result<(), Status> {
    let (slot, state) = TABLE.find(rlock)?;
    let ident = this_thread::ident();
    if slot.is_mine(rlock, ident) {
        let deeper = slot.depth().checked_add(1).ok_or(Status::THREADING_OVERFLOW)?;
        slot.set_depth(deeper);
        return Ok(());
    }
    if timeout == Timeout::Forever && state.has(INSPECT) {
        slot.report_wanting();
    }
    slot.mutex.acquire_exclusive(rlock, ident, timeout)?;
    slot.set_depth(1);
    slot.report_acquired(timeout != Timeout::Forever);
    Ok(())
}

static MEANS: Means = Means {
    rules: &NO_PENDING,
    way: Way::Acquire(&EXCLUSIVE),
    above: None,
    taken: |member, tried| {
        if let Ok((slot, _)) = TABLE.find(member.object) {
            slot.set_depth(1);
            slot.report_acquired(tried);
        }
        Ok(())
    },
};

/// As a member of a wait with a stop, for a thread that does not own it.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline]
pub fn member(rlock: Handle) -> Result<Member, Status> {
    let (slot, _) = TABLE.find(rlock)?;
    Ok(Member { object: rlock, core: &slot.mutex.core, means: &MEANS, expires: 0 })
}

/// The fast paths of releasing. False: the caller has to call [`release`].
#[inline(always)]
pub fn release_quickly(rlock: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(rlock.index() as usize) else { return false };
    let ident = this_thread::known_ident();
    if ident == 0 || slot.mutex.unmarked_holder() != ident || !slot.is_of(rlock) {
        return false;
    }
    let depth = slot.depth();
    if depth > 1 {
        slot.set_depth(depth - 1);
        return true;
    }
    let looks = this_thread::uncontended_note() == 0;
    slot.mutex.release_fast(word::idle(rlock), looks) || release_last(rlock)
}

/// Releases an rlock with waiters, or with INSPECT.
#[cold]
#[inline(never)]
fn release_last(rlock: Handle) -> bool {
    let Ok((slot, _)) = TABLE.find(rlock) else { return false };
    if slot.mutex.is_inspected_alone(word::idle(rlock)) {
        probe::releasing_inspected(&slot.mutex.core.word, Hold::Owned);
        if slot.mutex.try_release_inspected(word::idle(rlock)) {
            return true;
        }
    } else {
        slot.report_releasing();
    }
    slot.mutex.release_slow(rlock).is_ok()
}

/// The lean path of acquiring an rlock that has INSPECT, by a call that returns to that place.
/// False: the caller has to call [`acquire`].
#[inline(always)]
pub fn acquire_inspected(rlock: Handle, site: usize) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(rlock.index() as usize) else { return false };
    let ident = this_thread::known_ident();
    if ident == 0 || !slot.mutex.try_acquire_inspected(word::idle(rlock), ident) {
        return false;
    }
    slot.set_depth(1);
    probe::acquired_inspected(&slot.mutex.core.word, Hold::Owned, false, site);
    true
}

/// Releases one level, and with the last level the rlock.
///
/// # Errors
/// `THREADING_NOT_ACQUIRED` if no thread holds it; `THREADING_NOT_OWNER` if another thread does;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn release(rlock: Handle) -> Result<(), Status> {
    let (slot, state) = TABLE.find(rlock)?;
    if !slot.is_mine(rlock, this_thread::known_ident()) {
        return Err(if state.has(LOCKED) {
            Status::THREADING_NOT_OWNER
        } else {
            Status::THREADING_NOT_ACQUIRED
        });
    }
    let depth = slot.depth();
    if depth > 1 {
        slot.set_depth(depth - 1);
        return Ok(());
    }
    slot.report_releasing();
    slot.mutex.release_slow(rlock)
}

/// Whether a thread holds the rlock at this moment.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn locked(rlock: Handle) -> Result<bool, Status> {
    TABLE.find(rlock).map(|(_, state)| state.has(LOCKED))
}

/// An rlock that [`new_owned`] made, and whether a thread holds it.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, also for an rlock that another call has made; `THREADING_DESTROYED`.
pub fn find_owned(rlock: Handle) -> Result<(&'static Rlock, bool), Status> {
    let (slot, state) = TABLE.find(rlock)?;
    let is_owned = slot.mutex.pins() == 1;
    is_owned.then(|| (slot, state.has(LOCKED))).ok_or(Status::THREADING_INVALID_HANDLE)
}

/// The number of levels that the calling thread holds.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn depth(rlock: Handle) -> Result<u32, Status> {
    let (slot, _) = TABLE.find(rlock)?;
    Ok(if slot.is_mine(rlock, this_thread::known_ident()) { slot.depth() } else { 0 })
}

/// The owner's ident and the depth; both 0 if no thread holds the rlock. They are a hint if another
/// thread owns it.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn owner(rlock: Handle) -> Result<(u64, u32), Status> {
    let (slot, state) = TABLE.find(rlock)?;
    let owner = slot.mutex.unmarked_holder();
    Ok(if state.has(LOCKED) && owner != 0 { (owner, slot.depth()) } else { (0, 0) })
}

/// Ends the rlock. `is_alive` tells whether the thread of an ident still runs.
///
/// # Errors
/// `THREADING_BUSY` if a living thread holds it or any thread waits for it;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(rlock: Handle, is_alive: impl Fn(u64) -> bool) -> Result<(), Status> {
    end(rlock, 0, is_alive)
}

/// Ends an rlock that [`new_owned`] made.
///
/// # Errors
/// As [`destroy`].
#[inline(always)]
pub fn destroy_owned(rlock: Handle, is_alive: impl Fn(u64) -> bool) -> Result<(), Status> {
    end(rlock, 1, is_alive)
}

#[inline(always)]
fn end(rlock: Handle, pins: u32, is_alive: impl Fn(u64) -> bool) -> Result<(), Status> {
    object::end(rlock, |slot: &Rlock, state| {
        slot.mutex.end(rlock, state, pins, is_alive, |_| Hold::Owned, |_| None)
    })
}

/// Restores the depth of an rlock that the caller has just acquired again.
pub fn restore_depth(rlock: Handle, depth: u32) {
    if let Ok((slot, _)) = TABLE.find(rlock) {
        slot.set_depth(depth);
    }
}

/// Sets the depth, for a test.
#[cfg(test)]
pub fn force_depth(rlock: Handle, depth: u32) {
    TABLE.find(rlock).unwrap().0.set_depth(depth);
}
