//! What can be seen of the library from outside it.
//!
//! Listeners of the probe pass on to tools what happens to the library's objects: ThreadSanitizer,
//! Helgrind and DRD hear what is acquired, released and ordered, so that the library is transparent
//! to them. AddressSanitizer hears which frames are gone.
//!
//! Looks read, without a lock, who waits for what and who holds it (`waits`), find deadlocks
//! (`deadlock`), and write all of it down (`dump`). They allocate no memory of the C library's, so
//! that a signal handler may look as well.
//!
//! Readers outside the process (`tools/threading_reader.py`) find all that a look reads by a
//! constant that the library exports (`layout`).
//!
//! [`mistakes`] prints calls that fail. [`switch`] has things recorded that cost something while
//! they are: everything else here costs nothing until somebody looks.

use crate::probe;

mod asan;
mod at_exit;
pub mod contention;
pub mod deadlock;
mod destination;
pub mod dump;
pub mod entry;
pub mod environment;
pub mod last_waits;
pub mod layout;
pub mod mistakes;
pub mod own_threads;
pub mod recorder;
pub mod report;
pub mod scratch;
pub mod sequence;
pub mod signal;
pub mod socket;
pub mod switch;
pub mod timeline;
mod tsan;
mod valgrind;
pub mod waits;
pub mod watch;

#[cfg(test)]
mod tests;

/// Registers the listener of each tool that is in the process. Called once, before there is any
/// object.
pub fn register_listeners() {
    layout::keep();
    for listener in [tsan::listener(), valgrind::listener(), asan::listener()].into_iter().flatten()
    {
        probe::register(listener);
    }
}
