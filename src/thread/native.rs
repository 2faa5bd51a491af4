//! Threads of the operating system: they are created here and, when they have ended, reaped.
//!
//! For its joiners a thread ends a little before it ends for the operating system. To wait for the
//! difference would cost every join a context switch. So a thread that has ended is on a stack, and
//! a later join, start or shutdown reaps it: joins it in the operating system.

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, Ordering};
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::table::Slot;
use crate::platform::clock;
use crate::platform::pthread::{self, Routine};
use crate::platform::spawn::{Refusal, spawn};
use crate::platform::system::{KeepErrno, NoCancellation};
use crate::probe;
use crate::status::Status;
use crate::thread::record::{self, RESULT_PENDING, RESULT_SET, Record};
use crate::thread::sleep;
use crate::wait::parker::Outcome;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::waiter::Waiter;

/// Creates a joinable thread that runs the routine, with a stack of at least `stack_size` bytes; 0
/// is the platform's default.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the system allows no stack of that size;
/// `THREADING_NO_RESOURCES` if it has no room, or does not permit the attributes that the program
/// set as the default.
///
/// # Safety
/// The routine may be called with this argument in another thread, at any time.
pub unsafe fn create(
    stack_size: usize,
    routine: Routine,
    argument: *mut c_void,
) -> Result<(), Status> {
    probe::creating_thread();
    // SAFETY: the caller's promise.
    let created = unsafe { spawn(stack_size, routine, argument) };
    probe::thread_created();
    created.map_err(|refusal| match refusal {
        Refusal::StackSize => failure!(
            THREADING_INVALID_ARGUMENT,
            c"the operating system takes no thread with a stack of that size"
        ),
        Refusal::Resources => failure!(
            THREADING_NO_RESOURCES,
            c"the operating system refuses another thread, or memory for its stack"
        ),
    })
}

/// The top of the stack, as a waiter's index + 1; 0: empty. The stack is only ever taken whole, so
/// a top that has come back does no harm.
static TOP: AtomicU32 = AtomicU32::new(0);

