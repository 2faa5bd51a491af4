//! What is counted of the waits for locks, rlocks, rwlocks and semaphores, in the notes beside
//! their slots.
//!
//! Only a thread that has waited in a queue counts, when its wait is over. So what is never
//! contended has no counts, and no page of notes is touched for it. Of a lock or rlock the new
//! holder counts, and nobody else; of a semaphore several threads may at once.

// Not the facade's: see `object::note`.
use core::sync::atomic::{AtomicU64, Ordering};

use crate::object::handle::Handle;
use crate::object::note::{self, Note};
use crate::platform::clock;
use crate::platform::features::COUNTS_WAITS;
use crate::status::Status;

/// The counts of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// How many waits have acquired it.
    pub waits: u64,
    /// How many ran out of time.
    pub timeouts: u64,
    /// How long those were that acquired it, in nanoseconds.
    pub total: u64,
    /// How long the longest was.
    pub longest: u64,
    /// Who held it when the longest began.
    pub longest_holder: u64,
}

/// Counts a wait of the calling thread that has acquired the object. It lasted so many nanoseconds;
/// when it began, the thread `holder` held the object, or nobody who is known. `is_alone`: no other
/// thread can have acquired the object before this one releases it.
#[cold]
pub fn count(object: Handle, lasted: u64, holder: u64, is_alone: bool) {
    let Some(note) = counted(object) else { return };
    add(&note.waits, 1, is_alone);
    add(&note.total, lasted, is_alone);
    // ORDERING: Relaxed, all of these: numbers, of which each stands for itself.
    if lasted > note.longest.load(Ordering::Relaxed) {
        note.longest.store(lasted, Ordering::Relaxed);
        note.longest_holder.store(holder, Ordering::Relaxed);
    }
}

/// Counts a wait that began at `since` and ended so: one that acquired the object after the thread
/// was linked into its queue, or ran out of time. Others may acquire the object at the same time.
#[cold]
pub fn count_ended(
    ended: Result<(), Status>,
    has_linked: bool,
    object: Handle,
    since: u64,
    holder: u64,
) {
    match ended {
        Ok(()) if has_linked => count(object, clock::now().saturating_sub(since), holder, false),
        Err(Status::THREADING_TIMEOUT) => count_timeout(object),
        _ => {}
    }
}

/// Counts a wait that ran out of time.
#[cold]
pub fn count_timeout(object: Handle) {
    if let Some(note) = counted(object) {
        // ORDERING: Relaxed: a number, which stands for itself.
        note.timeouts.fetch_add(1, Ordering::Relaxed);
    }
}

/// The note of the object, with counts of its own; `None`: it has no handle, or there is no memory.
fn counted(object: Handle) -> Option<&'static Note> {
    if object.is_null() || !COUNTS_WAITS {
        return None;
    }
    let note = note::find_or_map(object)?;
    // ORDERING: Relaxed: as in `count`. The first two waits for a new semaphore may meet here, and
    // then one of them is not counted.
    if note.counted_tag.load(Ordering::Relaxed) != object.tag().0 {
        clear(note);
        // ORDERING: Release, pairs with the Acquire in `of`: the counts are cleared.
        note.counted_tag.store(object.tag().0, Ordering::Release);
    }
    Some(note)
}

fn add(place: &AtomicU64, number: u64, is_alone: bool) {
    // ORDERING: Relaxed, all: as in `count`.
    if is_alone {
        let sum = place.load(Ordering::Relaxed).wrapping_add(number);
        place.store(sum, Ordering::Relaxed);
    } else {
        place.fetch_add(number, Ordering::Relaxed);
    }
}

fn clear(note: &Note) {
    // ORDERING: Relaxed, all: as in `count`.
    note.timeouts.store(0, Ordering::Relaxed);
    for place in [&note.waits, &note.total, &note.longest, &note.longest_holder] {
        place.store(0, Ordering::Relaxed);
    }
}

/// The counts of an object; `None`: nobody has waited for it. Async-signal-safe.
pub fn of(object: Handle) -> Option<Counts> {
    let note = note::find(object)?;
    // ORDERING: Acquire, pairs with the Release in `counted`.
    if note.counted_tag.load(Ordering::Acquire) != object.tag().0 {
        return None;
    }
    // ORDERING: Relaxed, all: as in `count`.
    let counts = Counts {
        waits: note.waits.load(Ordering::Relaxed),
        timeouts: note.timeouts.load(Ordering::Relaxed).into(),
        total: note.total.load(Ordering::Relaxed),
        longest: note.longest.load(Ordering::Relaxed),
        longest_holder: note.longest_holder.load(Ordering::Relaxed),
    };
    (counts.waits != 0 || counts.timeouts != 0).then_some(counts)
}

/// Begins to count anew for an object.
pub fn reset(object: Handle) {
    if of(object).is_some()
        && let Some(note) = note::find(object)
    {
        clear(note);
    }
}
