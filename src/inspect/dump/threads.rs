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
use crate::thread::record::{
    self, DAEMON, DUMMY, FINISHED, MAIN, NEW, PENDING, PERIODIC, Record, STARTING, TASK,
};
use crate::thread::tasks::{is_service_thread, service_threads};
use crate::wait::waiter::Waiter;

/// A thread.
#[derive(Clone, Copy)]
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
    is_task: bool,
    /// Whether it is a periodic timer.
    pub is_periodic: bool,
}

/// What a thread does.
#[derive(Clone, Copy)]
pub enum Activity<'a> {
    /// It waits, or sleeps.
    Waiting(&'a ThreadWait),
    /// The system has it, and it has not begun.
    Starting,
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
            is_task: state.has(TASK),
            // One whose function has forked is the child's main thread there.
            is_periodic: state.has(PERIODIC) && !state.has(MAIN),
        }
    }

    /// What it does.
    pub fn activity<'a>(&self, snapshot: &'a Snapshot) -> Activity<'a> {
        match snapshot.wait_of(self.ident) {
            Some(wait) => Activity::Waiting(wait),
            None if self.phase == STARTING => Activity::Starting,
            None => Activity::Running,
        }
    }
}

/// Calls `visit` with each thread until it returns false: the main thread first, then all others
/// with a record that have been started and have not ended, then the foreign threads without one.
fn for_each(mut visit: impl FnMut(&Seen) -> bool) {
    let is_alive = |state: State| !matches!(record::phase(state), NEW | FINISHED);
    let mut goes_on = true;
    record::for_each(|_, record, state| {
        let is_main = state.has(MAIN) && is_alive(state);
        if is_main {
            goes_on = visit(&Seen::of(record, state));
        }
        !is_main
    });
    record::for_each(|_, record, state| {
        if goes_on && is_alive(state) && !state.has(MAIN) {
            goes_on = visit(&Seen::of(record, state));
        }
        goes_on
    });
    let first = system::first_thread_id();
    Waiter::table().for_each(|handle, waiter, _| {
        let native_id = waiter.lifeline.native_id();
        // The main thread's waiter does not name the record that the main thread has.
        // ORDERING: Relaxed: a handle, or 0.
        let has_record = waiter.record.load(Ordering::Relaxed) != 0 || native_id == first;
        let is_foreign = !has_record && native_id != 0 && !is_service_thread(native_id);
        if goes_on && is_foreign {
            goes_on = visit(&Seen {
                ident: handle.0,
                native_id,
                is_daemon: false,
                is_foreign: true,
                phase: record::RUNNING,
                is_pending: false,
                is_task: false,
                is_periodic: false,
            });
        }
        goes_on
    });
}

/// The threads of the process that the library has met, and pending timers and tasks, in the order
/// of a dump.
pub struct Threads(Scratch<Seen>);

impl Threads {
    /// Looks at all of them. `None`: there is no memory.
    pub fn collect() -> Option<Threads> {
        // Others may be started meanwhile.
        let most = Record::table().issued() + Waiter::table().issued() + 64;
        let mut seen = Scratch::with_room(usize::try_from(most).ok()?)?;
        for_each(|thread| seen.push(*thread));
        Some(Threads(seen))
    }

    /// The threads.
    pub fn running(&self) -> impl Iterator<Item = &Seen> {
        self.0.all().iter().filter(|seen| !seen.is_pending)
    }

    /// How many tasks of executors have not begun, or timers are not due yet.
    pub fn pending(&self, tasks: bool) -> usize {
        self.0.all().iter().filter(|seen| seen.is_pending && seen.is_task == tasks).count()
    }

    /// How many of the timers are periodic.
    pub fn pending_periodic_timers(&self) -> usize {
        self.0.all().iter().filter(|seen| seen.is_pending && seen.is_periodic).count()
    }

    /// How many have a task of the kernel's, with the service threads. In those run the tasks of
    /// executors and the functions of timers.
    fn tasks(&self) -> usize {
        let is_its_own = |seen: &&Seen| seen.native_id != 0 && !is_service_thread(seen.native_id);
        self.running().filter(is_its_own).count() + service_threads()
    }

    /// Calls `visit` with the kernel's id and name of each thread of the process that the library
    /// has not met. Where the system has no list, or there is no memory, there are none.
    pub fn for_each_unmet(&self, mut visit: impl FnMut(u32, &[u8])) {
        let _errno = KeepErrno::new();
        // A list of many threads takes long, and there is mostly nobody to be found in it.
        if tasks::count().is_some_and(|count| count <= self.tasks()) {
            return;
        }
        // Threads that were started meanwhile have been met.
        let Some(now) = Threads::collect() else { return };
        if tasks::count().is_some_and(|count| count <= now.tasks()) {
            return;
        }
        let by_id = now.0.sorted_by_key(|seen| u64::from(seen.native_id));
        let Some(met) = by_id else { return };
        let mut room = [0; COMM];
        tasks::for_each(|native_id| {
            let is_met = met.all().binary_search_by_key(&native_id, |seen| seen.native_id).is_ok();
            if !is_met && !is_service_thread(native_id) {
                visit(native_id, comm(native_id, &mut room));
            }
        });
    }
}

/// The name that the system has for a thread.
pub fn comm(native_id: u32, room: &mut [u8; COMM]) -> &[u8] {
    let _errno = KeepErrno::new();
    let length = tasks::name(native_id, room);
    room.get(..length).unwrap_or_default()
}
