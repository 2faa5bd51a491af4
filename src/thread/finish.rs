//! The end of a thread: of its target, of the thread itself, and of its record.

use core::ffi::c_void;
use core::ptr;

use crate::atomic::Ordering;
use crate::object::cause::{Cause, because, failure};
use crate::object::handle::{Handle, Kind};
use crate::object::word::{State, WAITERS};
use crate::platform::pthread;
use crate::platform::race_window;
use crate::probe;
use crate::status::Status;
use crate::thread::alive;
use crate::thread::current;
use crate::thread::hooks;
use crate::thread::name;
use crate::thread::native;
use crate::thread::noted;
use crate::thread::record::{
    self, COUNTED, DETACHED, DUMMY, FINISHED, MAIN, NEW, RESULT_PENDING, RESULT_SET, RUNNING,
    Record, STARTING, TASK, TIMER,
};
use crate::wait::parker::Outcome;
use crate::wait::queue::Guard;
use crate::wait::thread_exit;
use crate::wait::waiter::Waiter;

/// A guard that exists while a thread's target runs. Its drop ends the target, however that ended.
pub struct TargetGuard {
    thread: Handle,
    record: &'static Record,
    returned: bool,
    exit_hook_armed: bool,
}

impl TargetGuard {
    /// The guard of the calling thread's target. `exit_hook_armed` tells whether the exit hook was
    /// armed before the target ran; the target may have armed it since.
    pub fn new(thread: Handle, record: &'static Record, exit_hook_armed: bool) -> TargetGuard {
        TargetGuard { thread, record, returned: false, exit_hook_armed }
    }

    /// Stores the result of a target that has returned.
    pub fn returned(&mut self, result: *mut c_void) {
        // ORDERING: Relaxed: published by FINISHED.
        self.record.result.store(result, Ordering::Relaxed);
        self.returned = true;
    }
}

impl Drop for TargetGuard {
    /// Runs also when `pthread_exit` or a cancellation unwinds the target. Then only the C library
    /// knows the result.
    fn drop(&mut self) {
        // ORDERING: Relaxed: only this thread reads it from now on.
        self.record.target.store(ptr::null_mut(), Ordering::Relaxed);
        if !self.returned {
            let _ = self
                .record
                .core
                .word
                .update(|state| (!state.has(RESULT_SET)).then_some(state.with(RESULT_PENDING)));
        }
        hooks::run(&hooks::EXIT, self.thread.into());
        if !self.exit_hook_armed {
            // Without memory even now, the last round runs early, before the destructors of other
            // libraries, instead of never.
            thread_exit::arm_or_run_last_round();
        }
    }
}

/// Reports to listeners, in each round of the calling thread's destructors, that joiners will see
/// what the thread has done: in the last round TSan hears no more.
pub fn every_round() {
    if !probe::hears_objects() {
        return;
    }
    let own = current::own_record();
    if let Some((record, _)) = own.and_then(|thread| record::find(thread).ok()) {
        probe::happens_before(record);
        alive::publish_order();
    }
}

/// Ends the calling thread's record, in the last round of its destructors. True: the thread's
/// waiter is on the stack of threads to be reaped.
pub fn last_round(waiter: Option<&'static Waiter>) -> bool {
    let Some(thread) = current::own_record() else { return false };
    let Ok((record, state)) = record::find(thread) else { return false };
    name::thread_ended(record);
    let is_ours = !state.has(DUMMY) && !state.has(MAIN);
    if let Some(waiter) = waiter.filter(|_| is_ours) {
        native::push(waiter);
    }
    publish_finished(thread, record);
    is_ours
}

/// Publishes the end of a thread, and frees its record if no owner is left.
pub fn publish_finished(thread: Handle, record: &'static Record) {
    // The thread is removed from the count first. So a caller that has joined all threads finds
    // that a shutdown has nothing to wait for. The shutdown itself waits for the FINISHED that
    // follows.
    probe::happens_before(record);
    probe::thread_ending(thread.0);
    let state = record.core.word.load();
    alive::remove(record::shard(state), state.is(thread.tag()) && state.has(COUNTED));
    let finished = |state: State| record::with_phase(state, FINISHED).without(COUNTED);
    // Without waiters, and with an owner, there is nothing to do after this change: from then on
    // the owner may free the record. A thread that links itself fails once the phase has changed.
    let is_quiet =
        |state: State| state.is(thread.tag()) && state.0 & (WAITERS | DETACHED | DUMMY) == 0;
    if record.core.word.update(|state| is_quiet(state).then(|| finished(state))).is_ok() {
        return;
    }
    let guard = record.core.lock();
    if !guard.state().is(thread.tag()) {
        return;
    }
    // They are woken when the lock is left, after the last change below.
    guard.release_all(|_| Outcome::HandedOff);
    race_window();
    // A record without an owner is never FINISHED: a thread that spins for the end would see that,
    // return, and then find a handle that is still alive.
    let with_owner =
        |state: State| (!state.has(DETACHED) && !state.has(DUMMY)).then(|| finished(state));
    if record.core.word.update(with_owner).is_ok() {
        return;
    }
    let freed = end_word(record, &guard);
    drop(guard);
    if let Ok(again) = freed {
        name::drop_name(record);
        record::recycle(thread, record, again);
    }
}

