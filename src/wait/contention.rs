//! The contention hint: whether a thread acquires and releases without looking at the word first.
//!
//! A thread that expects to find a lock as nobody else has changed it saves the look. On some
//! processors a look is dear: the load of a word that a locked instruction has just written (on an
//! Intel Xeon VM, 2026-11-30, an acquire and its release take 25 ns with a look in the release, and
//! 21 without). While other threads wait for the lock, a call without a look always fails, and a
//! compare-exchange that fails costs as much as one that succeeds. So a thread that has found
//! waiters looks first from then on, until it has found [`CHECKS`] idle locks. The hint is read
//! with the thread's note, and costs an uncontended acquire nothing.
//!
//! | uncontended_note (`tls`) | means                                                        |
//! |--------------------------|--------------------------------------------------------------|
//! | 0                        | the thread is not registered, has no note, or looks first    |
//! | the note                 | the thread acquires and releases without a look              |
//!
//! Rwlocks have a hint of their own, since those that several threads read at once are not idle
//! while nobody waits for them:
//!
//! | rwlock_checks_left (`tls`) | means                                                      |
//! |----------------------------|------------------------------------------------------------|
//! | 0                          | the thread acquires and releases without a look            |
//! | more                       | it looks first until it has found so many rwlocks unused   |

use crate::atomic::Ordering;
use crate::platform::features::LEARNS;
use crate::platform::tls::{self, Block};
use crate::wait::holder_note;

/// How many idle locks a thread that looks first has to find before it stops looking.
const CHECKS: u32 = 64;

/// A reading of the clock costs as much as a few releases.
const RELEASES: u32 = 64;

#[inline(always)]
fn block() -> &'static Block<()> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave the thread: the functions of this file that use it return nothing.
    unsafe { &*tls::block::<()>() }
}

/// Records that the calling thread found a lock with waiters, without a look.
#[inline(always)]
pub fn note_contended() {
    // ORDERING: Relaxed, both: no other thread touches the block, and a signal handler between
    // the two stores does no harm.
    block().checks_left.store(CHECKS, Ordering::Relaxed);
    // ORDERING: as above.
    block().uncontended_note.store(0, Ordering::Relaxed);
}

/// Records that the calling thread looked first and found the lock idle.
#[inline(always)]
pub fn note_uncontended() {
    let block = block();
    // ORDERING: Relaxed, all: as above.
    let left = block.checks_left.load(Ordering::Relaxed).saturating_sub(1);
    block.checks_left.store(left, Ordering::Relaxed);
    if left == 0 {
        // ORDERING: as above.
        block.uncontended_note.store(block.holder_note.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// Whether the calling thread looks at an rwlock before it acquires or releases it.
#[inline(always)]
pub fn looks_at_rwlocks() -> bool {
    tls::rwlock_checks_left() != 0
}

/// Records that the calling thread found an rwlock that others use, without a look.
#[inline(always)]
pub fn note_shared() {
    // ORDERING: Relaxed: as in `note_contended`.
    block().rwlock_checks_left.store(u64::from(CHECKS), Ordering::Relaxed);
}

/// Records that the calling thread looked first and found the rwlock unused.
#[inline(always)]
pub fn note_unshared() {
    let left = &block().rwlock_checks_left;
    // ORDERING: Relaxed, both: as in `note_contended`.
    left.store(left.load(Ordering::Relaxed).saturating_sub(1), Ordering::Relaxed);
}

/// The moment until which the calling thread last left an rwlock to others, in nanoseconds.
pub fn left_to_others_until() -> u64 {
    // ORDERING: Relaxed: as in `note_contended`.
    block().left_to_others_until.load(Ordering::Relaxed)
}

/// Records that the calling thread leaves an rwlock to others until that moment.
pub fn note_left_to_others(until: u64) {
    // ORDERING: Relaxed: as in `note_contended`.
    block().left_to_others_until.store(until, Ordering::Relaxed);
}

/// Counts a release of the calling thread that wakes nobody although others wait, since a woken
/// one is on its way. True for every [`RELEASES`]th: the thread is to look at the clock, whether
/// its turn is over.
#[inline(always)]
pub fn is_look_due() -> bool {
    let releases = &block().releases;
    // ORDERING: Relaxed, both: as above.
    let count = releases.load(Ordering::Relaxed).wrapping_add(1);
    releases.store(count, Ordering::Relaxed);
    LEARNS && count.is_multiple_of(RELEASES)
}

/// Gives the calling thread that ident. It acquires locks without a look from now on.
pub fn reset(ident: u64) {
    let note = holder_note::of(ident);
    // ORDERING: Relaxed, both: as above.
    block().holder_note.store(note, Ordering::Relaxed);
    block().uncontended_note.store(note, Ordering::Relaxed);
}
