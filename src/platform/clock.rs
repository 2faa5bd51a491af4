//! The monotonic clock by which the port sleeps, and moments on it.

pub use crate::platform::time_source::{is_cheap, now};

/// The moment at which a wait ends, on the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// These nanoseconds.
    At(u64),
    /// Never.
    Never,
}

impl Deadline {
    /// As a number: nanoseconds, or 0 for never.
    pub fn nanoseconds(self) -> u64 {
        match self {
            Deadline::At(moment) => moment.max(1),
            Deadline::Never => 0,
        }
    }

    /// Whether it lies behind us.
    pub fn passed(self) -> bool {
        match self {
            Deadline::At(moment) => now() >= moment,
            Deadline::Never => false,
        }
    }

    /// Its nanoseconds, if there are any.
    #[inline]
    pub fn moment(self) -> Option<u64> {
        match self {
            Deadline::At(moment) => Some(moment),
            Deadline::Never => None,
        }
    }
}
