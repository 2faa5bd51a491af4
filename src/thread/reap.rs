//! Ended threads of the operating system: they stand in a stack until somebody joins them there.
//!
//! A thread of ours has ended for its joiners a little before the operating system is done with it.
//! Waiting for that little would cost every join a context switch, so it is left to whoever joins,
//! starts or shuts down next.

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, Ordering};
use crate::object::handle::Handle;
use crate::object::table::Slot;
use crate::platform::clock;
use crate::platform::pthread;
use crate::platform::system::{KeepErrno, NoCancellation};
use crate::probe;
use crate::thread::record::{self, RESULT_PENDING, RESULT_SET, Record};
use crate::thread::sleep;
use crate::wait::parker::Outcome;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::waiter::Waiter;

/// The top of the stack, as a waiter's index + 1; 0: empty. It is only ever taken whole, so a top
/// that comes back is no trouble.
static TOP: AtomicU32 = AtomicU32::new(0);

/// Puts the waiter of a thread on the stack that is in its last round. From here on it belongs to
/// whoever reaps it.
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

/// Has the calling thread, a worker that a timer's function ends, joined for its result. False:
/// there is no memory, and nobody joins it.
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

/// Takes the whole stack and calls `visit` with each waiter, last come first.
fn take_all(mut visit: impl FnMut(&'static Waiter)) {
    // ORDERING: Acquire, pairs with the Release in `push`.
    let mut place = TOP.swap(0, Ordering::Acquire);
    while let Some(waiter) = place.checked_sub(1).and_then(|index| Waiter::table().get(index)) {
        // ORDERING: Relaxed: seen by the Acquire above.
        place = waiter.next_ended.load(Ordering::Relaxed);
        visit(waiter);
    }
}

/// Joins those ended threads that the operating system is done with; the others stay. It never
/// waits: a destructor of the user's may keep a thread for long after it has ended for us.
#[inline]
pub fn reap() {
    // ORDERING: Relaxed: a look that may come too late or too early; the next one reaps.
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
        // SAFETY: the handle is of a thread that was created joinable by us and that nobody else
        // joins: taking it from the stack gave it to us alone. For the calling thread itself, in
        // its own last destructors, the answer is no.
        if unsafe { pthread::pthread_tryjoin_np(thread, &mut value) } != 0 {
            push(waiter);
            return;
        }
        // ORDERING: Relaxed: as above.
        note_result(Handle(waiter.record.load(Ordering::Relaxed)), value);
        waiter.free();
    });
}

/// How long a shutdown waits for the operating system to be done with ended threads, and between
/// two looks, in nanoseconds.
const PATIENCE: u64 = 1_000_000_000;
const A_MOMENT: u64 = 100_000;

/// At the end of a shutdown: as [`reap`], and where tools look inside it waits a while for all that
/// stand there, since they report threads that nobody has joined.
pub fn reap_at_last() {
    reap();
    let end = clock::now() + PATIENCE;
    while probe::sees_pthreads() && is_pending() && clock::now() < end {
        sleep::sleep(Timeout::For(A_MOMENT));
        reap();
    }
}

/// Whether ended threads stand in the stack.
pub fn is_pending() -> bool {
    // ORDERING: Relaxed: a look.
    TOP.load(Ordering::Relaxed) != 0
}

/// Gives the record what only the C library knew: the value of a `pthread_exit` or of a
/// cancellation.
fn note_result(thread: Handle, value: *mut c_void) {
    let Ok((record, _)) = record::find(thread) else { return };
    // Under the queue's lock the record is not destroyed, and so does not become another thread's.
    let guard = record.core.lock();
    let state = guard.state();
    if state.is(thread.tag()) && state.has(RESULT_PENDING) {
        // ORDERING: Relaxed: published by the clearing of RESULT_PENDING.
        record.result.store(value, Ordering::Relaxed);
        let _ = record.core.word.update(|state| Some(state.without(RESULT_PENDING)));
        guard.release_all(|_| Outcome::HandedOff);
    }
}

/// In a forked child: the threads are gone, and their waiters are free; but for one that forked in
/// its last destructors.
pub fn reset_after_fork() {
    let mine = this_thread::own_waiter();
    take_all(|waiter| {
        if !mine.is_some_and(|mine| ptr::eq(mine, waiter)) {
            waiter.free();
        }
    });
}
