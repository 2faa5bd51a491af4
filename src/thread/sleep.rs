//! Sleeping.

use crate::atomic::AtomicU32;
use crate::platform::futex::{self, Slept};
use crate::platform::system::DeferredCancellation;
use crate::wait::timeout::{Deadline, Timeout};

/// Sleeps for that time, whatever signals come.
pub fn sleep(timeout: Timeout) {
    if timeout == Timeout::Poll {
        return;
    }
    let _cancellation = DeferredCancellation::new();
    let deadline: Deadline = timeout.deadline();
    // A word of its own, which nobody wakes: only time ends the sleep.
    let word = AtomicU32::new(0);
    while futex::wait(&word, 0, deadline) == Slept::Perhaps {}
}
