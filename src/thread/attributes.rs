//! What can be asked of a thread, and set: the daemon flag, the idents and the stack size.

use crate::atomic::Ordering;
use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::status::Status;
use crate::thread::noted;
use crate::thread::record::{
    self, DAEMON, NATIVE_ID_WANTED, NEW, PENDING, RUNNING, STARTING, TASK, TIMER,
};
use crate::thread::stack;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::wait_slowly_until;

/// Whether the thread is a daemon: the process may end before it.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn daemon(thread: Handle) -> Result<bool, Status> {
    record::find(thread).map(|(_, state)| state.has(DAEMON))
}

/// Changes the daemon flag of a thread that is not started.
///
/// # Errors
/// `THREADING_ALREADY_STARTED`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn set_daemon(thread: Handle, daemon: bool) -> Result<(), Status> {
    let (record, _) = record::find(thread)?;
    let changed = record.core.word.update(|state| {
        let changeable = state.is(thread.tag()) && record::phase(state) == NEW;
        changeable.then_some(if daemon { state.with(DAEMON) } else { state.without(DAEMON) })
    });
    match changed {
        Ok(_) => Ok(()),
        Err(state) if state.is(thread.tag()) => Err(Status::THREADING_ALREADY_STARTED),
        Err(state) => Err(state.stale_status(thread.tag(), Kind::Thread)),
    }
}

/// The thread's ident; 0 before its start.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn ident(thread: Handle) -> Result<u64, Status> {
    let (record, state) = record::find(thread)?;
    // ORDERING: Relaxed: written before the record was published, and by fork handlers.
    let ident = record.ident.load(Ordering::Relaxed);
    record::validate(thread, record).map(|()| if record::phase(state) == NEW { 0 } else { ident })
}

/// The kernel's id of a thread; 0 before its start. Waits if the thread was started and has not run
/// yet.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there is no
/// memory to wait.
pub fn native_id(thread: Handle) -> Result<u64, Status> {
    let (record, state) = record::find(thread)?;
    // A pending timer has no OS thread yet.
    if state.has(PENDING) {
        return Ok(0);
    }
    wait_slowly_until(&record.core, thread, Timeout::Forever, NATIVE_ID_WANTED, &|state| {
        record::phase(state) != STARTING || state.has(PENDING)
    })?;
    // ORDERING: Acquire, pairs with the Release in `record::set_running`.
    let native_id = record.native_id.load(Ordering::Acquire);
    record::validate(thread, record).map(|()| u64::from(native_id))
}

/// How the C library knows a thread that runs. Waits if the thread was started and has not run yet.
///
/// # Errors
/// `THREADING_NOT_STARTED`; `THREADING_NO_VALUE` if it has ended; `THREADING_INVALID_ARGUMENT` for
/// a timer and a task; as [`native_id`].
pub fn native_handle(thread: Handle) -> Result<usize, Status> {
    let (record, state) = record::find(thread)?;
    if state.has(TIMER) || state.has(TASK) {
        return Err(failure!(
            THREADING_INVALID_ARGUMENT,
            c"it has no thread of its own: its function runs in one of the library's"
        ));
    }
    wait_slowly_until(&record.core, thread, Timeout::Forever, NATIVE_ID_WANTED, &|state| {
        record::phase(state) != STARTING
    })?;
    let phase = record::phase(record.core.word.load());
    // ORDERING: Relaxed: the word has been read, and `validate` reads it again.
    let native = record.due.load(Ordering::Relaxed) as usize;
    record::validate(thread, record)?;
    match phase {
        NEW => Err(Status::THREADING_NOT_STARTED),
        RUNNING if native != 0 => Ok(native),
        _ => Err(Status::THREADING_NO_VALUE),
    }
}

/// Changes the stack size of a thread that is not started; 0 is the default at the time of the
/// start.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` as in [`stack::check`]; `THREADING_ALREADY_STARTED`;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn set_stack_size(thread: Handle, bytes: usize) -> Result<(), Status> {
    let (record, state) = record::find(thread)?;
    stack::check(bytes)?;
    if record::phase(state) != NEW {
        return Err(Status::THREADING_ALREADY_STARTED);
    }
    // A timer runs on the stack of a worker.
    if state.has(TIMER) {
        return Ok(());
    }
    let guard = record.core.lock();
    let state = guard.state();
    if !state.is(thread.tag()) {
        return Err(state.stale_status(thread.tag(), Kind::Thread));
    }
    if record::phase(state) != NEW {
        return Err(Status::THREADING_ALREADY_STARTED);
    }
    noted::set_stack_size(record, &guard, bytes);
    Ok(())
}
