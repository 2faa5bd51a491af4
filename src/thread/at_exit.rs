//! The end of the process: where the C library calls the library, and what the library does then.
//!
//! glibc's `exit` first runs the destructors of the calling thread's thread-locals, then the
//! handlers of `atexit` and the destructors of statics, the last registered first. The library
//! registers with both, but a destructor of thread-locals only in the main thread:
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
//! The destructors of a thread's thread-locals also run at the thread's own end, and a destructor
//! cannot tell the two apart. So only the main thread registers one, because glibc runs the main
//! thread's destructors in `exit` alone. The main thread registers while the library is loaded and
//! never again: glibc allocates memory for each registration, and ends the process if there is
//! none.
//!
//! docs/process-end.md has the same table for users, with the case that proves each row.

use core::ffi::c_void;

use once_cell::race::OnceRef;

use crate::atomic::{AtomicU64, Ordering};
use crate::platform::fork_epoch;
use crate::platform::pthread;
use crate::platform::system;
use crate::thread::alive::{self, AtExit};
use crate::thread::current;
use crate::thread::shutdown;
use crate::thread::sleep;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// The thread that ends the process, when several threads call `exit`. Only that thread returns
/// from the library's handlers, so its exit code is the process's.
///
/// | part    | means                                                                              |
/// |---------|------------------------------------------------------------------------------------|
/// | 0       | no thread has begun to end the process                                             |
/// | id      | the kernel's id of the thread that ends the process                                |
/// | BY_MAIN | that is the main thread, which still waits: another thread that calls `exit` takes |
/// |         | the end over                                                                       |
/// | DECIDED | that thread has waited for all threads, and no thread takes the end over           |
static ENDER: AtomicU64 = AtomicU64::new(0);
const ID: u64 = u32::MAX as u64;
const BY_MAIN: u64 = 1 << 32;
const DECIDED: u64 = 1 << 33;

/// Registers the calling thread, which loads the library, if it is the main thread: `exit` in the
/// main thread then calls the library before all else.
pub fn loaded() {
    if system::is_first_thread() && this_thread::ident() == this_thread::MAIN_IDENT.0 {
        pthread::at_exit_in_caller(exit_in_main);
    }
}

/// Called by `exit` in the main thread, before any handler of `atexit`.
extern "C-unwind" fn exit_in_main(_: *mut c_void) {
    end_of_process();
}

/// Runs callbacks and joins threads, at the end of the process that the calling thread has begun.
/// It does not return if another thread ends the process.
///
/// A thread that calls `exit` while the main thread waits in its own `exit` has a reason, so the
/// exit code of that thread counts. A later thread waits here for the end of the process.
pub fn end_of_process() {
    // In a child whose fork was not noticed, no thread has begun to end the process.
    fork_epoch::notice();
    if !has_decided_end() {
        alive::register_again();
    }
    if !claim_end() {
        wait_for_end();
    }
    shutdown::shutdown_at_exit();
    if !decide_end() {
        wait_for_end();
    }
    if let Some(AtExit(write)) = LAST.get() {
        write();
    }
}

/// What a layer above does when all threads have ended.
static LAST: OnceRef<'static, AtExit> = OnceRef::new();

/// Sets what is called when all threads have ended at the end of the process, more than once if the
/// C library does so. The first function stays.
pub fn set_last(function: &'static AtExit) {
    let _ = LAST.set(function);
    // A process that starts no thread registers no handler, and only in glibc's `exit`, in the main
    // thread, the library is called all the same. This handler does not count as registered: the
    // first start registers those that join in time.
    alive::register_again();
}

/// Claims the end of the process for the calling thread. True: the thread ends the process, unless
/// another thread takes that over.
fn claim_end() -> bool {
    let me = u64::from(system::native_id());
    let is_main = this_thread::ident() == current::main().0;
    let mine = if is_main { me | BY_MAIN } else { me };
    let next = |found: u64| match found & ID {
        0 => Some(mine),
        id if id == me => Some(found),
        _ => (found & (BY_MAIN | DECIDED) == BY_MAIN && !is_main).then_some(mine),
    };
    // ORDERING: Relaxed, here and below: only the id counts; `alive` publishes what threads have
    // done.
    ENDER.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
}

/// Makes the claim final. True: the calling thread ends the process.
fn decide_end() -> bool {
    let me = u64::from(system::native_id());
    let next = |found: u64| (found & ID == me).then_some(found | DECIDED);
    // ORDERING: as above.
    ENDER.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
}

/// Whether the calling thread ends the process, and has waited for all threads.
fn has_decided_end() -> bool {
    // ORDERING: as above.
    let found = ENDER.load(Ordering::Relaxed);
    found & ID == u64::from(system::native_id()) && found & DECIDED != 0
}

/// Waits for ever, because another thread ends the process. That thread does not wait for this one.
fn wait_for_end() -> ! {
    shutdown::leave_for_good();
    loop {
        sleep::sleep(Timeout::Forever);
    }
}

/// In a forked child, no thread has begun to end the process.
pub fn reset_after_fork() {
    // ORDERING: Relaxed: the process has a single thread.
    ENDER.store(0, Ordering::Relaxed);
}
