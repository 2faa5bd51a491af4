//! How threads of Windows sleep: at an address, as with a futex (`WaitOnAddress`, since Windows 8).
//!
//! The system takes how long a sleep is, in milliseconds, so that is computed anew from the
//! deadline for each sleep. It is rounded up: a wait ends late, and never early. The last error
//! stays as it was.

use core::sync::atomic::{AtomicU32, Ordering, fence};

use super::api::{INFINITE, SwitchToThread, WaitOnAddress, WakeByAddressAll, WakeByAddressSingle};
use crate::platform::clock::{self, Deadline};
use crate::platform::system::{self, KeepErrno};

/// Why [`wait`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// For any reason but time: woken, for no reason, or the word had changed before. Look at the
    /// word.
    Perhaps,
    /// The deadline has passed.
    TimedOut,
}

const NANOSECONDS: u64 = 1_000_000;

/// The longest sleep in one piece, in milliseconds. Whoever sleeps longer sleeps again.
const LONGEST: u64 = INFINITE as u64 - 1;

/// Nothing was learnt of the system, and there are no forks.
pub fn reset_after_fork() {}

/// Whether a waiter may spin: another thread can do anything meanwhile, and the clock by which a
/// spin ends costs little.
#[inline]
pub fn can_spin() -> bool {
    system::many_processors() && clock::is_cheap()
}

/// Sleeps while the word has the expected value, until somebody wakes it or the deadline passes.
pub fn wait(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    let _errno = KeepErrno::new();
    // ORDERING: SeqCst: what the calling thread has written is seen by whoever changes the word
    // after the system has looked at it.
    fence(Ordering::SeqCst);
    let limit = match deadline {
        Deadline::Never => INFINITE,
        Deadline::At(moment) => match moment.saturating_sub(clock::now()) {
            0 => return without_sleep(word, expected),
            left => left.div_ceil(NANOSECONDS).min(LONGEST) as u32,
        },
    };
    // SAFETY: the word outlives the call, since it is borrowed, and so does what it is compared
    // with; both have as many bytes as are said.
    let woken = unsafe {
        WaitOnAddress(word.as_ptr().cast(), (&raw const expected).cast(), size_of::<u32>(), limit)
    };
    if woken == 0 && deadline.passed() { Slept::TimedOut } else { Slept::Perhaps }
}

/// What is said where the deadline has passed before: a word that has changed comes first.
fn without_sleep(word: &AtomicU32, expected: u32) -> Slept {
    // ORDERING: Relaxed: a look: the caller looks again.
    if word.load(Ordering::Relaxed) == expected { Slept::TimedOut } else { Slept::Perhaps }
}

/// Lets another thread have this processor, if one wants it.
pub fn yield_now() {
    // SAFETY: the call has no precondition.
    unsafe { SwitchToThread() };
}

/// Wakes one sleeper of the word, if there is one.
pub fn wake_one(word: &AtomicU32) {
    let _errno = KeepErrno::new();
    // SAFETY: the address is only compared with those of sleepers.
    unsafe { WakeByAddressSingle(word.as_ptr().cast()) };
}

/// Wakes all who sleep at the word.
pub fn wake_all(word: &AtomicU32) {
    let _errno = KeepErrno::new();
    // SAFETY: as above.
    unsafe { WakeByAddressAll(word.as_ptr().cast()) };
}
