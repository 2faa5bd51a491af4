//! The count of threads that keep the process alive: those that are not daemons and have not ended.
//!
//! Every shard (see `record::shard`) counts such threads. One word, the total, counts the shards
//! whose count is not 0. So one change of the total says "no thread is left, and none can start any
//! more", and threads that start and end other threads seldom write the same word:
//!
//! | bits | name  | means                                          | set by          | cleared by |
//! |------|-------|------------------------------------------------|-----------------|------------|
//! | 0-25 | count | shards whose count is not 0, callbacks that    | start, end      | fork       |
//! |      |       | run, and, for a moment, threads that are about |                 |            |
//! |      |       | to change a shard's count from or to 0         |                 |            |
//! | 26   | FINAL | the shutdown is complete: no thread starts any | a shutdown at 0 | –          |
//! |      |       | more                                           |                 |            |
//!
//! A shard is in the total before its count leaves 0, and until after its count is 0 again. So the
//! total is never too small. A running callback is in the total, so a shutdown in one thread does
//! not complete while a callback runs in another thread.

use core::ffi::c_void;

use once_cell::race::OnceRef;

use crate::atomic::{AtomicU32, Ordering};
use crate::object::handle::Handle;
use crate::object::word::{State, WAITERS};
use crate::platform::pthread;
use crate::platform::tls::{self, Block};
use crate::probe;
use crate::status::Status;
use crate::thread::record::SHARDS;
use crate::wait::queue::Core;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::{recheck_all, wait_slowly_until};

const COUNT: u64 = (1 << 26) - 1;
const FINAL: u64 = 1 << 26;

static TOTAL: Core = Core::INTERNAL;

/// The count of a shard, in a cache line of its own.
#[repr(align(128))]
struct Shard(AtomicU32);

static COUNTS: [Shard; SHARDS] = [const { Shard(AtomicU32::new(0)) }; SHARDS];

fn shard_of(shard: usize) -> &'static Shard {
    let [first, ..] = &COUNTS;
    COUNTS.get(shard).unwrap_or(first)
}

/// What the layer above does when the process ends by `exit`.
pub struct AtExit(pub fn());

static AT_EXIT: OnceRef<'static, AtExit> = OnceRef::new();
/// Whether the C library calls `at_exit` at the end of the process: 0 or 1.
static REGISTERED: AtomicU32 = AtomicU32::new(0);

/// Sets what the end of the process calls. The first function stays.
pub fn set_at_exit(function: &'static AtExit) {
    let _ = AT_EXIT.set(function);
}

/// How often the handler is registered: so many threads may call `exit` before the first of them
/// has come to [`register_again`].
const AT_ONCE: usize = 4;

/// Registers the handler of `atexit` once more. `exit` takes a handler out of its list before it
/// calls it; a second thread that calls `exit` meanwhile would find none, and would end the process
/// without waiting.
pub fn register_again() {
    // SAFETY: as in `register`. Without memory for it the others are not held up.
    unsafe { pthread::atexit(at_exit) };
}

/// Whether the library has registered its handler of `atexit`. It has if any thread was started, or
/// any callback registered.
pub fn is_registered() -> bool {
    // ORDERING: Relaxed: as in `register`.
    REGISTERED.load(Ordering::Relaxed) != 0
}

/// Registers the library's handler of `atexit`. Called before anything is counted: the handlers
/// that the program registered earlier run after the join, whichever thread calls `exit`.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if the C library has no room for a handler.
pub fn register() -> Result<(), Status> {
    if is_registered() {
        return Ok(());
    }
    // Two threads that call this at once register twice as often. That does no harm, since the
    // later handlers find the end decided.
    for _ in 0..AT_ONCE {
        // SAFETY: the handler stays for ever, since the library is never unloaded.
        if unsafe { pthread::atexit(at_exit) } != 0 {
            return Err(Status::THREADING_NO_RESOURCES);
        }
    }
    // ORDERING: Relaxed: nothing is published; a thread that does not see the store registers
    // again.
    REGISTERED.store(1, Ordering::Relaxed);
    Ok(())
}

/// Does what the layer above does when the process ends. `exit` calls it among the handlers of
/// `atexit`.
pub extern "C-unwind" fn at_exit() {
    if let Some(AtExit(function)) = AT_EXIT.get() {
        function();
    }
}

/// Counts a thread that is about to start, if it keeps the process alive.
///
/// # Errors
/// `THREADING_SHUTTING_DOWN` for any thread after a shutdown; `THREADING_NO_RESOURCES` if no more
/// can be counted.
pub fn add(shard: usize, keeps_alive: bool) -> Result<(), Status> {
    if !keeps_alive {
        return if TOTAL.word.load().has(FINAL) {
            Err(Status::THREADING_SHUTTING_DOWN)
        } else {
            Ok(())
        };
    }
    let Shard(alive) = shard_of(shard);
    let one_more = |alive: u32| if alive == 0 { None } else { alive.checked_add(1) };
    // ORDERING: AcqRel, pairs with `remove`: the chain of changes leads to the change that takes
    // the shard out of the total. Relaxed on failure: the loop tries again.
    if alive.fetch_update(Ordering::AcqRel, Ordering::Relaxed, one_more).is_ok() {
        return Ok(());
    }
    add_to_total()?;
    // ORDERING: AcqRel: as above.
    if alive.fetch_add(1, Ordering::AcqRel) != 0 {
        // Another thread was faster, and has added the shard to the total.
        remove_from_total();
    }
    Ok(())
}

/// Increments the total, for a shard or for a callback that runs.
fn add_to_total() -> Result<(), Status> {
    let counted = TOTAL.word.update(|state| {
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
    probe::happens_before(&TOTAL);
}

/// Undoes [`add`]: the thread does not keep the process alive any more.
#[inline]
pub fn remove(shard: usize, kept_alive: bool) {
    if !kept_alive {
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
        remove_from_total();
    }
}

/// Decrements the total.
#[inline(never)]
fn remove_from_total() {
    let fewer = |state: State| if state.0 & COUNT == 0 { state } else { State(state.0 - 1) };
    // A waiter may wait for any small number: a shutdown inside callbacks does not wait for those
    // callbacks.
    let without_waiters = TOTAL.word.update(|state| (!state.has(WAITERS)).then_some(fewer(state)));
    if without_waiters.is_err() {
        recheck_all(&TOTAL, fewer);
    }
}

/// Whether a shutdown is complete.
pub fn is_final() -> bool {
    TOTAL.word.load().has(FINAL)
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
        let counted = add_to_total().is_ok();
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
            remove_from_total();
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
    wait_slowly_until(&TOTAL, Handle::NULL, timeout, 0, &|state| is_alone(state, own)).map(|_| ())
}

/// Sets FINAL, after which no thread can start. False: a thread was started since the wait.
pub fn finalize() -> bool {
    let own = own_callbacks();
    TOTAL.word.update(|state| is_alone(state, own).then_some(state.with(FINAL))).is_ok()
}

/// Wakes the other shutdowns, which then find FINAL.
pub fn announce_final() {
    probe::happens_after(&TOTAL);
    recheck_all(&TOTAL, |state| state);
}

/// Resets the counts in a forked child: only the callbacks that the calling thread is in keep it
/// alive.
pub fn reset_after_fork() {
    let own = u64::from(own_callbacks());
    let _ = TOTAL.word.update(|state| Some(State(state.without(COUNT).0 | own)));
    for Shard(alive) in &COUNTS {
        // ORDERING: Relaxed: the process has a single thread.
        alive.store(0, Ordering::Relaxed);
    }
}
