//! Timers: a timer is a thread that has no OS thread until it is due.
//!
//! A timer has a thread's record, and its handle is the thread's handle with another kind. A
//! started timer is in a [`wheel`]. The [`service`] takes due timers out, and [`workers`] run their
//! functions under the timer's own name and ident. Cancelling and firing race for one
//! compare-exchange on the record's word: the one that clears PENDING wins. A [`periodic`] timer
//! goes back into its wheel after each run.

use core::ffi::c_void;

use crate::atomic::Ordering;
use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::object::word::State;
use crate::platform::clock;
use crate::platform::fork_epoch;
use crate::platform::signals::SignalMask;
use crate::probe::{self, Happening};
use crate::status::Status;
use crate::thread::alive;
use crate::thread::current;
use crate::thread::finish;
use crate::thread::record::{
    self, CANCELLED, COUNTED, DAEMON, FINISHED, NEW, NewRecord, PENDING, PERIODIC, REARMED, Record,
    STARTING, TIMER, Target,
};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

pub mod alarm;
pub mod periodic;
pub mod service;
pub mod wheel;
pub mod workers;

/// The thread's handle, the record and the state of a timer.
fn find(timer: Handle) -> Result<(Handle, &'static Record, State), Status> {
    if timer.tag().kind() != Kind::Timer as u32 {
        return Err(Status::THREADING_INVALID_HANDLE);
    }
    let thread = timer.with_kind(Kind::Thread);
    let (record, state) = record::find(thread)?;
    if state.has(TIMER) {
        Ok((thread, record, state))
    } else {
        Err(Status::THREADING_INVALID_HANDLE)
    }
}

/// Makes a timer that is not started. It inherits the daemon flag of the calling thread.
///
/// The function's signal mask is that of the thread that starts the timer. Reading the mask is a
/// system call, which would double the cost of a start and a cancel, and nearly always the thread
/// that makes a timer starts it too. So this reads the mask, and `start` reads it only in another
/// thread.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the interval is not a time or is infinite;
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub fn new(interval: f64, function: Target, argument: *mut c_void) -> Result<Handle, Status> {
    make(nanoseconds(interval)?, 0, function, argument)
}

/// Makes a periodic timer that is not started, as [`new`].
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if one of the two is not a time, is not above 0 or is infinite;
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub fn new_periodic(
    first: f64,
    period: f64,
    function: Target,
    argument: *mut c_void,
) -> Result<Handle, Status> {
    let (first, period) = (nanoseconds(first)?, nanoseconds(period)?);
    if first == 0 || period == 0 {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the interval is not above 0"));
    }
    make(first, period, function, argument)
}

/// An interval in nanoseconds.
fn nanoseconds(interval: f64) -> Result<u64, Status> {
    match Timeout::from_seconds(interval)? {
        Timeout::Poll => Ok(0),
        Timeout::For(nanoseconds) => Ok(nanoseconds),
        Timeout::Forever => Err(failure!(THREADING_INVALID_ARGUMENT, c"the interval is infinite")),
    }
}

/// Makes a timer; period 0: it fires once.
fn make(
    interval: u64,
    period: u64,
    function: Target,
    argument: *mut c_void,
) -> Result<Handle, Status> {
    let periodic = if period == 0 { 0 } else { PERIODIC };
    let daemon = if current::inherits_daemon() { DAEMON } else { 0 };
    let making = NewRecord {
        target: function as *mut c_void,
        argument,
        name: Handle::NULL,
        ident: 0,
        native_id: 0,
        bits: NEW | TIMER | daemon | periodic,
    };
    let thread = record::make(&making)?;
    if let Ok((record, _)) = record::find(thread) {
        // ORDERING: Relaxed, all: only the calling thread has the handle.
        record.due.store(interval, Ordering::Relaxed);
        record.stack_or_period.store(period, Ordering::Relaxed);
        record.mask.store(SignalMask::of_calling_thread().0, Ordering::Relaxed);
        store_maker(record);
        wheel::clear_bucket(record);
    }
    Ok(thread.with_kind(Kind::Timer))
}

