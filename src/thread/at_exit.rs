//! Where the C library calls us when the process ends, and what we do then.
//!
//! glibc's `exit` first runs the destructors of the calling thread's thread-locals, then the
//! handlers of `atexit` and the destructors of statics, the last registered first. So the main
//! thread registers with both:
//!
//! | the process ends by                        | its threads are joined                          |
//! |--------------------------------------------|-------------------------------------------------|
//! | `return` from main, `exit` in main (glibc) | before every handler of `atexit` and every      |
//! |                                            | destructor of a static                          |
//! | `exit` in another thread, or with musl     | after the handlers that were registered since   |
//! |                                            | the first start, before the earlier ones        |
//! | `pthread_exit` in main                     | when the last thread that is not a daemon ends: |
//! |                                            | see `stand_in`                                  |
//! | `threading_shutdown`                       | in that call                                    |
//! | `_exit`, `quick_exit`, `abort`, a signal   | never                                           |
//!
//! The destructors of a thread's thread-locals run at the thread's own end as well, and there is
//! nothing to tell the one from the other: so only the main thread registers there, for which glibc
//! runs them in `exit` alone. It does so while the library is loaded and never again: glibc
//! allocates memory for each registration, and ends the process if there is none.
//!
//! docs/process-end.md has the same table for users, with the case that proves each row.

use core::ffi::c_void;

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::platform::fork_epoch;
use crate::platform::pthread;
use crate::platform::system;
use crate::status::Status;
use crate::thread::current;
use crate::thread::shutdown;
use crate::thread::sleep;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// Who ends the process, when several threads call `exit`: only that one comes out of our handlers,
/// so its code is the process's.
///
/// | part    | means                                                                              |
/// |---------|------------------------------------------------------------------------------------|
/// | 0       | no end has begun                                                                   |
/// | id      | the kernel's id of the thread that ends it                                         |
/// | MAIN    | that is the main thread, which only waits as yet: whoever else calls `exit` takes  |
/// |         | the end over                                                                       |
/// | DECIDED | it has waited for all threads, and nobody takes the end over                       |
static ENDER: AtomicU64 = AtomicU64::new(0);
const ID: u64 = u32::MAX as u64;
const MAIN: u64 = 1 << 32;
const DECIDED: u64 = 1 << 33;

/// The library is being loaded by the calling thread. If that is the main thread, `exit` in it
/// calls us before everything else.
pub fn loaded() {
    if system::is_first_thread() && this_thread::ident() == this_thread::MAIN_IDENT.0 {
        pthread::at_exit_in_caller(main_exits);
    }
}

/// Whether the C library has been asked to call us.
static REGISTERED: AtomicU32 = AtomicU32::new(0);

/// Whether the C library has been asked to call us: whether any thread was started, or any callback
/// registered.
pub fn is_registered() -> bool {
    // ORDERING: Relaxed: as in `register`.
    REGISTERED.load(Ordering::Relaxed) != 0
}

/// Has the C library call us at the end of the process. To be called before a thread starts: the
/// handlers of `atexit` that the program has registered by then run after the join, in whichever
/// thread `exit` is called.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if the C library has no room for a handler.
pub fn register() -> Result<(), Status> {
    if is_registered() {
        return Ok(());
    }
    // Two threads that come at once register twice, which does no harm: the second call finds the
    // end decided.
    // SAFETY: the handler stays for ever, since the library is never unloaded.
    if unsafe { pthread::atexit(handler) } != 0 {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    // ORDERING: Relaxed: nothing is published; who does not see it yet registers once more.
    REGISTERED.store(1, Ordering::Relaxed);
    Ok(())
}

/// `exit` runs in the main thread, and has run no handler yet.
extern "C-unwind" fn main_exits(_: *mut c_void) {
    end_of_process();
}

/// `exit` has come to our handler.
extern "C-unwind" fn handler() {
    end_of_process();
}

/// Runs callbacks and joins threads, as the end of the process that the calling thread has begun.
/// It does not return if another thread ends the process.
///
/// A worker that calls `exit` while main waits in its own has a reason, so the worker's code
/// counts. Who comes later waits here for the end.
pub fn end_of_process() {
    // In a child that nobody told of its fork, the end begins anew.
    fork_epoch::notice();
    if !begin() {
        wait_for_the_end();
    }
    shutdown::shutdown_at_exit();
    if !decide() {
        wait_for_the_end();
    }
}

/// True: the calling thread ends the process, until another takes that over.
fn begin() -> bool {
    let me = u64::from(system::native_id());
    let is_main = this_thread::ident() == current::main().0;
    let mine = if is_main { me | MAIN } else { me };
    let next = |found: u64| match found & ID {
        0 => Some(mine),
        id if id == me => Some(found),
        _ => (found & (MAIN | DECIDED) == MAIN && !is_main).then_some(mine),
    };
    // ORDERING: Relaxed, here and below: who it is is all that counts; what threads have done comes
    // with the count of those that are alive.
    ENDER.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
}

/// True: the calling thread ends the process for good.
fn decide() -> bool {
    let me = u64::from(system::native_id());
    let next = |found: u64| (found & ID == me).then_some(found | DECIDED);
    // ORDERING: as above.
    ENDER.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
}

/// Another thread ends the process; it does not wait for this one.
fn wait_for_the_end() -> ! {
    shutdown::leave_for_good();
    loop {
        sleep::sleep(Timeout::Forever);
    }
}

/// In a forked child: its end has not begun.
pub fn reset_after_fork() {
    // ORDERING: Relaxed: the process has a single thread.
    ENDER.store(0, Ordering::Relaxed);
}
