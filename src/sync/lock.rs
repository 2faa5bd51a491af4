//! The lock: one thread holds it, and any thread may release it.
//!
//! Its word has LOCKED (`wait::mutex`) beside the bits that all words have. Two more fields say who
//! holds it and how it is used:
//!
//! | field      | has                           | written by               | read by            |
//! |------------|-------------------------------|--------------------------|--------------------|
//! | holder     | the thread that holds it, as  | the holder, after it has | `destroy` of a     |
//! |            | a note that the word proves,  | acquired; if it is an    | lock that was      |
//! |            | or as an ident                | ident, also before it    | abandoned; inspect |
//! |            | (`wait::holder_note`)         | releases; a hand-off     |                    |
//! | signal_tag | the lock's tag, once a thread | such a release, if it is | tools; inspect     |
//! |            | has released it that did not  | slow                     |                    |
//! |            | hold it: it is used as a      |                          |                    |
//! |            | signal. Or the inverse of the | `set_owned`              | releases; inspect  |
//! |            | tag: the lock is owned        |                          |                    |
//!
//! An owned lock has INSPECT always, so its calls take the lean path or the slow one, and no fast
//! path has a question more. There a thread finds its own ident in `holder` exactly while it holds
//! the lock, as the owner of an rlock does: the lock was free when it became owned.
//!
//! A lock that is waited for is always released slowly. So the first release that makes a lock a
//! signal is seen, if anybody waits for it.

use core::hint;
use core::mem::offset_of;

use crate::atomic::{self, AtomicU32, Ordering};
use crate::object;
use crate::object::cause::failure;
use crate::object::follow::follow;
use crate::object::handle::{Handle, Kind, Tag};
use crate::object::slot::slots;
use crate::object::word::{self, INSPECT, State};
use crate::platform::tls::CallSite;
use crate::probe::{self, Hold};
use crate::status::Status;
use crate::wait::contention;
use crate::wait::member::{Means, Member, Way};
use crate::wait::mutex::mode::{EXCLUSIVE, LOCKED};
use crate::wait::mutex::raw::RawMutex;
use crate::wait::queue::NO_PENDING;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// A slot of the table of locks.
#[repr(C, align(64))]
pub struct Lock {
    mutex: RawMutex,
    next_free: AtomicU32,
    signal_tag: AtomicU32,
}

const _: () = assert!(!atomic::IS_PLAIN || size_of::<Lock>() == 64, "a lock has one cache line");

slots! {
    Lock, kind: Kind::Lock,
    word: mutex.core.word, first_use: mutex.core, stays_slow: is_owned,
}

impl Lock {
    /// Where a reader outside the process finds the mutex and `signal_tag`.
    pub const FIELDS_AT: [usize; 2] = [offset_of!(Lock, mutex), offset_of!(Lock, signal_tag)];

    /// The lock's mutex.
    pub fn mutex(&self) -> &RawMutex {
        &self.mutex
    }

    /// Whether a thread has released the lock of that tag that did not hold it.
    pub fn is_signal(&self, tag: Tag) -> bool {
        // ORDERING: Relaxed: a tag, which stands for itself.
        self.signal_tag.load(Ordering::Relaxed) == tag.0
    }

    /// Whether only the holder releases the lock of that tag.
    pub fn is_owned(&self, tag: Tag) -> bool {
        // ORDERING: Acquire, pairs with the AcqRel in `set_owned`: whoever finds the lock owned
        // finds it as it was then, or later.
        self.signal_tag.load(Ordering::Acquire) == !tag.0
    }

    /// Whether the caller may not release the lock of that tag: it is owned, by another thread.
    #[inline(always)]
    fn is_anothers(&self, tag: Tag) -> bool {
        let ident = this_thread::known_ident();
        (ident == 0 || self.mutex.holder() != ident) && self.is_owned(tag)
    }

    /// How it is held, as listeners hear it.
    fn hold(&self, tag: Tag) -> Hold {
        if self.is_signal(tag) { Hold::Signal } else { Hold::Exclusive }
    }

    /// Reports that the calling thread has acquired the lock. Every slow path that acquires it
    /// calls this.
    pub fn report_acquired(&self, lock: Handle, tried: bool) {
        if probe::hears_objects() {
            let site = CallSite::current();
            probe::acquired(&self.mutex.core.word, self.hold(lock.tag()), tried, site);
        }
    }

    /// Reports that the calling thread begins to acquire the lock, however long that takes.
    pub fn report_wanting(&self, lock: Handle) {
        probe::wanting(&self.mutex.core.word, self.hold(lock.tag()), CallSite::current());
    }

