//! Waiting while a word has a value: `_umtx_op`, private to the process, with absolute deadlines on
//! the monotonic clock. A call of the kernel without a cancellation point.

use core::ffi::{c_int, c_ulong, c_void};
use core::ptr;
use core::sync::atomic::AtomicU32;

use crate::platform::errno::errno;

/// What the system says to a sleep.
pub enum Answer {
    /// Woken, interrupted, or the word had changed.
    Over,
    /// It was long enough.
    TimedOut,
    /// It does not do that.
    Refused,
}

fn timespec(nanoseconds: u64) -> libc::timespec {
    libc::timespec {
        tv_sec: (nanoseconds / 1_000_000_000) as libc::time_t,
        tv_nsec: (nanoseconds % 1_000_000_000) as libc::c_long,
    }
}

/// Sleeps while the word has the expected value, at most until that moment. It may change errno.
pub fn wait(word: &AtomicU32, expected: u32, limit: Option<u64>) -> Answer {
    let mut time;
    // The kernel knows by the size which of two structs it gets.
    let (size, time) = match limit {
        Some(limit) => {
            time = libc::_umtx_time {
                _timeout: timespec(limit),
                _flags: libc::UMTX_ABSTIME,
                _clockid: libc::CLOCK_MONOTONIC as u32,
            };
            (ptr::without_provenance_mut(size_of_val(&time)), (&raw mut time).cast::<c_void>())
        }
        None => (ptr::null_mut(), ptr::null_mut()),
    };
    // SAFETY: the word outlives the call, since it is borrowed; the time is null or valid.
    let answer = unsafe {
        libc::_umtx_op(
            word.as_ptr().cast(),
            libc::UMTX_OP_WAIT_UINT_PRIVATE,
            c_ulong::from(expected),
            size,
            time,
        )
    };
    if answer == 0 {
        return Answer::Over;
    }
    match errno() {
        libc::ETIMEDOUT => Answer::TimedOut,
        libc::EINTR | libc::EAGAIN => Answer::Over,
        _ => Answer::Refused,
    }
}

/// Wakes one who sleeps at the word, or all. It may change errno.
pub fn wake(word: &AtomicU32, all: bool) {
    let most = if all { c_int::MAX as c_ulong } else { 1 };
    // SAFETY: waking reads no memory of ours; that a sleeper may have gone meanwhile is harmless,
    // since every word that is slept on is in memory that is never given back, and its sleeper
    // looks at the word again.
    unsafe {
        libc::_umtx_op(
            word.as_ptr().cast(),
            libc::UMTX_OP_WAKE_PRIVATE,
            most,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
}

/// Sleeps for so many nanoseconds; a signal may end it. It may change errno.
pub fn nap(nanoseconds: u64) {
    // On a word of its own: `nanosleep` is a cancellation point.
    wait(&AtomicU32::new(0), 0, Some(crate::platform::clock::now().saturating_add(nanoseconds)));
}

/// Lets another thread have this processor, if one wants it.
pub fn yield_now() {
    // SAFETY: the call has no precondition, and changes nothing.
    unsafe { libc::sched_yield() };
}