/// Stores the ident of the thread that makes the timer, in the links, which are unused while the
/// timer is NEW.
fn store_maker(record: &Record) {
    let (low, high) = halves(this_thread::ident());
    // ORDERING: Relaxed, both: only the calling thread has the handle.
    record.next.store(low, Ordering::Relaxed);
    record.previous.store(high, Ordering::Relaxed);
}

/// Whether the calling thread made the timer. Valid only while the timer is NEW.
#[inline]
fn is_maker(record: &Record) -> bool {
    let (low, high) = halves(this_thread::known_ident());
    // ORDERING: Relaxed, both: written before the handle was returned, and valid only if the timer
    // is still NEW.
    record.next.load(Ordering::Relaxed) == low && record.previous.load(Ordering::Relaxed) == high
}

fn halves(ident: u64) -> (u32, u32) {
    (ident as u32, (ident >> 32) as u32)
}

/// Starts a timer.
///
/// # Errors
/// As [`start_thread`]; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn start(timer: Handle) -> Result<(), Status> {
    start_thread(find(timer)?.0)
}

/// Starts a timer by its thread's handle. A cancelled timer ends at once.
///
/// # Errors
/// `THREADING_ALREADY_STARTED`; `THREADING_SHUTTING_DOWN`; as [`service::ensure`] if the service
/// cannot be started; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn start_thread(thread: Handle) -> Result<(), Status> {
    let (record, _) = record::find(thread)?;
    alive::register()?;
    service::ensure()?;
    // A periodic timer is counted while it runs.
    let keeps_alive = |state: State| state.0 & (DAEMON | PERIODIC) == 0;
    // ORDERING: Relaxed: the interval was written before the handle was returned, and is valid only
    // if the timer is still NEW.
    let interval = record.due.load(Ordering::Relaxed);
    let is_maker = is_maker(record);
    let next = |state: State| {
        let counted = if keeps_alive(state) { COUNTED } else { 0 };
        let pending = if state.has(CANCELLED) { 0 } else { PENDING };
        record::with_phase(state, STARTING).with(counted | pending)
    };
    // The timer is counted before it is visible, so that no shutdown completes in between.
    let first = record.core.word.load();
    let (shard, counts) = (record::shard(first), keeps_alive(first));
    alive::add(shard, counts)?;
    probe::thread_starting(thread.0);
    let now = clock::now();
    let due = now.saturating_add(interval);
    let mut wheel = wheel::lock_of(first);
    let started = record.core.word.update(|state| {
        let startable =
            state.is(thread.tag()) && record::phase(state) == NEW && keeps_alive(state) == counts;
        startable.then(|| next(state))
    });
    match started {
        Ok(before) if !before.has(CANCELLED) => {
            if !is_maker {
                // ORDERING: Relaxed: the wheel's and the queue's locks publish it.
                record.mask.store(SignalMask::of_calling_thread().0, Ordering::Relaxed);
            }
            wheel.insert(thread.index(), record, now, due);
            drop(wheel);
            alarm::wake_if_earlier(due);
            // The service may have ended since the first call, because it had no timer.
            let _ = service::ensure();
            Ok(())
        }
        Ok(_) => {
            drop(wheel);
            finish::publish_finished(thread, record);
            Ok(())
        }
        Err(state) => {
            drop(wheel);
            alive::remove(shard, counts);
            match state.is(thread.tag()) {
                // Another thread has changed the daemon flag.
                true if record::phase(state) == NEW => start_thread(thread),
                true => Err(Status::THREADING_ALREADY_STARTED),
                false => Err(state.stale_status(thread.tag(), Kind::Thread)),
            }
        }
    }
}

