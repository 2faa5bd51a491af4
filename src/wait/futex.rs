//! How the system sleeps: the only file that knows. Linux futexes, private to the process, with absolute deadlines on the
//! monotonic clock. `errno` stays as it was, and none of the calls is a cancellation point.

use core::ptr;
use core::sync::atomic::AtomicU32;

use crate::inspect;
use crate::system::{self, KeepErrno};
use crate::timeout::Deadline;

/// Why [`wait`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// For any reason but time: woken, interrupted by a signal, or the word had changed before. Look at the word.
    Perhaps,
    /// The deadline has passed.
    TimedOut,
}

/// The longest sleep in one piece where a tool holds signal handlers back: one that comes just before the sleep runs this much later.
const SLICE: u64 = 20_000_000;

/// Sleeps while the word has the expected value, until somebody wakes it or the deadline passes.
pub fn wait(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    if !inspect::holds_handlers_back() {
        return sleep(word, expected, deadline);
    }
    // Reading the clock is a call that the tool knows: the handlers that it has held back run in it. With a time to sleep for, a signal
    // ends the sleep whatever SA_RESTART says.
    let _errno = KeepErrno::new();
    let soon = system::now() + SLICE;
    if let Deadline::At(moment) = deadline
        && moment <= soon
    {
        return sleep(word, expected, deadline);
    }
    sleep(word, expected, Deadline::At(soon));
    system::now();
    Slept::Perhaps
}

fn sleep(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    let _errno = KeepErrno::new();
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let limit = match deadline {
        Deadline::Never => ptr::null(),
        Deadline::At(moment) => {
            time.tv_sec = (moment / 1_000_000_000) as libc::time_t;
            time.tv_nsec = (moment % 1_000_000_000) as libc::c_long;
            ptr::from_ref(&time)
        }
    };
    // SAFETY: the word outlives the call, since it is borrowed; the limit is null or a valid time; the second address is not
    // used by this operation; waiting on a word has no other effect.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
            expected,
            limit,
            ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        )
    };
    // SAFETY: the address is valid in every thread, for as long as it runs.
    if answer == -1 && unsafe { *libc::__errno_location() } == libc::ETIMEDOUT {
        Slept::TimedOut
    } else {
        Slept::Perhaps
    }
}

/// Lets another thread have this processor, if one wants it.
pub fn let_others_run() {
    // SAFETY: the call has no precondition, and cannot fail on Linux.
    unsafe { libc::sched_yield() };
}

/// Wakes one sleeper of the word, if there is one.
pub fn wake_one(word: &AtomicU32) {
    wake(word, 1);
}

/// Wakes all who sleep at the word.
pub fn wake_all(word: &AtomicU32) {
    wake(word, i32::MAX);
}

fn wake(word: &AtomicU32, most: i32) {
    let _errno = KeepErrno::new();
    // SAFETY: waking reads no memory of ours; that a sleeper may have gone meanwhile is harmless, since every word that is
    // slept on is in memory that is never given back, and its sleeper looks at the word again.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, most) };
}
