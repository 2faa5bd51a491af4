//! Forks: the child has one thread, and none of the library's own locks may be held by one that is
//! gone.
//!
//! The handlers are registered when the library is loaded, so that ours prepare last and come first
//! in the child. The child allocates nothing and makes no system call but for its own id. A child
//! without handlers is repaired at its first call that matters.

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
    self, CANCELLED, COUNTED, DAEMON, DETACHED, DUMMY, FINISHED, MAIN, NEW, PENDING, RESULT_LOST,
    RESULT_PENDING, RUNNING, Record, SHUTTING_DOWN, STARTING, TIMER,
};
use crate::timer::wheel;
use crate::wait::mutex::internal::InternalMutex;
use crate::wait::this_thread;
use crate::wait::waiter::Waiter;

/// Has the C library call the handlers. Without memory for that, a fork is as safe as in any C
/// library: hardly.
pub fn register() {
    // SAFETY: the handlers are functions that stay for ever, since the library is never unloaded.
    unsafe { pthread::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
}

/// Reports the library's own locks to the listeners of the probe.
pub fn report_internal_locks() {
    for_each_internal_lock(InternalMutex::report_created);
}

/// Not 0 from the end of `prepare` until the fork is over, on both sides.
static PREPARED: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" fn prepare() {
    // Before the locks: a repair would take them away.
    fork_epoch::notice();
    // So that the child knows who it is: a thread without an ident would be taken for the first of
    // the process there. It may be a signal handler that forks.
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
    // SAFETY: `prepare` took it in this thread.
    for_each_internal_lock(|lock| unsafe { lock.unlock(GuardNoSend::new()) });
}

unsafe extern "C" fn child() {
    // ORDERING: as above. 0: a handler of another library's, or of a signal, was first, and has had
    // it repaired.
    if PREPARED.swap(0, Ordering::Relaxed) != 0 {
        begin();
        unlock_all();
    }
}

/// For a child in which `child` does not run: see `fork_epoch`.
pub static REPAIR: Repair = Repair(repair);

/// What `child` does, without its `prepare`: any thread that is gone may have held a lock of the
/// library's own, in the middle of a change.
///
/// What each of them guards is empty from now on (wheels, due timers, the keepers of others), or
/// whole between any two steps (the callbacks, the names), or repaired here.
fn repair() {
    for_each_internal_lock(InternalMutex::reset);
    for subsystem in &SUBSYSTEMS {
        (subsystem.repair_after_fork)();
    }
    // ORDERING: Relaxed: the process has a single thread.
    PREPARED.store(0, Ordering::Relaxed);
    begin();
}

/// The calling thread is the only one that the process has. The locks of the library's own are held
/// by it, or by nobody.
fn begin() {
    fork_epoch::begin_epoch();
    // Without `prepare` it may not have one. Nothing is allocated: a thread that is gone may hold a
    // lock of the allocator's.
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
    forget_waiters(waiter);
    if me.is_none() {
        make_main();
    }
}

/// The calling thread is the only one of the child, and therefore its main thread.
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

/// A foreign thread without a record has forked: it gets one, and the record of the old main thread
/// stays what it is, ended.
fn make_main() {
    let making = record::NewRecord {
        target: core::ptr::null_mut(),
        argument: core::ptr::null_mut(),
        name: core::ptr::null_mut(),
        ident: this_thread::ident_in_handler(),
        native_id: system::native_id(),
        bits: RUNNING | MAIN,
    };
    if let (Ok(thread), Some(waiter)) = (record::make(&making), this_thread::own_waiter()) {
        // ORDERING: Relaxed: the process has a single thread.
        waiter.record.store(thread.0, Ordering::Relaxed);
        current::set_main(thread);
    }
}

/// Any other thread has ended.
fn leave_behind(thread: Handle, slot: &'static Record, state: State) {
    // ORDERING: Relaxed: the process has a single thread.
    slot.nameable.store(0, Ordering::Relaxed);
    if state.has(DETACHED) || state.has(DUMMY) {
        if let Ok(again) = slot.word().end(state) {
            record::recycle(thread, slot, again);
        }
        return;
    }
    // It has no result, and whatever the C library knew of one is gone with the thread.
    let lost =
        if record::phase(state) != FINISHED || state.has(RESULT_PENDING) { RESULT_LOST } else { 0 };
    // Also one that has come due: its function begins after STARTING.
    let is_prevented =
        state.has(TIMER) && record::phase(state) == STARTING && !state.has(CANCELLED);
    // Also one whose cancel is under way.
    wheel::forget(slot);
    let pending = if is_prevented { PENDING } else { 0 };
    let left = |state: State| {
        state.without(COUNTED | SHUTTING_DOWN | MAIN | RESULT_PENDING).with(lost | pending)
    };
    let _ = slot.core.word.update(|state| Some(record::with_phase(left(state), FINISHED)));
}

/// The waiters of all other threads are free, and their idents gone.
fn forget_waiters(mine: Option<&'static Waiter>) {
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
