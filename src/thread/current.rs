//! The calling thread's record, and what can be asked of all threads.

use core::ptr;

use crate::atomic::{AtomicU64, Ordering};
use crate::lifecycle::load;
use crate::object::handle::{Handle, Kind};
use crate::object::table::Slot;
use crate::object::word::State;
use crate::platform::system;
use crate::probe;
use crate::status::Status;
use crate::thread::end;
use crate::thread::record::{self, DAEMON, DUMMY, FINISHED, Making, NEW, RUNNING, Record};
use crate::wait::this_thread;
use crate::wait::waiter::Waiter;

/// The main thread's handle: the first slot's, until a fork makes another thread main.
static MAIN: AtomicU64 = AtomicU64::new(this_thread::MAIN.0);

/// The main thread.
pub fn main() -> Handle {
    load::ensure();
    // ORDERING: Relaxed: it changes only in a forked child, while that has a single thread.
    Handle(MAIN.load(Ordering::Relaxed))
}

/// Makes another thread main: in a forked child only.
pub fn set_main(thread: Handle) {
    // ORDERING: Relaxed: as above.
    MAIN.store(thread.0, Ordering::Relaxed);
}

/// The calling thread's record, if it has one.
pub fn existing(waiter: Option<&'static Waiter>) -> Option<Handle> {
    existing_of(Handle(this_thread::ident()), waiter)
}

/// The record of the thread with that ident and that waiter, if it has one.
pub fn existing_of(ident: Handle, waiter: Option<&'static Waiter>) -> Option<Handle> {
    if ident.tag().kind() == Kind::Thread as u32 {
        return Some(ident);
    }
    // ORDERING: Relaxed: written by this thread.
    let record = Handle(waiter?.record.load(Ordering::Relaxed));
    (!record.is_null()).then_some(record)
}

/// The calling thread. A thread that the library did not start gets a Dummy record, which ends with
/// it. Null if there is no memory for that, or if the thread's last destructors run already.
pub fn thread() -> Handle {
    load::ensure();
    this_thread::ident();
    if let Some(thread) = existing(this_thread::own_waiter()) {
        return thread;
    }
    make_dummy().unwrap_or(Handle::NULL)
}

#[cold]
fn make_dummy() -> Option<Handle> {
    if this_thread::has_ended() {
        return None;
    }
    let lease = this_thread::waiter()?;
    let making = Making {
        target: ptr::null_mut(),
        argument: ptr::null_mut(),
        name: ptr::null_mut(),
        ident: this_thread::ident(),
        native_id: system::native_id(),
        bits: RUNNING | DUMMY | DAEMON,
    };
    let thread = record::make(&making).ok()?;
    // ORDERING: Relaxed: read by this thread, and by fork handlers in it.
    lease.waiter().record.store(thread.0, Ordering::Relaxed);
    if thread.index() >= SWEEP_FROM && thread.index().is_power_of_two() {
        bury_all();
    }
    Some(thread)
}

/// From this many records on, each time that their number has doubled, the Dummies of threads that
/// are gone are ended whose end was not heard of: so they are never more than half of all, though
/// nobody lists the threads.
const SWEEP_FROM: u32 = 1024;

#[cold]
fn bury_all() {
    record::walk(|thread, record, state| {
        let _ = state.has(DUMMY) && end::bury(thread, record);
        true
    });
}

/// Whether the calling thread is a daemon; one that the library did not start counts as one, as its
/// Dummy would.
pub fn inherits_daemon() -> bool {
    existing(this_thread::own_waiter()).is_none_or(|thread| daemon(thread).unwrap_or(true))
}

/// Whether the thread of an ident still runs. 0, an ident that is not noted yet, counts as one that
/// does.
pub fn is_ident_alive(ident: u64) -> bool {
    let handle = Handle(ident);
    match handle.tag().kind() {
        kind if kind == Kind::Thread as u32 => {
            record::find(handle).is_ok_and(|(_, state)| record::phase(state) != FINISHED)
        }
        kind if kind == Kind::Waiter as u32 => {
            Waiter::table().find(handle).is_ok_and(|(waiter, _)| !waiter.is_abandoned())
        }
        _ => true,
    }
}

/// Whether enumerate lists a thread of this state: started, and not ended.
fn is_listed(thread: Handle, record: &'static Record, state: State) -> bool {
    let is_over = matches!(record::phase(state), NEW | FINISHED)
        || (state.has(DUMMY) && end::bury(thread, record));
    !is_over
}

/// Writes the handles of the threads that are alive into `array`, and returns how many.
///
/// Every thread that is alive during the whole call is among them, if there is room, and none that
/// had ended before it.
///
/// # Safety
/// `array` has room for `capacity` handles.
pub unsafe fn enumerate(array: *mut Handle, capacity: usize) -> usize {
    load::ensure();
    let mut written = 0;
    record::walk(|thread, record, state| {
        if !is_listed(thread, record, state) {
            return true;
        }
        if written == capacity {
            return false;
        }
        // SAFETY: `written` is below `capacity`, for which there is room, by this function's
        // contract.
        unsafe { array.add(written).write(thread) };
        written += 1;
        true
    });
    written
}

/// How many threads enumerate would list.
pub fn active_count() -> usize {
    load::ensure();
    let mut count = 0;
    record::walk(|thread, record, state| {
        count += usize::from(is_listed(thread, record, state));
        true
    });
    count
}

/// Whether it has been started and has not ended.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn is_alive(thread: Handle) -> Result<bool, Status> {
    load::ensure();
    let (record, state) = record::find(thread)?;
    let alive = record::is_alive(state) && is_listed(thread, record, state);
    if !alive {
        probe::happens_after(record);
    }
    Ok(alive)
}

/// Whether it lets the process end without it.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn daemon(thread: Handle) -> Result<bool, Status> {
    record::find(thread).map(|(_, state)| state.has(DAEMON))
}

/// Its ident; 0 before its start.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn ident(thread: Handle) -> Result<u64, Status> {
    let (record, state) = record::find(thread)?;
    // ORDERING: Relaxed: written before the record was published, and by fork handlers.
    let ident = record.ident.load(Ordering::Relaxed);
    record::still(thread, record).map(|()| if record::phase(state) == NEW { 0 } else { ident })
}
