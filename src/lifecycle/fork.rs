//! Forks: the child has one thread, and no thread that is gone may hold a lock of the library's
//! own.
//!
//! The handlers are registered when the library is loaded, so that the library prepares last and is
//! the first in the child. The child allocates nothing, and its only system call asks for its own
//! id. A child whose handlers did not run is repaired at its first call that needs it.

use core::ptr;

use parking_lot::lock_api::{GuardNoSend, RawMutex};

use crate::atomic::{AtomicU32, Ordering};
use crate::lifecycle::subsystems::{SUBSYSTEMS, for_each_internal_lock};
use crate::platform::fork_epoch::{self, Repair};
use crate::platform::pthread;
use crate::probe::{self, Happening};
use crate::wait::mutex::internal::InternalMutex;
use crate::wait::this_thread;

/// Registers the handlers with the C library. If there is no memory for that, the child is repaired
/// as one whose handlers did not run.
pub fn register() {
    // SAFETY: the handlers are functions that stay for ever, since the library is never unloaded.
    unsafe { pthread::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
}

/// Reports the library's own locks to the listeners of the probe. Without any, the pages of those
/// locks stay as the loader has mapped them.
pub fn report_internal_locks() {
    if probe::hears_objects() {
        for_each_internal_lock(InternalMutex::report_created);
    }
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
    probe::happened(Happening::Forked, ptr::null::<u64>(), 0);
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
    for subsystem in SUBSYSTEMS {
        (subsystem.repair_after_fork)();
    }
    // ORDERING: Relaxed: the process has a single thread.
    PREPARED.store(0, Ordering::Relaxed);
    start_child();
}

/// Resets the library in a forked child. The calling thread is the only thread of the process, and
/// holds the library's own locks, or no thread does.
fn start_child() {
    for subsystem in SUBSYSTEMS {
        (subsystem.reset_after_fork)();
    }
    probe::happened(Happening::Forked, ptr::null::<u64>(), 1);
}
