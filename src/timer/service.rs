//! The service: the one thread that watches the clock for all timers. It is started with the first
//! timer, appears nowhere and keeps nothing alive; after a while without timers it ends, since a
//! process whose main thread has called `pthread_exit` ends with its last thread.
//!
//! It sleeps until the next timer is due. Whoever starts an earlier one makes it look again:
//!
//! | `NEXT`    | means                                                                            |
//! |-----------|----------------------------------------------------------------------------------|
//! | 0         | it is looking: who comes now counts up `TURN`, and it does not fall asleep       |
//! | otherwise | it sleeps until then, in nanoseconds: who is earlier counts up `TURN` and wakes  |
//! |           | it                                                                               |
//!
//! Whether it runs:
//!
//! | `STARTED`       | means                                                                  |
//! |-----------------|------------------------------------------------------------------------|
//! | 0               | it does not                                                            |
//! | 2 · (epoch + 1) | it does, in the process of that fork epoch: in another one it does not |
//! | the same + 1    | somebody is asking the system for it: others wait for the answer       |

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::platform::clock::{self, Deadline};
use crate::platform::fork_epoch::{self, epoch};
use crate::platform::futex::{self, Slept};
use crate::platform::signals::{self, Signals};
use crate::platform::tasks;
use crate::status::Status;
use crate::thread::service_thread;
use crate::thread::stack;
use crate::thread::stand_in;
use crate::thread::tasks::Own;
use crate::timer::wheel;
use crate::timer::workers;

static NEXT: AtomicU64 = AtomicU64::new(0);
static TURN: AtomicU32 = AtomicU32::new(0);
static STARTED: AtomicU32 = AtomicU32::new(0);
const ASKING: u32 = 1;
/// How long somebody waits for the answer that another has asked for before it looks again, in
/// nanoseconds.
const A_MOMENT: u64 = 1_000_000;
/// How long it waits without timers before it ends, in nanoseconds.
const IDLE: u64 = 1_000_000_000;

/// Starts it, if it does not run in this process.
///
/// # Errors
/// As [`service_thread::start`].
#[inline]
pub fn ensure() -> Result<(), Status> {
    // ORDERING: SeqCst, pairs with `ends`: after the turn was counted up, either this sees that it
    // ends or it sees the turn.
    if STARTED.load(Ordering::SeqCst) == running() { Ok(()) } else { start() }
}

/// For models: a thread of the model does what it would do.
pub fn pretend_to_run() {
    // ORDERING: SeqCst: as above.
    STARTED.store(running(), Ordering::SeqCst);
}

/// What `STARTED` says while it runs in this process.
fn running() -> u32 {
    epoch().wrapping_add(1) << 1
}

#[cold]
fn start() -> Result<(), Status> {
    if !fork_epoch::notice() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let running = running();
    let asking = running | ASKING;
    loop {
        // ORDERING: SeqCst, all: as above.
        let found = STARTED.load(Ordering::SeqCst);
        if found == running {
            return Ok(());
        }
        if found == asking {
            futex::wait(&STARTED, asking, Deadline::At(clock::now() + A_MOMENT));
            continue;
        }
        // ORDERING: as above.
        if STARTED.compare_exchange(found, asking, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            break;
        }
    }
    let started = service_thread::start(run, stack::default());
    // ORDERING: as above. It may have run and ended already.
    let _ = STARTED.compare_exchange(
        asking,
        if started.is_ok() { running } else { 0 },
        Ordering::SeqCst,
        Ordering::SeqCst,
    );
    futex::wake_one(&STARTED);
    started
}

/// It has been idle: true if it is to end, and nobody has counted up the turn meanwhile without
/// starting another.
fn ends(turn: u32) -> bool {
    // ORDERING: SeqCst, all: see `ensure`.
    STARTED.store(0, Ordering::SeqCst);
    TURN.load(Ordering::SeqCst) == turn
        || STARTED.compare_exchange(0, running(), Ordering::SeqCst, Ordering::SeqCst).is_err()
}

/// A timer was started that is due at that time.
#[inline]
pub fn wake_if_earlier(due: u64) {
    // ORDERING: SeqCst, pairs with the SeqCst store in `run`: the timer is in its wheel already, so
    // either the service looks at that wheel after this, or this sees that it looks or sleeps.
    let next = NEXT.load(Ordering::SeqCst);
    if next == 0 || due < next {
        look_again(next != 0);
    }
}

/// Has it look again.
pub fn look_again(asleep: bool) {
    // ORDERING: SeqCst: before this it was seen looking or asleep, and it compares the turn when it
    // falls asleep.
    TURN.fetch_add(1, Ordering::SeqCst);
    if asleep {
        futex::wake_one(&TURN);
    }
}

extern "C-unwind" fn run(_: *mut c_void) -> *mut c_void {
    signals::block(Signals::All);
    tasks::set_own_name(c"timers");
    let _own = Own::begin();
    stand_in::ensure();
    let mut watch = workers::Watch::new();
    loop {
        // ORDERING: SeqCst, both: see `wake_if_earlier`.
        NEXT.store(0, Ordering::SeqCst);
        let turn = TURN.load(Ordering::SeqCst);
        let mut due_ones = workers::Due::new();
        let next = wheel::advance(|thread, record| {
            if wheel::take_due(record) {
                due_ones.append(thread, record);
            }
        });
        workers::enqueue(due_ones);
        let soon = watch.look();
        let idle = next.is_none() && soon.is_none();
        let longest = clock::now() + soon.unwrap_or(IDLE);
        let until =
            next.map_or(longest, |next| if soon.is_some() { next.min(longest) } else { next });
        // ORDERING: SeqCst: see `wake_if_earlier`.
        NEXT.store(if idle { u64::MAX } else { until }, Ordering::SeqCst);
        let slept = futex::wait(&TURN, turn, Deadline::At(until));
        if idle && slept == Slept::TimedOut && ends(turn) {
            service_thread::detach_myself();
            return ptr::null_mut();
        }
    }
}

/// In a forked child it is gone.
pub fn reset_after_fork() {
    // ORDERING: Relaxed: the process has a single thread.
    NEXT.store(0, Ordering::Relaxed);
}
