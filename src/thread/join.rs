//! Joining a thread, and its result.

use core::ffi::c_void;

use crate::atomic::Ordering;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::word::State;
use crate::probe;
use crate::status::Status;
use crate::thread::current;
use crate::thread::finish;
use crate::thread::native;
use crate::thread::record::{
    self, DUMMY, FINISHED, NEW, RESULT_LOST, RESULT_PENDING, Record, SHUTTING_DOWN,
};
use crate::wait::member::{Means, Member, Way};
use crate::wait::queue::NO_PENDING;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::{wait_slowly_until, wait_until};

/// Waits for the end of a thread. A thread that runs `exit` or a shutdown counts as ended.
///
/// # Errors
/// `THREADING_NOT_STARTED`; `THREADING_DUMMY`; `THREADING_WOULD_DEADLOCK` for the calling thread
/// itself; `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`;
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn join(thread: Handle, timeout: Timeout) -> Result<(), Status> {
    let record = find_joinable(thread)?;
    native::reap();
    let ended = wait_until(&record.core, thread, timeout, 0, is_over);
    probe::happens_after(record);
    if matches!(ended, Ok(_) | Err(Status::THREADING_DESTROYED)) {
        probe::thread_joined(thread.0);
    }
    match ended {
        // The start has failed.
        Ok(Some(state)) if record::phase(state) == NEW => Err(Status::THREADING_NOT_STARTED),
        // The thread was alive when this call began, and detached: it has ended since.
        Ok(_) | Err(Status::THREADING_DESTROYED) => Ok(()),
        Err(status) => Err(status),
    }
}

/// The record of a thread that the caller may wait for.
#[inline(always)]
fn find_joinable(thread: Handle) -> Result<&'static Record, Status> {
    let (record, state) = record::find(thread)?;
    if record::phase(state) == NEW {
        return Err(Status::THREADING_NOT_STARTED);
    }
    if state.has(DUMMY) {
        return Err(Status::THREADING_DUMMY);
    }
    if current::own_record() == Some(thread) {
        return Err(failure!(THREADING_WOULD_DEADLOCK, c"the thread would wait for its own end"));
    }
    Ok(record)
}

/// Whether joiners need not wait: it has ended, counts as ended, or could not be started.
#[inline(always)]
fn is_over(state: State) -> bool {
    matches!(record::phase(state), FINISHED | NEW) || state.has(SHUTTING_DOWN)
}

static MEANS: Means = Means {
    rules: &NO_PENDING,
    // One that has ended since the wait began was detached.
    way: Way::Reach { reached: |state, _| is_over(state), note: |_| 0, gone_is_reached: true },
    above: None,
    taken: |member, _| {
        probe::happens_after(member.core);
        let state = member.core.word.load();
        let is_refused = state.is(member.object.tag()) && record::phase(state) == NEW;
        if is_refused {
            return Err(Status::THREADING_NOT_STARTED);
        }
        probe::thread_joined(member.object.0);
        Ok(())
    },
};

/// As a member of a wait for several objects, where its end is waited for.
///
/// # Errors
/// `THREADING_NOT_STARTED`; `THREADING_DUMMY`; `THREADING_WOULD_DEADLOCK` for the calling thread
/// itself; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn member(thread: Handle) -> Result<Member, Status> {
    let record = find_joinable(thread)?;
    Ok(Member { object: thread, core: &record.core, means: &MEANS, expires: 0 })
}

/// How long to wait between two tries to reap a thread that has not ended for the operating system
/// yet, in nanoseconds.
const REAP_INTERVAL: u64 = 200_000;

/// The value that the thread's target returned, or passed to `threading_exit` or `pthread_exit`.
/// After `pthread_exit` this waits until the thread has ended for the operating system.
///
/// # Errors
/// `THREADING_NOT_STARTED`; `THREADING_BUSY` while it is alive; `THREADING_NO_VALUE` in a forked
/// child, if the fork left the thread behind; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`;
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn result(thread: Handle) -> Result<*mut c_void, Status> {
    let (record, state) = record::find(thread)?;
    match record::phase(state) {
        NEW => return Err(Status::THREADING_NOT_STARTED),
        // In its own last destructors the thread has not ended for the operating system, and would
        // wait for ever.
        FINISHED if current::own_record() != Some(thread) => {}
        _ => return Err(Status::THREADING_BUSY),
    }
    if state.has(RESULT_LOST) {
        return Err(Status::THREADING_NO_VALUE);
    }
    // Another thread may be reaping it, or may have tried too early and put it back. So the loop
    // reaps and waits in turn.
    let mut known = !state.has(RESULT_PENDING);
    while !known {
        native::reap();
        let interval = Timeout::For(REAP_INTERVAL);
        let is_known = |state: State| !state.has(RESULT_PENDING);
        match wait_slowly_until(&record.core, thread, interval, 0, &is_known) {
            Ok(_) => known = true,
            Err(Status::THREADING_TIMEOUT) => {}
            Err(status) => return Err(status),
        }
    }
    // ORDERING: Relaxed: published by FINISHED or by the clearing of RESULT_PENDING, whichever
    // was seen.
    let value = record.result.load(Ordering::Relaxed);
    record::validate(thread, record).map(|()| value)
}

/// Joins a thread, returns its result and ends its record, also if there is no result.
///
/// # Errors
/// As [`join`], [`result`] and [`finish::destroy`].
pub fn join_and_destroy(thread: Handle) -> Result<*mut c_void, Status> {
    join(thread, Timeout::Forever)?;
    let value = result(thread);
    if !matches!(value, Ok(_) | Err(Status::THREADING_NO_VALUE)) {
        return value;
    }
    finish::destroy(thread)?;
    value
}
