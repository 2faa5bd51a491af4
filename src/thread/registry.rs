//! All threads: who there is, and who is alive. Threads that the library did not start get a record
//! here, a Dummy, when they ask for one, and lose it when they are found gone.

use core::ptr;

use crate::atomic::Ordering;
use crate::object::handle::{Handle, Kind};
use crate::object::table::Slot;
use crate::object::word::State;
use crate::platform::system;
use crate::probe;
use crate::status::Status;
use crate::thread::current;
use crate::thread::finish;
use crate::thread::record::{self, DAEMON, DUMMY, FINISHED, NEW, NewRecord, RUNNING, Record};
use crate::wait::this_thread;
use crate::wait::waiter::Waiter;

/// The calling thread. A thread that the library did not start gets a Dummy record, which ends with
/// it. Null if there is no memory for that, or if the thread's last destructors run already.
pub fn current_thread() -> Handle {
    this_thread::ident();
    if let Some(thread) = current::own_record(this_thread::own_waiter()) {
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
    let making = NewRecord {
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
        reap_dummies();
    }
    Some(thread)
}

/// From this many records on, each time that their number has doubled, the Dummies of threads that
/// are gone are ended whose end was not heard of: so they are never more than half of all, though
/// nobody lists the threads.
const SWEEP_FROM: u32 = 1024;

#[cold]
fn reap_dummies() {
    record::for_each(|thread, record, state| {
        let _ = state.has(DUMMY) && reap_dummy(thread, record);
        true
    });
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
        || (state.has(DUMMY) && reap_dummy(thread, record));
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
    let mut written = 0;
    record::for_each(|thread, record, state| {
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
    let mut count = 0;
    record::for_each(|thread, record, state| {
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
    let (record, state) = record::find(thread)?;
    let alive = record::is_alive(state) && is_listed(thread, record, state);
    if !alive {
        probe::happens_after(record);
    }
    Ok(alive)
}

/// Ends the Dummy record of a thread that is gone and could not tell us: one whose first call came
/// in its last destructors. True: it was gone.
fn reap_dummy(thread: Handle, record: &'static Record) -> bool {
    // ORDERING: Relaxed: written before the record was published.
    let ident = Handle(record.ident.load(Ordering::Relaxed));
    let Ok((waiter, _)) = Waiter::table().find(ident) else { return false };
    if !waiter.is_abandoned() {
        return false;
    }
    // Of several who find it gone, the one who frees its waiter reaps it.
    if waiter.free_as(ident) {
        finish::finish(thread, record);
    }
    true
}
