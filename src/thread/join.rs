//! Waiting for the end of a thread, and its result.

use core::ffi::c_void;

use crate::atomic::Ordering;
use crate::object::cause::{Cause, because};
use crate::object::handle::Handle;
use crate::object::word::State;
use crate::probe;
use crate::status::Status;
use crate::thread::current;
use crate::thread::finish;
use crate::thread::reap;
use crate::thread::record::{
    self, DUMMY, FINISHED, NEW, RESULT_LOST, RESULT_PENDING, SHUTTING_DOWN,
};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::wait_until;

/// Waits for the end of a thread; a thread in which `exit` or a shutdown runs counts as ended.
///
/// # Errors
/// `THREADING_NOT_STARTED`; `THREADING_DUMMY`; `THREADING_WOULD_DEADLOCK` for the calling thread
/// itself; `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`;
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn join(thread: Handle, timeout: Timeout) -> Result<(), Status> {
    let (record, state) = record::find(thread)?;
    if record::phase(state) == NEW {
        return Err(Status::THREADING_NOT_STARTED);
    }
    if state.has(DUMMY) {
        return Err(Status::THREADING_DUMMY);
    }
    if current::own_record(this_thread::own_waiter()) == Some(thread) {
        return Err(because(&Cause(
            Status::THREADING_WOULD_DEADLOCK,
            c"the thread would wait for its own end",
        )));
    }
    reap::reap();
    let over =
        |state: State| matches!(record::phase(state), FINISHED | NEW) || state.has(SHUTTING_DOWN);
    let ended = wait_until(&record.core, thread, timeout, 0, over);
    probe::happens_after(record);
    match ended {
        // A start that failed after all.
        Ok(Some(state)) if record::phase(state) == NEW => Err(Status::THREADING_NOT_STARTED),
        // It was there when this call began, and given up: it has ended since.
        Ok(_) | Err(Status::THREADING_DESTROYED) => Ok(()),
        Err(status) => Err(status),
    }
}

/// How long to wait between two looks at threads that the operating system is not done with, in
/// nanoseconds.
const A_MOMENT: u64 = 200_000;

/// What the thread's function returned, or gave to `threading_exit` or `pthread_exit`. In the
/// latter case it may wait the moment until the operating system is done with the thread.
///
/// # Errors
/// `THREADING_NOT_STARTED`; `THREADING_BUSY` while it is alive; `THREADING_NO_VALUE` in a forked
/// child that it did not come into; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`;
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn result(thread: Handle) -> Result<*mut c_void, Status> {
    let (record, state) = record::find(thread)?;
    match record::phase(state) {
        NEW => return Err(Status::THREADING_NOT_STARTED),
        // In the thread's own last destructors the operating system is not done with it, and never
        // will be while it waits for that.
        FINISHED if current::own_record(this_thread::own_waiter()) != Some(thread) => {}
        _ => return Err(Status::THREADING_BUSY),
    }
    if state.has(RESULT_LOST) {
        return Err(Status::THREADING_NO_VALUE);
    }
    // Any thread may be reaping it at this moment, or have found it too early and put it back: so
    // look, and look again.
    let mut known = !state.has(RESULT_PENDING);
    while !known {
        reap::reap();
        let moment = Timeout::For(A_MOMENT);
        match wait_until(&record.core, thread, moment, 0, |state| !state.has(RESULT_PENDING)) {
            Ok(_) => known = true,
            Err(Status::THREADING_TIMEOUT) => {}
            Err(status) => return Err(status),
        }
    }
    // ORDERING: Relaxed: published by FINISHED, or by the clearing of RESULT_PENDING, which have
    // been seen.
    let value = record.result.load(Ordering::Relaxed);
    record::validate(thread, record).map(|()| value)
}

/// Joins a thread, takes its result and ends its record; also if it has none.
///
/// # Errors
/// As [`join`], [`result`] and [`finish::destroy`].
pub fn finish(thread: Handle) -> Result<*mut c_void, Status> {
    join(thread, Timeout::Forever)?;
    let value = result(thread);
    if !matches!(value, Ok(_) | Err(Status::THREADING_NO_VALUE)) {
        return value;
    }
    finish::destroy(thread)?;
    value
}
