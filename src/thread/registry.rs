//! All threads: which exist, and which are alive. A thread that the library did not start gets a
//! record here, a Dummy, when it asks for its own. The Dummy is reaped once its thread is gone.

use crate::atomic::Ordering;
use crate::object::handle::{Handle, Kind};
use crate::object::table::Slot;
use crate::object::word::State;
use crate::platform::system;
use crate::probe;
use crate::status::Status;
use crate::thread::current;
use crate::thread::finish;
use crate::thread::record::{
    self, CANCELLED, COUNTED, DAEMON, DETACHED, DUMMY, FINISHED, MAIN, NEW, NO_BUCKET, NewRecord,
    PENDING, RESULT_LOST, RESULT_PENDING, RUNNING, Record, SHUTTING_DOWN, STARTING, TASK, TIMER,
};
use crate::wait::this_thread;
use crate::wait::waiter::Waiter;

/// The calling thread's handle. A thread that the library did not start gets a Dummy record, which
/// ends with the thread. Null if there is no memory for that, or if the thread's last round of
/// destructors has begun.
pub fn current_thread() -> Handle {
    current::own_record().or_else(make_dummy).unwrap_or(Handle::NULL)
}

#[cold]
fn make_dummy() -> Option<Handle> {
    if this_thread::has_ended() {
        return None;
    }
    let lease = this_thread::waiter()?;
    // A waiter of a thread that the library did not start knows the kernel's id.
    let (ident, id) = (this_thread::ident(), lease.waiter().lifeline.native_id());
    let making = NewRecord::without_target(ident, id, RUNNING | DUMMY | DAEMON);
    let thread = record::make(&making).ok()?;
    // ORDERING: Relaxed: read by this thread, and by fork handlers in it.
    lease.waiter().record.store(thread.0, Ordering::Relaxed);
    if thread.index() >= SWEEP_FROM && thread.index().is_power_of_two() {
        reap_dummies();
    }
    Some(thread)
}

/// From this many records on, each time that their number has doubled, Dummies are reaped whose
/// threads are gone and ran no exit hook. So such Dummies are never more than half of all records,
/// even if the program never lists the threads.
const SWEEP_FROM: u32 = 1024;

#[cold]
fn reap_dummies() {
    record::for_each(|thread, record, state| {
        let _ = state.has(DUMMY) && reap_dummy(thread, record);
        true
    });
}

/// Whether the thread of an ident still runs. True for 0, an ident that is not stored yet.
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

/// Whether `enumerate` lists a thread of this state: started and not ended. Reaps a Dummy whose
/// thread is gone.
fn is_listed(thread: Handle, record: &'static Record, state: State) -> bool {
    let has_ended = matches!(record::phase(state), NEW | FINISHED)
        || (state.has(DUMMY) && reap_dummy(thread, record));
    !has_ended
}

/// Writes the handles of the threads that are alive into `array`, and returns how many.
///
/// If there is room, every thread that is alive during the whole call is in the array. No thread is
/// that had ended before the call.
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

/// The number of threads that [`enumerate`] would list.
pub fn active_count() -> usize {
    let mut count = 0;
    record::for_each(|thread, record, state| {
        count += usize::from(is_listed(thread, record, state));
        true
    });
    count
}

/// Whether the thread has been started and has not ended.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn is_alive(thread: Handle) -> Result<bool, Status> {
    let (record, state) = record::find(thread)?;
    let alive = record::is_alive(state) && is_listed(thread, record, state);
    if !alive {
        probe::happens_after(record);
        probe::thread_joined(thread.0);
    }
    Ok(alive)
}

/// Ends a Dummy record if its thread is gone without having run an exit hook, for example because
/// its first call came in its last destructors. True: the thread was gone.
fn reap_dummy(thread: Handle, record: &'static Record) -> bool {
    // ORDERING: Relaxed: written before the record was published.
    let ident = Handle(record.ident.load(Ordering::Relaxed));
    let Ok((waiter, _)) = Waiter::table().find(ident) else { return false };
    if !waiter.is_abandoned() {
        return false;
    }
    // Of several threads that find it gone, the one that frees its waiter reaps the record.
    if waiter.free_as(ident) {
        finish::publish_finished(thread, record);
    }
    true
}

/// Resets the records in a forked child: the calling thread is its main thread, and every other
/// thread that was started has ended.
pub fn reset_after_fork() {
    // Without `prepare` the thread may have no ident. This allocates nothing, since a thread that
    // is gone may hold a lock of the allocator.
    let own = current::own_record_in_handler();
    record::for_each(|thread, slot, state| {
        if Some(thread) == own {
            become_main(thread, slot, state);
        } else if record::phase(state) != NEW {
            leave_behind(thread, slot, state);
        }
        true
    });
    if own.is_none() {
        make_main();
    }
}

/// Makes the calling thread, which is the only thread of the child, its main thread.
fn become_main(thread: Handle, slot: &Record, state: State) {
    if state.has(DUMMY) {
        // ORDERING: Relaxed, here and below: the process has a single thread.
        slot.number.store(0, Ordering::Relaxed);
    }
    slot.native_id.store(system::native_id(), Ordering::Relaxed);
    slot.nameable.store(1, Ordering::Relaxed);
    let _ = slot.core.word.update(|state| {
        let flags = state.without(DAEMON | DUMMY | COUNTED | SHUTTING_DOWN | DETACHED);
        Some(record::with_phase(flags, RUNNING).with(MAIN))
    });
    current::set_main(thread);
}

/// Makes a record for the calling thread, a foreign thread without one. The record of the old main
/// thread stays FINISHED.
fn make_main() {
    let ident = this_thread::ident_in_handler();
    let making = NewRecord::without_target(ident, system::native_id(), RUNNING | MAIN);
    if let (Ok(thread), Some(waiter)) = (record::make(&making), this_thread::own_waiter()) {
        // ORDERING: Relaxed: the process has a single thread.
        waiter.record.store(thread.0, Ordering::Relaxed);
        current::set_main(thread);
    }
}

/// Ends the record of any other thread.
fn leave_behind(thread: Handle, slot: &'static Record, state: State) {
    // ORDERING: Relaxed: the process has a single thread.
    slot.nameable.store(0, Ordering::Relaxed);
    if state.has(DETACHED) || state.has(DUMMY) {
        if let Ok(again) = slot.word().end(state) {
            record::recycle(thread, slot, again);
        }
        return;
    }
    // If the C library alone knew the result, it is lost with the thread.
    let lost =
        if record::phase(state) != FINISHED || state.has(RESULT_PENDING) { RESULT_LOST } else { 0 };
    // A task that has not ended is cancelled. Also a timer that is due: its function begins after
    // STARTING.
    let is_pending = state.has(TIMER) && record::phase(state) == STARTING && !state.has(CANCELLED);
    // The wheels are empty. Also for a timer whose cancel was under way.
    // ORDERING: Relaxed: the process has a single thread.
    slot.bucket.store(NO_BUCKET, Ordering::Relaxed);
    let pending = if is_pending { PENDING } else { 0 };
    let cancelled = if state.has(TASK) && record::phase(state) != FINISHED { CANCELLED } else { 0 };
    let left = |state: State| {
        let here = state.without(COUNTED | SHUTTING_DOWN | MAIN | RESULT_PENDING);
        if state.has(TASK) { here.without(PENDING) } else { here }.with(lost | pending | cancelled)
    };
    let _ = slot.core.word.update(|state| Some(record::with_phase(left(state), FINISHED)));
}
