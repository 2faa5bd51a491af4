//! The contention hint: whether a thread acquires a lock without looking at it first.
//!
//! A thread that expects to find the lock idle saves the look. While others wait for the lock that
//! fails at every acquire, and a compare-exchange that fails costs as much as one that succeeds. So
//! a thread that has found waiters looks first from then on, until it has found locks idle often
//! enough. The hint is read with the thread's ident, and costs an uncontended acquire nothing.
//!
//! | optimistic_ident (`tls`) | means                                            |
//! |--------------------------|--------------------------------------------------|
//! | 0                        | the thread is not known, or it looks first       |
//! | the ident                | the thread acquires without a look               |

use crate::atomic::Ordering;
use crate::platform::tls::{self, Block};

/// How often a thread that looks first has to find locks idle before it stops looking.
const ENOUGH: u32 = 64;

#[inline(always)]
fn block() -> &'static Block<()> {
    // SAFETY: the block is valid for the life of the calling thread, and a reference to it does not
    // leave the thread: all users are functions of this file that return nothing.
    unsafe { &*tls::block::<()>() }
}

/// The thread has found a lock with waiters, without a look.
#[inline(always)]
pub fn note_contended() {
    // ORDERING: Relaxed, both: no other thread touches the block, and a handler that comes in
    // between does no harm.
    block().looks.store(ENOUGH, Ordering::Relaxed);
    // ORDERING: as above.
    block().optimistic_ident.store(0, Ordering::Relaxed);
}

/// The thread has looked first, and found the lock idle.
#[inline(always)]
pub fn note_uncontended() {
    let block = block();
    // ORDERING: Relaxed, all: as above.
    let left = block.looks.load(Ordering::Relaxed).saturating_sub(1);
    block.looks.store(left, Ordering::Relaxed);
    if left == 0 {
        // ORDERING: as above.
        block.optimistic_ident.store(block.ident.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// The thread has that ident from now on, and acquires without a look.
pub fn reset(ident: u64) {
    // ORDERING: Relaxed: as above.
    block().optimistic_ident.store(ident, Ordering::Relaxed);
}
