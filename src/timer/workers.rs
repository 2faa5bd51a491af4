//! The workers: threads that run the functions of due timers, each function under its timer's own
//! name and ident.
//!
//! Due timers wait in a queue. Normally at most one worker for each processor takes timers from it.
//! If timers wait there and no worker has begun or ended a function for a millisecond, the number
//! of workers doubles. So a million short functions need a few threads, and ten thousand functions
//! that block all run soon. That time is longer the more workers there are for each processor, up
//! to 20 ms: on an overloaded machine, workers without progress need not be blocked, and more of
//! them would not help. A worker without work ends after a second.
//!
//! All code of the user's that a worker runs has the signal mask of the timer: the function, the
//! hooks and the destructors of its locals. Destructors of other libraries' thread-locals, which
//! the C library runs at the worker's end, have the mask of the last timer. In between, the worker
//! blocks signals, which then go to the program's threads.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::local;
use crate::object::cause;
use crate::object::handle::{Handle, Tag};
use crate::platform::abandoned::{Registered, Room};
use crate::platform::cancellation;
use crate::platform::clock::{self, Deadline};
use crate::platform::fork_epoch::epoch;
use crate::platform::futex::{self, Slept};
use crate::platform::signals::{self, SignalMask, Signals};
use crate::platform::system;
use crate::probe::{self, Happening};
use crate::thread::finish;
use crate::thread::hooks;
use crate::thread::name;
use crate::thread::native;
use crate::thread::record::{self, PERIODIC, Record, Target};
use crate::thread::service_thread::{self, IDLE_TIMEOUT, OwnMemory};
use crate::thread::stack;
use crate::thread::tasks::ListedTask;
use crate::timer::alarm;
use crate::timer::periodic;
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::this_thread;

/// How long due timers wait without progress before there are more workers than processors, in
/// nanoseconds.
const STALL_TIMEOUT: u64 = 1_000_000;
/// The longest time that due timers wait without progress, in nanoseconds.
const LONGEST_STALL_TIMEOUT: u64 = 20 * STALL_TIMEOUT;

/// A list of due timers in order, linked by their records' `next`.
pub struct DueList {
    first: u32,
    last: u32,
    length: usize,
}

/// The due timers that wait, and the numbers of workers.
struct Pool {
    due: DueList,
    workers: usize,
    idle: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { due: DueList::new(), workers: 0, idle: 0 });
/// Incremented whenever there is work, for workers that sleep.
static WORK: AtomicU32 = AtomicU32::new(0);
/// How many functions have begun or ended.
static PROGRESS: AtomicU64 = AtomicU64::new(0);

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { POOL.raw() });
}

impl DueList {
    /// An empty list.
    pub const fn new() -> DueList {
        DueList { first: 0, last: 0, length: 0 }
    }

    /// Appends a timer that belongs to the caller.
    pub fn append(&mut self, thread: Handle, record: &Record) {
        let place = thread.index() + 1;
        // ORDERING: Relaxed, for all links in this file: the pool's lock guards the list, or the
        // list is the calling thread's alone.
        record.next.store(0, Ordering::Relaxed);
        match self.last.checked_sub(1).and_then(record::at) {
            Some(last) => last.next.store(place, Ordering::Relaxed),
            None => self.first = place,
        }
        self.last = place;
        self.length += 1;
    }

    fn append_all(&mut self, others: DueList) {
        match self.last.checked_sub(1).and_then(record::at) {
            // ORDERING: as above.
            Some(last) => last.next.store(others.first, Ordering::Relaxed),
            None => self.first = others.first,
        }
        if others.length != 0 {
            self.last = others.last;
            self.length += others.length;
        }
    }

    fn take_first(&mut self) -> Option<(Handle, &'static Record)> {
        let index = self.first.checked_sub(1)?;
        let record = record::at(index)?;
        // ORDERING: as above.
        self.first = record.next.load(Ordering::Relaxed);
        self.length -= 1;
        if self.first == 0 {
            self.last = 0;
        }
        let tag: Tag = record.core.word.load().tag();
        Some((Handle::new(tag, index), record))
    }
}

/// Records that a worker has begun or ended a function.
fn note_progress() {
    // ORDERING: Relaxed: readers only look whether the value changes.
    PROGRESS.fetch_add(1, Ordering::Relaxed);
}

