//! The service: the one thread that watches the clock for all timers. The first timer starts it. It
//! ends after a while without timers, since a process whose main thread has called `pthread_exit`
//! ends with its last thread. It sleeps as [`alarm`] says, until the next timer is due.
//!
//! Whether the service runs:
//!
//! | `STARTED`       | means                                                                  |
//! |-----------------|------------------------------------------------------------------------|
//! | 0               | it does not run                                                        |
//! | 2 · (epoch + 1) | it runs in the process of that fork epoch, and in no other process     |
//! | the same + 1    | a thread is creating it, and other threads wait for the outcome        |

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, Ordering};
use crate::platform::clock::{self, Deadline};
use crate::platform::fork_epoch::{self, epoch};
use crate::platform::futex;
use crate::platform::signals::{self, Signals};
use crate::platform::tasks;
use crate::probe::{self, Happening};
use crate::status::Status;
use crate::thread::record::PERIODIC;
use crate::thread::service_thread::{self, IDLE_TIMEOUT, OwnMemory};
use crate::thread::stack;
use crate::thread::stand_in;
use crate::thread::tasks::ListedTask;
use crate::timer::alarm::{self, Slept};
use crate::timer::wheel;
use crate::timer::workers;

static STARTED: AtomicU32 = AtomicU32::new(0);
const CREATING: u32 = 1;
/// How long a thread waits for another thread's creation of the service before it looks again, in
/// nanoseconds.
const CREATION_INTERVAL: u64 = 1_000_000;

/// Starts the service, unless it runs in this process.
///
/// # Errors
/// As [`service_thread::start`].
#[inline]
pub fn ensure() -> Result<(), Status> {
    // ORDERING: SeqCst, pairs with `ends`: a timer was announced to `alarm` before, so either
    // this sees that the service ends or the service sees the announcement.
    if STARTED.load(Ordering::SeqCst) == running() { Ok(()) } else { start() }
}

/// Marks the service as running, for models in which a thread of the model does its work.
pub fn pretend_to_run() {
    // ORDERING: SeqCst: as above.
    STARTED.store(running(), Ordering::SeqCst);
}

/// The value of `STARTED` while the service runs in this process.
fn running() -> u32 {
    epoch().wrapping_add(1) << 1
}

#[cold]
fn start() -> Result<(), Status> {
    if !fork_epoch::notice() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let running = running();
    let creating = running | CREATING;
    loop {
        // ORDERING: SeqCst, all: as above.
        let found = STARTED.load(Ordering::SeqCst);
        if found == running {
            return Ok(());
        }
        if found == creating {
            futex::wait(&STARTED, creating, Deadline::At(clock::now() + CREATION_INTERVAL));
            continue;
        }
        // ORDERING: as above.
        if STARTED.compare_exchange(found, creating, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            break;
        }
    }
    let started = service_thread::start(run, stack::default());
    // ORDERING: as above. The service may have run and ended already.
    let _ = STARTED.compare_exchange(
        creating,
        if started.is_ok() { running } else { 0 },
        Ordering::SeqCst,
        Ordering::SeqCst,
    );
    futex::wake_one(&STARTED);
    started
}

/// Whether the service, which has been idle, ends. False: a timer was announced meanwhile, and no
/// other service was started, so this one goes on.
fn ends(announced: u32) -> bool {
    // ORDERING: SeqCst, all: see `ensure`.
    STARTED.store(0, Ordering::SeqCst);
    alarm::announced() == announced
        || STARTED.compare_exchange(0, running(), Ordering::SeqCst, Ordering::SeqCst).is_err()
}

extern "C-unwind" fn run(_: *mut c_void) -> *mut c_void {
    let _memory = OwnMemory::new();
    signals::block(Signals::All);
    tasks::set_own_name(c"timers");
    let _listed = ListedTask::new();
    stand_in::ensure();
    let mut stall_detector = workers::StallDetector::new();
    loop {
        let announced = alarm::begin_look();
        let mut due_timers = workers::DueList::new();
        let next = wheel::advance(|thread, record| {
            if let Some(state) = wheel::take_due(record) {
                if state.has(PERIODIC) {
                    alarm::run_begins();
                }
                probe::happened(Happening::TimerDue, &record.core.word, 0);
                due_timers.append(thread, record);
            }
        });
        workers::enqueue(due_timers);
        let soon = stall_detector.check();
        let knows_none = next.is_none() && soon.is_none();
        let idle = knows_none && !alarm::expects_timers();
        let longest = clock::now() + soon.unwrap_or(IDLE_TIMEOUT);
        let until =
            next.map_or(longest, |next| if soon.is_some() { next.min(longest) } else { next });
        let slept = alarm::sleep(announced, if knows_none { u64::MAX } else { until }, until);
        if idle && slept == Slept::TimedOut && ends(announced) {
            service_thread::detach_self();
            return ptr::null_mut();
        }
    }
}
