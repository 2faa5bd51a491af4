//! Barriers, for C.

use core::ffi::c_void;

use crate::object::handle::{Handle, threading_barrier};
use crate::status::{Status, threading_status};
use crate::sync::barrier;
use crate::wait::timeout::Timeout;

/// The action of a barrier: the last thread to come calls it before all go on. If it returns false,
/// the barrier breaks. No lock of the library is held during the call. It may call every function
/// except a wait at the same barrier. It must return.
pub type threading_action = Option<unsafe extern "C-unwind" fn(ctx: *mut c_void) -> bool>;

/// Makes a barrier for a number of threads, which wait at it until all have come (Python:
/// `threading.Barrier(parties, action)`).
///
/// @param parties  the number of threads, 1 to 67,108,863.
/// @param action  a function that the last thread to come calls before all go on; or NULL.
/// @param ctx  passed to `action`; it stays the caller's; or NULL.
/// @param out  where the handle goes; it is the caller's, to be destroyed with
/// `threading_barrier_destroy`.
/// @retval THREADING_OK  `*out` is a barrier.
/// @retval THREADING_INVALID_ARGUMENT  `parties` is 0 or too many, or `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never; no system call while a segment of 65,536 barriers has room.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_barrier_new(
    parties: usize,
    action: threading_action,
    ctx: *mut c_void,
    out: *mut threading_barrier,
) -> threading_status {
    let make = || barrier::new(parties, action, ctx).map(Into::into);
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_barrier_new", Handle::NULL, out, make) }
}

/// Waits until all threads have come (Python: `Barrier.wait()`). The barrier can be used again at
/// once.
///
/// What each thread did before it came happens before the return of all threads.
/// @param barrier  the barrier.
/// @param index  where the number of threads that came earlier goes, 0 to parties - 1; or NULL.
/// @retval THREADING_OK  all have come, and the action has returned true.
/// @retval THREADING_BROKEN  the barrier was broken before the call, or it broke or was reset while
/// the caller waited, or its action returned false.
/// @retval THREADING_WOULD_DEADLOCK  the caller runs this barrier's action.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `barrier` was destroyed: before the call, or during the call before
/// the caller had begun to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all have come or the barrier breaks. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_barrier_wait(
    barrier: threading_barrier,
    index: *mut usize,
) -> threading_status {
    let result = barrier::wait(barrier.into(), Timeout::Forever);
    // SAFETY: `index` is null or may be written, by the caller's promise.
    super::outcome(
        c"threading_barrier_wait",
        barrier,
        result.map(|came| unsafe { put(index, came) }),
    )
}

/// Waits until all threads have come, for at most that time (Python: `Barrier.wait(timeout)`). If
/// the time runs out, the barrier breaks for all threads.
///
/// @param barrier  the barrier.
/// @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
/// THREADING_TIMEOUT_MAX.
/// @param index  where the number of threads that came earlier goes, 0 to parties - 1; or NULL.
/// @retval THREADING_OK  all have come, and the action has returned true; also if the last thread
/// came at the moment when the time ran out.
/// @retval THREADING_TIMEOUT  the caller's time ran out first: the barrier is broken now, and all
/// other threads get THREADING_BROKEN.
/// @retval THREADING_BROKEN  the barrier was broken before the call, or it broke or was reset while
/// the caller waited, or its action returned false.
/// @retval THREADING_WOULD_DEADLOCK  the caller runs this barrier's action.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `barrier` was destroyed: before the call, or during the call before
/// the caller had begun to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all have come, the barrier breaks or the time is up, on the monotonic clock; while the
/// action runs, until its end. Signals neither end nor lengthen it.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_barrier_wait_timeout(
    barrier: threading_barrier,
    seconds: f64,
    index: *mut usize,
) -> threading_status {
    let result =
        Timeout::from_seconds(seconds).and_then(|timeout| barrier::wait(barrier.into(), timeout));
    // SAFETY: `index` is null or may be written, by the caller's promise.
    super::outcome(
        c"threading_barrier_wait_timeout",
        barrier,
        result.map(|came| unsafe { put(index, came) }),
    )
}

/// Writes the number of those who came before, if it is wanted.
///
/// # Safety
/// `index` is null or may be written.
unsafe fn put(index: *mut usize, came: usize) {
    if !index.is_null() {
        // SAFETY: not null, so it may be written, by this function's contract.
        unsafe { index.write(came) }
    }
}

/// Repairs the barrier; threads that wait at it get THREADING_BROKEN (Python: `Barrier.reset()`).
///
/// @param barrier  the barrier.
/// @retval THREADING_OK  it is not broken, and nobody waits. If the barrier's own action has called
/// this, all threads whose wait the action belongs to get THREADING_BROKEN, also the one that runs
/// it.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `barrier` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_reset(barrier: threading_barrier) -> threading_status {
    super::outcome(c"threading_barrier_reset", barrier, barrier::reset(barrier.into()))
}

/// Breaks the barrier: threads that wait at it, and threads that come later, get THREADING_BROKEN
/// until it is reset (Python: `Barrier.abort()`).
///
/// @param barrier  the barrier.
/// @retval THREADING_OK  it is broken.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, made up, or of another kind.
/// @retval THREADING_DESTROYED  `barrier` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_abort(barrier: threading_barrier) -> threading_status {
    super::outcome(c"threading_barrier_abort", barrier, barrier::abort(barrier.into()))
}

/// Tells for how many threads the barrier was made (Python: `Barrier.parties`).
///
/// @param barrier  the barrier.
/// @return the parties; 0 for a bad handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_parties(barrier: threading_barrier) -> usize {
    super::answer(c"threading_barrier_parties", barrier, barrier::parties(barrier.into()), 0)
}

/// Tells how many threads wait at the barrier (Python: `Barrier.n_waiting`). The answer is about
/// the moment of the call; it may be out of date when the call returns.
///
/// @param barrier  the barrier.
/// @return how many; 0 for a bad handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_n_waiting(barrier: threading_barrier) -> usize {
    super::answer(c"threading_barrier_n_waiting", barrier, barrier::n_waiting(barrier.into()), 0)
}

/// Tells whether the barrier is broken (Python: `Barrier.broken`).
///
/// @param barrier  the barrier.
/// @return whether it is; false for a bad handle, for which the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_broken(barrier: threading_barrier) -> bool {
    super::answer(c"threading_barrier_broken", barrier, barrier::broken(barrier.into()), false)
}

/// Destroys the barrier: from now on its handle is `THREADING_DESTROYED`, in every thread.
///
/// @param barrier  the barrier; the null handle is allowed: then nothing happens.
/// @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
/// gets THREADING_DESTROYED.
/// @retval THREADING_BUSY  threads wait at it, or its action runs; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `barrier` is made up, or of another kind.
/// @retval THREADING_DESTROYED  it was destroyed before.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_destroy(barrier: threading_barrier) -> threading_status {
    let handle = Handle::from(barrier);
    let result: Result<(), Status> =
        if handle.is_null() { Ok(()) } else { barrier::destroy(handle) };
    super::outcome(c"threading_barrier_destroy", barrier, result)
}
