//! The one enumeration of outcomes, its names and its messages.

use core::ffi::CStr;

/// The outcome of a call. 0 is success, positive values are the other expected outcomes, and
/// negative values are errors: `if (status < 0)` is the whole error test. The numbers are part of
/// the ABI: new statuses get new numbers, and no number changes.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
pub enum threading_status {
    /// The call has succeeded.
    THREADING_OK = 0,
    /// The time-out expired first, or a poll did not succeed at once.
    THREADING_TIMEOUT = 1,
    /// There is no value: a local has none in this thread, a task was cancelled, or a thread waits
    /// for nothing; or this process is a forked child, and a thread of the parent has no result.
    THREADING_NO_VALUE = 2,
    /// The stop that the call was given had come before, or came first: nothing was taken, and
    /// nothing has changed. No other call can return this.
    THREADING_INTERRUPTED = 3,
    /// The queue was shut down: nothing can be put into it any more, and it is empty, or its
    /// shutdown was immediate.
    THREADING_CLOSED = 4,
    /// The handle is null, was never made by the library, or names an object of another type.
    THREADING_INVALID_HANDLE = -1,
    /// The handle was valid before, but its object has been destroyed.
    THREADING_DESTROYED = -2,
    /// An argument is out of range, a required pointer is NULL, or a text is not UTF-8.
    THREADING_INVALID_ARGUMENT = -3,
    /// No thread holds the lock, or reads or writes the rwlock, but the call needs that: to release
    /// it, to wait or to notify.
    THREADING_NOT_ACQUIRED = -4,
    /// Another thread holds the rlock or the owned lock, or writes the rwlock, but the call needs
    /// that the caller does: to release it, to wait or to notify.
    THREADING_NOT_OWNER = -5,
    /// The object is in use: it is held, waited for, not empty, has not ended, or is owned by the
    /// library.
    THREADING_BUSY = -6,
    /// A number is at its limit: the units of a semaphore, the levels of an rlock, the count of a
    /// latch, the stops above one, or the finished tasks of a queue.
    THREADING_OVERFLOW = -7,
    /// The barrier was broken before the call, or broke or was reset while the caller waited, or
    /// its action returned false; the function of a once returned false; or a latch that is to be
    /// counted up is open already.
    THREADING_BROKEN = -8,
    /// The thread or timer has been started before.
    THREADING_ALREADY_STARTED = -9,
    /// The thread or timer has not been started.
    THREADING_NOT_STARTED = -10,
    /// The caller would wait for itself: a thread or a task for its own end, the action of a
    /// barrier at that barrier, the function of a once for that once, or a thread for the end of
    /// its own read or write of an rwlock.
    THREADING_WOULD_DEADLOCK = -11,
    /// The thread is a Dummy: it cannot be joined, because the library did not start it.
    THREADING_DUMMY = -12,
    /// Memory, handles or threads of the operating system ran out.
    THREADING_NO_RESOURCES = -13,
    /// The library or the executor has shut down: nothing can be started, submitted or registered
    /// any more.
    THREADING_SHUTTING_DOWN = -14,
    /// The operating system forbids it.
    THREADING_NOT_PERMITTED = -15,
}

/// The short name that the rest of the library uses.
pub type Status = threading_status;

use threading_status::*;

/// A status and one cause of it.
pub struct Cause(pub Status, pub &'static CStr);

/// The rows of the table: for each status the constant's name, the status and its message.
macro_rules! texts {
    ($($status:ident: $message:literal,)+) => {
        [$((
            c_text(concat!(stringify!($status), "\0")),
            Cause($status, c_text(concat!($message, "\0"))),
        )),+]
    };
}

/// A text whose only NUL is its last byte.
const fn c_text(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    }
}

/// Every status with its name and its message, in the order of the enumeration. The message names
/// the usual causes.
static TABLE: [(&CStr, Cause); 20] = texts! {
    THREADING_OK: "success",
    THREADING_TIMEOUT: "the time ran out first, or a poll did not succeed at once",
    THREADING_NO_VALUE:
        "there is no value: nothing was set in this thread, or a fork took the result",
    THREADING_INTERRUPTED: "the stop that the wait was given has come",
    THREADING_CLOSED: "the queue was shut down, and is empty or was shut down at once",
    THREADING_INVALID_HANDLE: "the handle is null, made up or of another kind",
    THREADING_DESTROYED:
        "the object has been destroyed; a detached thread or timer is destroyed when it ends",
    THREADING_INVALID_ARGUMENT: "an argument is NULL or outside its range, or a text is not UTF-8",
    THREADING_NOT_ACQUIRED: "nobody holds the lock, and the call needs it held",
    THREADING_NOT_OWNER: "another thread holds the lock, and the call needs the caller to",
    THREADING_BUSY: "it is held, waited for, not empty, not ended yet, or owned by the library",
    THREADING_OVERFLOW: "a count is at its limit: units of a semaphore or levels of an rlock",
    THREADING_BROKEN: "the barrier was broken before, or broke or was reset meanwhile",
    THREADING_ALREADY_STARTED: "the thread or timer has been started before",
    THREADING_NOT_STARTED: "the thread or timer has not been started",
    THREADING_WOULD_DEADLOCK:
        "the caller would wait for itself: a thread for its own end, an action at its own barrier",
    THREADING_DUMMY: "the library did not start this thread, and cannot join it",
    THREADING_NO_RESOURCES: "memory, handles or threads of the operating system ran out",
    THREADING_SHUTTING_DOWN:
        "the library has shut down, and nothing can be started or registered any more",
    THREADING_NOT_PERMITTED: "the operating system forbids it",
};

fn row(number: i32) -> Option<&'static (&'static CStr, Cause)> {
    TABLE.iter().find(|(_, cause)| cause.0 as i32 == number)
}

impl threading_status {
    /// Whether this is an error: a negative status.
    #[inline]
    pub fn is_error(self) -> bool {
        (self as i32) < 0
    }

    /// The status with this number, or `None`.
    pub fn from_number(number: i32) -> Option<Status> {
        row(number).map(|(_, cause)| cause.0)
    }
}

/// The full name of the constant. For a number that is not a status, the text says so.
pub fn name(number: i32) -> &'static CStr {
    row(number).map_or(c"THREADING_(unknown)", |(name, _)| name)
}

/// One line for a person. For a number that is not a status, the text says so.
pub fn message(number: i32) -> &'static CStr {
    row(number).map_or(c"not a status of this library", |(_, cause)| cause.1)
}

/// The usual causes of a status: its message.
pub fn cause(status: Status) -> &'static Cause {
    // The test below finds every status in the table.
    row(status as i32).map_or(
        const { &Cause(THREADING_INVALID_ARGUMENT, c"not a status of this library") },
        |(_, cause)| cause,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_leads_back_to_its_own_row() {
        for (name_text, Cause(status, message_text)) in &TABLE {
            let status = *status;
            assert_eq!(Status::from_number(status as i32), Some(status));
            assert_eq!(cause(status).0, status);
            assert_eq!(name(status as i32), *name_text);
            assert_eq!(message(status as i32), *message_text);
            assert_eq!(name_text.to_str().ok(), Some(format!("{status:?}").as_str()));
        }
        assert_eq!(Status::from_number(i32::MIN), None);
    }
}
