//! Seconds, as callers give them, and how long a call may wait.

use crate::object::cause::failure;
use crate::platform::clock::{self, Deadline};
use crate::status::Status;

/// The longest finite wait in seconds: what fits into nanoseconds of 63 bits, as in Python.
pub const TIMEOUT_MAX: f64 = 9223372036.0;

/// How long a call may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// Not at all.
    Poll,
    /// This many nanoseconds, at least 1.
    For(u64),
    /// Until it comes.
    Forever,
}

impl Timeout {
    /// Zero and below polls; the rest is rounded up to whole nanoseconds.
    ///
    /// # Errors
    /// `THREADING_INVALID_ARGUMENT` for NaN and for finite values over [`TIMEOUT_MAX`].
    pub fn from_seconds(seconds: f64) -> Result<Timeout, Status> {
        if seconds.is_nan() {
            return Err(failure!(THREADING_INVALID_ARGUMENT, c"the time is NaN"));
        }
        if seconds <= 0.0 {
            return Ok(Timeout::Poll);
        }
        if seconds == f64::INFINITY {
            return Ok(Timeout::Forever);
        }
        if seconds > TIMEOUT_MAX {
            return Err(failure!(
                THREADING_INVALID_ARGUMENT,
                c"the time is finite and longer than THREADING_TIMEOUT_MAX"
            ));
        }
        let nanoseconds = seconds * 1e9;
        // SAFETY: it is finite, and not negative; the greatest, TIMEOUT_MAX in nanoseconds, fits
        // into 63 bits.
        let whole = unsafe { nanoseconds.to_int_unchecked::<i64>() };
        // Rounded up, and so at least 1. A call of `ceil` takes more instructions than all of this.
        Ok(Timeout::For(whole as u64 + u64::from((whole as f64) < nanoseconds)))
    }

    /// When a wait begins that begins now, in nanoseconds, and when it ends.
    #[inline]
    pub fn from_now(self) -> (u64, Deadline) {
        let now = clock::now();
        let deadline = match self {
            Timeout::Poll => Deadline::At(0),
            Timeout::For(nanoseconds) => Deadline::At(now.saturating_add(nanoseconds)),
            Timeout::Forever => Deadline::Never,
        };
        (now, deadline)
    }

    /// As `from_now`, but 0 instead of the beginning if no deadline needs the clock: for a thread
    /// that holds a lock, and reads the clock later (`Node::note_arrival`).
    #[inline]
    pub fn from_now_if_needed(self) -> (u64, Deadline) {
        if self == Timeout::Forever { (0, Deadline::Never) } else { self.from_now() }
    }

    /// When a wait that begins now ends.
    pub fn deadline(self) -> Deadline {
        match self {
            Timeout::Poll => Deadline::At(0),
            Timeout::For(nanoseconds) => Deadline::At(clock::now().saturating_add(nanoseconds)),
            Timeout::Forever => Deadline::Never,
        }
    }
}

/// Seconds on the monotonic clock.
pub fn monotonic() -> f64 {
    clock::now() as f64 / 1e9
}

/// Seconds until a moment of that clock; 0 if it has passed.
pub fn remaining(deadline: f64) -> f64 {
    let left = deadline - monotonic();
    if left < 0.0 { 0.0 } else { left }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_and_never_becomes_a_poll() {
        assert_eq!(Timeout::from_seconds(1e-300), Ok(Timeout::For(1)));
        assert_eq!(Timeout::from_seconds(1e-9), Ok(Timeout::For(1)));
        assert_eq!(Timeout::from_seconds(1.5e-9), Ok(Timeout::For(2)));
        assert_eq!(Timeout::from_seconds(1.0), Ok(Timeout::For(1_000_000_000)));
        assert_eq!(Timeout::from_seconds(TIMEOUT_MAX), Ok(Timeout::For(9_223_372_036_000_000_000)));
    }

    #[test]
    fn what_is_left_of_a_passed_deadline_polls() {
        for seconds in [0.0, -0.0, -1.0, -1e300, f64::NEG_INFINITY] {
            assert_eq!(Timeout::from_seconds(seconds), Ok(Timeout::Poll));
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for seconds in [f64::NAN, 9223372037.0, f64::MAX] {
            assert_eq!(Timeout::from_seconds(seconds), Err(Status::THREADING_INVALID_ARGUMENT));
        }
        assert_eq!(Timeout::from_seconds(f64::INFINITY), Ok(Timeout::Forever));
    }
}
