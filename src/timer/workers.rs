//! The workers: threads that run the functions of timers that are due, each under its timer's own
//! name and ident.
//!
//! Due timers wait in a queue. Up to as many workers as there are processors take from it. If
//! timers wait there and for a millisecond no worker has begun or ended a function, the workers'
//! number doubles: so a million short functions need a few threads, and ten thousand that block all
//! run soon. The more workers there are for each processor, the longer that takes, up to 20 ms: on
//! a machine that has more to do than it can, threads that stand still need not be blocked, and
//! more of them would not help. A worker without work ends after a second. Workers appear nowhere
//! and keep nothing alive.
//!
//! All code of the user's that a worker runs has the signal mask of the timer: the function, the
//! hooks, the destructors of its locals; and what the C library runs at the worker's end, the
//! destructors of other libraries' thread-locals, has that of the last timer. In between the worker
//! leaves signals to the program's threads.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::local;
use crate::object::cause;
use crate::object::handle::{Handle, Tag};
use crate::platform::cancellation;
use crate::platform::clock::{self, Deadline};
use crate::platform::fork_epoch::epoch;
use crate::platform::futex::{self, Slept};
use crate::platform::signals::{self, SignalMask, Signals};
use crate::platform::system;
use crate::thread::finish;
use crate::thread::hooks;
use crate::thread::name;
use crate::thread::reap;
use crate::thread::record::{self, Record, Target};
use crate::thread::service_thread;
use crate::thread::stack;
use crate::thread::tasks::Own;
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::this_thread;

/// How long due timers wait without progress before there are more workers than processors, in
/// nanoseconds, and how long at most.
const PATIENCE: u64 = 1_000_000;
const LONGEST_PATIENCE: u64 = 20 * PATIENCE;
/// How long a worker waits for work before it ends, in nanoseconds.
const IDLE: u64 = 1_000_000_000;

/// A list of timers that are due, in order, linked by their records' `next`.
pub struct Due {
    first: u32,
    last: u32,
    length: usize,
}

struct Queue {
    due: Due,
    workers: usize,
    idle: usize,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { due: Due::new(), workers: 0, idle: 0 });
/// Counts up whenever there is work, for workers that sleep.
static WORK: AtomicU32 = AtomicU32::new(0);
/// How many functions have begun or ended.
static PROGRESS: AtomicU64 = AtomicU64::new(0);

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { QUEUE.raw() });
}

impl Due {
    /// Empty.
    pub const fn new() -> Due {
        Due { first: 0, last: 0, length: 0 }
    }

    /// Puts a timer behind the others, that belongs to the caller.
    pub fn append(&mut self, thread: Handle, record: &Record) {
        let place = thread.index() + 1;
        // ORDERING: Relaxed, all in this file where links are concerned: guarded by the queue's
        // lock, or the list is its maker's alone.
        record.next.store(0, Ordering::Relaxed);
        match self.last.checked_sub(1).and_then(record::at) {
            Some(last) => last.next.store(place, Ordering::Relaxed),
            None => self.first = place,
        }
        self.last = place;
        self.length += 1;
    }

