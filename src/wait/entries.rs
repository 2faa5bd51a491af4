//! The places in queues of a waiter whose thread waits for several objects at once.
//!
//! They are an array from the C allocator, made before any queue's lock is taken and as large as
//! the widest wait of the waiter so far. An array is never freed, and neither is the smaller one
//! that it replaces: a node must outlive every look at it, as slots do.

// Not the facade's, all: the waiter's own thread writes them, and readers believe them only if the
// wait record says so.
use core::cell::Cell;
use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr;
use core::slice;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use crate::platform::memory;
use crate::wait::list::Node;
use crate::wait::parker::Outcome;

/// A place in the queue of one of several objects. But for `node` and what readers see, it is the
/// waiter's own.
#[repr(C)]
pub struct Entry {
    /// The place itself.
    pub node: Node,
    /// The handle that others see in the list of what the thread waits for; 0: none.
    pub shown: AtomicU64,
    /// In the first entry of an array: how many it has.
    room: AtomicU32,
    /// Which of the caller's objects it belongs to.
    pub index: Cell<u32>,
    /// The handle of the object.
    pub object: Cell<u64>,
    /// The object's core, and how it is waited for; only `wait::any` follows them.
    pub core: Cell<*const c_void>,
    /// See above.
    pub means: Cell<*const c_void>,
    /// Until when the object has not come by itself, in nanoseconds; 0: for ever.
    pub expires: Cell<u64>,
    /// Whether the node's note was taken in an earlier round of the wait.
    pub is_noted: Cell<bool>,
    /// Whether the node was linked in this round.
    pub was_linked: Cell<bool>,
    /// Whether it is to be linked before all others: the thread was woken and beaten.
    pub goes_first: Cell<bool>,
}

// SAFETY: `node` is guarded as its type says; the cells are touched by the waiter's own thread
// only, and the rest is atomic.
unsafe impl Sync for Entry {}

/// The entries of a waiter; all zero: there are none.
#[repr(transparent)]
pub struct Entries(AtomicPtr<Entry>);

/// The fewest entries of an array: one for an object, and three for a stop and those above it.
const FEWEST: usize = 4;

impl Entries {
    /// Where in an entry a reader outside the process finds what it shows, and, in the first one,
    /// the room of the array.
    pub const FIELDS_AT: [usize; 2] = [offset_of!(Entry, shown), offset_of!(Entry, room)];

    /// Makes room for so many. False: there is no memory, and nothing has changed. Only the
    /// waiter's own thread calls it, with no queue's lock held.
    pub fn make_room(&self, count: usize) -> bool {
        let room = self.all().len();
        if count <= room {
            return true;
        }
        let room = count.max(2 * room).max(FEWEST);
        let first = memory::allocate_zeroed::<Entry>(room + 1);
        // SAFETY: it is null, or memory for an entry, of which zeros are a valid value.
        let Some(entry) = (unsafe { first.as_ref() }) else { return false };
        // ORDERING: Relaxed: the store below publishes it.
        entry.room.store(u32::try_from(room).unwrap_or(0), Ordering::Relaxed);
        // Tools that look for lost memory find the array that this one replaces behind its last
        // entry.
        // SAFETY: that entry is zeros, which are a valid value, and nobody else knows it.
        let behind = unsafe { &*first.add(room) };
        // ORDERING: Relaxed: only the waiter's own thread changes it.
        behind.core.set(self.0.load(Ordering::Relaxed).cast());
        // ORDERING: Release, pairs with the Acquire in `all`: the zeros and the room are seen.
        self.0.store(first, Ordering::Release);
        true
    }

    /// All that there is room for.
    pub fn all(&self) -> &'static [Entry] {
        // ORDERING: Acquire, pairs with the Release in `make_room`.
        let first = self.0.load(Ordering::Acquire);
        // SAFETY: it is null, or the first entry of an array that is never freed.
        let Some(entry) = (unsafe { first.as_ref() }) else { return &[] };
        // ORDERING: Relaxed: written before the array was published, and never again.
        let room = entry.room.load(Ordering::Relaxed) as usize;
        // SAFETY: `make_room` has allocated that many, which are valid as zeros and only changed
        // through cells and atomics.
        unsafe { slice::from_raw_parts(first, room) }
    }

    /// The handle that the entry of that number shows to others; 0: none.
    pub fn shown(&self, number: usize) -> u64 {
        // ORDERING: Relaxed: the two looks at the epoch of the wait record say whether it belongs
        // to that wait.
        self.all().get(number).map_or(0, |entry| entry.shown.load(Ordering::Relaxed))
    }

    /// In a forked child, by its only thread: no queue knows the waiter any more.
    pub fn restart_after_fork(&self) {
        for entry in self.all() {
            entry.node.linked.set(false);
            entry.node.outcome.set(Outcome::Retry);
        }
    }
}

impl Entry {
    /// The entry whose node is at that address, if it is one of these.
    pub fn position(entries: &[Entry], node: *const c_void) -> Option<usize> {
        entries.iter().position(|entry| ptr::eq(ptr::from_ref(&entry.node).cast(), node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::memory::while_exhausted;

    const NONE: Entries = Entries(AtomicPtr::new(ptr::null_mut()));

    #[test]
    fn room_grows_when_it_is_asked_for_and_stays() {
        let entries = NONE;
        assert!(entries.all().is_empty() && entries.make_room(0) && entries.all().is_empty());
        assert!(entries.make_room(1));
        assert_eq!(entries.all().len(), FEWEST);
        let first = entries.all().as_ptr();
        assert!(entries.make_room(FEWEST));
        assert_eq!(entries.all().as_ptr(), first);
        assert!(entries.make_room(FEWEST + 1));
        assert_eq!(entries.all().len(), 2 * FEWEST);
        assert!(entries.make_room(1024) && entries.make_room(3));
        assert_eq!(entries.all().len(), 1024);
    }

    #[test]
    fn without_memory_the_room_stays_as_it_is() {
        let entries = NONE;
        assert!(!while_exhausted(|| entries.make_room(1)));
        assert!(entries.all().is_empty());
        assert!(entries.make_room(1));
        assert!(!while_exhausted(|| entries.make_room(FEWEST + 1)));
        assert_eq!(entries.all().len(), FEWEST);
        assert!(while_exhausted(|| entries.make_room(FEWEST)));
    }
}
