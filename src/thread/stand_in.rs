//! The stand-in: the end of a process whose main thread has left by `pthread_exit`.
//!
//! A thread of the library's then replaces the main thread: the stand-in. It waits as `exit` would,
//! until only daemons are left, and ends the process by `exit(0)`. So daemons and pending timers
//! alone do not keep the process alive. The stand-in also receives signals: it has the signal mask
//! of the main thread, whereas the timers' service blocks all signals.
//!
//! While threads are alive that the library did not start, they decide when the process ends, and
//! the stand-in waits for them as well. If no thread of the library's is alive beside them, the
//! stand-in ends, and the C library ends the process with its last thread.
//!
//! | `STATE` | means                                   | next                                     |
//! |---------|-----------------------------------------|------------------------------------------|
//! | PRESENT | the main thread has not left            | VACANT, by the main thread in its last   |
//! |         |                                         | round of destructors                     |
//! | VACANT  | it has left, and there is no stand-in   | TAKEN, by a thread that finds that a     |
//! |         |                                         | stand-in is needed                       |
//! | TAKEN   | the stand-in runs, or is being started  | VACANT, by the stand-in, or if the       |
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
use crate::thread::current;
use crate::thread::native;
use crate::thread::service_thread::{self, OwnMemory};
use crate::thread::sleep;
use crate::thread::tasks::{self, ListedTask, Others};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::waiter::Waiter;

const PRESENT: u32 = 0;
const VACANT: u32 = 1;
const TAKEN: u32 = 2;

static STATE: AtomicU32 = AtomicU32::new(PRESENT);

/// The signal mask that the main thread had when it left.
static MASK: AtomicU64 = AtomicU64::new(0);

/// How long the stand-in waits at first between two looks at threads that the library did not
/// start, in nanoseconds.
const FIRST_PAUSE: u64 = 1_000_000;
/// The longest time between two looks, in nanoseconds.
const LONGEST_PAUSE: u64 = 128_000_000;

/// Starts the stand-in in the last round of the main thread's destructors. False: keeps no waiter.
pub fn last_round(_waiter: Option<&'static Waiter>) -> bool {
    if current::own_record() == Some(current::main()) {
        main_leaves();
    }
    false
}

fn main_leaves() {
    // ORDERING: Relaxed: published by the store below.
    MASK.store(SignalMask::of_calling_thread().0, Ordering::Relaxed);
    // ORDERING: Release, pairs with the Acquire in `start`: the mask.
    STATE.store(VACANT, Ordering::Release);
    // If the system refuses the thread, the main thread itself is the stand-in: registered
    // callbacks have to run in a thread that has not ended.
    let is_needed = alive::is_registered() || tasks::any_of_ours(0);
    if is_needed && !start() {
        stand_in();
    }
}

/// Starts a stand-in if the main thread has left. Every thread of the library's calls this when it
/// begins.
pub fn ensure() {
    if !MAIN_MAY_LEAVE {
        return;
    }
    // ORDERING: SeqCst, pairs with the fence in `leave`: the caller has published itself before. So
    // either this sees VACANT, or the stand-in there sees the caller.
    fence(Ordering::SeqCst);
    // ORDERING: Relaxed: the compare-exchange in `start` decides.
    if STATE.load(Ordering::Relaxed) == VACANT {
        start();
    }
}

/// Starts a stand-in, unless there is one. False: the system refuses the thread.
#[cold]
fn start() -> bool {
    // ORDERING: Acquire, pairs with the Release in `main_leaves`. Relaxed on failure: another
    // thread was first.
    if STATE.compare_exchange(VACANT, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_err() {
        return true;
    }
    // The stack has the platform's size, whatever the program's default is: handlers of the program
    // run here.
    let started = service_thread::start(run, 0).is_ok();
    if !started {
        // ORDERING: Release, as in `main_leaves`.
        STATE.store(VACANT, Ordering::Release);
    }
    started
}

/// In a forked child, the main thread has not left.
pub fn reset_after_fork() {
    // ORDERING: Relaxed: the process has a single thread.
    STATE.store(PRESENT, Ordering::Relaxed);
}

extern "C-unwind" fn run(_: *mut c_void) -> *mut c_void {
    let _memory = OwnMemory::new();
    service_thread::detach_self();
    set_own_name(c"exit");
    let _own = ListedTask::new();
    // ORDERING: Relaxed: written before VACANT was stored, and never again.
    SignalMask(MASK.load(Ordering::Relaxed)).apply();
    stand_in();
    ptr::null_mut()
}

/// Ends the process when only daemons are left. It returns if threads that the library did not
/// start decide the end.
fn stand_in() {
    let mut pause = FIRST_PAUSE;
    let mut were_foreign = false;
    loop {
        if alive::wait_for_all(Timeout::Forever).is_err() {
            pause_for(&mut pause);
            continue;
        }
        let others = tasks::others();
        if matches!(others, Others::None | Others::Ours) {
            break;
        }
        // A thread of the library's that has just ended counts as foreign until the system is done
        // with it. So the stand-in leaves only if it finds foreign threads alone twice.
        native::reap();
        let are_foreign = others == Others::Foreign { ours: false } && !native::is_pending();
        if are_foreign && were_foreign && leave() {
            return;
        }
        were_foreign = are_foreign;
        pause_for(&mut pause);
    }
    // Callbacks and handlers find themselves in the main thread: they see its name, and threads
    // that they start are no daemons.
    this_thread::adopt_identity(current::main().0);
    alive::at_exit();
    // SAFETY: the call has no precondition; no other thread of the library calls it, and the
    // handlers that it runs are the user's.
    unsafe { pthread::exit(0) }
}

fn pause_for(nanoseconds: &mut u64) {
    sleep::sleep(Timeout::For(*nanoseconds));
    *nanoseconds = (*nanoseconds * 2).min(LONGEST_PAUSE);
}

/// Makes the state VACANT. True: no thread of the library's that needs a stand-in has begun
/// meanwhile.
fn leave() -> bool {
    // ORDERING: Release, as in `main_leaves`.
    STATE.store(VACANT, Ordering::Release);
    // ORDERING: SeqCst, pairs with the fence in `ensure`.
    fence(Ordering::SeqCst);
    // ORDERING: Acquire: as in `ensure`.
    !tasks::any_of_ours(system::native_id())
        || STATE.compare_exchange(VACANT, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_err()
}