    /// Notes, and reports, that the calling thread is about to release the lock, if it is held in
    /// that state. Every slow path that releases it calls this.
    pub fn report_releasing(&self, lock: Handle, state: State) {
        let (word, tag) = (&self.mutex.core.word, lock.tag());
        if !state.is(tag) || !state.has(LOCKED) {
            return;
        }
        self.note_signal(tag, state);
        probe::releasing(word, self.hold(tag));
    }

    /// Releases the lock, which [`find_inspected`] has found. False: the caller has to call
    /// [`release`].
    #[inline(always)]
    pub fn release_inspected(&self, lock: Handle) -> bool {
        probe::releasing_inspected(&self.mutex.core.word, self.hold(lock.tag()));
        // Who has begun to wait meanwhile is woken, and no listener hears of the release twice. If
        // another thread has released the lock meanwhile, the caller finds that out.
        self.mutex.try_release_inspected(word::idle(lock)) || self.mutex.release_slow(lock).is_ok()
    }

    /// Notes that the lock of that tag is used as a signal, if another thread than the caller, who
    /// is about to release it in that state, holds it.
    #[inline(always)]
    fn note_signal(&self, tag: Tag, state: State) {
        // 0: the caller has cleared it, or a new holder is about to note itself.
        let holder = self.mutex.holder_in(state);
        if holder != 0 && holder != this_thread::known_ident() {
            // ORDERING: Relaxed: as in `is_signal`.
            self.signal_tag.store(tag.0, Ordering::Relaxed);
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
    let note = this_thread::uncontended_note();
    if note == 0 {
        return acquire_after_look(slot, lock);
    }
    slot.mutex.try_acquire_marked(word::idle(lock), note)
}

/// As [`acquire_quickly`], for a thread that looks at the word first. False also if the thread is
/// not registered or has no note.
#[inline(always)]
fn acquire_after_look(slot: &Lock, lock: Handle) -> bool {
    hint::cold_path();
    let note = this_thread::holder_note();
    let (idle, found) = (word::idle(lock), slot.mutex.core.word.load_relaxed());
    if found == idle {
        contention::note_uncontended();
    }
    note != 0 && slot.mutex.try_acquire_found(found, idle, note)
}

/// The fast path of trying. True: the lock was free, and the caller holds it now. A held lock costs
/// a load and no atomic instruction. `None`: the caller has to call [`acquire`].
#[inline(always)]
pub fn try_quickly(lock: Handle) -> Option<bool> {
    let slot = FIRST_SEGMENT.get(lock.index() as usize)?;
    let idle = word::idle(lock);
    if RawMutex::is_held(slot.mutex.core.word.load_relaxed(), idle) {
        hint::cold_path();
        return Some(false);
    }
    let note = this_thread::holder_note();
    (note != 0 && slot.mutex.try_acquire_marked(idle, note)).then_some(true)
}

/// Acquires the lock within that time.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES`
/// if there is no memory to wait.
pub fn acquire(lock: Handle, timeout: Timeout) -> Result<(), Status> {
    let (slot, state) = TABLE.find(lock)?;
    let ident = this_thread::ident();
    if state.has(INSPECT) {
        return acquire_heard(slot, lock, ident, timeout);
    }
    slot.mutex.acquire_exclusive(lock, ident, timeout)
}

/// As [`acquire`], of a lock of which somebody hears.
#[cold]
fn acquire_heard(slot: &Lock, lock: Handle, ident: u64, timeout: Timeout) -> Result<(), Status> {
    if !slot.mutex.try_acquire_inspected(word::idle(lock), ident) {
        if timeout == Timeout::Forever {
            slot.report_wanting(lock);
        }
        slot.mutex.acquire_exclusive(lock, ident, timeout)?;
    }
    slot.report_acquired(lock, timeout != Timeout::Forever);
    Ok(())
}

/// The lean path of acquiring a lock that has INSPECT, by a call that returns to that place. False:
/// the caller has to call [`acquire`].
#[inline(always)]
pub fn acquire_inspected(lock: Handle, site: usize) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(lock.index() as usize) else { return false };
    let ident = this_thread::known_ident();
    if ident == 0 || !slot.mutex.try_acquire_inspected(word::idle(lock), ident) {
        return false;
    }
    probe::acquired_inspected(&slot.mutex.core.word, slot.hold(lock.tag()), false, site);
    true
}

static MEANS: Means = Means {
    rules: &NO_PENDING,
    way: Way::Acquire(&EXCLUSIVE),
    above: None,
    taken: |member, tried| {
        if let Ok((slot, _)) = TABLE.find(member.object) {
            slot.report_acquired(member.object, tried);
        }
        Ok(())
    },
};

/// As a member of a wait for several objects, where it is acquired.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline]
pub fn member(lock: Handle) -> Result<Member, Status> {
    let (slot, _) = TABLE.find(lock)?;
    Ok(Member { object: lock, core: &slot.mutex.core, means: &MEANS, expires: 0 })
}

/// The fast path of releasing. False: the caller has to call [`release`].
#[inline(always)]
pub fn release_quickly(lock: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(lock.index() as usize) else { return false };
    let note = this_thread::uncontended_note();
    if note == 0 {
        return release_after_look(slot, lock);
    }
    slot.mutex.try_release_marked(word::idle(lock), note)
}

/// As [`release_quickly`], for a thread that looks at the word first.
#[inline(always)]
fn release_after_look(slot: &Lock, lock: Handle) -> bool {
    hint::cold_path();
    slot.mutex.release_marked(word::idle(lock))
}

/// Releases the lock, also if another thread holds it, unless it is owned.
///
/// # Errors
/// `THREADING_NOT_ACQUIRED` if no thread holds it; `THREADING_NOT_OWNER` if another thread does and
/// the lock is owned; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn release(lock: Handle) -> Result<(), Status> {
    let (slot, state) = TABLE.find(lock)?;
    // Also if it is free: another thread may own it before this one releases it.
    if state.has(INSPECT) && slot.is_anothers(lock.tag()) {
        let is_held = state.has(LOCKED);
        return Err(if is_held {
            Status::THREADING_NOT_OWNER
        } else {
            Status::THREADING_NOT_ACQUIRED
        });
    }
    slot.report_releasing(lock, state);
    slot.mutex.release_slow(lock)
}

