//! The calling thread's record, and the main thread's.

use crate::atomic::{AtomicU64, Ordering};
use crate::object::handle::{Handle, Kind};
use crate::thread::record::{self, DAEMON};
use crate::wait::this_thread;

/// The main thread's handle: the first slot's handle, until a fork makes another thread main.
static MAIN_THREAD: AtomicU64 = AtomicU64::new(this_thread::MAIN_IDENT.0);

/// The main thread.
pub fn main() -> Handle {
    // ORDERING: Relaxed: it changes only in a forked child, while that has a single thread.
    Handle(MAIN_THREAD.load(Ordering::Relaxed))
}

/// Makes another thread main. Only in a forked child.
pub fn set_main(thread: Handle) {
    // ORDERING: Relaxed: as above.
    MAIN_THREAD.store(thread.0, Ordering::Relaxed);
}

/// The calling thread's record, if it has one. Not for signal handlers.
pub fn own_record() -> Option<Handle> {
    record_of(Handle(this_thread::ident()))
}

/// As [`own_record`]. Async-signal-safe.
pub fn own_record_in_handler() -> Option<Handle> {
    record_of(Handle(this_thread::ident_in_handler()))
}

/// The record of the calling thread, whose ident this is.
fn record_of(ident: Handle) -> Option<Handle> {
    if ident.tag().kind() == Kind::Thread as u32 {
        return Some(ident);
    }
    // ORDERING: Relaxed: written by this thread.
    let record = Handle(this_thread::own_waiter()?.record.load(Ordering::Relaxed));
    (!record.is_null()).then_some(record)
}

/// Whether the calling thread is a daemon. A thread that the library did not start counts as one,
/// as its Dummy would.
pub fn inherits_daemon() -> bool {
    let own = own_record().and_then(|thread| record::find(thread).ok());
    own.is_none_or(|(_, state)| state.has(DAEMON))
}
