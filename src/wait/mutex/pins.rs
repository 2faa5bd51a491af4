//! The pins of a mutex: how many conditions were made on it. A pinned mutex cannot be destroyed.
//!
//! | bits  | name       | means                                                                   |
//! |-------|------------|-------------------------------------------------------------------------|
//! | 0-19  | count      | conditions that were made on the object, and for a moment those that    |
//! |       |            | are being made                                                          |
//! | 20-31 | generation | the lowest bits of the object's tag                                     |
//!
//! The generation keeps a thread with a stale handle from counting at the object that lives in the
//! slot now.

use crate::atomic::{AtomicU32, Ordering, load_latest, store_latest};
use crate::object::handle::Tag;

const GENERATION: u32 = 20;
const COUNT: u32 = (1 << GENERATION) - 1;

/// See the top of this file.
#[repr(transparent)]
pub struct Pins(AtomicU32);

/// Why a condition was not counted.
#[derive(Debug, PartialEq, Eq)]
pub enum NotPinned {
    /// The slot's object is another one.
    Gone,
    /// The count is at its limit.
    Full,
}

impl Pins {
    /// The pins of a slot that was never used; all zero.
    pub const fn new() -> Pins {
        Pins(AtomicU32::new(0))
    }

    /// Sets the count for a new object of that tag. Called before the object is published.
    pub fn reset(&self, tag: Tag, count: u32) {
        let first = tag.0 << GENERATION | count;
        // ORDERING: Release, pairs with `change`: a thread that sees this generation sees that
        // the word of the object before has ended.
        store_latest(&self.0, first, Ordering::Release);
    }

    /// Marks an object of that tag, on which no condition can be made. No other object is marked by
    /// that, however long it lives in the slot, since no other has the tag.
    pub fn mark(&self, tag: Tag) {
        // ORDERING: Relaxed: called before the object is published.
        self.0.store(tag.0, Ordering::Relaxed);
    }

    /// Whether the object of that tag is marked.
    pub fn is_marked(&self, tag: Tag) -> bool {
        // ORDERING: Relaxed: published with the object.
        self.0.load(Ordering::Relaxed) == tag.0
    }

    /// Increments the count.
    pub fn up(&self, tag: Tag) -> Result<(), NotPinned> {
        self.change(tag, |count| if count == COUNT { None } else { Some(count + 1) })
    }

    /// Decrements the count.
    pub fn down(&self, tag: Tag) {
        let _ = self.change(tag, |count| count.checked_sub(1));
    }

    fn change(&self, tag: Tag, next: impl Fn(u32) -> Option<u32>) -> Result<(), NotPinned> {
        // ORDERING: Acquire, pairs with `reset`.
        let mut found = self.0.load(Ordering::Acquire);
        loop {
            if (found ^ tag.0 << GENERATION) & !COUNT != 0 {
                return Err(NotPinned::Gone);
            }
            let count = next(found & COUNT).ok_or(NotPinned::Full)?;
            let to = found & !COUNT | count;
            // ORDERING: SeqCst, pairs with `count`: see `RawMutex::pin`. Acquire on failure: as
            // above.
            match self.0.compare_exchange_weak(found, to, Ordering::SeqCst, Ordering::Acquire) {
                Ok(_) => return Ok(()),
                Err(other) => found = other,
            }
        }
    }

    /// The count. A thread that ends the object reads it under the queue's lock.
    pub fn count(&self) -> u32 {
        // ORDERING: SeqCst, pairs with `change`.
        load_latest(&self.0) & COUNT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::Kind;

    #[test]
    fn a_stale_handle_counts_nothing() {
        let pins = Pins::new();
        let (old, new) = (Tag::new(Kind::Lock, 7), Tag::new(Kind::Lock, 8));
        pins.reset(old, 0);
        assert_eq!(pins.up(old), Ok(()));
        pins.reset(new, 0);
        assert_eq!(pins.up(old), Err(NotPinned::Gone));
        pins.down(old);
        assert_eq!(pins.count(), 0);
        assert_eq!(pins.up(new), Ok(()));
        assert_eq!(pins.count(), 1);
    }

    #[test]
    fn the_count_ends_at_its_limits_and_leaves_the_generation_alone() {
        let pins = Pins::new();
        let tag = Tag::new(Kind::Rlock, (1 << 12) - 1);
        pins.reset(tag, COUNT);
        assert_eq!(pins.up(tag), Err(NotPinned::Full));
        pins.down(tag);
        assert_eq!(pins.count(), COUNT - 1);
        pins.reset(tag, 0);
        pins.down(tag);
        assert_eq!((pins.count(), pins.up(tag)), (0, Ok(())));
    }
}
