//! The watch: a thread of the library's that looks for deadlocks from time to time, and reports
//! each one once.
//!
//! | `state`   | means                                                       |
//! |-----------|-------------------------------------------------------------|
//! | 0         | nobody watches                                              |
//! | a mark of | the thread runs in that process, and in no other            |
//! | a process |                                                             |
//!
//! `SETTINGS` has what the thread does. It reads them anew when `CHANGES` has changed, and ends
//! when there is no interval any more.
//!
//! A forked child has no such thread. It gets one when it starts its first thread, since one thread
//! alone is in no deadlock, and most children only run another program.

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, Ordering};
use crate::inspect::deadlock::{Certainty, Circle, Graph};
use crate::inspect::destination;
use crate::inspect::dump::{self, Format};
use crate::inspect::entry::{threading_certainty, threading_wait};
use crate::inspect::own_threads;
use crate::inspect::scratch::Scratch;
use crate::object::cause::failure;
use crate::platform::clock::{self, Deadline};
use crate::platform::futex;
use crate::platform::signals::{self, Signals};
use crate::platform::system;
use crate::platform::tasks;
use crate::status::Status;
use crate::thread::hooks::Hook;
use crate::thread::service_thread::{self, OwnMemory};
use crate::thread::stack;
use crate::thread::stand_in;
use crate::thread::tasks::ListedTask;
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::timeout::Timeout;

/// Called for each deadlock.
pub type DeadlockHook =
    unsafe extern "C-unwind" fn(*const threading_wait, usize, threading_certainty, *mut c_void);

/// Runs in the thread that watches, for each deadlock that it finds.
pub static DEADLOCK: Hook<DeadlockHook> = Hook::new();

/// What is done with a deadlock, beside the hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actions {
    /// Its threads and objects are printed.
    pub report: bool,
    /// Everything is printed.
    pub dump: bool,
    /// The process ends.
    pub abort: bool,
}

#[derive(Clone, Copy)]
struct Settings {
    /// Between two looks, in nanoseconds; 0: nobody watches.
    interval: u64,
    /// How long a probable deadlock lasts before it is reported, in nanoseconds.
    patience: u64,
    actions: Actions,
    /// The state that the table above describes.
    state: u32,
}

static SETTINGS: Mutex<Settings> = Mutex::new(Settings {
    interval: 0,
    patience: 0,
    actions: Actions { report: true, dump: false, abort: false },
    state: 0,
});
static CHANGES: AtomicU32 = AtomicU32::new(0);

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { SETTINGS.raw() });
    visit(DEADLOCK.internal_lock());
}

/// In a forked child whose handlers did not run.
pub fn repair_after_fork() {
    DEADLOCK.repair_after_fork();
}

/// What is done with deadlocks from now on.
pub fn set_actions(actions: Actions) {
    SETTINGS.lock().actions = actions;
}

/// From now on a thread looks at these intervals; `Forever`: none does.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` for an interval of 0; `THREADING_NO_RESOURCES` if the system
/// refuses the thread.
pub fn set(interval: Timeout, patience: Timeout) -> Result<(), Status> {
    let interval = match interval {
        Timeout::Poll => {
            return Err(failure!(THREADING_INVALID_ARGUMENT, c"the interval is 0 or less"));
        }
        Timeout::For(nanoseconds) => nanoseconds,
        Timeout::Forever => 0,
    };
    let patience = match patience {
        Timeout::Poll => 0,
        Timeout::For(nanoseconds) => nanoseconds,
        Timeout::Forever => u64::MAX,
    };
    let mut settings = SETTINGS.lock();
    if interval != 0 {
        start(&mut settings)?;
    }
    (settings.interval, settings.patience) = (interval, patience);
    drop(settings);
    // ORDERING: Relaxed: the lock publishes the settings; the thread compares the number when it
    // falls asleep.
    CHANGES.fetch_add(1, Ordering::Relaxed);
    futex::wake_one(&CHANGES);
    Ok(())
}

/// Starts the thread, unless it runs.
fn start(settings: &mut Settings) -> Result<(), Status> {
    let own = own_threads::mark();
    if settings.state != own {
        service_thread::start(run, stack::default())?;
        settings.state = own;
        own_threads::note_started();
    }
    Ok(())
}

