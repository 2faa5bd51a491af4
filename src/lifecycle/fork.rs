//! Forks: the child has one thread, and no thread that is gone may hold a lock of the library's
//! own.
//!
//! The handlers are registered when the library is loaded, so that the library prepares last and is
//! the first in the child. The child allocates nothing, and its only system call asks for its own
//! id. A child whose handlers did not run is repaired at its first call that needs it.

use parking_lot::lock_api::{GuardNoSend, RawMutex};

use crate::atomic::{AtomicU32, Ordering};
use crate::lifecycle::subsystems::{SUBSYSTEMS, for_each_internal_lock};
use crate::object::handle::Handle;
use crate::object::table::{Slot, Vacant};
use crate::object::word::State;
use crate::platform::fork_epoch::{self, Repair};
use crate::platform::pthread;
use crate::platform::system;
use crate::thread::current;
use crate::thread::record::{
    self, CANCELLED, COUNTED, DAEMON, DETACHED, DUMMY, FINISHED, MAIN, NEW, NewRecord, PENDING,
    RESULT_LOST, RESULT_PENDING, RUNNING, Record, SHUTTING_DOWN, STARTING, TIMER,
};
use crate::timer::wheel;
use crate::wait::mutex::internal::InternalMutex;
use crate::wait::this_thread;
use crate::wait::waiter::Waiter;

/// Registers the handlers with the C library. If there is no memory for that, the child is repaired
/// as one whose handlers did not run.
pub fn register() {
    // SAFETY: the handlers are functions that stay for ever, since the library is never unloaded.
    unsafe { pthread::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
}

/// Reports the library's own locks to the listeners of the probe.
pub fn report_internal_locks() {
    for_each_internal_lock(InternalMutex::report_created);
}

/// 1 from the end of `prepare` until the fork is over, in the parent and in the child; else 0.
static PREPARED: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" fn prepare() {
    // A repair resets the locks, so it has to come before they are acquired.
    fork_epoch::notice();
    // The thread needs an ident, because the child takes a thread without one for the first thread
    // of the process. A signal handler may fork.
    this_thread::ident_in_handler();
    for_each_internal_lock(|lock| {
        let _held = lock.lock();
    });
    // ORDERING: Relaxed, here and below: guarded by the locks.
    PREPARED.store(1, Ordering::Relaxed);
}

unsafe extern "C" fn parent() {
    // ORDERING: as above.
    PREPARED.store(0, Ordering::Relaxed);
    unlock_all();
}

fn unlock_all() {
    // SAFETY: `prepare` acquired it in this thread.
    for_each_internal_lock(|lock| unsafe { lock.unlock(GuardNoSend::new()) });
}

unsafe extern "C" fn child() {
    // ORDERING: as above. 0: another library's handler or a signal handler ran before, and a call
    // in it has repaired the child.
    if PREPARED.swap(0, Ordering::Relaxed) != 0 {
        start_child();
        unlock_all();
    }
}

/// The repair of a child in which `child` does not run: see `fork_epoch`.
pub static REPAIR: Repair = Repair(repair);

/// Does what `child` does, without `prepare`: a thread that is gone may have held a lock of the
/// library's own, in the middle of a change.
///
/// The state behind each lock is emptied (wheels, due timers, keepers of other threads), or is
/// consistent between any two steps of a change (callbacks, names), or is repaired here.
fn repair() {
    for_each_internal_lock(InternalMutex::reset);
    for subsystem in &SUBSYSTEMS {
        (subsystem.repair_after_fork)();
    }
    // ORDERING: Relaxed: the process has a single thread.
    PREPARED.store(0, Ordering::Relaxed);
    start_child();
}

/// Resets the library in a forked child. The calling thread is the only thread of the process, and
/// holds the library's own locks, or no thread does.
fn start_child() {
    fork_epoch::begin_epoch();
    // Without `prepare` the thread may have no ident. This allocates nothing, since a thread that
    // is gone may hold a lock of the allocator.
    this_thread::ident_in_handler();
    let waiter = this_thread::own_waiter();
    if let Some(waiter) = waiter {
        waiter.restart_after_fork();
    }
    let me = current::record_of(Handle(this_thread::ident_in_handler()), waiter);
    for subsystem in &SUBSYSTEMS {
        (subsystem.reset_after_fork)();
    }
    record::for_each(|thread, slot, state| {
        if Some(thread) == me {
            become_main(thread, slot, state);
        } else if record::phase(state) != NEW {
            leave_behind(thread, slot, state);
        }
        true
    });
    free_other_waiters(waiter);
    if me.is_none() {
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
    // Also a timer that is due: its function begins after STARTING.
    let is_pending = state.has(TIMER) && record::phase(state) == STARTING && !state.has(CANCELLED);
    // Also a timer whose cancel was under way.
    wheel::set_unlinked(slot);
    let pending = if is_pending { PENDING } else { 0 };
    let left = |state: State| {
        state.without(COUNTED | SHUTTING_DOWN | MAIN | RESULT_PENDING).with(lost | pending)
    };
    let _ = slot.core.word.update(|state| Some(record::with_phase(left(state), FINISHED)));
}

/// Frees the waiters of all other threads, and so ends their idents.
fn free_other_waiters(mine: Option<&'static Waiter>) {
    let table = Waiter::table();
    for index in 0..u32::try_from(table.issued()).unwrap_or(u32::MAX) {
        let Some(slot) = table.get(index) else { return };
        let state = slot.word().load();
        let is_mine = mine.is_some_and(|mine| core::ptr::eq(mine, slot));
        if is_mine || !state.is(state.tag()) {
            continue;
        }
        slot.parker.reset_after_fork();
        if slot.word().end(state) == Ok(true) {
            table.give_back(Vacant { index, slot });
        }
    }
}
