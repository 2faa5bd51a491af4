//! How urgently a thread runs.

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::platform::priority::{self, Priority};
use crate::status::Status;
use crate::thread::at_start;
use crate::thread::record;

/// How urgently the operating system runs a thread, beside other threads that want the same
/// processor. The numbers are part of the ABI: new priorities get new numbers.
#[repr(i32)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
pub enum threading_priority {
    /// It gets about a tenth of the processor that a normal one gets, and all that nobody else
    /// wants.
    THREADING_PRIORITY_LOW = -1,
    /// What threads have if nobody asks for more or less.
    THREADING_PRIORITY_NORMAL = 0,
    /// It gets about ten times what a normal one gets.
    THREADING_PRIORITY_HIGH = 1,
    /// It runs before all threads that are not real-time ones, for as long as it wants to.
    THREADING_PRIORITY_REALTIME = 2,
}

fn of_number(number: i32) -> Option<Priority> {
    use threading_priority::*;
    const TABLE: [(threading_priority, Priority); 4] = [
        (THREADING_PRIORITY_LOW, Priority::Low),
        (THREADING_PRIORITY_NORMAL, Priority::Normal),
        (THREADING_PRIORITY_HIGH, Priority::High),
        (THREADING_PRIORITY_REALTIME, Priority::Realtime),
    ];
    TABLE.iter().find(|(name, _)| *name as i32 == number).map(|(_, priority)| *priority)
}

/// What C hears of a refusal.
pub fn refused() -> Status {
    failure!(THREADING_NOT_PERMITTED, c"the operating system forbids the priority")
}

/// Has a thread run with the priority of that number: at once if it is alive, else from its start
/// on. Waits if the thread was started and does not run yet.
///
/// # Errors
/// `THREADING_NOT_PERMITTED`; `THREADING_INVALID_ARGUMENT` for a number that is none, for a timer
/// or a task, and if the thread has ended; `THREADING_NO_RESOURCES`; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn set(thread: Handle, number: i32) -> Result<(), Status> {
    record::find(thread)?;
    let Some(wanted) = of_number(number) else {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"there is no such priority"));
    };
    let change = |native_id| match priority::set(native_id, wanted) {
        true => Ok(()),
        false => Err(refused()),
    };
    at_start::choose(thread, &|notes| notes.priority = Some(wanted), &change)
}
