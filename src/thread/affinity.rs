//! On which processors a thread runs.

use core::slice;

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::platform::affinity::Refusal::{self, Unusable};
use crate::platform::affinity::{self, MOST, Processors};
use crate::platform::system;
use crate::status::Status;
use crate::thread::at_start;
use crate::thread::record;

/// The set of these processors.
///
/// # Safety
/// `numbers` is null or has `count` numbers.
unsafe fn set_of(numbers: *const u32, count: usize) -> Result<Processors, Status> {
    if numbers.is_null() {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the processors are NULL"));
    }
    if count == 0 {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"a thread needs at least one processor"));
    }
    if count > MOST {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"no system has so many processors"));
    }
    let mut set = Processors::none();
    // SAFETY: not null, so it has so many numbers, by the caller's promise.
    let numbers = unsafe { slice::from_raw_parts(numbers, count) };
    if numbers.iter().all(|number| set.add(*number)) { Ok(set) } else { Err(refused(Unusable)) }
}

/// What C hears of a refusal.
pub fn refused(refusal: Refusal) -> Status {
    match refusal {
        Refusal::Unusable => failure!(
            THREADING_INVALID_ARGUMENT,
            c"the thread may not use one of the processors, or there is no such processor"
        ),
        Refusal::Forbidden => failure!(
            THREADING_NOT_PERMITTED,
            c"the operating system forbids the choice of processors"
        ),
    }
}

/// Has a thread run on these processors and no others: at once if it is alive, else from its start
/// on. Waits if the thread was started and does not run yet.
///
/// # Errors
/// As [`refused`]; `THREADING_INVALID_ARGUMENT` for numbers that are none or too many, for a timer
/// or a task, and if the thread has ended; `THREADING_NO_RESOURCES`; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
///
/// # Safety
/// `numbers` is null or has `count` numbers.
pub unsafe fn set(thread: Handle, numbers: *const u32, count: usize) -> Result<(), Status> {
    record::find(thread)?;
    // SAFETY: the caller's promise.
    let wanted = &unsafe { set_of(numbers, count) }?;
    // Asked once, of the calling thread: before that has fewer processors than the process.
    system::processors();
    let place = |native_id| affinity::place(native_id, wanted).map_err(refused);
    at_start::choose(thread, &|notes| notes.processors = Some(wanted.clone()), &place)
}
