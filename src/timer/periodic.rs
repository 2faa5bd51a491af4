//! The runs of periodic timers.
//!
//! A run is due at the start + first + k · period, for each k. So periods add up to no drift. A run
//! that is due while the function still runs is skipped, so two runs never overlap, and a late run
//! is followed by no burst.
//!
//! A timer counts as keeping the process alive only during a run. So a shutdown waits for the runs
//! that have begun and not for the next ones, of which none begins once the shutdown is complete.

use core::ffi::c_void;

use crate::atomic::Ordering;
use crate::object::handle::Handle;
use crate::object::word::State;
use crate::platform::clock;
use crate::thread::alive;
use crate::thread::record::{
    self, CANCELLED, COUNTED, DAEMON, MAIN, PENDING, PERIODIC, REARMED, RUNNING, Record, STARTING,
};
use crate::timer::alarm;
use crate::timer::wheel;

/// Whether a timer that is not pending will be pending again after its run. One whose function has
/// forked is the child's main thread there, and will not.
pub fn goes_on(state: State) -> bool {
    state.has(PERIODIC)
        && state.0 & (CANCELLED | MAIN) == 0
        && matches!(record::phase(state), STARTING | RUNNING)
}

/// Begins a run of a timer that was due. False: the timer was cancelled since, or a shutdown is
/// complete, and the caller has to end the timer.
pub fn begin_run(record: &Record, state: State) -> bool {
    let (shard, keeps_alive) = (record::shard(state), !state.has(DAEMON));
    if alive::add(shard, keeps_alive).is_err() {
        return false;
    }
    let counted = if keeps_alive { COUNTED } else { 0 };
    let begun = record
        .core
        .word
        .update(|state| (!state.has(CANCELLED)).then_some(state.with(counted)))
        .is_ok();
    if !begun {
        alive::remove(shard, keeps_alive);
    }
    begun
}

/// Puts a timer whose function has returned back into its wheel. False: it was cancelled, or a
/// shutdown is complete, and the caller has to end the timer.
pub fn go_on(thread: Handle, record: &'static Record, target: *mut c_void) -> bool {
    if alive::is_final() {
        return false;
    }
    // ORDERING: Relaxed, both: the lock of the wheel, which the worker of the next run has taken
    // the timer from, publishes the target; the id is only a number.
    record.target.store(target, Ordering::Relaxed);
    record.native_id.store(0, Ordering::Relaxed);
    let pending = |state: State| {
        let flags = state.without(COUNTED | REARMED).with(PENDING);
        goes_on(state).then_some(record::with_phase(flags, STARTING))
    };
    let mut wheel = wheel::lock_of(record.core.word.load());
    let Ok(before) = record.core.word.update(pending) else { return false };
    let now = clock::now();
    // ORDERING: Relaxed, both: under the wheel's lock; written before the record was published.
    let due = record.due.load(Ordering::Relaxed);
    let period = record.stack_or_period.load(Ordering::Relaxed);
    let due = if before.has(REARMED) { due } else { next_due(due, period, now) };
    wheel.insert(thread.index(), record, now, due);
    drop(wheel);
    // From here on the timer may have run again, and ended.
    alive::remove(record::shard(before), before.has(COUNTED));
    alarm::wake_if_earlier(due);
    true
}

/// The first multiple of the period after `due` that is in the future.
fn next_due(due: u64, period: u64, now: u64) -> u64 {
    let missed = now.saturating_sub(due).checked_div(period).unwrap_or(0);
    due.saturating_add(period.saturating_mul(missed.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_is_due_at_the_next_multiple_of_the_period() {
        assert_eq!(next_due(1_000, 100, 1_001), 1_100);
        assert_eq!(next_due(1_000, 100, 1_099), 1_100);
        // A run that is due right now is late already.
        assert_eq!(next_due(1_000, 100, 1_100), 1_200);
        assert_eq!(next_due(1_000, 100, 1_950), 2_000);
        // The clock of another processor may be a moment behind.
        assert_eq!(next_due(1_000, 100, 999), 1_100);
        assert_eq!(next_due(u64::MAX - 5, 100, 10), u64::MAX);
        assert_eq!(next_due(0, u64::MAX, u64::MAX), u64::MAX);
    }
}
