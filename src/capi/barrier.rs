//! Barriers, for C.

use core::ffi::{c_char, c_void};
use core::ptr;

use crate::capi::name;
use crate::object::handle::{Handle, threading_barrier};
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::{Status, threading_status};
use crate::sync::barrier::{self, Barrier};
use crate::wait::timeout::Timeout;

/// The action of a barrier. The last thread to arrive calls it, before all threads go on. If it
/// returns false, the barrier breaks. The library holds none of its own locks during the call. The
/// action may call every function except a wait at the same barrier, and must return.
pub type threading_action = Option<unsafe extern "C-unwind" fn(ctx: *mut c_void) -> bool>;

/// Makes a barrier for a number of threads, which wait at it until all of them have arrived
/// (Python: `threading.Barrier(parties, action)`).
///
/// @param parties  the number of threads, 1 to 67,108,863.
/// @param action  a function that the last thread to arrive calls before all threads go on; or
/// NULL.
/// @param ctx  passed to `action`, or NULL. It stays owned by the caller.
/// @param out  receives the handle. The caller owns the barrier, and destroys it with
/// `threading_barrier_destroy`.
/// @retval THREADING_OK  `*out` is the new barrier.
/// @retval THREADING_INVALID_ARGUMENT  `parties` is 0 or greater than 67,108,863, or `out` is NULL.
/// @retval THREADING_NO_RESOURCES  memory or handles ran out.
/// @par Blocking
/// Never. The call makes no system call while the current segment of 65,536 barriers has room.
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

/// Returns the barrier in `*handle`. If `*handle` is null, the call first makes a barrier for a
/// number of threads and stores its handle there. This is for static variables, which begin as
/// `THREADING_NULL`.
///
/// If several threads make the barrier at the same time, all of them get the same barrier. Only a
/// call that makes the barrier looks at the other arguments.
/// @param handle  the address of a handle that exists as long as the barrier is used. Only this
/// function changes the handle, and only if it is null. The library does not keep the address.
/// @param parties  the number of threads, 1 to 67,108,863.
/// @param action  a function that the last thread to arrive calls before all threads go on; or
/// NULL.
/// @param ctx  passed to `action`, or NULL. It stays owned by the caller.
/// @return the barrier; null if there is no memory for it, or if `handle` is NULL, or if `parties`
/// is 0 or greater than 67,108,863. In all these cases the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_barrier_ensure(
    handle: *mut threading_barrier,
    parties: usize,
    action: threading_action,
    ctx: *mut c_void,
) -> threading_barrier {
    let mut make = || barrier::new(parties, action, ctx);
    // SAFETY: the caller's promise; the struct is nothing but the 64 bits.
    unsafe {
        super::ensure_with(c"threading_barrier_ensure", handle.cast(), &mut make, barrier::destroy)
    }
    .into()
}

/// Waits until all threads have arrived (Python: `Barrier.wait()`). The barrier can be used again
/// at once.
///
/// Everything that each thread did before it arrived happens before the return of all threads.
/// @param barrier  the barrier.
/// @param index  receives the number of threads that arrived earlier, 0 to parties - 1; or NULL.
/// @retval THREADING_OK  all threads have arrived, and the action has returned true.
/// @retval THREADING_BROKEN  the barrier was broken before the call, or broke or was reset while
/// the caller waited, or its action returned false.
/// @retval THREADING_WOULD_DEADLOCK  the caller runs this barrier's action.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
/// @retval THREADING_DESTROYED  `barrier` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all threads have arrived, or the barrier breaks. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_barrier_wait(
    barrier: threading_barrier,
    index: *mut usize,
) -> threading_status {
    enter_wait(barrier.into(), index, ptr::null())
}

// The last argument stands where the third integer has to be.
pass_site_on!(enter_wait to wait_from(barrier: Handle, index: *mut usize, unused: *const ()));

#[cold]
#[inline(never)]
extern "C-unwind" fn wait_from(
    barrier: Handle,
    index: *mut usize,
    _: *const (),
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    let result = barrier::wait(barrier, Timeout::Forever);
    // SAFETY: `index` is null or may be written, by the caller's promise.
    let result = result.map(|came| unsafe { put(index, came) });
    super::outcome(c"threading_barrier_wait", barrier, result)
}

/// Waits until all threads have arrived, for at most `seconds` (Python: `Barrier.wait(timeout)`).
/// If the time-out expires, the barrier breaks for all threads.
///
/// @param barrier  the barrier.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param index  receives the number of threads that arrived earlier, 0 to parties - 1; or NULL.
/// @retval THREADING_OK  all threads have arrived, and the action has returned true. This is also
/// possible if the last thread arrived at the moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the caller's time-out expired first: the barrier is broken now, and
/// all other threads get THREADING_BROKEN.
/// @retval THREADING_BROKEN  the barrier was broken before the call, or broke or was reset while
/// the caller waited, or its action returned false.
/// @retval THREADING_WOULD_DEADLOCK  the caller runs this barrier's action.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
/// @retval THREADING_DESTROYED  `barrier` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until all threads have arrived, or the barrier breaks, or the time-out expires on the monotonic
/// clock. If the time-out expires while the action runs, until the action has returned. Signals
/// neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_barrier_wait_timeout(
    barrier: threading_barrier,
    seconds: f64,
    index: *mut usize,
) -> threading_status {
    enter_wait_within(barrier.into(), index, ptr::null(), seconds)
}

