//! The set-up of the library: when it is loaded, or at the first call that needs it, if that comes
//! earlier.

use core::hint;

use crate::atomic::Ordering;
use crate::inspect::{self, environment, own_threads, socket, watch};
use crate::lifecycle::fork;
use crate::lifecycle::subsystems;
use crate::platform::fork_epoch::{self, stage};
use crate::platform::image;
use crate::platform::site;
use crate::platform::system::{self, KeepErrno};
use crate::thread::alive::{self, AtExit};
use crate::thread::at_exit;
use crate::thread::record::{self, MAIN, NewRecord, RUNNING};
use crate::thread::reporting;
use crate::wait::this_thread;
use crate::wait::thread_exit::{self, ExitHandler};

// The stage of the set-up:
//
// | stage | means                                                              |
// |-------|--------------------------------------------------------------------|
// | 0     | not begun; or a fork that was not noticed yet: see `fork_epoch`    |
// | 1     | a thread sets the library up                                       |
// | 2     | complete                                                           |

static EXIT_HANDLER: ExitHandler = ExitHandler(subsystems::thread_exit);

static AT_EXIT: AtExit = AtExit(at_exit::end_of_process);

system::run_when_loaded!(construct);

extern "C" fn construct() {
    ensure();
    at_exit::loaded();
    site::set_up();
    reporting::read_setting();
    environment::read();
    image::pin();
}

/// Sets the library up, unless that is done: the main thread's record, the exit hook, the handlers
/// of forks.
#[inline]
pub fn ensure() {
    // ORDERING: Acquire, pairs with the Release below: the main thread's record and the handlers
    // are visible.
    if stage().load(Ordering::Acquire) != 2 {
        set_up();
    }
}

/// As [`ensure`], for a call that starts a thread: what the library does in threads of its own goes
/// on in a forked child.
#[inline]
pub fn ensure_with_service() {
    ensure();
    if own_threads::are_left_behind() {
        resume_own_threads();
    }
}

#[cold]
fn resume_own_threads() {
    let (watches, answers) = (watch::resume_after_fork(), socket::resume_after_fork());
    if watches && answers {
        own_threads::note_resumed();
    }
}

#[cold]
fn set_up() {
    // ORDERING: Acquire, all: as above.
    if !fork_epoch::notice() || stage().load(Ordering::Acquire) == 2 {
        return;
    }
    if stage().compare_exchange(0, 1, Ordering::Acquire, Ordering::Acquire).is_err() {
        while stage().load(Ordering::Acquire) != 2 {
            hint::spin_loop();
        }
        return;
    }
    let _errno = KeepErrno::new();
    inspect::register_listeners();
    fork::report_internal_locks();
    thread_exit::set_exit_handler(&EXIT_HANDLER);
    thread_exit::prepare_key();
    alive::set_at_exit(&AT_EXIT);
    let (ident, id) = (this_thread::MAIN_IDENT.0, system::first_thread_id());
    record::make_main(&NewRecord::without_target(ident, id, RUNNING | MAIN));
    fork::register();
    fork_epoch::set_up(&fork::REPAIR);
    // ORDERING: Release, pairs with the Acquire above.
    stage().store(2, Ordering::Release);
}