/// In a forked child: starts the watch again if the parent had one. False: the system refuses the
/// thread, and the next call tries again.
pub fn resume_after_fork() -> bool {
    let mut settings = SETTINGS.lock();
    settings.interval == 0 || start(&mut settings).is_ok()
}

extern "C-unwind" fn run(_: *mut c_void) -> *mut c_void {
    let _memory = OwnMemory::new();
    signals::block(Signals::All);
    service_thread::detach_self();
    tasks::set_own_name(c"watch");
    let _listed = ListedTask::new();
    stand_in::ensure();
    let mut reported = Reported(None);
    loop {
        // ORDERING: Relaxed: see `set`.
        let changes = CHANGES.load(Ordering::Relaxed);
        let settings = {
            let mut settings = SETTINGS.lock();
            if settings.interval == 0 {
                settings.state = 0;
                return ptr::null_mut();
            }
            *settings
        };
        futex::wait(&CHANGES, changes, Deadline::At(clock::now() + settings.interval));
        // ORDERING: as above.
        if CHANGES.load(Ordering::Relaxed) == changes {
            look(&settings, &mut reported);
        }
    }
}

/// One wait of a deadlock, which tells it from others: the waiter, and which of its waits it is.
type Mark = (u32, u32);

/// The deadlocks that were reported and are still there.
struct Reported(Option<Scratch<Mark>>);

impl Reported {
    fn has(&self, mark: Mark) -> bool {
        self.0.as_ref().is_some_and(|marks| marks.all().contains(&mark))
    }
}

fn mark_of(circle: &Circle<'_>) -> Mark {
    circle.waits().map(|wait| (wait.waiter, wait.epoch)).min().unwrap_or_default()
}

fn look(settings: &Settings, reported: &mut Reported) {
    let Some(mut graph) = Graph::collect() else { return };
    let Some(mut marks) = Scratch::with_room(graph.most_circles()) else { return };
    let mut found = false;
    while let Some(circle) = graph.next_circle() {
        let mark = mark_of(&circle);
        let is_old = reported.has(mark);
        let lasted = clock::now().saturating_sub(circle.since());
        let is_due = circle.certainty == Certainty::Certain || lasted >= settings.patience;
        if !is_old && !is_due {
            continue;
        }
        marks.push(mark);
        if is_old {
            continue;
        }
        found = true;
        if settings.actions.report && !settings.actions.dump {
            destination::with(|descriptor| dump::write_deadlock(descriptor, &circle));
        }
        call_hook(&circle);
    }
    // A deadlock does not go away by itself: what was not found again was broken.
    reported.0 = Some(marks);
    if found && settings.actions.dump {
        write_dump();
    }
    if found && settings.actions.abort {
        system::abort();
    }
}

/// How often a dump is tried while another one is being written, and how long it waits in between,
/// in nanoseconds: five seconds, all in all. A descriptor may take nothing for ever.
const MOST_TRIES: usize = 500;
const BETWEEN_TRIES: u64 = 10_000_000;

fn write_dump() {
    for _ in 0..MOST_TRIES {
        let written = destination::with(|descriptor| dump::write(descriptor, Format::Text));
        if written != Err(Status::THREADING_BUSY) {
            return;
        }
        // Nobody wakes this word: only time ends the wait.
        let word = AtomicU32::new(0);
        futex::wait(&word, 0, Deadline::At(clock::now() + BETWEEN_TRIES));
    }
}

fn call_hook(circle: &Circle<'_>) {
    let Some((hook, context)) = DEADLOCK.get() else { return };
    let Some(mut waits) = Scratch::with_room(circle.length) else { return };
    circle.waits().all(|wait| waits.push(threading_wait::from(wait)));
    let (entries, certainty) = (waits.all(), circle.certainty.into());
    // SAFETY: the caller that set the hook promised a function of this type that stays callable,
    // with this context; the entries live until it returns.
    unsafe { hook(entries.as_ptr(), entries.len(), certainty, context) };
}
