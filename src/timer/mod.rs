//! Timers: a timer is a thread that has not needed an OS thread yet.
//!
//! Its record is a thread's, and its handle the thread's under another kind. A started timer waits
//! in a [`wheel`]; the [`service`] takes out what is due, and [`workers`] run the functions under
//! the timer's own name and ident. Cancelling and firing meet in one compare-exchange on the
//! record's word: whoever clears PENDING has won.

use core::ffi::c_void;
use core::ptr;

use crate::atomic::Ordering;
use crate::object::cause::{Cause, because};
use crate::object::handle::{Handle, Kind};
use crate::object::word::State;
use crate::platform::clock;
use crate::platform::fork_epoch;
use crate::platform::signals::SignalMask;
use crate::status::Status;
use crate::thread::alive;
use crate::thread::at_exit;
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

/// The record behind a timer's handle, with the thread's handle and the state.
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

/// Makes a timer that is not started. It inherits the daemon flag of the thread that makes it.
///
/// Its function's signal mask is that of the thread that starts it. To ask for the mask is a system
/// call, which would double what a start and a cancel take, and the thread that makes a timer is
/// nearly always the one that starts it: so the mask is asked for here, and by `start` only in
/// another thread.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` for an interval that is no time or no end; `THREADING_NO_RESOURCES`
/// if memory or handles ran out.
pub fn new(interval: f64, function: Target, argument: *mut c_void) -> Result<Handle, Status> {
    let nanoseconds = match Timeout::from_seconds(interval)? {
        Timeout::Poll => 0,
        Timeout::For(nanoseconds) => nanoseconds,
        Timeout::Forever => {
            return Err(because(&Cause(
                Status::THREADING_INVALID_ARGUMENT,
                c"the interval is infinite",
            )));
        }
    };
    let daemon = if current::inherits_daemon() { DAEMON } else { 0 };
    let making = NewRecord {
        target: function as *mut c_void,
        argument,
        name: ptr::null_mut(),
        ident: 0,
        native_id: 0,
        bits: NEW | TIMER | daemon,
    };
    let thread = record::make(&making)?;
    if let Ok((record, _)) = record::find(thread) {
        // ORDERING: Relaxed, both: only the maker has the handle.
        record.due.store(nanoseconds, Ordering::Relaxed);
        record.mask.store(SignalMask::of_calling_thread().0, Ordering::Relaxed);
        note_maker(record);
        wheel::forget(record);
    }
    Ok(thread.with_kind(Kind::Timer))
}

/// Notes who makes the timer, in the links that a timer has no use for while it is NEW.
fn note_maker(record: &Record) {
    let (low, high) = halves(this_thread::ident());
    // ORDERING: Relaxed, both: only the maker has the handle.
    record.next.store(low, Ordering::Relaxed);
    record.previous.store(high, Ordering::Relaxed);
}

/// Whether the calling thread has made the timer, as long as it is NEW.
#[inline]
fn is_maker(record: &Record) -> bool {
    let (low, high) = halves(this_thread::known_ident());
    // ORDERING: Relaxed, both: written before the handle was known, and they count only if the
    // timer is NEW still.
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

/// Whether the handle is that of a timer's thread.
pub fn is_of_a_timer(thread: Handle) -> bool {
    record::find(thread).is_ok_and(|(_, state)| state.has(TIMER))
}

/// Starts a timer by its thread's handle. One that was cancelled ends at once.
///
/// # Errors
/// `THREADING_ALREADY_STARTED`; `THREADING_SHUTTING_DOWN`; as [`service::ensure`] if the thread
/// that watches the clock cannot be started; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn start_thread(thread: Handle) -> Result<(), Status> {
    let (record, _) = record::find(thread)?;
    at_exit::register()?;
    service::ensure()?;
    let counted = |state: State| if state.has(DAEMON) { 0 } else { COUNTED };
    // ORDERING: Relaxed: the interval was written before the handle was known, and counts only if
    // the timer is NEW still.
    let interval = record.due.load(Ordering::Relaxed);
    let is_maker = is_maker(record);
    let next = |state: State| {
        let pending = if state.has(CANCELLED) { 0 } else { PENDING };
        record::with_phase(state, STARTING).with(counted(state) | pending)
    };
    // Counted before it is visible, so that a shutdown cannot complete in between.
    let first = record.core.word.load();
    let (home, may_count) = (record::shard(first), !first.has(DAEMON));
    alive::count(home, may_count)?;
    let started = record.core.word.update(|state| {
        let startable =
            state.is(thread.tag()) && record::phase(state) == NEW && state.has(DAEMON) != may_count;
        startable.then(|| next(state))
    });
    let before = match started {
        Ok(before) => before,
        Err(state) => {
            alive::uncount(home, may_count);
            return match state.is(thread.tag()) {
                // The daemon flag has changed in between.
                true if record::phase(state) == NEW => start_thread(thread),
                true => Err(Status::THREADING_ALREADY_STARTED),
                false => Err(state.stale_status(thread.tag(), Kind::Thread)),
            };
        }
    };
    if before.has(CANCELLED) {
        finish::finish(thread, record);
    } else {
        if !is_maker {
            // ORDERING: Relaxed: the timer is in no list yet, and the locks of those publish it.
            record.mask.store(SignalMask::of_calling_thread().0, Ordering::Relaxed);
        }
        let now = clock::now();
        let due = now.saturating_add(interval);
        wheel::insert(thread, record, before, now, due);
        service::wake_if_earlier(due);
        // It may have ended for want of timers between the first look and this one.
        let _ = service::ensure();
    }
    Ok(())
}

/// Cancels a timer. True: this call has prevented the function, which will not be called.
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
                finish::finish(thread, record);
            }
            Ok(true)
        }
        Err(state) if state.is(thread.tag()) => {
            Ok(fork_epoch::repair() && cancel_left_behind(thread, record))
        }
        Err(state) => Err(state.stale_status(thread.tag(), Kind::Thread)),
    }
}

/// In a child that has just noticed its fork: a timer that was due there and had not begun is
/// PENDING again, in no wheel, and FINISHED.
#[cold]
#[inline(never)]
fn cancel_left_behind(thread: Handle, record: &'static Record) -> bool {
    let prevents = |state: State| state.is(thread.tag()) && state.has(PENDING);
    let cancelled = |state: State| state.without(PENDING).with(CANCELLED);
    record.core.word.update(|state| prevents(state).then(|| cancelled(state))).is_ok()
}

/// The timer's thread.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn thread_of(timer: Handle) -> Result<Handle, Status> {
    find(timer).map(|(thread, ..)| thread)
}

/// Ends a timer that is not started or has ended, or gives up the claim to one that is: then it
/// fires all the same.
///
/// # Errors
/// `THREADING_BUSY` while somebody waits for its thread's result; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn destroy(timer: Handle) -> Result<(), Status> {
    let (thread, ..) = find(timer)?;
    finish::destroy_any(thread)
}