/// From now on only the thread that holds the lock may release it.
///
/// # Errors
/// `THREADING_BUSY` if a thread holds it; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn set_owned(lock: Handle) -> Result<(), Status> {
    let (slot, _) = TABLE.find(lock)?;
    let (word, tag) = (&slot.mutex.core.word, lock.tag());
    // First, so that no switch takes INSPECT away again.
    // ORDERING: AcqRel, pairs with the Acquire in `is_owned`.
    let before = slot.signal_tag.swap(!tag.0, Ordering::AcqRel);
    // Every holder from now on has come by a path that notes it before it can release.
    let can = |state: State| state.is(tag) && !state.has(LOCKED);
    match word.update(|state| can(state).then_some(state.with(INSPECT))) {
        Ok(_) => return Ok(()),
        Err(state) if !state.is(tag) => return Err(state.gone(tag)),
        Err(_) if before == !tag.0 => return Ok(()),
        Err(_) => {}
    }
    // ORDERING: Relaxed: as in `is_signal`.
    slot.signal_tag.store(before, Ordering::Relaxed);
    follow(word, tag, || slot.is_owned(tag));
    Err(failure!(THREADING_BUSY, c"a thread holds it"))
}

/// The lean path of releasing a lock that has INSPECT: the lock, for [`Lock::release_inspected`].
/// `None`: the caller has to call [`release`].
#[inline(always)]
pub fn find_inspected(lock: Handle) -> Option<&'static Lock> {
    let slot = FIRST_SEGMENT.get(lock.index() as usize)?;
    if !slot.mutex.is_inspected_alone(word::idle(lock)) {
        return None;
    }
    // Whoever has acquired what had INSPECT has noted its ident, and not a note with a mark.
    let ident = this_thread::known_ident();
    if ident == 0 || slot.mutex.unmarked_holder() != ident {
        return find_anothers(slot, lock);
    }
    Some(slot)
}

/// As [`find_inspected`], of a lock that another thread holds, or that is free by now.
#[cold]
#[inline(never)]
fn find_anothers(slot: &'static Lock, lock: Handle) -> Option<&'static Lock> {
    if slot.is_anothers(lock.tag()) {
        return None;
    }
    slot.note_signal(lock.tag(), word::idle(lock).with(INSPECT | LOCKED));
    Some(slot)
}

/// Whether a thread holds the lock at this moment. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn locked(lock: Handle) -> Result<bool, Status> {
    TABLE.find(lock).map(|(_, state)| state.has(LOCKED))
}

/// Whether the calling thread holds the lock, as far as is noted.
pub fn is_held_by_caller(lock: Handle) -> bool {
    TABLE
        .find(lock)
        .is_ok_and(|(slot, state)| state.has(LOCKED) && slot.mutex.holder() == this_thread::ident())
}

/// Ends the lock. `is_alive` tells whether the thread of an ident still runs.
///
/// # Errors
/// `THREADING_BUSY` if a living thread holds it or any thread waits for it;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(lock: Handle, is_alive: impl Fn(u64) -> bool) -> Result<(), Status> {
    object::end(lock, |slot: &Lock, state| {
        slot.mutex.end(lock, state, 0, is_alive, |state| slot.hold(state.tag()), |_| None)
    })
}