/// Appends due timers to the queue.
pub fn enqueue(due: DueList) {
    if due.length == 0 {
        return;
    }
    POOL.lock().due.append_all(due);
    // ORDERING: Release, pairs with the Acquire in `next_due`: a worker that sees the new number
    // finds the timers.
    WORK.fetch_add(1, Ordering::Release);
}

/// Detects that due timers wait without progress of the workers.
pub struct StallDetector {
    progress: u64,
    /// When the last progress was seen, in nanoseconds. Only time in which timers wait counts.
    since: u64,
    waiting: bool,
}

impl StallDetector {
    /// A detector that has seen no timer wait.
    pub fn new() -> StallDetector {
        StallDetector { progress: 0, since: 0, waiting: false }
    }

    /// Wakes or starts workers for the timers that wait, twice as many if there was no progress for
    /// too long. Returns when to check again, in nanoseconds, if timers still wait.
    pub fn check(&mut self) -> Option<u64> {
        // ORDERING: Relaxed: as in `note_progress`.
        let (progress, now) = (PROGRESS.load(Ordering::Relaxed), clock::now());
        if progress != self.progress || !self.waiting {
            (self.progress, self.since) = (progress, now);
        }
        let timeout = stall_timeout(POOL.lock().workers);
        let stuck = now.saturating_sub(self.since) >= timeout;
        if stuck {
            self.since = now;
        }
        self.waiting = scale_workers(stuck);
        self.waiting.then_some(timeout)
    }
}

/// How long due timers wait without progress before that number of workers doubles, in nanoseconds.
fn stall_timeout(workers: usize) -> u64 {
    (STALL_TIMEOUT * (workers / system::processors()).max(1) as u64).min(LONGEST_STALL_TIMEOUT)
}

/// Wakes or starts workers for the timers that wait. True: timers still wait.
fn scale_workers(stuck: bool) -> bool {
    let (woken, started) = {
        let mut pool = POOL.lock();
        let awake = pool.workers.saturating_sub(pool.idle);
        let enough = if stuck { awake.saturating_mul(2) } else { awake };
        let enough = enough.max(system::processors()).min(awake.saturating_add(pool.due.length));
        let more = enough.saturating_sub(awake);
        let woken = more.min(pool.idle);
        pool.workers += more - woken;
        (woken, more - woken)
    };
    for _ in 0..woken {
        futex::wake_one(&WORK);
    }
    for number in 0..started {
        if service_thread::start(run, stack::default()).is_err() {
            POOL.lock().workers -= started - number;
            break;
        }
    }
    POOL.lock().due.length != 0
}

/// A guard of a worker. Its drop removes the worker from the count.
struct WorkerGuard {
    epoch: u32,
    /// Whether the worker will be reaped.
    is_reaped: Cell<bool>,
    /// The signal mask of the last timer.
    mask: Cell<SignalMask>,
}

impl Drop for WorkerGuard {
    fn drop(&mut self) {
        // A forked child has reset the count.
        if self.epoch == epoch() {
            let mut pool = POOL.lock();
            pool.workers = pool.workers.saturating_sub(1);
            drop(pool);
            self.mask.get().apply();
            if !self.is_reaped.get() {
                service_thread::detach_self();
            }
        }
    }
}

extern "C-unwind" fn run(_: *mut c_void) -> *mut c_void {
    let _memory = OwnMemory::new();
    signals::block(Signals::AllButFaults);
    let mask = Cell::new(SignalMask::of_calling_thread());
    let guard = WorkerGuard { epoch: epoch(), is_reaped: Cell::new(false), mask };
    let guard_room = Room::new();
    let _guard = Registered::new(&guard_room, &raw const guard);
    let listed = ListedTask::new();
    let list_room = Room::new();
    let _listed = Registered::new(&list_room, &raw const listed);
    while let Some((thread, record)) = next_due() {
        note_progress();
        run_one(thread, record, &guard);
        note_progress();
        if guard.epoch != epoch() {
            break;
        }
    }
    ptr::null_mut()
}