/// Cancels a timer. True: because of this call the function will not run, or not again.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn cancel(timer: Handle) -> Result<bool, Status> {
    let (thread, record, _) = find(timer)?;
    let cancelled = record.core.word.update(|state| {
        let preventable = record::phase(state) == NEW || state.has(PENDING);
        (state.is(thread.tag()) && preventable && !state.has(CANCELLED))
            .then(|| state.without(PENDING).with(CANCELLED))
    });
    match cancelled {
        Ok(before) => {
            if before.has(PENDING) {
                wheel::lock_of(before).remove(record);
                probe::happened(Happening::TimerCancelled, &record.core.word, 0);
                finish::publish_finished(thread, record);
            }
            Ok(true)
        }
        Err(state) if state.is(thread.tag()) => Ok(cancel_unless_pending(thread, record)),
        Err(state) => Err(state.stale_status(thread.tag(), Kind::Thread)),
    }
}

/// Makes the next run of a timer due after that interval, counted from now on. False: there is no
/// next run, and nothing was changed.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the interval is not a time or is infinite;
/// `THREADING_NOT_STARTED`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn rearm(timer: Handle, interval: f64) -> Result<bool, Status> {
    // In a child that has not noticed its fork the wheels are the parent's.
    fork_epoch::repair();
    let (thread, record, state) = find(timer)?;
    let interval = nanoseconds(interval)?;
    let now = clock::now();
    let due = now.saturating_add(interval);
    let mut wheel = wheel::lock_of(state);
    let state = record.core.word.load();
    if !state.is(thread.tag()) {
        return Err(state.stale_status(thread.tag(), Kind::Thread));
    }
    match record::phase(state) {
        NEW => return Err(Status::THREADING_NOT_STARTED),
        FINISHED => return Ok(false),
        _ => {}
    }
    if state.has(PENDING) {
        // A cancel at this moment removes the timer as soon as this lock is free.
        wheel.remove(record);
        wheel.insert(thread.index(), record, now, due);
        drop(wheel);
        alarm::wake_if_earlier(due);
        return Ok(true);
    }
    // A run has begun or is about to: this is about the next one.
    let rearmed = |state: State| periodic::goes_on(state).then_some(state.with(REARMED));
    if record.core.word.update(rearmed).is_err() {
        return Ok(false);
    }
    // ORDERING: Relaxed: the wheel's lock guards it.
    record.due.store(due, Ordering::Relaxed);
    Ok(true)
}

/// Cancels a timer that was not pending.
#[cold]
#[inline(never)]
fn cancel_unless_pending(thread: Handle, record: &'static Record) -> bool {
    // In a child that has just noticed its fork: a timer that was due at the fork and whose
    // function had not begun is PENDING there, FINISHED, and in no wheel.
    let left_behind = fork_epoch::repair();
    let is_cancellable = |state: State| {
        let cancellable = left_behind && state.has(PENDING) || periodic::goes_on(state);
        state.is(thread.tag()) && cancellable
    };
    let cancelled = |state: State| state.without(PENDING).with(CANCELLED);
    let before = record.core.word.update(|state| is_cancellable(state).then(|| cancelled(state)));
    // A periodic timer has become pending since.
    if let Ok(before) = before
        && before.has(PENDING)
        && record::phase(before) == STARTING
    {
        wheel::lock_of(before).remove(record);
        finish::publish_finished(thread, record);
    }
    before.is_ok()
}

/// The timer's thread.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn thread_of(timer: Handle) -> Result<Handle, Status> {
    find(timer).map(|(thread, ..)| thread)
}

/// Ends a timer that is not started or has ended. Detaches any other timer, which fires all the
/// same.
///
/// # Errors
/// `THREADING_BUSY` while a thread waits for the result of the timer's thread;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(timer: Handle) -> Result<(), Status> {
    let (thread, ..) = find(timer)?;
    finish::destroy_any(thread)
}