pass_site_on!(enter_wait_within to wait_within_from(
    barrier: Handle, index: *mut usize, unused: *const (), seconds: f64
));

#[cold]
#[inline(never)]
extern "C-unwind" fn wait_within_from(
    barrier: Handle,
    index: *mut usize,
    _: *const (),
    seconds: f64,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    let result = Timeout::from_seconds(seconds).and_then(|timeout| barrier::wait(barrier, timeout));
    // SAFETY: `index` is null or may be written, by the caller's promise.
    let result = result.map(|came| unsafe { put(index, came) });
    super::outcome(c"threading_barrier_wait_timeout", barrier, result)
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

/// Resets the barrier: it is not broken afterwards, and threads that wait at it get
/// THREADING_BROKEN (Python: `Barrier.reset()`).
///
/// @param barrier  the barrier.
/// @retval THREADING_OK  the barrier is not broken, and no thread waits at it. If the barrier's own
/// action made this call, all threads that wait for that action get THREADING_BROKEN, and so does
/// the thread that runs it.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
/// @retval THREADING_DESTROYED  `barrier` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_reset(barrier: threading_barrier) -> threading_status {
    super::outcome(c"threading_barrier_reset", barrier, barrier::reset(barrier.into()))
}

/// Breaks the barrier (Python: `Barrier.abort()`). Threads that wait at it get THREADING_BROKEN,
/// and so do threads that arrive later, until the barrier is reset.
///
/// @param barrier  the barrier.
/// @retval THREADING_OK  the barrier is broken.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
/// @retval THREADING_DESTROYED  `barrier` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_abort(barrier: threading_barrier) -> threading_status {
    super::outcome(c"threading_barrier_abort", barrier, barrier::abort(barrier.into()))
}

/// Returns the number of threads that the barrier was made for (Python: `Barrier.parties`).
///
/// @param barrier  the barrier.
/// @return the number of threads. For a bad handle: 0, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_parties(barrier: threading_barrier) -> usize {
    super::answer(c"threading_barrier_parties", barrier, barrier::parties(barrier.into()), 0)
}

/// Returns the number of threads that wait at the barrier (Python: `Barrier.n_waiting`). The answer
/// describes the moment of the call, and may be out of date when the call returns.
///
/// @param barrier  the barrier.
/// @return the number of threads. For a bad handle: 0, and the error hook is called.
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
/// @return whether the barrier is broken. For a bad handle: false, and the error hook is called.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_barrier_broken(barrier: threading_barrier) -> bool {
    super::answer(c"threading_barrier_broken", barrier, barrier::broken(barrier.into()), false)
}

/// Gives a barrier a name, which tells people what it is for. At first a barrier has no name.
///
/// Names need not be unique, and may contain any character.
/// @param barrier  the barrier.
/// @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
/// @retval THREADING_OK  the barrier has the new name.
/// @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
/// @retval THREADING_DESTROYED  `barrier` was destroyed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the name; the barrier keeps the name that
/// it had.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_barrier_set_name(
    barrier: threading_barrier,
    name: *const c_char,
) -> threading_status {
    // SAFETY: `name` is null or NUL-terminated, by the caller's promise.
    unsafe { name::set::<Barrier>(c"threading_barrier_set_name", barrier, name) }
}

/// Copies the name of a barrier.
///
/// @param barrier  the barrier.
/// @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
/// does not fit is cut between two characters. A barrier without a name has the name "".
/// @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
/// @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
/// @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
/// @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
/// @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
/// @retval THREADING_DESTROYED  `barrier` was destroyed. If that happened during the call, `buffer`
/// may contain a part of the name.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_barrier_name(
    barrier: threading_barrier,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> threading_status {
    let place = (buffer, capacity, length);
    // SAFETY: `buffer` has `capacity` bytes or is null, and `length` is null or may be written, by
    // the caller's promise.
    unsafe { name::get::<Barrier>(c"threading_barrier_name", barrier, place) }
}

/// Destroys the barrier: from now on calls with its handle return `THREADING_DESTROYED`, in every
/// thread.
///
/// @param barrier  the barrier. For the null handle the call does nothing and returns THREADING_OK.
/// @retval THREADING_OK  the barrier is destroyed. A call that has begun, but does not wait yet,
/// returns THREADING_DESTROYED.
/// @retval THREADING_BUSY  threads wait at the barrier, or its action runs; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `barrier` is not null, and is not a handle of a barrier.
/// @retval THREADING_DESTROYED  `barrier` was destroyed before.
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
