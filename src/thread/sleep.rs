//! Sleeping.

use crate::atomic::AtomicU32;
use crate::object::handle::Handle;
use crate::platform::clock::Deadline;
use crate::platform::futex::{self, Slept};
use crate::platform::system::DeferredCancellation;
use crate::wait::park;
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;

/// Sleeps for that time. Signals do not shorten the sleep.
pub fn sleep(timeout: Timeout) {
    if timeout == Timeout::Poll {
        return;
    }
    let (since, deadline) = timeout.from_now();
    let Some(lease) = this_thread::waiter() else { return sleep_unseen(deadline) };
    let ident = this_thread::known_ident();
    let wait = Wait { object: Handle::NULL, kind: WaitKind::Sleep, ident, broadcast: None };
    park::sleep_until(&lease, &wait, since, deadline);
}

/// Sleeps without a waiter, for which there may be no memory. Other threads cannot see that the
/// thread sleeps.
#[cold]
pub fn sleep_unseen(deadline: Deadline) {
    let _cancellation = DeferredCancellation::new();
    // No thread wakes this word, so only time ends the sleep.
    let word = AtomicU32::new(0);
    while futex::wait(&word, 0, deadline) == Slept::Perhaps {}
}
