//! When the service sleeps, and what wakes it.
//!
//! The service sleeps until the next timer is due. A thread that inserts an earlier timer wakes it:
//!
//! | `NEXT`    | means                                                                            |
//! |-----------|----------------------------------------------------------------------------------|
//! | 0         | the service is looking at the wheels: a start increments `WAKEUPS`, and the      |
//! |           | service does not fall asleep; or has fallen asleep since, and is woken           |
//! | otherwise | the service sleeps until that time, in nanoseconds: a start of an earlier timer  |
//! |           | increments `WAKEUPS` and wakes it                                                |
//!
//! A periodic timer is in no wheel during its run. `RUNS` counts such runs. While it is not 0, the
//! service does not end, so the end of a run needs no new service.

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::platform::clock::Deadline;
use crate::platform::futex;
pub use crate::platform::futex::Slept;

static NEXT: AtomicU64 = AtomicU64::new(0);
static WAKEUPS: AtomicU32 = AtomicU32::new(0);
static RUNS: AtomicU32 = AtomicU32::new(0);

/// Wakes the service if a timer that is due at that time is earlier than the next one it knows.
#[inline]
pub fn wake_if_earlier(due: u64) {
    // ORDERING: SeqCst, pairs with the SeqCst stores in `begin_look` and `sleep`: the timer is in
    // its wheel already, so either the service looks at that wheel after this load, or this load
    // sees that the service looks or sleeps.
    let next = NEXT.load(Ordering::SeqCst);
    if next == 0 || due < next {
        wake();
    }
}

/// Makes the service look at the wheels again.
fn wake() {
    // ORDERING: SeqCst, both, pairs with the store in `sleep` and the kernel's look at `WAKEUPS`
    // after it: a service that was looking may have gone to sleep meanwhile. So either it finds
    // `WAKEUPS` changed and does not sleep, or this finds that it sleeps.
    WAKEUPS.fetch_add(1, Ordering::SeqCst);
    if NEXT.load(Ordering::SeqCst) != 0 {
        futex::wake_one(&WAKEUPS);
    }
}

/// The service is about to look at the wheels. Returns how often timers were announced.
pub fn begin_look() -> u32 {
    // ORDERING: SeqCst: see `wake_if_earlier`.
    NEXT.store(0, Ordering::SeqCst);
    announced()
}

/// How often timers were announced that are earlier than the next one that the service knew.
pub fn announced() -> u32 {
    // ORDERING: SeqCst: as above, and see `service::ensure`.
    WAKEUPS.load(Ordering::SeqCst)
}

/// Sleeps until that time, unless a timer was announced since `announced`. `known` is when the next
/// timer is due that the service knows.
pub fn sleep(announced: u32, known: u64, until: u64) -> Slept {
    // ORDERING: SeqCst: see `wake_if_earlier`.
    NEXT.store(known, Ordering::SeqCst);
    futex::wait(&WAKEUPS, announced, Deadline::At(until))
}

/// A periodic timer was taken from its wheel for a run. Only the service calls this.
pub fn run_begins() {
    // ORDERING: Relaxed: the service itself reads it.
    RUNS.fetch_add(1, Ordering::Relaxed);
}

/// The run is over. If the timer goes on, it is in its wheel again.
pub fn run_is_over() {
    // ORDERING: Release, pairs with the Acquire in `expects_timers`: the service that reads the
    // smaller number finds the timer in its wheel at its next look. Relaxed on failure: nothing is
    // read.
    let _ = RUNS.fetch_update(Ordering::Release, Ordering::Relaxed, |runs| runs.checked_sub(1));
}

/// Whether timers that are in no wheel may come back.
pub fn expects_timers() -> bool {
    // ORDERING: Acquire: as above.
    RUNS.load(Ordering::Acquire) != 0
}

/// In a forked child the service is gone, and so are the runs.
pub fn reset_after_fork() {
    // ORDERING: Relaxed, both: the process has a single thread.
    NEXT.store(0, Ordering::Relaxed);
    RUNS.store(0, Ordering::Relaxed);
}