    fn append_all(&mut self, others: Due) {
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

fn note_progress() {
    // ORDERING: Relaxed: only whether it changes counts.
    PROGRESS.fetch_add(1, Ordering::Relaxed);
}

/// Puts timers in the queue that have come due.
pub fn enqueue(due: Due) {
    if due.length == 0 {
        return;
    }
    QUEUE.lock().due.append_all(due);
    // ORDERING: Release: whoever sees the new number finds the timers; the queue's lock says so
    // once more.
    WORK.fetch_add(1, Ordering::Release);
}

/// What the service remembers of the workers from one look at them to the next.
pub struct Watch {
    progress: u64,
    /// Since when nothing has moved, in nanoseconds; only time counts in which something waited.
    since: u64,
    waiting: bool,
}

impl Watch {
    /// Nothing waits.
    pub fn new() -> Watch {
        Watch { progress: 0, since: 0, waiting: false }
    }

    /// Sees to it that workers are awake for what waits, twice as many if nothing has moved for too
    /// long. Something waits still: looks again after so many nanoseconds.
    pub fn look(&mut self) -> Option<u64> {
        // ORDERING: Relaxed: as in `note_progress`.
        let (progress, now) = (PROGRESS.load(Ordering::Relaxed), clock::now());
        if progress != self.progress || !self.waiting {
            (self.progress, self.since) = (progress, now);
        }
        let patience = patience(QUEUE.lock().workers);
        let stuck = now.saturating_sub(self.since) >= patience;
        if stuck {
            self.since = now;
        }
        self.waiting = scale_workers(stuck);
        self.waiting.then_some(patience)
    }
}

/// How long due timers wait without progress before so many workers double, in nanoseconds.
fn patience(workers: usize) -> u64 {
    (PATIENCE * (workers / system::processors()).max(1) as u64).min(LONGEST_PATIENCE)
}

/// Wakes or starts workers for what waits. True: something waits still.
fn scale_workers(stuck: bool) -> bool {
    let (woken, started) = {
        let mut queue = QUEUE.lock();
        let awake = queue.workers.saturating_sub(queue.idle);
        let enough = if stuck { awake.saturating_mul(2) } else { awake };
        let enough = enough.max(system::processors()).min(awake.saturating_add(queue.due.length));
        let more = enough.saturating_sub(awake);
        let woken = more.min(queue.idle);
        queue.workers += more - woken;
        (woken, more - woken)
    };
    for _ in 0..woken {
        futex::wake_one(&WORK);
    }
    for number in 0..started {
        if service_thread::start(run, stack::default()).is_err() {
            QUEUE.lock().workers -= started - number;
            break;
        }
    }
    QUEUE.lock().due.length != 0
}

/// While it exists this worker is counted.
struct Counted {
    epoch: u32,
    /// Whether somebody joins it.
    joined: Cell<bool>,
    /// The signal mask of the last timer.
    mask: Cell<SignalMask>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        // A child of a fork has counted anew.
        if self.epoch == epoch() {
            let mut queue = QUEUE.lock();
            queue.workers = queue.workers.saturating_sub(1);
            drop(queue);
            self.mask.get().apply();
            if !self.joined.get() {
                service_thread::detach_myself();
            }
        }
    }
}

extern "C-unwind" fn run(_: *mut c_void) -> *mut c_void {
    signals::block(Signals::AllButFaults);
    let mask = Cell::new(SignalMask::of_calling_thread());
    let counted = Counted { epoch: epoch(), joined: Cell::new(false), mask };
    let _own = Own::begin();
    while let Some((thread, record)) = next_due() {
        note_progress();
        run_one(thread, record, &counted);
        note_progress();
        if counted.epoch != epoch() {
            break;
        }
    }
    ptr::null_mut()
}

/// Waits for a timer that is due; `None`: there was none for a while.
fn next_due() -> Option<(Handle, &'static Record)> {
    let deadline = Deadline::At(clock::now() + IDLE);
    loop {
        // ORDERING: Acquire, pairs with the Release in `enqueue`.
        let work = WORK.load(Ordering::Acquire);
        {
            let mut queue = QUEUE.lock();
            if let Some(found) = queue.due.take_first() {
                return Some(found);
            }
            queue.idle += 1;
        }
        let slept = futex::wait(&WORK, work, deadline);
        let mut queue = QUEUE.lock();
        queue.idle -= 1;
        if slept == Slept::TimedOut {
            return queue.due.take_first();
        }
    }
}

/// While it exists the worker is the timer's thread; afterwards the timer has ended, however its
/// function did.
struct Identity<'a> {
    thread: Handle,
    record: &'static Record,
    before: u64,
    worker: &'a Counted,
    returned: bool,
}

impl Identity<'_> {
    fn begin<'a>(thread: Handle, record: &'static Record, worker: &'a Counted) -> Identity<'a> {
        let identity =
            Identity { thread, record, before: this_thread::ident(), worker, returned: false };
        this_thread::adopt_identity(thread.0);
        cause::clear();
        name::thread_started(record, record::set_running(record));
        // ORDERING: Relaxed: written before the record was published.
        worker.mask.set(SignalMask(record.mask.load(Ordering::Relaxed)));
        worker.mask.get().apply();
        identity
    }
}

impl Drop for Identity<'_> {
    fn drop(&mut self) {
        // ORDERING: Relaxed: only this thread reads it from now on.
        self.record.target.store(ptr::null_mut(), Ordering::Relaxed);
        hooks::run(&hooks::EXIT, self.thread.into());
        local::end_of_identity();
        // The child of a fork inside the function: this is its main thread now, keeps its mask, and
        // ends as such.
        if self.worker.epoch != epoch() {
            return;
        }
        signals::block(Signals::AllButFaults);
        // Only the C library knows the result of a function that was unwound.
        if !self.returned && reap::push_worker(self.thread, self.record) {
            self.worker.joined.set(true);
        }
        name::thread_ended(self.record);
        this_thread::adopt_identity(self.before);
        finish::finish(self.thread, self.record);
    }
}

fn run_one(thread: Handle, record: &'static Record, worker: &Counted) {
    cancellation::reset();
    let mut identity = Identity::begin(thread, record, worker);
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
    drop(identity);
}

/// In a forked child: workers and due timers are gone.
pub fn reset_after_fork() {
    // SAFETY: `prepare` holds the lock in this thread, which is the only one.
    unsafe { *QUEUE.data_ptr() = Queue { due: Due::new(), workers: 0, idle: 0 } };
}
