//! A fence between the threads of the process, of which one half costs nothing.
//!
//! One side stores and then calls [`heavy`], the other stores and then calls [`light`]; after that
//! each loads what the other has stored. At least one of them finds it. Between two fences that
//! cost the same this is what the strongest order of atomics promises; here whoever calls `heavy`
//! pays for both.

use core::sync::atomic::compiler_fence;

use crate::atomic::{self, Ordering, fence};
use crate::platform::barrier;

/// The half that costs nothing: stores before it are not left for later by the compiler, and
/// `heavy` sees to the processor. Where the system has nothing for that, it is a fence that costs
/// as much as the other half.
#[inline(always)]
pub fn light() {
    // ORDERING: SeqCst, both: for the compiler alone; pairs with `heavy`. In a model, and where no
    // kernel does the rest, it is a fence as any other.
    if atomic::IS_PLAIN && barrier::IS_THERE {
        compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

/// The other half: every thread of the process that runs passes a full fence of the processor, and
/// one that does not run has passed one. A system call. Where the system refuses it, only the
/// calling thread does: then a store of another thread may be found some nanoseconds late.
pub fn heavy() {
    // ORDERING: SeqCst, both; pair with `light`: the calling thread's own part.
    fence(Ordering::SeqCst);
    if !barrier::in_all_threads() {
        fence(Ordering::SeqCst);
    }
}
