//! Who keeps the process alive: threads that are not daemons and have not ended.
//!
//! Every shard (see `record::shard`) counts such threads. One word counts the shards that have any,
//! so that "none is left, and none can start any more" is a single change, and threads that start
//! and end others seldom write the same word:
//!
//! | bits | name  | means                                          | set by          | cleared by |
//! |------|-------|------------------------------------------------|-----------------|------------|
//! | 0-25 | count | shards whose count is not 0, callbacks that    | start, end      | fork       |
//! |      |       | run, and, for a moment, threads that are about |                 |            |
//! |      |       | to change a shard's count from or to 0         |                 |            |
//! | 26   | FINAL | the shutdown is complete: nothing starts any   | a shutdown at 0 | –          |
//! |      |       | more                                           |                 |            |
//!
//! A shard is counted before its count leaves 0, and until after its count is 0 again: the word is
//! never too small. A callback that runs is counted, so a shutdown in one thread does not complete
//! while another's callback runs.

use crate::atomic::{AtomicU32, Ordering};
use crate::object::handle::Handle;
use crate::object::word::{State, WAITERS};
use crate::probe;
use crate::status::Status;
use crate::thread::record::SHARDS;
use crate::wait::queue::Core;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::{recheck_all, wait_until};

const COUNT: u64 = (1 << 26) - 1;
const FINAL: u64 = 1 << 26;

static ALIVE: Core = Core::INTERNAL;

/// The threads that a shard counts, in a cache line that it has to itself.
#[repr(align(128))]
struct Shard(AtomicU32);

static COUNTS: [Shard; SHARDS] = [const { Shard(AtomicU32::new(0)) }; SHARDS];

fn shard_of(shard: usize) -> &'static Shard {
    let [first, ..] = &COUNTS;
    COUNTS.get(shard).unwrap_or(first)
}

/// Counts a thread that is about to start, if it keeps the process alive.
///
/// # Errors
/// `THREADING_SHUTTING_DOWN` for any thread after a shutdown; `THREADING_NO_RESOURCES` if no more
/// can be counted.
pub fn count(shard: usize, counts: bool) -> Result<(), Status> {
    if !counts {
        return if ALIVE.word.load().has(FINAL) {
            Err(Status::THREADING_SHUTTING_DOWN)
        } else {
            Ok(())
        };
    }
    let Shard(alive) = shard_of(shard);
    let one_more = |alive: u32| if alive == 0 { None } else { alive.checked_add(1) };
    // ORDERING: AcqRel, pairs with `uncount`: the chain of changes leads to the one that counts the
    // shard no more. Relaxed on failure: again.
    if alive.fetch_update(Ordering::AcqRel, Ordering::Relaxed, one_more).is_ok() {
        return Ok(());
    }
    count_one()?;
    // ORDERING: AcqRel: as above.
    if alive.fetch_add(1, Ordering::AcqRel) != 0 {
        // Another was faster, and has counted the shard.
        uncount_one();
    }
    Ok(())
}

/// Counts one thing more that keeps the process alive: a shard, or a callback that runs.
///
/// # Errors
/// As [`count`].
pub fn count_one() -> Result<(), Status> {
    let counted = ALIVE.word.update(|state| {
        let possible = !state.has(FINAL) && state.0 & COUNT != COUNT;
        possible.then_some(State(state.0 + 1))
    });
    match counted {
        Ok(_) => Ok(()),
        Err(state) if state.has(FINAL) => Err(Status::THREADING_SHUTTING_DOWN),
        Err(_) => Err(Status::THREADING_NO_RESOURCES),
    }
}

/// Tells the tools that look inside what a shutdown will see.
pub fn publish_order() {
    probe::happens_before(&ALIVE);
}

/// A counted thread keeps the process alive no more.
#[inline]
pub fn uncount(shard: usize, counted: bool) {
    if !counted {
        return;
    }
    publish_order();
    let Shard(alive) = shard_of(shard);
    // ORDERING: AcqRel: Release, so that whoever finds none left, in the end the shutdown, sees
    // what this thread has done; Acquire, so that the last one passes on what the others did.
    // Relaxed on failure: again.
    if alive.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |alive| alive.checked_sub(1))
        == Ok(1)
    {
        uncount_one();
    }
}

/// Counts one thing less.
#[inline(never)]
pub fn uncount_one() {
    let fewer = |state: State| if state.0 & COUNT == 0 { state } else { State(state.0 - 1) };
    // Who waits may wait for any small number: a shutdown inside callbacks does not wait for those.
    let quietly = ALIVE.word.update(|state| (!state.has(WAITERS)).then_some(fewer(state)));
    if quietly.is_err() {
        recheck_all(&ALIVE, fewer);
    }
}

/// Whether a shutdown is complete.
pub fn is_final() -> bool {
    ALIVE.word.load().has(FINAL)
}

/// Whether nothing keeps the process alive but `mine` callbacks, or a shutdown is complete.
fn is_alone(state: State, mine: u64) -> bool {
    state.0 & COUNT <= mine || state.has(FINAL)
}

/// Waits until nothing keeps the process alive but `mine` callbacks, or a shutdown is complete.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn wait_for_all(mine: u64, timeout: Timeout) -> Result<(), Status> {
    wait_until(&ALIVE, Handle::NULL, timeout, 0, |state| is_alone(state, mine)).map(|_| ())
}

/// Ends the time in which threads can start. False: there is more again than `mine` callbacks.
pub fn finalize(mine: u64) -> bool {
    ALIVE.word.update(|state| is_alone(state, mine).then_some(state.with(FINAL))).is_ok()
}

/// Wakes the other shutdowns, which find that one is complete.
pub fn announce_final() {
    probe::happens_after(&ALIVE);
    recheck_all(&ALIVE, |state| state);
}

/// In a forked child: nobody is left who would keep it alive, but for `mine` callbacks that the
/// calling thread is in.
pub fn reset_after_fork(mine: u64) {
    let _ = ALIVE.word.update(|state| Some(State(state.without(COUNT).0 | mine)));
    for Shard(alive) in &COUNTS {
        // ORDERING: Relaxed: the process has a single thread.
        alive.store(0, Ordering::Relaxed);
    }
}