/// Ends the word, under the queue's lock and with no waiter linked. Other threads can change only
/// flags.
pub fn end_word(record: &Record, guard: &Guard<'_>) -> Result<bool, State> {
    let mut state = guard.state();
    loop {
        match record.core.word.end(state) {
            Err(found) if found.is(state.tag()) => state = found,
            other => return other,
        }
    }
}

/// Ends a thread's record, as [`destroy_any`], except a timer's or a task's, which belongs to the
/// timer or the future.
///
/// # Errors
/// As [`destroy_any`]; `THREADING_BUSY` for a timer's or a task's thread.
pub fn destroy(thread: Handle) -> Result<(), Status> {
    let (_, state) = record::find(thread)?;
    if state.has(TASK) {
        return Err(failure!(THREADING_BUSY, c"the thread is a task's, and ends with its future"));
    }
    if state.has(TIMER) {
        return Err(failure!(THREADING_BUSY, c"the thread is a timer's, and ends with the timer"));
    }
    destroy_any(thread)
}

/// Ends the record of a thread that is not alive. Detaches a thread that is alive: its end frees
/// the record.
///
/// # Errors
/// `THREADING_BUSY` for the main thread, for Dummies, and while a thread waits for the result;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy_any(thread: Handle) -> Result<(), Status> {
    let (record, _) = record::find(thread)?;
    let alive = |state: State| matches!(record::phase(state), STARTING | RUNNING);
    let detachable = |state: State| {
        state.is(thread.tag()) && alive(state) && !state.has(MAIN) && !state.has(DUMMY)
    };
    let detached =
        record.core.word.update(|state| detachable(state).then_some(state.with(DETACHED)));
    let Err(state) = detached else { return Ok(()) };
    if !state.is(thread.tag()) {
        return Err(state.stale_status(thread.tag(), Kind::Thread));
    }
    if state.has(MAIN) {
        return Err(failure!(THREADING_BUSY, c"the main thread belongs to the library"));
    }
    if state.has(DUMMY) {
        return Err(failure!(
            THREADING_BUSY,
            c"the library did not start the thread, and keeps its record"
        ));
    }
    let guard = record.core.lock();
    let state = guard.state();
    if !state.is(thread.tag()) {
        return Err(state.stale_status(thread.tag(), Kind::Thread));
    }
    if !matches!(record::phase(state), NEW | FINISHED) {
        return Err(failure!(
            THREADING_BUSY,
            c"it is being started, or about to end, at this moment"
        ));
    }
    if !guard.is_empty() {
        return Err(failure!(THREADING_BUSY, c"another thread waits for its result"));
    }
    let ended = record.core.word.end(state);
    let was_new = ended.is_ok() && record::phase(state) == NEW;
    let notes = was_new.then(|| noted::take(record, &guard));
    drop(guard);
    drop(notes);
    // Another thread has changed the word: it starts the thread, or has made it a daemon.
    let Ok(again) = ended else { return destroy_any(thread) };
    name::drop_name(record);
    record::recycle(thread, record, again);
    Ok(())
}

/// Ends the calling thread as if its target had returned `result`. It returns only with an error.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` in the main thread, in a foreign thread, and in a thread whose
/// target has ended.
pub fn exit(result: *mut c_void) -> Status {
    const FOREIGN: Cause =
        Cause(Status::THREADING_INVALID_ARGUMENT, c"the library did not start the calling thread");
    const OVER: Cause = Cause(
        Status::THREADING_INVALID_ARGUMENT,
        c"the calling thread's target has returned already",
    );
    let Some(thread) = current::own_record() else {
        return because(&FOREIGN);
    };
    let Ok((record, state)) = record::find(thread) else { return because(&OVER) };
    if state.has(MAIN) {
        return failure!(THREADING_INVALID_ARGUMENT, c"the calling thread is the main thread");
    }
    if state.has(DUMMY) {
        return because(&FOREIGN);
    }
    // ORDERING: Relaxed: this thread itself clears it.
    if record.target.load(Ordering::Relaxed).is_null() {
        return because(&OVER);
    }
    // ORDERING: Relaxed: published by FINISHED.
    record.result.store(result, Ordering::Relaxed);
    let _ = record.core.word.update(|state| Some(state.with(RESULT_SET).without(RESULT_PENDING)));
    probe::frames_left();
    // SAFETY: the frames above are C-unwind, and the thread's own; their guards are made to be
    // unwound.
    unsafe { pthread::pthread_exit(ptr::null_mut()) }
}