/// Waits for a due timer. `None`: no timer was due for [`IDLE_TIMEOUT`].
fn next_due() -> Option<(Handle, &'static Record)> {
    let deadline = Deadline::At(clock::now() + IDLE_TIMEOUT);
    loop {
        // ORDERING: Acquire, pairs with the Release in `enqueue`.
        let work = WORK.load(Ordering::Acquire);
        {
            let mut pool = POOL.lock();
            if let Some(found) = pool.due.take_first() {
                return Some(found);
            }
            pool.idle += 1;
        }
        let slept = futex::wait(&WORK, work, deadline);
        let mut pool = POOL.lock();
        pool.idle -= 1;
        if slept == Slept::TimedOut {
            return pool.due.take_first();
        }
    }
}

/// Exists while the worker has the timer's identity. Its drop ends the timer, however its function
/// ended, unless the timer is periodic and goes on.
struct Identity<'a> {
    thread: Handle,
    record: &'static Record,
    own_ident: u64,
    worker: &'a WorkerGuard,
    returned: bool,
    /// Whether the timer is periodic; and its function, if that has returned and is to be called
    /// again.
    is_periodic: bool,
    again: Option<*mut c_void>,
}

impl Identity<'_> {
    fn adopt<'a>(
        thread: Handle,
        record: &'static Record,
        worker: &'a WorkerGuard,
        is_periodic: bool,
    ) -> Identity<'a> {
        let own_ident = this_thread::ident();
        let (returned, again) = (false, None);
        let identity = Identity { thread, record, own_ident, worker, returned, is_periodic, again };
        this_thread::adopt_identity(thread.0);
        cause::clear();
        name::thread_started(record, record::set_running(record));
        // ORDERING: Relaxed: written before the record was published.
        worker.mask.set(SignalMask(record.mask.load(Ordering::Relaxed)));
        worker.mask.get().apply();
        probe::happened(Happening::TimerBegins, &record.core.word, 0);
        identity
    }
}

impl Drop for Identity<'_> {
    fn drop(&mut self) {
        // ORDERING: Relaxed: only this thread reads it from now on.
        self.record.target.store(ptr::null_mut(), Ordering::Relaxed);
        hooks::run(&hooks::EXIT, self.thread.into());
        local::end_of_identity();
        // The function forked, and this is the child: the worker is its main thread now, keeps its
        // signal mask, and ends as a main thread.
        if self.worker.epoch != epoch() {
            return;
        }
        signals::block(Signals::AllButFaults);
        // Only the C library knows the result of an unwound function.
        if !self.returned && native::push_worker(self.thread, self.record) {
            self.worker.is_reaped.set(true);
        }
        name::thread_ended(self.record);
        probe::happened(Happening::TimerEnds, &self.record.core.word, 0);
        this_thread::adopt_identity(self.own_ident);
        let goes_on =
            self.again.is_some_and(|target| periodic::go_on(self.thread, self.record, target));
        if !goes_on {
            finish::publish_finished(self.thread, self.record);
        }
        if self.is_periodic {
            alarm::run_is_over();
        }
    }
}

fn run_one(thread: Handle, record: &'static Record, worker: &WorkerGuard) {
    let state = record.core.word.load();
    let is_periodic = state.has(PERIODIC);
    if is_periodic && !periodic::begin_run(record, state) {
        finish::publish_finished(thread, record);
        alarm::run_is_over();
        return;
    }
    cancellation::reset();
    let mut identity = Identity::adopt(thread, record, worker, is_periodic);
    let room = Room::new();
    let registered = Registered::new(&room, &raw const identity);
    probe::thread_started(thread.0);
    hooks::run(&hooks::START, thread.into());
    // ORDERING: Relaxed, both: written before the record was published.
    let target = record.target.load(Ordering::Relaxed);
    let argument = record.argument.load(Ordering::Relaxed);
    // SAFETY: `timer::new` stored a `Target`; its caller promised a function that may be called
    // with this argument. It may unwind: the guards here and in `run` are made for that.
    let result = unsafe { core::mem::transmute::<*mut c_void, Target>(target)(argument) };
    // ORDERING: Relaxed: published by FINISHED.
    record.result.store(result, Ordering::Relaxed);
    identity.returned = true;
    cancellation::act_upon_pending();
    identity.again = (is_periodic && result.is_null()).then_some(target);
    registered.over();
    drop(identity);
}

/// Resets the pool in a forked child, where workers and due timers are gone.
pub fn reset_after_fork() {
    // SAFETY: `prepare` holds the lock in this thread, which is the only one.
    unsafe { *POOL.data_ptr() = Pool { due: DueList::new(), workers: 0, idle: 0 } };
}
