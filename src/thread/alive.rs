//! The count of threads that keep the process alive: those that are not daemons and have not ended.
//!
//! Every shard (see `record::shard`) counts such threads. One word counts the shards whose count is
//! not 0. So one change of that word says "no thread is left, and none can start any more", and
//! threads that start and end other threads seldom write the same word:
//!
//! | bits | name  | means                                          | set by          | cleared by |
//! |------|-------|------------------------------------------------|-----------------|------------|
//! | 0-25 | count | shards whose count is not 0, callbacks that    | start, end      | fork       |
//! |      |       | run, and, for a moment, threads that are about |                 |            |
//! |      |       | to change a shard's count from or to 0         |                 |            |
//! | 26   | FINAL | the shutdown is complete: no thread starts any | a shutdown at 0 | –          |
//! |      |       | more                                           |                 |            |
//!
//! A shard is counted before its count leaves 0, and until after its count is 0 again. So the word
//! is never too small. A running callback is counted, so a shutdown in one thread does not complete
//! while a callback runs in another thread.

use core::ffi::c_void;

use crate::atomic::{AtomicU32, Ordering};
use crate::object::handle::Handle;
use crate::object::word::{State, WAITERS};
use crate::platform::tls::{self, Block};
use crate::probe;
use crate::status::Status;
use crate::thread::record::SHARDS;
use crate::wait::queue::Core;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::{recheck_all, wait_until};

const COUNT: u64 = (1 << 26) - 1;
const FINAL: u64 = 1 << 26;

static ALIVE: Core = Core::INTERNAL;

/// The count of a shard, in a cache line of its own.
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
    // ORDERING: AcqRel, pairs with `uncount`: the chain of changes leads to the change that
    // uncounts the shard. Relaxed on failure: the loop tries again.
    if alive.fetch_update(Ordering::AcqRel, Ordering::Relaxed, one_more).is_ok() {
        return Ok(());
    }
    count_one()?;
    // ORDERING: AcqRel: as above.
    if alive.fetch_add(1, Ordering::AcqRel) != 0 {
        // Another thread was faster, and has counted the shard.
        uncount_one();
    }
    Ok(())
}

/// Increments the word's count, for a shard or for a callback that runs.
fn count_one() -> Result<(), Status> {
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

/// Reports to listeners that a shutdown will see what this thread has done.
pub fn publish_order() {
    probe::happens_before(&ALIVE);
}

/// Uncounts a counted thread, which keeps the process alive no more.
#[inline]
pub fn uncount(shard: usize, counted: bool) {
    if !counted {
        return;
    }
    publish_order();
    let Shard(alive) = shard_of(shard);
    // ORDERING: AcqRel: Release, so that a thread that finds no thread left, in the end the
    // shutdown, sees what this thread has done; Acquire, so that the last thread publishes what the
    // others did. Relaxed on failure: the loop tries again.
    if alive.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |alive| alive.checked_sub(1))
        == Ok(1)
    {
        uncount_one();
    }
}

/// Decrements the word's count.
#[inline(never)]
fn uncount_one() {
    let fewer = |state: State| if state.0 & COUNT == 0 { state } else { State(state.0 - 1) };
    // A waiter may wait for any small number: a shutdown inside callbacks does not wait for those
    // callbacks.
    let without_waiters = ALIVE.word.update(|state| (!state.has(WAITERS)).then_some(fewer(state)));
    if without_waiters.is_err() {
        recheck_all(&ALIVE, fewer);
    }
}

/// Whether a shutdown is complete.
pub fn is_final() -> bool {
    ALIVE.word.load().has(FINAL)
}

fn block() -> &'static Block<c_void> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave it: it stays in the functions of this file.
    unsafe { &*tls::block::<c_void>() }
}

/// The number of shutdown callbacks that the calling thread is in.
pub fn own_callbacks() -> u32 {
    // ORDERING: Relaxed: no other thread touches the block.
    block().callbacks.load(Ordering::Relaxed)
}

/// Exists while a shutdown callback runs in the calling thread, however the callback ends.
pub struct RunningCallback {
    counted: bool,
}

impl RunningCallback {
    /// The calling thread is about to call the callback.
    pub fn new() -> RunningCallback {
        let counted = count_one().is_ok();
        // ORDERING: Relaxed: no other thread touches the block.
        block().callbacks.store(own_callbacks() + u32::from(counted), Ordering::Relaxed);
        RunningCallback { counted }
    }
}

impl Drop for RunningCallback {
    fn drop(&mut self) {
        if self.counted {
            // ORDERING: Relaxed: no other thread touches the block.
            block().callbacks.store(own_callbacks().saturating_sub(1), Ordering::Relaxed);
            uncount_one();
        }
    }
}

/// Whether only so many callbacks keep the process alive, or a shutdown is complete.
fn is_alone(state: State, callbacks: u32) -> bool {
    state.0 & COUNT <= u64::from(callbacks) || state.has(FINAL)
}

/// Waits until only the callbacks that the calling thread is in keep the process alive, or a
/// shutdown is complete.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn wait_for_all(timeout: Timeout) -> Result<(), Status> {
    let own = own_callbacks();
    wait_until(&ALIVE, Handle::NULL, timeout, 0, |state| is_alone(state, own)).map(|_| ())
}

/// Sets FINAL, after which no thread can start. False: a thread was started since the wait.
pub fn finalize() -> bool {
    let own = own_callbacks();
    ALIVE.word.update(|state| is_alone(state, own).then_some(state.with(FINAL))).is_ok()
}

/// Wakes the other shutdowns, which then find FINAL.
pub fn announce_final() {
    probe::happens_after(&ALIVE);
    recheck_all(&ALIVE, |state| state);
}

/// Resets the counts in a forked child: only the callbacks that the calling thread is in keep it
/// alive.
pub fn reset_after_fork() {
    let own = u64::from(own_callbacks());
    let _ = ALIVE.word.update(|state| Some(State(state.without(COUNT).0 | own)));
    for Shard(alive) in &COUNTS {
        // ORDERING: Relaxed: the process has a single thread.
        alive.store(0, Ordering::Relaxed);
    }
}