/// Pushes the waiter of a thread that is in its last round of destructors. From here on the waiter
/// belongs to the thread that takes it from the stack.
pub fn push(waiter: &'static Waiter) {
    // ORDERING: Relaxed: only a first guess for the compare-exchange below.
    let mut top = TOP.load(Ordering::Relaxed);
    loop {
        // ORDERING: Relaxed: published by the compare-exchange below.
        waiter.next_ended.store(top, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire in `take_all`: the link and what the thread
        // wrote into the waiter.
        match TOP.compare_exchange_weak(
            top,
            waiter.index() + 1,
            Ordering::Release,
            Ordering::Relaxed,
        ) {
            Ok(_) => return,
            Err(found) => top = found,
        }
    }
}

/// Pushes the calling thread, a worker that a timer's function ends, so that its result is reaped.
/// False: there is no memory, and no thread joins the worker.
pub fn push_worker(thread: Handle, record: &Record) -> bool {
    let Some(waiter) = Waiter::new(0) else { return false };
    let _ = record
        .core
        .word
        .update(|state| (!state.has(RESULT_SET)).then_some(state.with(RESULT_PENDING)));
    // ORDERING: Relaxed, both: published by `push`.
    waiter.record.store(thread.0, Ordering::Relaxed);
    // SAFETY: the call has no precondition.
    waiter.native_handle.store(unsafe { pthread::pthread_self() } as usize, Ordering::Relaxed);
    push(waiter);
    true
}

/// Takes the whole stack and calls `visit` with each waiter, the last pushed first.
fn take_all(mut visit: impl FnMut(&'static Waiter)) {
    // ORDERING: Acquire, pairs with the Release in `push`.
    let mut place = TOP.swap(0, Ordering::Acquire);
    while let Some(waiter) = place.checked_sub(1).and_then(|index| Waiter::table().get(index)) {
        // ORDERING: Relaxed: the Acquire above makes the link visible.
        place = waiter.next_ended.load(Ordering::Relaxed);
        visit(waiter);
    }
}

/// Joins the threads that have ended for the operating system, and leaves the others. It never
/// waits: a destructor of the user's may run for long after the thread has ended for the library.
#[inline]
pub fn reap() {
    // ORDERING: Relaxed: a stale value is harmless, since the next call reaps.
    if TOP.load(Ordering::Relaxed) != 0 {
        reap_all();
    }
}

#[cold]
#[inline(never)]
fn reap_all() {
    let _errno = KeepErrno::new();
    let _cancellation = NoCancellation::new();
    take_all(|waiter| {
        // ORDERING: Relaxed: published by `push`.
        let thread = waiter.native_handle.load(Ordering::Relaxed) as pthread::Thread;
        let mut value: *mut c_void = ptr::null_mut();
        // SAFETY: the handle is of a thread that the library created joinable. No other thread
        // joins it, since this thread alone took it from the stack. For the calling thread itself,
        // in its own last destructors, the call fails.
        if unsafe { pthread::pthread_tryjoin_np(thread, &mut value) } != 0 {
            push(waiter);
            return;
        }
        // ORDERING: Relaxed: as above.
        store_result(Handle(waiter.record.load(Ordering::Relaxed)), value);
        waiter.free();
    });
}

/// How long a shutdown waits for threads on the stack to end for the operating system, in
/// nanoseconds.
const LAST_REAP_TIMEOUT: u64 = 1_000_000_000;
/// How long a shutdown waits between two tries to reap, in nanoseconds.
const LAST_REAP_INTERVAL: u64 = 100_000;

/// As [`native`], at the end of a shutdown. Where a tool watches pthreads it also waits for the
/// threads on the stack, since such tools report threads that were never joined.
pub fn reap_at_last() {
    reap();
    let end = clock::now() + LAST_REAP_TIMEOUT;
    while probe::sees_pthreads() && is_pending() && clock::now() < end {
        sleep::sleep(Timeout::For(LAST_REAP_INTERVAL));
        reap();
    }
}

/// Whether threads are on the stack.
pub fn is_pending() -> bool {
    // ORDERING: Relaxed: a stale value is harmless.
    TOP.load(Ordering::Relaxed) != 0
}

/// Stores the result in the record that only the C library knew: the value of a `pthread_exit` or
/// of a cancellation.
fn store_result(thread: Handle, value: *mut c_void) {
    let Ok((record, _)) = record::find(thread) else { return };
    // Under the queue's lock the record is not destroyed, so its slot does not get another thread.
    let guard = record.core.lock();
    let state = guard.state();
    if state.is(thread.tag()) && state.has(RESULT_PENDING) {
        // ORDERING: Relaxed: published by the clearing of RESULT_PENDING.
        record.result.store(value, Ordering::Relaxed);
        let _ = record.core.word.update(|state| Some(state.without(RESULT_PENDING)));
        guard.release_all(|_| Outcome::HandedOff);
    }
}

/// Frees the waiters on the stack in a forked child, since their threads are gone. The calling
/// thread may have forked in its last destructors: its waiter stays.
pub fn reset_after_fork() {
    let mine = this_thread::own_waiter();
    take_all(|waiter| {
        if !mine.is_some_and(|mine| ptr::eq(mine, waiter)) {
            waiter.free();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::memory;
    use crate::thread::record::{NEW, NewRecord};

    #[test]
    fn a_worker_for_which_there_is_no_memory_is_not_pushed() {
        let thread = record::make(&NewRecord::without_target(0, 0, NEW)).expect("a record");
        let (record, before) = record::find(thread).expect("it is alive");
        assert!(!memory::while_exhausted(|| push_worker(thread, record)));
        // Nobody will store a result.
        assert_eq!(record.core.word.load(), before);
        let again = record.core.word.end(before).expect("nobody else has it");
        record::recycle(thread, record, again);
    }
}
