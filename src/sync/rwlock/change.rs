//! How a write becomes a read, and a read a write, with nobody in between.

use crate::object::handle::Handle;
use crate::object::table::Slot;
use crate::object::word::{State, WAITERS};
use crate::platform::tls;
use crate::probe::Hold;
use crate::status::Status;
use crate::sync::rwlock::slot::{READER, RULES, Rwlock, reads};
use crate::sync::rwlock::write::{find_written, without_write};
use crate::wait::mutex::mode::LOCKED;
use crate::wait::this_thread;

/// Makes the calling thread's write a read, and lets in all readers that wait.
///
/// # Errors
/// As [`super::write::release`].
pub fn downgrade(rwlock: Handle) -> Result<(), Status> {
    let slot = find_written(rwlock)?;
    slot.report_releasing(Hold::Write);
    slot.mutex.clear_holder();
    let without_waking = slot
        .state()
        .update(|state| (!state.has(WAITERS)).then(|| State(without_write(state).0 + READER)));
    if without_waking.is_err() {
        slot.end_write(&slot.mutex.core.lock_by(&RULES), 1);
    }
    tls::add_read(rwlock.0);
    slot.report_acquired(Hold::Read, true);
    Ok(())
}

/// Makes the calling thread's read a write, if there is no other read.
///
/// # Errors
/// `THREADING_TIMEOUT` if there are others: the caller still reads; `THREADING_NOT_ACQUIRED` if
/// there is no read; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn try_upgrade(rwlock: Handle) -> Result<(), Status> {
    let (slot, _) = Rwlock::table().find(rwlock)?;
    let (tag, ident) = (rwlock.tag(), this_thread::ident());
    let upgraded = slot.state().update(|state| {
        let is_alone = state.is(tag) && reads(state) == 1;
        is_alone.then(|| State(state.0 - READER).with(LOCKED))
    });
    match upgraded {
        Ok(_) => {}
        Err(state) if !state.is(tag) => return Err(state.gone(tag)),
        Err(state) if reads(state) == 0 => return Err(Status::THREADING_NOT_ACQUIRED),
        Err(_) => return Err(Status::THREADING_TIMEOUT),
    }
    slot.mutex.set_holder(ident);
    tls::remove_read(rwlock.0);
    // Nobody else can have acquired it in between.
    slot.report_releasing(Hold::Read);
    slot.report_acquired(Hold::Write, true);
    Ok(())
}
