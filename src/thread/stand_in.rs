//! The end of a process whose main thread has left by `pthread_exit`.
//!
//! Then a thread of the library's stands in for it. It waits as `exit` would, until no thread keeps
//! the process alive that is not a daemon, and ends the process by `exit(0)`. So daemons and
//! pending timers alone do not keep the process, and there is a thread that signals can go to: it
//! has the signal mask of the main thread, whereas the service of the timers blocks all of them.
//!
//! While threads live that the library did not start, the end of the process is theirs to say: the
//! stand-in waits for them as well. If there is nothing of the library's beside them, it ends, and
//! the C library ends the process with the last of them, as ever.
//!
//! | `STATE` | means                                   | next                                     |
//! |---------|-----------------------------------------|------------------------------------------|
//! | PRESENT | the main thread has not left            | VACANT, by the main thread in its last   |
//! |         |                                         | round of destructors                     |
//! | VACANT  | it has left, and nobody stands in       | TAKEN, by whoever finds that there is a  |
//! |         |                                         | need                                     |
//! | TAKEN   | somebody stands in, or is being started | VACANT, by the stand-in, or if the       |
//! |         |                                         | system refuses the thread                |

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use crate::platform::features::MAIN_MAY_LEAVE;
use crate::platform::pthread;
use crate::platform::signals::SignalMask;
use crate::platform::system;
use crate::platform::tasks::set_own_name;
use crate::thread::alive;
use crate::thread::at_exit;
use crate::thread::current;
use crate::thread::service_thread;
use crate::thread::sleep;
use crate::thread::tasks::{self, Others, Own};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

const PRESENT: u32 = 0;
const VACANT: u32 = 1;
const TAKEN: u32 = 2;

static STATE: AtomicU32 = AtomicU32::new(PRESENT);

/// The signal mask that the main thread had when it left.
static MASK: AtomicU64 = AtomicU64::new(0);

/// How long the stand-in waits between two looks at threads that the library did not start, in
/// nanoseconds, at first and at most.
const SOON: u64 = 1_000_000;
const AT_MOST: u64 = 128_000_000;

/// The calling thread ends, in its last round of destructors: if it is the main thread, the process
/// goes on without it.
pub fn thread_exit() {
    if current::own_record(this_thread::own_waiter()) != Some(current::main()) {
        return;
    }
    // ORDERING: Relaxed: published by the store below.
    MASK.store(SignalMask::of_calling_thread().0, Ordering::Relaxed);
    // ORDERING: Release, pairs with the Acquire in `take`: the mask.
    STATE.store(VACANT, Ordering::Release);
    // If the system refuses, the main thread itself stays. What was registered runs in a thread
    // that has not ended.
    let is_needed = at_exit::is_registered() || tasks::any_of_ours(0);
    if is_needed && !take() {
        stand_in();
    }
}

/// Has somebody stand in, if the main thread has left: called by each thread of the library's at
/// its begin.
pub fn ensure() {
    if !MAIN_MAY_LEAVE {
        return;
    }
    // ORDERING: SeqCst, pairs with the fence in `leave`: the caller has made itself known before,
    // so either it sees VACANT here, or the stand-in sees it there.
    fence(Ordering::SeqCst);
    // ORDERING: Relaxed: a look; `take` decides.
    if STATE.load(Ordering::Relaxed) == VACANT {
        take();
    }
}

/// Starts a stand-in, unless there is one. False: the system refuses the thread.
#[cold]
fn take() -> bool {
    // ORDERING: Acquire, pairs with the Release in `thread_exit`. Relaxed on failure: somebody
    // else was first.
    if STATE.compare_exchange(VACANT, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_err() {
        return true;
    }
    // With the platform's stack, whatever the program gives its threads: handlers of the program's
    // run here.
    let started = service_thread::start(run, 0).is_ok();
    if !started {
        // ORDERING: Release, as in `thread_exit`.
        STATE.store(VACANT, Ordering::Release);
    }
    started
}

/// In a forked child: its main thread is there.
pub fn reset_after_fork() {
    // ORDERING: Relaxed: the process has a single thread.
    STATE.store(PRESENT, Ordering::Relaxed);
}

extern "C-unwind" fn run(_: *mut c_void) -> *mut c_void {
    service_thread::detach_myself();
    set_own_name(c"exit");
    let _own = Own::begin();
    // ORDERING: Relaxed: written before VACANT was stored, and never again.
    SignalMask(MASK.load(Ordering::Relaxed)).apply();
    stand_in();
    ptr::null_mut()
}

/// Ends the process when nothing keeps it alive any more. It returns if that is the business of
/// others.
fn stand_in() {
    let mut pause = SOON;
    loop {
        if alive::wait_for_all(0, Timeout::Forever).is_err() {
            pause_for(&mut pause);
            continue;
        }
        match tasks::others() {
            Others::None | Others::Ours => break,
            Others::Foreign { ours: false } => {
                if leave() {
                    return;
                }
            }
            Others::Foreign { ours: true } => {}
        }
        pause_for(&mut pause);
    }
    // What runs now finds the main thread: its name, and threads that it starts are no daemons.
    this_thread::adopt_identity(current::main().0);
    at_exit::end_of_process();
    // SAFETY: the call has no precondition; no other thread that knows of the end calls it, and
    // what it runs is the user's.
    unsafe { pthread::exit(0) }
}

fn pause_for(nanoseconds: &mut u64) {
    sleep::sleep(Timeout::For(*nanoseconds));
    *nanoseconds = (*nanoseconds * 2).min(AT_MOST);
}

/// Nothing of the library's lives: true if nobody has begun meanwhile who would need a stand-in.
fn leave() -> bool {
    // ORDERING: Release, as in `thread_exit`.
    STATE.store(VACANT, Ordering::Release);
    // ORDERING: SeqCst, pairs with the fence in `ensure`.
    fence(Ordering::SeqCst);
    // ORDERING: Acquire: as in `ensure`.
    !tasks::any_of_ours(system::native_id())
        || STATE.compare_exchange(VACANT, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_err()
}
