//! Which threads a dump speaks of: those with a record, those that the library has met without
//! one, and those that it has not met.

use crate::atomic::Ordering;
use crate::inspect::dump::naming::COMM;
use crate::inspect::dump::snapshot::Snapshot;
use crate::inspect::scratch::Scratch;
use crate::inspect::waits::ThreadWait;
use crate::object::table::Slot;
use crate::object::word::State;
use crate::platform::system::{self, KeepErrno};
use crate::platform::tasks;
use crate::thread::record::{self, DAEMON, DUMMY, FINISHED, MAIN, NEW, PENDING, Record, STARTING};
use crate::thread::tasks::{is_service_thread, service_threads};
use crate::wait::waiter::Waiter;

/// A thread.
pub struct Seen {
    /// Its ident.
    pub ident: u64,
    /// The kernel's id; 0: it does not run yet.
    pub native_id: u32,
    /// Whether it keeps the process alive.
    pub is_daemon: bool,
    /// Whether the library did not start it.
    pub is_foreign: bool,
    /// Phase and flags; RUNNING without a record.
    phase: u64,
    is_pending: bool,
}

/// What a thread does.
#[derive(Clone, Copy)]
pub enum Activity<'a> {
    /// It waits, or sleeps.
    Waiting(&'a ThreadWait),
    /// The system has it, and it has not begun.
    Starting,
    /// It is a timer that is not due yet.
    Pending,
    /// All else, also a call of the system's in which it waits.
    Running,
}

impl Seen {
    fn of(record: &Record, state: State) -> Seen {
        Seen {
            // ORDERING: Relaxed, both: numbers, which stand for themselves.
            ident: record.ident.load(Ordering::Relaxed),
            native_id: record.native_id.load(Ordering::Relaxed),
            is_daemon: state.has(DAEMON) && !state.has(DUMMY),
            is_foreign: state.has(DUMMY),
            phase: record::phase(state),
            is_pending: state.has(PENDING),
        }
    }

    /// What it does.
    pub fn activity<'a>(&self, snapshot: &'a Snapshot) -> Activity<'a> {
        if self.is_pending {
            return Activity::Pending;
        }
        match snapshot.wait_of(self.ident) {
            Some(wait) => Activity::Waiting(wait),
            None if self.phase == STARTING => Activity::Starting,
            None => Activity::Running,
        }
    }
}

/// Calls `visit` with each thread until it returns false: the main thread first, then all others
/// with a record that have been started and have not ended, then the foreign threads without one.
pub fn for_each(mut visit: impl FnMut(&Seen) -> bool) {
    let is_alive = |state: State| !matches!(record::phase(state), NEW | FINISHED);
    let mut goes_on = true;
    for is_main in [true, false] {
        record::for_each(|_, record, state| {
            if goes_on && is_alive(state) && state.has(MAIN) == is_main {
                goes_on = visit(&Seen::of(record, state));
            }
            goes_on
        });
    }
    Waiter::table().for_each(|handle, waiter, _| {
        let native_id = waiter.lifeline.native_id();
        // The main thread's waiter does not name the record that the main thread has.
        // ORDERING: Relaxed: a handle, or 0.
        let has_record =
            waiter.record.load(Ordering::Relaxed) != 0 || native_id == system::process_id();
        let is_foreign = !has_record && native_id != 0 && !is_service_thread(native_id);
        if goes_on && is_foreign {
            goes_on = visit(&Seen {
                ident: handle.0,
                native_id,
                is_daemon: false,
                is_foreign: true,
                phase: record::RUNNING,
                is_pending: false,
            });
        }
        goes_on
    });
}

/// How many threads [`for_each`] visits, without pending timers.
pub fn count() -> usize {
    let mut count = 0;
    for_each(|seen| {
        count += usize::from(!seen.is_pending);
        true
    });
    count
}

/// The name that the system has for a thread.
pub fn comm(native_id: u32, room: &mut [u8; COMM]) -> &[u8] {
    let _errno = KeepErrno::new();
    let length = tasks::name(native_id, room);
    room.get(..length).unwrap_or_default()
}

/// Calls `visit` with the kernel's id and name of each thread of the process that [`for_each`] does
/// not visit. Where the system has no list, or there is no memory, there are none.
pub fn for_each_unmet(mut visit: impl FnMut(u32, &[u8])) {
    let _errno = KeepErrno::new();
    let Some(mut met) = Scratch::with_room(count() + 64) else { return };
    for_each(|seen| seen.is_pending || met.push(seen.native_id));
    // A list of many threads takes long, and there is mostly nobody to be found in it.
    let known = met.all().iter().filter(|native_id| **native_id != 0).count() + service_threads();
    if tasks::count().is_some_and(|count| count <= known) {
        return;
    }
    let Some(met) = met.sorted_by_key(|native_id| u64::from(*native_id)) else { return };
    let mut room = [0; COMM];
    tasks::for_each(|native_id| {
        let is_met = met.all().binary_search(&native_id).is_ok();
        if !is_met && !is_service_thread(native_id) {
            visit(native_id, comm(native_id, &mut room));
        }
    });
}
