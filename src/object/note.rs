//! Notes: what is kept for an object beside its slot, since slots are full.
//!
//! Every kind of object that C names has notes, one for each slot, in segments as its table has.
//! A segment is mapped when a note in it is first written, and never unmapped. So nothing is mapped
//! while nobody uses them, and a note stays where it is, whoever lives in the slot. What is written
//! in a note therefore says by itself whose it is.

use core::ffi::c_void;
use core::ptr;
// Not the facade's: counts, of which each stands for itself: there is nothing for loom to explore.
use core::sync::atomic::{AtomicU32, AtomicU64 as Count};

use crate::atomic::{self, AtomicPtr, AtomicU64, Ordering};
use crate::object::handle::Handle;
use crate::object::kinds::LAST_NAMED_KIND;
use crate::object::table::{SEGMENTS, segment};
use crate::platform::memory;
use crate::probe;

/// A note; zeros at first.
#[repr(C, align(64))]
pub struct Note {
    /// The handle of the name's label, or 0. The label says which object it names: it may be one
    /// that lived in the slot before.
    pub label: AtomicU64,
    /// The tag of the object whose waits the fields below count. Of another object there were none.
    pub counted_tag: AtomicU32,
    /// How many waits ran out of time.
    pub timeouts: AtomicU32,
    /// How many waits have acquired it.
    pub waits: Count,
    /// How long they were, together, in nanoseconds.
    pub total: Count,
    /// How long the longest was.
    pub longest: Count,
    /// The ident of the thread that held it when the longest wait began; 0: unknown.
    pub longest_holder: Count,
}

const _: () =
    assert!(!atomic::IS_PLAIN || size_of::<Note>() == 64, "a note never shares a cache line");

/// The notes of a kind, of any type.
#[repr(transparent)]
pub struct Notes<T> {
    segments: [AtomicPtr<T>; SEGMENTS],
}

/// What a note may be.
///
/// # Safety
/// All-zero bytes are a valid value of the type, which needs no drop.
pub unsafe trait FromZeros: Sync + 'static {}

// SAFETY: it is made of numbers.
unsafe impl FromZeros for Note {}

/// The notes of each kind, by its number.
static NOTES: [Notes<Note>; LAST_NAMED_KIND + 1] = [const { Notes::new() }; LAST_NAMED_KIND + 1];

/// Where a reader outside the process finds the notes: for each kind, by its number, the addresses
/// of its segments.
pub const NOTES_AT: *const c_void = (&raw const NOTES).cast();

/// The note of an object's slot, if one in its segment was ever written. The handle may be stale.
/// Async-signal-safe.
pub fn find(object: Handle) -> Option<&'static Note> {
    NOTES.get(object.tag().kind() as usize)?.find(object.index())
}

/// The note of an object's slot, whose handle names a slot that exists. `None`: memory ran out.
/// Async-signal-safe.
pub fn find_or_map(object: Handle) -> Option<&'static Note> {
    NOTES.get(object.tag().kind() as usize)?.find_or_map(object.index())
}

impl<T: FromZeros> Notes<T> {
    /// None is mapped yet.
    pub const fn new() -> Notes<T> {
        Notes { segments: [const { AtomicPtr::new(ptr::null_mut()) }; SEGMENTS] }
    }

    /// The note of the slot of that index, if one in its segment was ever written.
    /// Async-signal-safe.
    #[inline(always)]
    pub fn find(&'static self, index: u32) -> Option<&'static T> {
        let (segment, offset) = segment(index);
        // ORDERING: Acquire, pairs with the publication in `map`: the zeroed memory is seen with
        // the pointer.
        let start = self.segments.get(segment.number)?.load(Ordering::Acquire);
        if start.is_null() {
            return None;
        }
        // SAFETY: a non-null pointer there is a mapping of `segment.length` notes, zeroed at first
        // and never unmapped; the offset is below that length; a zeroed note is valid, by the
        // trait's contract.
        Some(unsafe { &*start.add(offset) })
    }

    /// The note of the slot of that index, which exists. `None`: memory ran out.
    /// Async-signal-safe.
    #[inline(always)]
    pub fn find_or_map(&'static self, index: u32) -> Option<&'static T> {
        self.find(index).or_else(|| self.map(index))
    }

    #[cold]
    fn map(&'static self, index: u32) -> Option<&'static T> {
        let (segment, _) = segment(index);
        let place = self.segments.get(segment.number)?;
        if memory::is_exhausted() {
            return None;
        }
        let bytes = segment.length.checked_mul(size_of::<T>())?;
        let mapped = memory::map_zeroed(bytes)?.cast::<T>();
        probe::untrack(mapped, bytes);
        // ORDERING: AcqRel, pairs with the Acquire in `find`: the zeroed memory is seen with the
        // pointer. Relaxed on failure: `find` reads the winner's pointer with its own Acquire.
        if place
            .compare_exchange(ptr::null_mut(), mapped, Ordering::AcqRel, Ordering::Relaxed)
            .is_err()
        {
            // SAFETY: the mapping is ours alone: it was made above and never published.
            unsafe { memory::unmap(mapped.cast(), bytes) };
        }
        self.find(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::{Kind, Tag};
    use crate::object::table::FIRST;
    use crate::platform::memory::while_exhausted;

    /// Handles of a kind that no object has yet, so that no other test has its notes.
    fn handle(index: usize) -> Handle {
        Handle::new(Tag::new(Kind::Timer, 0), index as u32)
    }

    /// One test, since the notes are those of the process.
    #[test]
    fn notes_are_mapped_a_segment_at_a_time_when_one_is_written() {
        for index in [0, 1, FIRST - 1, FIRST, 3 * FIRST - 1, 3 * FIRST] {
            assert!(find(handle(index)).is_none());
        }
        assert!(while_exhausted(|| find_or_map(handle(0))).is_none());
        assert!(find(handle(0)).is_none());
        let firsts = [0, FIRST, 3 * FIRST];
        for (number, start) in firsts.into_iter().enumerate() {
            let note = find_or_map(handle(start)).unwrap();
            // ORDERING: Relaxed, all: tests only.
            assert_eq!(note.label.load(Ordering::Relaxed), 0);
            note.label.store(number as u64 + 1, Ordering::Relaxed);
            assert!(ptr::eq(find(handle(start)).unwrap(), note));
            assert!(firsts.get(number + 1).is_none_or(|next| find(handle(*next)).is_none()));
            assert!(while_exhausted(|| find_or_map(handle(start + 1))).is_some());
        }
        let later = Handle::new(Tag::new(Kind::Timer, 7), 0);
        assert!(ptr::eq(find(later).unwrap(), find(handle(0)).unwrap()));
        for kind in [Kind::Label, Kind::Waiter, Kind::Anonymous] {
            assert!(find_or_map(Handle::new(Tag::new(kind, 0), 0)).is_none());
        }
    }
}
