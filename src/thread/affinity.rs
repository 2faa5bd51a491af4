//! On which processors a thread runs.

use core::slice;

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::platform::affinity::Refusal::{self, Unusable};
use crate::platform::affinity::{self, MOST, Processors};
use crate::platform::system::{self, KeepErrno};
use crate::status::Status;
use crate::thread::name;
use crate::thread::noted;
use crate::thread::record::{self, NATIVE_ID_WANTED, NEW, STARTING, TASK, TIMER};
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::wait_slowly_until;

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
    loop {
        let (record, state) = record::find(thread)?;
        if state.has(TIMER) || state.has(TASK) {
            return Err(failure!(
                THREADING_INVALID_ARGUMENT,
                c"it has no thread of its own: its function runs in one of the library's"
            ));
        }
        let note = |notes: &mut noted::Notes| notes.processors = Some(wanted.clone());
        if record::phase(state) == NEW && noted::change(thread, record, &note)? {
            return Ok(());
        }
        wait_slowly_until(&record.core, thread, Timeout::Forever, NATIVE_ID_WANTED, &|state| {
            record::phase(state) != STARTING
        })?;
        let (record, state) = record::find(thread)?;
        if record::phase(state) == NEW {
            // The start has failed.
            continue;
        }
        let _errno = KeepErrno::new();
        let place = |native_id| affinity::place(native_id, wanted).map_err(refused);
        return name::while_alive(thread, record, state, place)
            .unwrap_or_else(|| Err(failure!(THREADING_INVALID_ARGUMENT, c"the thread has ended")));
    }
}
