//! The clock of a model. Time stands still until the model lets it run out.

use core::cell::Cell;

use crate::atomic::{AtomicU64, Ordering};

/// The two times that there are, in nanoseconds.
const BEGINNING: u64 = 1_000_000_000;
const END: u64 = 2_000_000_000;

static NOW: AtomicU64 = AtomicU64::new(BEGINNING);

std::thread_local! {
    /// Whether time has run out, to be read without a step.
    static IS_OVER: Cell<bool> = const { Cell::new(false) };
    /// Whether time runs out in the model at all: else reading the clock is no step.
    static MOVES: Cell<bool> = const { Cell::new(false) };
}

/// It is the beginning of time. `moves`: time runs out in the model.
pub fn begin_execution(moves: bool) {
    IS_OVER.set(false);
    MOVES.set(moves);
}

/// The time in nanoseconds.
pub fn now() -> u64 {
    // ORDERING: Relaxed: a clock orders nothing.
    if MOVES.get() { NOW.load(Ordering::Relaxed) } else { BEGINNING }
}

/// Whether a reading costs little.
pub fn is_cheap() -> bool {
    true
}

/// Every deadline has passed, those too that are yet to be set.
pub(super) fn run_out() {
    assert!(MOVES.get(), "a model in which time runs out says so at its beginning");
    // ORDERING: Relaxed: as above.
    NOW.store(END, Ordering::Relaxed);
    IS_OVER.set(true);
}

/// Whether time has run out: no step.
pub(super) fn is_over() -> bool {
    IS_OVER.get()
}
