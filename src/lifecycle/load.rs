//! What happens when the library is loaded; for a program that comes even earlier, at its first
//! call that needs it.

use core::hint;
use core::ptr;

use crate::atomic::Ordering;
use crate::inspect;
use crate::lifecycle::fork;
use crate::lifecycle::subsystems;
use crate::platform::fork_epoch::{self, stage};
use crate::platform::image;
use crate::platform::system::{self, KeepErrno};
use crate::thread::at_exit;
use crate::thread::exit_notice;
use crate::thread::record::{self, MAIN, NewRecord, RUNNING};
use crate::wait::this_thread;
use crate::wait::thread_exit::{self, ExitHandler};

// How far the setting up has come:
//
// | stage | means                                                              |
// |-------|--------------------------------------------------------------------|
// | 0     | nothing was done; or a fork that was not noticed yet: `fork_epoch` |
// | 1     | somebody is at it                                                  |
// | 2     | all is in place                                                    |

static EXIT_HANDLER: ExitHandler = ExitHandler(subsystems::thread_exit);

system::run_when_loaded!(construct);

extern "C" fn construct() {
    ensure();
    at_exit::loaded();
    exit_notice::read_setting();
    image::pin();
}

/// Makes sure that the main thread has its record and that ends and forks are heard of.
#[inline]
pub fn ensure() {
    // ORDERING: Acquire, pairs with the Release below: the main thread's record and the handlers
    // are seen.
    if stage().load(Ordering::Acquire) != 2 {
        set_up();
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
    record::make_main(&NewRecord {
        target: ptr::null_mut(),
        argument: ptr::null_mut(),
        name: ptr::null_mut(),
        ident: this_thread::MAIN_IDENT.0,
        native_id: system::process_id(),
        bits: RUNNING | MAIN,
    });
    fork::register();
    fork_epoch::set_up(&fork::REPAIR);
    // ORDERING: Release, pairs with the Acquire above.
    stage().store(2, Ordering::Release);
}
