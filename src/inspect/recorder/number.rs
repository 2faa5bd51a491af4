//! Numbers of which each stands for itself.

// Not the facade's: nothing is ordered by them.
use core::sync::atomic::{AtomicU64, Ordering};

/// A number that one thread writes at a time: its own, or that of whoever holds the object. Others
/// read it at any time, and get a value that it had.
#[repr(transparent)]
pub struct Number(AtomicU64);

impl Number {
    /// 0.
    pub const ZERO: Number = Number(AtomicU64::new(0));

    /// The number.
    #[inline(always)]
    pub fn get(&self) -> u64 {
        // ORDERING: Relaxed: it stands for itself.
        self.0.load(Ordering::Relaxed)
    }

    /// Another one from now on.
    #[inline(always)]
    pub fn set(&self, number: u64) {
        // ORDERING: Relaxed: as above.
        self.0.store(number, Ordering::Relaxed);
    }

    /// More by so much. Returns what it is now.
    #[inline(always)]
    pub fn add(&self, more: u64) -> u64 {
        let sum = self.get().wrapping_add(more);
        self.set(sum);
        sum
    }
}
