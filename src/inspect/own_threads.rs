//! In which process the threads of the inspector's own were started: the watch and the socket.
//!
//! | `STARTED`       | means                                                                    |
//! |-----------------|--------------------------------------------------------------------------|
//! | 0               | none was                                                                 |
//! | 2 · (epoch + 1) | in the process of that fork epoch; if it is another, a fork has left     |
//! |                 | them behind, and those that are still wanted are started again           |

use crate::atomic::{AtomicU32, Ordering};
use crate::platform::fork_epoch::epoch;

static STARTED: AtomicU32 = AtomicU32::new(0);

/// What stands for this process; never 0.
pub fn mark() -> u32 {
    epoch().wrapping_add(1) << 1
}

/// One of them was started. Where a fork has left some behind, that stays so until all are started
/// again.
pub fn note_started() {
    // ORDERING: Relaxed, here and below: a child sees what its parent's threads had written before
    // the fork; what the threads need is published by their start.
    let _ = STARTED.compare_exchange(0, mark(), Ordering::Relaxed, Ordering::Relaxed);
}

/// Whether a fork has left some behind, or what was told of that.
#[inline]
pub fn are_left_behind() -> bool {
    // ORDERING: as above.
    let started = STARTED.load(Ordering::Relaxed);
    started != 0 && started != mark()
}

/// All that are wanted run in this process.
pub fn note_resumed() {
    // ORDERING: as above.
    STARTED.store(mark(), Ordering::Relaxed);
}
