//! The clock and sleeping, for C.

use crate::object::handle::Handle;
use crate::status::threading_status;
use crate::thread::sleep;
use crate::wait::timeout;

/// Reads the monotonic clock, which measures all waits.
///
/// It is the kernel's clock, which the kernel itself uses for sleeping threads. A program may
/// replace the C library's `clock_gettime`, as libfaketime does: that changes neither this clock
/// nor a wait.
/// @return the seconds since a fixed moment, which does not change while the system runs.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_monotonic() -> f64 {
    timeout::monotonic()
}

/// Tells how much time is left until a moment of the monotonic clock: the time-out of a wait that
/// is to end then.
///
/// With it a loop of waits keeps one deadline:
/// @code
/// double deadline = threading_monotonic() + 2;
/// while (!ready && status == THREADING_OK) {
///     status = threading_condition_wait_timeout(changed, threading_remaining(deadline));
/// }
/// @endcode
///
/// No function takes a deadline itself: that would be one more form of every function that waits,
/// and this function serves them all.
/// @param deadline  the moment, as threading_monotonic() has it; INFINITY for none.
/// @return the seconds until then; 0 if it has passed, with which every wait polls. INFINITY for
/// INFINITY, NaN for NaN.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_remaining(deadline: f64) -> f64 {
    timeout::remaining(deadline)
}

/// Makes the calling thread sleep (Python: `time.sleep()`). A signal handler that runs during the
/// sleep does not shorten it.
///
/// @param seconds  the duration in seconds, rounded up to nanoseconds. 0 or less returns at once,
/// and INFINITY never returns. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the time has passed.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @par Blocking
/// Until the time has passed on the monotonic clock, never less.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_sleep(seconds: f64) -> threading_status {
    super::slowly_within(c"threading_sleep", Handle::NULL, seconds, |_, timeout| {
        sleep::sleep(timeout);
        Ok(())
    })
}
