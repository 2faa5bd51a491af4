//! What the system knows of a thread, and a program chooses: it is changed at once while the thread
//! is alive, and is noted for its start before.

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::platform::system::KeepErrno;
use crate::status::Status;
use crate::thread::name;
use crate::thread::noted::{self, Notes};
use crate::thread::record::{self, NATIVE_ID_WANTED, NEW, STARTING, TASK, TIMER};
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::wait_slowly_until;

/// Notes the choice with `note` for a thread that is not started, or has `change` change the thread
/// of that kernel's id. Waits if the thread was started and does not run yet.
///
/// # Errors
/// As `change`; `THREADING_INVALID_ARGUMENT` for a timer or a task, and if the thread has ended;
/// `THREADING_NO_RESOURCES`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn choose(
    thread: Handle,
    note: &dyn Fn(&mut Notes),
    change: &dyn Fn(u32) -> Result<(), Status>,
) -> Result<(), Status> {
    loop {
        let (record, state) = record::find(thread)?;
        if state.has(TIMER) || state.has(TASK) {
            return Err(failure!(
                THREADING_INVALID_ARGUMENT,
                c"it has no thread of its own: its function runs in one of the library's"
            ));
        }
        if record::phase(state) == NEW && noted::change(thread, record, note)? {
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
        return name::while_alive(thread, record, state, change)
            .unwrap_or_else(|| Err(failure!(THREADING_INVALID_ARGUMENT, c"the thread has ended")));
    }
}
