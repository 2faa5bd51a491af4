//! The broadcast word of a queue, an eventcount: those sleep there who are woken many at once.
//!
//! Each of them still has an outcome of its own, in its parker. Only the sleep is shared: waking so
//! many costs the kernel one call, not one for each. The word is a number that grows with each
//! broadcast. It says nothing but that the sleepers should look at their own outcomes again, so a
//! broadcast for nobody, or for others of the same queue, does no harm.
//!
//! Nobody is left asleep: a sleeper reads the number first, then its own outcome, and sleeps while
//! the number is the one that it read. A waker decides the outcome first, and changes the number
//! after it.

use crate::atomic::{AtomicU32, Ordering};
use crate::platform::futex;

/// See the top of this file.
#[repr(transparent)]
pub struct Broadcast(AtomicU32);

impl Broadcast {
    /// Of a queue that has had no broadcast; all zero.
    pub const fn new() -> Broadcast {
        Broadcast(AtomicU32::new(0))
    }

    /// The word to sleep at, and its number, until a broadcast comes. To be called before the look
    /// at the outcome that decides whether to sleep.
    pub fn look(&self) -> (&AtomicU32, u32) {
        // ORDERING: Acquire, pairs with the Release in `wake_all`: whoever finds the number changed
        // finds the outcomes that were decided before.
        (&self.0, self.0.load(Ordering::Acquire))
    }

    /// Wakes all who sleep at it. To be called when their outcomes are decided.
    pub fn wake_all(&self) {
        // ORDERING: Release, pairs with `look`: publishes the outcomes.
        self.0.fetch_add(1, Ordering::Release);
        futex::wake_all(&self.0);
    }
}
