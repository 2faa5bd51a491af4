//! The workers of an executor: threads that take its tasks in order, and run each under the task's
//! own ident and under the worker's name.
//!
//! A worker has the signal mask of the thread that made the executor, and keeps it from task to
//! task, as it keeps whatever else a task changes of its thread. Without work it ends after a
//! second, or at once when the executor is shut down.

use core::cell::Cell;
use core::ffi::{CStr, c_void};
use core::ptr;

use crate::atomic::Ordering;
use crate::local;
use crate::object::cause;
use crate::object::handle::Handle;
use crate::object::label;
use crate::object::names;
use crate::object::table::Slot;
use crate::object::text;
use crate::platform::abandoned::{Registered, Room};
use crate::platform::cancellation;
use crate::platform::clock::{self, Deadline};
use crate::platform::digits::Digits;
use crate::platform::fork_epoch::epoch;
use crate::platform::futex::{self, Slept};
use crate::platform::tasks::{LONGEST_NAME, set_own_name};
use crate::probe;
use crate::status::Status;
use crate::thread::executor::locked::{Locked, Need};
use crate::thread::executor::slot::Executor;
use crate::thread::finish;
use crate::thread::hooks;
use crate::thread::name;
use crate::thread::native;
use crate::thread::record::{self, Record, Target};
use crate::thread::service_thread::{self, IDLE_TIMEOUT, OwnMemory};
use crate::thread::sleep;
use crate::thread::stack;
use crate::thread::stand_in;
use crate::thread::tasks::ListedTask;
use crate::wait::adaptive::AdaptiveSpin;
use crate::wait::spin_then_park::spin_for_end;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// How many bytes of an executor's name the names of its workers begin with, at most.
const MOST_OF_NAME: usize = 200;
/// Those, `_`, and the digits of a number.
const WORKER_NAME: usize = MOST_OF_NAME + 24;

/// How long a worker that ends sleeps before it asks again for another in its place, in
/// nanoseconds.
const RETRY_DELAY: u64 = 1_000_000;

/// Does what has to be done so that enough workers are awake.
///
/// # Errors
/// As [`service_thread::start`], if a worker is needed and cannot be started.
pub(super) fn provide(slot: &'static Executor, index: u32, need: Need) -> Result<(), Status> {
    match need {
        Need::Nothing => {}
        Need::Wake => slot.wake(false),
        Need::Start => {
            let started = service_thread::start_with(run, index as usize, stack::default());
            slot.start_is_over(index, started.is_ok());
            started?;
        }
    }
    Ok(())
}

/// A worker. Its drop takes the worker out of the numbers of the executor, however it ends.
struct Worker {
    slot: &'static Executor,
    index: u32,
    epoch: u32,
    /// Its name, or null if there was no memory.
    label: Handle,
    /// Whether a task of its counts as running.
    runs: Cell<bool>,
    /// Whether it counts no more among the workers.
    has_left: Cell<bool>,
    /// Whether the system's thread will be reaped.
    is_reaped: Cell<bool>,
    /// Whether spinning for work has paid lately.
    spinning: AdaptiveSpin,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A forked child has reset the numbers, and the name may be that of its main thread.
        if self.epoch != epoch() {
            return;
        }
        label::end(self.label);
        // A task may have ended its worker, and others may wait for one.
        let mut need = {
            let locked = self.slot.lock_any();
            if self.runs.get() {
                locked.stop_running();
            }
            if !self.has_left.get() {
                locked.leave();
            }
            locked.need()
        };
        // Nobody else could be told that the system refuses it.
        while provide(self.slot, self.index, need).is_err() && self.slot.lock_any().is_stuck() {
            sleep::sleep_unseen(Timeout::For(RETRY_DELAY).from_now().1);
            need = self.slot.lock_any().need();
        }
        self.slot.worker_has_left(self.index);
        if !self.is_reaped.get() {
            service_thread::detach_self();
        }
    }
}

extern "C-unwind" fn run(argument: *mut c_void) -> *mut c_void {
    let _memory = OwnMemory::new();
    let index = argument.addr() as u32;
    let Some(slot) = Executor::table().get(index) else { return ptr::null_mut() };
    slot.mask().apply();
    let listed = ListedTask::new();
    let list_room = Room::new();
    let _listed = Registered::new(&list_room, &raw const listed);
    stand_in::ensure();
    let mut room = [0; WORKER_NAME];
    let name = write_name(slot, index, &mut room);
    let label = label::make(name, Handle::NULL).unwrap_or(Handle::NULL);
    let worker = Worker {
        slot,
        index,
        epoch: epoch(),
        label,
        runs: Cell::new(false),
        has_left: Cell::new(false),
        is_reaped: Cell::new(false),
        spinning: AdaptiveSpin::new(),
    };
    let worker_room = Room::new();
    let _worker = Registered::new(&worker_room, &raw const worker);
    show_name(name);
    while let Some((thread, record)) = next(&worker) {
        let was_renamed = run_one(thread, record, &worker);
        if worker.epoch != epoch() {
            break;
        }
        if was_renamed {
            show_name(name);
        }
    }
    ptr::null_mut()
}

/// Writes the name of a new worker, `PREFIX_N`, and returns it.
fn write_name<'a>(slot: &Executor, index: u32, room: &'a mut [u8; WORKER_NAME]) -> &'a [u8] {
    let executor = Handle::new(slot.core.word.load().tag(), index);
    let mut prefix = [0; MOST_OF_NAME];
    let whole = names::copy(executor, &mut prefix).unwrap_or(0);
    let prefix = text::cut(prefix.get(..whole).unwrap_or(&prefix), MOST_OF_NAME);
    let (made, number) = (Digits::decimal(slot.number().into()), slot.next_name());
    let number = Digits::decimal(number.into());
    let parts: [&[u8]; 4] = match prefix {
        [] => [b"Executor-", made.as_bytes(), b"_", number.as_bytes()],
        prefix => [prefix, b"", b"_", number.as_bytes()],
    };
    let mut length = 0;
    for part in parts {
        if let Some(place) = room.get_mut(length..length + part.len()) {
            place.copy_from_slice(part);
            length += part.len();
        }
    }
    room.get(..length).unwrap_or_default()
}

