//! Whether a thread takes a lock without looking at it first.
//!
//! An optimist expects to find the lock idle, and saves the look. While others wait for the lock,
//! that fails at every single acquire, and a compare-exchange that fails costs as much as one that
//! succeeds: so a thread that has found waiters looks first from then on, until it has found locks
//! idle often enough. It is asked where the thread's ident is read anyway, and costs an optimist
//! nothing.
//!
//! | optimistic_ident (`tls`) | means                                                   |
//! |--------------------------|---------------------------------------------------------|
//! | 0                        | the thread has not been met, or looks first             |
//! | the ident                | it is an optimist                                       |

use crate::atomic::Ordering;
use crate::platform::tls::{self, Block};

/// How often a lock is to be found idle by one who looks first, before he stops doing so.
const ENOUGH: u32 = 64;

#[inline(always)]
fn block() -> &'static Block<()> {
    // SAFETY: the block is valid for the life of the calling thread, and a reference to it does not
    // leave the thread: all users are functions of this file that return nothing.
    unsafe { &*tls::block::<()>() }
}

/// A lock was found with waiters by an optimist.
#[inline(always)]
pub fn look_first() {
    // ORDERING: Relaxed, both: no other thread touches the block, and a handler that comes in
    // between does no harm.
    block().looks.store(ENOUGH, Ordering::Relaxed);
    // ORDERING: as above.
    block().optimistic_ident.store(0, Ordering::Relaxed);
}

/// A lock was found idle by one who looks first.
#[inline(always)]
pub fn found_idle() {
    let block = block();
    // ORDERING: Relaxed, all: as above.
    let left = block.looks.load(Ordering::Relaxed).saturating_sub(1);
    block.looks.store(left, Ordering::Relaxed);
    if left == 0 {
        // ORDERING: as above.
        block.optimistic_ident.store(block.ident.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// The thread has that ident from now on, and is an optimist.
pub fn begin(ident: u64) {
    // ORDERING: Relaxed: as above.
    block().optimistic_ident.store(ident, Ordering::Relaxed);
}
