//! Words that belong together, written by one thread and read by any other without a lock: a
//! seqlock whose sequence is the first word, the head.
//!
//! | head  | the other words                                                               |
//! |-------|-------------------------------------------------------------------------------|
//! | 0     | were never written, or are being written                                      |
//! | other | belong to this head, which comes back with no other words                     |
//!
//! The thread that writes never waits for a reader. A reader gets the words whole, or not at all.

use crate::atomic::{AtomicU64, Ordering, fence};

/// A head, and `N` words that belong to it. All zero at first.
#[repr(C)]
pub struct Sequence<const N: usize> {
    head: AtomicU64,
    words: [AtomicU64; N],
}

impl<const N: usize> Sequence<N> {
    /// Never written.
    pub const fn new() -> Sequence<N> {
        Sequence { head: AtomicU64::new(0), words: [const { AtomicU64::new(0) }; N] }
    }

    /// From now on no reader believes the words. Only the thread that writes calls this, and all
    /// below but `read`.
    #[inline(always)]
    pub fn begin(&self) {
        // ORDERING: Relaxed: the fence orders it before the words.
        self.head.store(0, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire fence in `read`: whoever reads a word that is
        // written from here on finds the head 0, or a later one, after it.
        fence(Ordering::Release);
    }

    /// Other words, between `begin` and `end`.
    #[inline(always)]
    pub fn set(&self, words: [u64; N]) {
        for (place, word) in self.words.iter().zip(words) {
            // ORDERING: Relaxed: `end` publishes it.
            place.store(word, Ordering::Relaxed);
        }
    }

    /// The words as they were set last.
    #[inline(always)]
    pub fn own(&self) -> [u64; N] {
        let mut words = [0; N];
        for (word, place) in words.iter_mut().zip(&self.words) {
            // ORDERING: Relaxed: the calling thread has written it.
            *word = place.load(Ordering::Relaxed);
        }
        words
    }

    /// The head as it was written last.
    #[inline(always)]
    pub fn own_head(&self) -> u64 {
        // ORDERING: Relaxed: as in `own`.
        self.head.load(Ordering::Relaxed)
    }

    /// The words belong to this head from now on.
    #[inline(always)]
    pub fn end(&self, head: u64) {
        // ORDERING: Release, pairs with the Acquire in `read`: the words are seen.
        self.head.store(head, Ordering::Release);
    }

    /// Head and words, whole; `None` if there are none, or if they change.
    pub fn read(&self) -> Option<(u64, [u64; N])> {
        // ORDERING: Acquire, pairs with the Release in `end`.
        let head = self.head.load(Ordering::Acquire);
        let mut words = [0; N];
        for (word, place) in words.iter_mut().zip(&self.words) {
            // ORDERING: Relaxed: the two looks at the head say whether they belong together.
            *word = place.load(Ordering::Relaxed);
        }
        // ORDERING: Acquire, pairs with the Release fence in `begin`.
        fence(Ordering::Acquire);
        // ORDERING: Relaxed: as above.
        let is_whole = head != 0 && self.head.load(Ordering::Relaxed) == head;
        is_whole.then_some((head, words))
    }
}
