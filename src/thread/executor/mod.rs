//! Executors: threads that run tasks which are submitted to them, at most so many at once, in the
//! order of their submission.
//!
//! [`slot`] has the state table, [`locked`] the list of tasks and the numbers of workers.
//! [`worker`] runs the tasks, and [`future`] is what their submitters hold.

mod locked;
mod slot;
mod worker;

pub mod future;

use core::ffi::c_void;

use crate::atomic::Ordering;
use crate::object::cause::{Cause, failure};
use crate::object::handle::{Handle, Kind};
use crate::object::names;
use crate::object::word::State;
use crate::platform::system;
use crate::probe;
use crate::status::Status;
use crate::thread::alive;
use crate::thread::executor::future::Blocking;
use crate::thread::finish;
use crate::thread::name;
use crate::thread::record::{
    self, COUNTED, DETACHED, NewRecord, PENDING, Record, STARTING, TASK, Target,
};
use crate::wait::parker::Outcome;
use crate::wait::queue::NO_PENDING;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::wait_slowly_until;

pub use slot::{COUNT, Executor, SHUT};

/// The greatest number of tasks that may run at once.
pub const MOST: usize = 1 << 16;

/// How many tasks run at once if nobody says how many: Python's number.
fn default_limit() -> usize {
    (system::processors() + 4).min(32)
}

/// Makes an executor that runs at most so many tasks at once, 0 for a number that suits the
/// machine. Its name, if that is not empty, is what the names of its workers begin with.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` above [`MOST`]; `THREADING_NO_RESOURCES` if memory or handles ran
/// out.
pub fn new(limit: usize, name: &[u8]) -> Result<Handle, Status> {
    if limit > MOST {
        return Err(failure!(
            THREADING_INVALID_ARGUMENT,
            c"max_workers is above THREADING_EXECUTOR_MAX"
        ));
    }
    let limit = if limit == 0 { default_limit() } else { limit };
    let executor = slot::make(limit as u32)?;
    if !name.is_empty() {
        names::set::<Executor>(executor, name).inspect_err(|_| {
            let _ = destroy(executor);
        })?;
    }
    Ok(executor)
}

/// Submits a task, which keeps the process alive until it has ended. Its future is written to
/// `place` before it begins; without a place it is given up. If the call fails, the place gets its
/// old value back.
///
/// # Errors
/// `THREADING_SHUTTING_DOWN` after a shutdown, of the executor or of the library;
/// `THREADING_NO_RESOURCES` if memory or handles ran out, or there is no worker and none can be
/// started; `THREADING_INVALID_ARGUMENT` if the system takes no thread with the default stack size;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
///
/// # Safety
/// The function may be called with this argument in any thread; `place` is null or may be written.
pub unsafe fn submit(
    executor: Handle,
    function: Target,
    argument: *mut c_void,
    place: *mut Handle,
) -> Result<(), Status> {
    let (_, state) = slot::find(executor)?;
    if state.has(SHUT) {
        return Err(failure!(THREADING_SHUTTING_DOWN, c"the executor was shut down"));
    }
    alive::register()?;
    let detached = if place.is_null() { DETACHED } else { 0 };
    let making = NewRecord {
        target: function as *mut c_void,
        argument,
        name: Handle::NULL,
        ident: 0,
        native_id: 0,
        bits: STARTING | TASK | detached,
    };
    let thread = record::make(&making)?;
    let Ok((record, state)) = record::find(thread) else {
        return Err(Status::THREADING_NO_RESOURCES);
    };
    // ORDERING: Relaxed, both: the lock of the executor publishes them.
    record.due.store(executor.0, Ordering::Relaxed);
    record.mask.store(0, Ordering::Relaxed);
    let counted = alive::add(record::shard(state), true);
    if counted.is_err() {
        unmake(thread, record);
        return counted;
    }
    probe::thread_starting(thread.0);
    probe::happens_before(record);
    // SAFETY: not null, so it may be written, by the caller's promise.
    let before =
        (!place.is_null()).then(|| unsafe { place.replace(thread.with_kind(Kind::Future)) });
    enqueue(executor, thread, record).inspect_err(|_| {
        alive::remove(record::shard(state), true);
        unmake(thread, record);
        if let Some(before) = before {
            // SAFETY: as above.
            unsafe { place.write(before) };
        }
    })
}