/// Gives the system's thread a name.
fn show_name(name: &[u8]) {
    let mut bytes = [0; LONGEST_NAME + 1];
    let part = text::cut(name, LONGEST_NAME);
    if let Some(place) = bytes.get_mut(..part.len()) {
        place.copy_from_slice(part);
    }
    if let Ok(name) = CStr::from_bytes_until_nul(&bytes) {
        set_own_name(name);
    }
}

/// Ends the worker's last task, and waits for the next. `None`: the worker has to end.
fn next(worker: &Worker) -> Option<(Handle, &'static Record)> {
    let slot = worker.slot;
    let since = clock::now();
    let deadline = Deadline::At(since + IDLE_TIMEOUT);
    let mut work = {
        let locked = slot.lock_any();
        if worker.runs.replace(false) {
            locked.stop_running();
        }
        if let Some(begun) = begin(worker, &locked) {
            return Some(begun);
        }
        if locked.is_over() {
            return None;
        }
        locked.become_idle();
        slot.observed_work()
    };
    loop {
        let slept = sleep(worker, work, since, deadline);
        let locked = slot.lock_any();
        work = slot.observed_work();
        if locked.take_permit() {
            if let Some(begun) = begin(worker, &locked) {
                return Some(begun);
            }
            // Another was faster.
            locked.become_idle();
        }
        if slept == Slept::TimedOut || locked.is_over() {
            locked.leave_idle();
            worker.has_left.set(true);
            return None;
        }
    }
}

fn begin(worker: &Worker, locked: &Locked) -> Option<(Handle, &'static Record)> {
    let begun = locked.begin_first()?;
    worker.runs.set(true);
    Some(begun)
}

/// Sleeps until `work` changes. Work that comes soon is met awake, which costs nobody a wake, as
/// long as that pays.
fn sleep(worker: &Worker, work: u32, since: u64, deadline: Deadline) -> Slept {
    let slot = worker.slot;
    if worker.spinning.should_spin() {
        let has_come = spin_for_end(since, deadline, || slot.observed_work() != work);
        worker.spinning.record(!has_come, 0);
        if has_come {
            return Slept::Perhaps;
        }
    }
    // ORDERING: SeqCst, pairs with `Executor::wake`: either the next look sees the new number, or
    // the waker sees this one. Relaxed at the end: a number that is too high costs a wake in vain.
    slot.sleepers.fetch_add(1, Ordering::SeqCst);
    let slept = match slot.observed_work() == work {
        true => futex::wait(&slot.work, work, deadline),
        false => Slept::Perhaps,
    };
    slot.sleepers.fetch_add(1_u32.wrapping_neg(), Ordering::Relaxed);
    slept
}

/// Exists while the worker has the ident of a task. Its drop ends the task, however its function
/// ended.
struct Identity<'a> {
    thread: Handle,
    record: &'static Record,
    own_ident: u64,
    worker: &'a Worker,
    returned: bool,
    was_renamed: &'a Cell<bool>,
}

impl Drop for Identity<'_> {
    fn drop(&mut self) {
        let (record, worker) = (self.record, self.worker);
        // ORDERING: Relaxed: only this thread reads it from now on.
        record.target.store(ptr::null_mut(), Ordering::Relaxed);
        hooks::run(&hooks::EXIT, self.thread.into());
        local::end_of_identity();
        // The function forked, and this is the child: the worker is its main thread now, and ends
        // as a main thread.
        if worker.epoch != epoch() {
            return;
        }
        // Only the C library knows the result of an unwound function.
        if !self.returned && native::push_worker(self.thread, record) {
            worker.is_reaped.set(true);
        }
        self.was_renamed.set(name::take_back(record));
        this_thread::adopt_identity(self.own_ident);
        // ORDERING: Relaxed: written before the task was published.
        let executor = Handle(record.due.load(Ordering::Relaxed));
        worker.slot.task_ends();
        finish::publish_finished(self.thread, record);
        worker.slot.task_has_ended(executor.tag());
    }
}

/// Runs a task. True: its thread was renamed.
fn run_one(thread: Handle, record: &'static Record, worker: &Worker) -> bool {
    cancellation::reset();
    let was_renamed = Cell::new(false);
    let own_ident = this_thread::ident();
    let mut identity =
        Identity { thread, record, own_ident, worker, returned: false, was_renamed: &was_renamed };
    let room = Room::new();
    let registered = Registered::new(&room, &raw const identity);
    this_thread::adopt_identity(thread.0);
    cause::clear();
    probe::happens_after(record);
    name::lend(record, record::set_running(record), worker.label);
    probe::thread_started(thread.0);
    hooks::run(&hooks::START, thread.into());
    // ORDERING: Relaxed, both: written before the record was published.
    let target = record.target.load(Ordering::Relaxed);
    let argument = record.argument.load(Ordering::Relaxed);
    // SAFETY: `submit` stored a `Target`; its caller promised a function that may be called with
    // this argument. It may unwind: the guards here and in `run` are made for that.
    let result = unsafe { core::mem::transmute::<*mut c_void, Target>(target)(argument) };
    // ORDERING: Relaxed: published by FINISHED.
    record.result.store(result, Ordering::Relaxed);
    identity.returned = true;
    cancellation::act_upon_pending();
    registered.over();
    drop(identity);
    was_renamed.get()
}
