//! The one enumeration of outcomes, its names and its messages.

use core::ffi::CStr;

/// What a call came to: 0 is success, positive values are the other expected outcomes, negative ones are errors, so
/// `if (status < 0)` is the whole error test. The numbers are part of the ABI: new ones are appended, none is renumbered.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
pub enum threading_status {
    /// Done.
    THREADING_OK = 0,
    /// The time ran out first; a failed poll too.
    THREADING_TIMEOUT = 1,
    /// There is none: a local has no value in this thread, or a thread of the parent's no result in a forked child.
    THREADING_NO_VALUE = 2,
    /// Reserved for waits that can be cancelled; a thread that never asked for it never sees it.
    THREADING_INTERRUPTED = 3,
    /// The handle is null, made up, or of another kind.
    THREADING_INVALID_HANDLE = -1,
    /// The handle was valid once; its object has been destroyed.
    THREADING_DESTROYED = -2,
    /// An argument is outside its range, a needed pointer is NULL, or a name is not UTF-8.
    THREADING_INVALID_ARGUMENT = -3,
    /// A release of something that nobody holds.
    THREADING_NOT_ACQUIRED = -4,
    /// Another thread holds it.
    THREADING_NOT_OWNER = -5,
    /// It is in use: held, waited on, alive, or owned by the library.
    THREADING_BUSY = -6,
    /// A count is at its limit.
    THREADING_OVERFLOW = -7,
    /// The barrier is broken.
    THREADING_BROKEN = -8,
    /// The thread has been started before.
    THREADING_ALREADY_STARTED = -9,
    /// The thread has not been started.
    THREADING_NOT_STARTED = -10,
    /// A thread cannot join itself.
    THREADING_WOULD_DEADLOCK = -11,
    /// The library did not start this thread, so it cannot be joined.
    THREADING_DUMMY = -12,
    /// Memory, handles or threads of the operating system ran out.
    THREADING_NO_RESOURCES = -13,
    /// The library has shut down: nothing can be started or registered any more.
    THREADING_SHUTTING_DOWN = -14,
}

/// The short name by which the rest of the library knows it.
pub type Status = threading_status;

use threading_status::*;

/// Every status with its message, in the order of the enumeration.
const TABLE: [(Status, &CStr, &CStr); 18] = [
    (THREADING_OK, c"THREADING_OK", c"success"),
    (THREADING_TIMEOUT, c"THREADING_TIMEOUT", c"the time ran out first"),
    (THREADING_NO_VALUE, c"THREADING_NO_VALUE", c"there is no value"),
    (THREADING_INTERRUPTED, c"THREADING_INTERRUPTED", c"the wait was interrupted"),
    (THREADING_INVALID_HANDLE, c"THREADING_INVALID_HANDLE", c"the handle is null, made up or of another kind"),
    (THREADING_DESTROYED, c"THREADING_DESTROYED", c"the object has been destroyed"),
    (THREADING_INVALID_ARGUMENT, c"THREADING_INVALID_ARGUMENT", c"an argument is NULL or outside its range"),
    (THREADING_NOT_ACQUIRED, c"THREADING_NOT_ACQUIRED", c"nobody holds it"),
    (THREADING_NOT_OWNER, c"THREADING_NOT_OWNER", c"another thread holds it"),
    (THREADING_BUSY, c"THREADING_BUSY", c"it is in use"),
    (THREADING_OVERFLOW, c"THREADING_OVERFLOW", c"the count is at its limit"),
    (THREADING_BROKEN, c"THREADING_BROKEN", c"the barrier is broken"),
    (THREADING_ALREADY_STARTED, c"THREADING_ALREADY_STARTED", c"the thread has been started before"),
    (THREADING_NOT_STARTED, c"THREADING_NOT_STARTED", c"the thread has not been started"),
    (THREADING_WOULD_DEADLOCK, c"THREADING_WOULD_DEADLOCK", c"a thread cannot join itself"),
    (THREADING_DUMMY, c"THREADING_DUMMY", c"the library did not start this thread"),
    (THREADING_NO_RESOURCES, c"THREADING_NO_RESOURCES", c"memory, handles or threads ran out"),
    (THREADING_SHUTTING_DOWN, c"THREADING_SHUTTING_DOWN", c"the library has shut down"),
];

impl threading_status {
    /// Whether this is an error: a negative status.
    #[inline]
    pub fn is_error(self) -> bool {
        (self as i32) < 0
    }

    /// The status with this number, or `None`.
    pub fn from_number(number: i32) -> Option<Status> {
        TABLE.iter().find(|row| row.0 as i32 == number).map(|row| row.0)
    }
}

/// The whole constant's name; for a number that is no status, a text that says so.
pub fn name(number: i32) -> &'static CStr {
    TABLE.iter().find(|row| row.0 as i32 == number).map_or(c"THREADING_(unknown)", |row| row.1)
}

/// One line for a person; for a number that is no status, a text that says so.
pub fn message(number: i32) -> &'static CStr {
    TABLE.iter().find(|row| row.0 as i32 == number).map_or(c"not a status of this library", |row| row.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_leads_back_to_its_own_row() {
        for (status, name_text, message_text) in TABLE {
            assert_eq!(Status::from_number(status as i32), Some(status));
            assert_eq!(name(status as i32), name_text);
            assert_eq!(message(status as i32), message_text);
            assert_eq!(name_text.to_str().ok(), Some(format!("{status:?}").as_str()));
        }
        assert_eq!(Status::from_number(i32::MIN), None);
    }
}