/// Puts a new task into the list, and sees to it that a worker runs it. If this fails, the task is
/// the caller's alone again.
fn enqueue(executor: Handle, thread: Handle, record: &'static Record) -> Result<(), Status> {
    let (slot, _) = slot::find(executor)?;
    let need = {
        let locked = slot.lock(executor.tag())?;
        if locked.state().has(SHUT) {
            return Err(failure!(THREADING_SHUTTING_DOWN, c"the executor was shut down"));
        }
        let need = locked.append(thread, record)?;
        let _ = record.core.word.update(|state| Some(state.with(PENDING | COUNTED)));
        need
    };
    let provided = worker::provide(slot, executor.index(), need);
    let Err(status) = provided else { return Ok(()) };
    // Other workers will run it, unless there are none.
    let locked = slot.lock_any();
    if !locked.is_stuck() || !locked.take(thread, record, 0) {
        return Ok(());
    }
    drop(locked);
    let _ = record.core.word.update(|state| Some(state.without(COUNTED)));
    slot.task_has_ended(executor.tag());
    Err(status)
}

/// Ends the record of a task that was not submitted.
fn unmake(thread: Handle, record: &'static Record) {
    let guard = record.core.lock();
    // Another thread may have found it in the list of all threads.
    guard.release_all(|_| Outcome::Woken);
    let ended = finish::end_word(record, &guard);
    drop(guard);
    if let Ok(again) = ended {
        name::drop_name(record);
        record::recycle(thread, record, again);
    }
}

/// How many tasks a shutdown cancels before it leaves the lock for a moment.
const AT_ONCE: usize = 16;

/// Ends the submission of tasks, cancels those that have not begun if the caller wants that, and
/// waits for the end of all.
///
/// # Errors
/// `THREADING_TIMEOUT`: then only the wait has ended; `THREADING_WOULD_DEADLOCK` in a task of the
/// executor, and nothing has changed; `THREADING_NO_RESOURCES` if there is no memory to wait;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn shutdown(executor: Handle, cancel_pending: bool, timeout: Timeout) -> Result<(), Status> {
    let (slot, _) = slot::find(executor)?;
    if future::own_task().is_some_and(|(own, _)| own == executor) {
        return Err(failure!(
            THREADING_WOULD_DEADLOCK,
            c"a task of the executor would wait for its own end"
        ));
    }
    slot.lock(executor.tag())?.shut();
    while cancel_pending && cancel_some(executor)? {}
    slot.wake(true);
    let is_over = |state: State| state.0 & COUNT == 0;
    let polled = wait_slowly_until(&slot.core, executor, Timeout::Poll, 0, &is_over);
    if polled == Err(Status::THREADING_TIMEOUT) && timeout != Timeout::Poll {
        let _blocking = Blocking::begin()?;
        wait_slowly_until(&slot.core, executor, timeout, 0, &is_over)?;
    } else {
        polled?;
    }
    probe::happens_after(&slot.core);
    Ok(())
}

/// Cancels some of the tasks that have not begun. False: there is none.
fn cancel_some(executor: Handle) -> Result<bool, Status> {
    let (slot, _) = slot::find(executor)?;
    let mut cancelled = [None; AT_ONCE];
    {
        let locked = slot.lock(executor.tag())?;
        for place in &mut cancelled {
            *place = locked.cancel_first();
        }
    }
    for (thread, record) in cancelled.into_iter().flatten() {
        finish::publish_finished(thread, record);
        slot.task_has_ended(executor.tag());
    }
    Ok(cancelled.iter().all(Option::is_some))
}

/// Whether the executor was shut down.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn is_shut(executor: Handle) -> Result<bool, Status> {
    slot::find(executor).map(|(_, state)| state.has(SHUT))
}

/// Ends an executor whose tasks have ended, shut down or not.
///
/// # Errors
/// `THREADING_BUSY` if a task has not ended, or a thread waits for the end of all;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(executor: Handle) -> Result<(), Status> {
    const BUSY: Cause = Cause(Status::THREADING_BUSY, c"a task of the executor has not ended");
    let (slot, state) = slot::find(executor)?;
    let why_busy = || slot.is_busy().then_some(&BUSY);
    let again = slot.core.end_locked_unless(executor, state, &NO_PENDING, why_busy)?;
    slot.end(executor.index(), again);
    Ok(())
}

/// Resets the executors in a forked child: they have no workers and no tasks there.
pub fn reset_after_fork() {
    slot::reset_all();
}
