//! Futures: the handles of tasks. A future is a thread's record under another kind, as a timer is,
//! with TASK in its word.
//!
//! Whether a task begins or is cancelled is decided by one change of its word, of PENDING, under
//! the lock of its executor. A cancelled task is as done as one that has run: its record is
//! FINISHED, and wakes all who wait.

use core::ffi::c_void;

use crate::atomic::Ordering;
use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::object::word::State;
use crate::platform::fork_epoch::epoch;
use crate::probe;
use crate::status::Status;
use crate::thread::current;
use crate::thread::executor::slot::{self, Executor};
use crate::thread::executor::worker;
use crate::thread::finish;
use crate::thread::join;
use crate::thread::record::{self, CANCELLED, FINISHED, MAIN, PENDING, RUNNING, Record, TASK};
use crate::wait::member::Member;
use crate::wait::timeout::Timeout;

/// The thread's handle, the record and the state of a future.
fn find(future: Handle) -> Result<(Handle, &'static Record, State), Status> {
    if future.tag().kind() != Kind::Future as u32 {
        return Err(Status::THREADING_INVALID_HANDLE);
    }
    let thread = future.with_kind(Kind::Thread);
    let (record, state) = record::find(thread)?;
    match state.has(TASK) {
        true => Ok((thread, record, state)),
        false => Err(Status::THREADING_INVALID_HANDLE),
    }
}

/// The task that the calling thread runs, and its executor. The executor outlives the task.
pub(super) fn own_task() -> Option<(Handle, &'static Executor)> {
    let (record, state) = record::find(current::own_record()?).ok()?;
    // One that has forked is the main thread of the child, and no worker.
    if !state.has(TASK) || state.has(MAIN) || record::phase(state) != RUNNING {
        return None;
    }
    // ORDERING: Relaxed: written before the task was published.
    let executor = Handle(record.due.load(Ordering::Relaxed));
    Some((executor, slot::of_task(record)?))
}

/// Exists while the calling thread waits for futures. If it is a worker, another may run a task
/// meanwhile: so a task that waits for a task never keeps it from beginning.
pub struct Blocking {
    slot: Option<&'static Executor>,
    epoch: u32,
}

impl Blocking {
    /// The calling thread is about to wait for a future.
    ///
    /// # Errors
    /// `THREADING_NO_RESOURCES` if the calling thread is the last worker of its executor that does
    /// not wait so, tasks wait for one, and no other can be started.
    pub fn begin() -> Result<Blocking, Status> {
        let Some((executor, slot)) = own_task() else {
            return Ok(Blocking { slot: None, epoch: epoch() });
        };
        let blocking = Blocking { slot: Some(slot), epoch: epoch() };
        let need = slot.lock_any().block();
        if worker::provide(slot, executor.index(), need).is_err() && slot.lock_any().is_stuck() {
            return Err(failure!(
                THREADING_NO_RESOURCES,
                c"the system refuses a worker that could run the task"
            ));
        }
        Ok(blocking)
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        // In a forked child the executor has no workers, and this thread is none.
        if let Some(slot) = self.slot.filter(|_| self.epoch == epoch()) {
            slot.lock_any().unblock();
        }
    }
}

/// Waits until the task has ended, or was cancelled.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_WOULD_DEADLOCK` in the task itself; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there is no memory to wait, and as
/// [`Blocking::begin`].
pub fn wait(future: Handle, timeout: Timeout) -> Result<(), Status> {
    let (thread, ..) = find(future)?;
    match join::join(thread, Timeout::Poll) {
        Err(Status::THREADING_TIMEOUT) if timeout != Timeout::Poll => {}
        decided => return decided,
    }
    let _blocking = Blocking::begin()?;
    join::join(thread, timeout)
}

/// As a member of a wait for several objects.
///
/// # Errors
/// `THREADING_WOULD_DEADLOCK` in the task itself; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn member(future: Handle) -> Result<Member, Status> {
    join::member(find(future)?.0)
}

/// The result of the task, once it has ended.
///
/// # Errors
/// `THREADING_NO_VALUE` if it was cancelled; `THREADING_BUSY` if it is in a shutdown of the
/// library; as [`wait`].
pub fn result(future: Handle, timeout: Timeout) -> Result<*mut c_void, Status> {
    wait(future, timeout)?;
    let (thread, _, state) = find(future)?;
    if state.has(CANCELLED) {
        return Err(Status::THREADING_NO_VALUE);
    }
    // One that is in a shutdown has none: see `join::result`.
    join::result(thread)
}

/// The result of the task, once it has ended; ends the future, also if there is no result.
///
/// # Errors
/// As [`result`] and [`destroy`].
pub fn finish(future: Handle) -> Result<*mut c_void, Status> {
    let value = result(future, Timeout::Forever);
    if matches!(value, Ok(_) | Err(Status::THREADING_NO_VALUE)) {
        destroy(future)?;
    }
    value
}

/// Cancels a task that has not begun. True: because of this call it never begins.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn cancel(future: Handle) -> Result<bool, Status> {
    let (thread, record, state) = find(future)?;
    if !state.has(PENDING) {
        return Ok(false);
    }
    // ORDERING: Relaxed: written before the task was published.
    let executor = Handle(record.due.load(Ordering::Relaxed));
    let Some(slot) = slot::of_task(record) else { return Ok(false) };
    // If the task has ended meanwhile the slot may be any executor's: then nothing is taken.
    if !slot.lock_any().take(thread, record, CANCELLED) {
        return find(future).map(|_| false);
    }
    finish::publish_finished(thread, record);
    slot.task_has_ended(executor.tag());
    Ok(true)
}

/// Whether the task has ended, or was cancelled.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn is_done(future: Handle) -> Result<bool, Status> {
    let (_, record, state) = find(future)?;
    let done = record::phase(state) == FINISHED;
    if done {
        probe::happens_after(record);
    }
    Ok(done)
}

/// Whether the task was cancelled: it never begins.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn was_cancelled(future: Handle) -> Result<bool, Status> {
    find(future).map(|(.., state)| state.has(CANCELLED))
}

/// The task's thread.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn thread_of(future: Handle) -> Result<Handle, Status> {
    find(future).map(|(thread, ..)| thread)
}

/// Ends the future of a task that is over. Gives up any other: its task runs all the same.
///
/// # Errors
/// `THREADING_BUSY` while a thread waits for the result; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn destroy(future: Handle) -> Result<(), Status> {
    finish::destroy_any(find(future)?.0)
}
