//! Timers: a timer is a thread that has no OS thread until it is due.
//!
//! A timer has a thread's record, and its handle is the thread's handle with another kind. A
//! started timer is in a [`wheel`]. The [`service`] takes due timers out, and [`workers`] run their
//! functions under the timer's own name and ident. Cancelling and firing race for one
//! compare-exchange on the record's word: the one that clears PENDING wins.

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
    self, CANCELLED, COUNTED, DAEMON, NEW, NewRecord, PENDING, Record, STARTING, TIMER, Target,
};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

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
    let nanoseconds = match Timeout::from_seconds(interval)? {
        Timeout::Poll => 0,
        Timeout::For(nanoseconds) => nanoseconds,
        Timeout::Forever => {
            return Err(failure!(THREADING_INVALID_ARGUMENT, c"the interval is infinite"));
        }
    };
    let daemon = if current::inherits_daemon() { DAEMON } else { 0 };
    let making = NewRecord {
        target: function as *mut c_void,
        argument,
        name: Handle::NULL,
        ident: 0,
        native_id: 0,
        bits: NEW | TIMER | daemon,
    };
    let thread = record::make(&making)?;
    if let Ok((record, _)) = record::find(thread) {
        // ORDERING: Relaxed, both: only the calling thread has the handle.
        record.due.store(nanoseconds, Ordering::Relaxed);
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
    let counted = |state: State| if state.has(DAEMON) { 0 } else { COUNTED };
    // ORDERING: Relaxed: the interval was written before the handle was returned, and is valid only
    // if the timer is still NEW.
    let interval = record.due.load(Ordering::Relaxed);
    let is_maker = is_maker(record);
    let next = |state: State| {
        let pending = if state.has(CANCELLED) { 0 } else { PENDING };
        record::with_phase(state, STARTING).with(counted(state) | pending)
    };
    // The timer is counted before it is visible, so that no shutdown completes in between.
    let first = record.core.word.load();
    let (shard, keeps_alive) = (record::shard(first), !first.has(DAEMON));
    alive::add(shard, keeps_alive)?;
    probe::thread_starting(thread.0);
    let started = record.core.word.update(|state| {
        let startable = state.is(thread.tag())
            && record::phase(state) == NEW
            && state.has(DAEMON) != keeps_alive;
        startable.then(|| next(state))
    });
    let before = match started {
        Ok(before) => before,
        Err(state) => {
            alive::remove(shard, keeps_alive);
            return match state.is(thread.tag()) {
                // Another thread has changed the daemon flag.
                true if record::phase(state) == NEW => start_thread(thread),
                true => Err(Status::THREADING_ALREADY_STARTED),
                false => Err(state.stale_status(thread.tag(), Kind::Thread)),
            };
        }
    };
    if before.has(CANCELLED) {
        finish::publish_finished(thread, record);
    } else {
        if !is_maker {
            // ORDERING: Relaxed: the wheel's and the queue's locks publish it.
            record.mask.store(SignalMask::of_calling_thread().0, Ordering::Relaxed);
        }
        let now = clock::now();
        let due = now.saturating_add(interval);
        wheel::insert(thread, record, before, now, due);
        service::wake_if_earlier(due);
        // The service may have ended since the first call, because it had no timer.
        let _ = service::ensure();
    }
    Ok(())
}

/// Cancels a timer. True: because of this call the function will not run.
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
                wheel::remove(record, before);
                probe::happened(Happening::TimerCancelled, &record.core.word, 0);
                finish::publish_finished(thread, record);
            }
            Ok(true)
        }
        Err(state) if state.is(thread.tag()) => {
            Ok(fork_epoch::repair() && cancel_left_behind(thread, record))
        }
        Err(state) => Err(state.stale_status(thread.tag(), Kind::Thread)),
    }
}

/// Cancels a timer in a child that has just noticed its fork. A timer that was due at the fork and
/// whose function had not begun is PENDING there, FINISHED, and in no wheel.
#[cold]
#[inline(never)]
fn cancel_left_behind(thread: Handle, record: &'static Record) -> bool {
    let cancellable = |state: State| state.is(thread.tag()) && state.has(PENDING);
    let cancelled = |state: State| state.without(PENDING).with(CANCELLED);
    record.core.word.update(|state| cancellable(state).then(|| cancelled(state))).is_ok()
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
