//! The clock and sleeping, for C.

use crate::object::handle::Handle;
use crate::status::threading_status;
use crate::thread::sleep;
use crate::wait::timeout::{self, Timeout};

/// Reads the monotonic clock, by which all waits are measured.
///
/// It is the kernel's, by which the kernel sleeps. A program that puts another `clock_gettime` in
/// the C library's place, as libfaketime does, changes neither this clock nor a wait.
/// @return seconds since a moment that stays the same while the system runs.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_monotonic() -> f64 {
    timeout::monotonic()
}

/// Lets the calling thread sleep (Python: `time.sleep()`). A signal handler that runs meanwhile
/// does not shorten it.
///
/// @param seconds  0 or less returns at once, INFINITY never returns; rounded up to nanoseconds; at
/// most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the time has passed.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
/// @par Blocking
/// For that time, on the monotonic clock; never less.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_sleep(seconds: f64) -> threading_status {
    super::outcome(
        c"threading_sleep",
        Handle::NULL,
        Timeout::from_seconds(seconds).map(sleep::sleep),
    )
}
