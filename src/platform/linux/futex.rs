//! How the system sleeps: the only file that knows. Linux futexes, private to the process, with
//! absolute deadlines on the monotonic clock. `errno` stays as it was, and none of the calls is a
//! cancellation point.
//!
//! A sandbox may refuse futexes, whatever it calls that. Then a deadline holds all the same, nobody
//! spins, and what is waited for is noticed late rather than never.

use core::ffi::c_int;
#[cfg(target_pointer_width = "32")]
use core::ffi::c_long;
use core::hint;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::platform::clock::{self, Deadline};
use crate::platform::errno::{KeepErrno, errno};
use crate::platform::fork_epoch;
use crate::platform::system;
use crate::probe;

/// Why [`wait`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// For any reason but time: woken, interrupted by a signal, or the word had changed before.
    /// Look at the word.
    Perhaps,
    /// The deadline has passed.
    TimedOut,
}

/// The longest sleep in one piece where nobody may be able to end it: a tool holds signal handlers
/// back (one that comes just before the sleep runs this much later), or the system refuses to wake.
const SLICE: u64 = 20_000_000;

/// Whether the system wakes anybody:
///
/// | value   | means                                             | else                           |
/// |---------|---------------------------------------------------|--------------------------------|
/// | UNKNOWN | the first sleeper asks                            | it sleeps, and nobody wakes it |
/// | WAKES   | it did when it was asked                          |                                |
/// | REFUSES | it has refused, now or later: sleepers look by    | as above                       |
/// |         | themselves after a slice, for ever                |                                |
static WAKING: AtomicU32 = AtomicU32::new(UNKNOWN);
const UNKNOWN: u32 = 0;
const WAKES: u32 = 1;
const REFUSES: u32 = 2;

/// In a forked child: programs fork, and then forbid the child what they like.
pub fn reset_after_fork() {
    // ORDERING: Relaxed: the process has a single thread.
    WAKING.store(UNKNOWN, Ordering::Relaxed);
}

/// Whether a sleeper can rely on being woken, if nobody forbids that later.
#[cold]
#[inline(never)]
fn find_out() -> bool {
    // A refusal stores REFUSES before anybody can be told that it wakes.
    wake(&AtomicU32::new(0), 1);
    // ORDERING: Relaxed, all: the value alone counts; REFUSES is never overwritten.
    let _ = WAKING.compare_exchange(UNKNOWN, WAKES, Ordering::Relaxed, Ordering::Relaxed);
    WAKING.load(Ordering::Relaxed) == WAKES
}

/// Whether a waiter may spin: another thread can do anything meanwhile, and the clock by which a
/// spin ends costs little.
#[inline]
pub fn can_spin() -> bool {
    system::many_processors() && clock::is_cheap()
}

/// Sleeps while the word has the expected value, until somebody wakes it or the deadline passes.
#[inline]
pub fn wait(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    // Whoever would sleep in a child that nobody has told of its fork looks again, as after a fork
    // in a handler.
    if fork_epoch::repair() {
        return Slept::Perhaps;
    }
    // ORDERING: Relaxed: the value alone counts.
    let is_woken = WAKING.load(Ordering::Relaxed) == WAKES || find_out();
    if is_woken && !probe::delays_handlers() {
        return sleep(word, expected, deadline);
    }
    sleep_a_slice(word, expected, deadline)
}

/// Sleeps for a slice at most.
#[cold]
#[inline(never)]
fn sleep_a_slice(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    // With a time to sleep for, a signal ends the sleep whatever SA_RESTART says.
    let _errno = KeepErrno::new();
    let soon = clock::now() + SLICE;
    if let Deadline::At(moment) = deadline
        && moment <= soon
    {
        return sleep(word, expected, deadline);
    }
    sleep(word, expected, Deadline::At(soon));
    let_handlers_run();
    Slept::Perhaps
}

/// Calls something of the C library that tools know: a tool that has held handlers back runs them
/// now.
fn let_handlers_run() {
    let mut time = timespec(0);
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
}

/// What the system says to a sleep.
enum Answer {
    /// Woken, interrupted, or the word had changed.
    Over,
    /// It was long enough.
    TimedOut,
    /// It does not do that: a sandbox has forbidden it, say.
    Refused,
}

#[inline(always)]
fn sleep(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    let _errno = KeepErrno::new();
    let limit = match deadline {
        Deadline::Never => None,
        Deadline::At(moment) => Some(moment),
    };
    match ask(word, libc::FUTEX_WAIT_BITSET, expected, limit) {
        // A stray wake of another time looks like ours; a sandbox may call a sleep done that it
        // never does.
        // ORDERING: Relaxed: a look.
        Answer::Over
            if limit.is_some() && word.load(Ordering::Relaxed) == expected && deadline.passed() =>
        {
            Slept::TimedOut
        }
        Answer::Over => Slept::Perhaps,
        Answer::TimedOut => Slept::TimedOut,
        Answer::Refused => sleep_otherwise(word, expected, deadline),
    }
}

/// A time with seconds of 64 bits, and the call that takes it. Where addresses have 32 bits, that
/// is another than the first, and kernels have it from 5.1 on.
#[cfg(target_pointer_width = "64")]
use libc::{SYS_futex as FUTEX, timespec as Time};
/// As above. Where the kernel lacks it, naps do.
#[cfg(target_pointer_width = "32")]
const FUTEX: c_long = 422;
#[cfg(target_pointer_width = "32")]
#[repr(C)]
struct Time {
    tv_sec: i64,
    tv_nsec: i64,
}

/// Asks the kernel to sleep; FUTEX_WAIT_BITSET takes the time at which the sleep ends, FUTEX_WAIT
/// how long it is.
#[inline(always)]
fn ask(word: &AtomicU32, operation: c_int, expected: u32, limit: Option<u64>) -> Answer {
    let time;
    let limit = match limit {
        Some(limit) => {
            time = Time {
                tv_sec: (limit / 1_000_000_000) as i64,
                tv_nsec: (limit % 1_000_000_000) as i64,
            };
            ptr::from_ref(&time)
        }
        None => ptr::null(),
    };
    // SAFETY: the word outlives the call, since it is borrowed; the limit is null or a valid time;
    // the second address is not used by these operations; waiting on a word has no other effect.
    let answer = unsafe {
        libc::syscall(
            FUTEX,
            word.as_ptr(),
            operation | libc::FUTEX_PRIVATE_FLAG,
            expected,
            limit,
            ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        )
    };
    if answer != -1 {
        return Answer::Over;
    }
    let error = errno();
    if error == libc::ETIMEDOUT {
        return Answer::TimedOut;
    }
    hint::cold_path();
    if error == libc::EAGAIN || error == libc::EINTR { Answer::Over } else { Answer::Refused }
}

fn timespec(nanoseconds: u64) -> libc::timespec {
    libc::timespec {
        tv_sec: (nanoseconds / 1_000_000_000) as _,
        tv_nsec: (nanoseconds % 1_000_000_000) as libc::c_long,
    }
}

/// The first nap and the longest of one who looks by itself, in nanoseconds. What it waits for is
/// noticed so much later.
const FIRST_NAP: u64 = 50_000;
const LONGEST_NAP: u64 = 10_000_000;

/// Where the system refuses the sleep that is asked for: the older operation, and then naps between
/// which it looks at the word.
#[cold]
#[inline(never)]
fn sleep_otherwise(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    let mut nap = FIRST_NAP;
    loop {
        let left = match deadline {
            Deadline::Never => None,
            Deadline::At(moment) => Some(moment.saturating_sub(clock::now())),
        };
        if left == Some(0) {
            return Slept::TimedOut;
        }
        match ask(word, libc::FUTEX_WAIT, expected, left) {
            Answer::Over => return Slept::Perhaps,
            Answer::TimedOut => continue,
            Answer::Refused => {}
        }
        // ORDERING: Relaxed: a look: the caller looks again.
        if word.load(Ordering::Relaxed) != expected || !take_a_nap(nap.min(left.unwrap_or(nap))) {
            return Slept::Perhaps;
        }
        nap = LONGEST_NAP.min(nap * 2);
    }
}

/// Sleeps for so many nanoseconds. False: a signal has ended it.
fn take_a_nap(nanoseconds: u64) -> bool {
    let time = timespec(nanoseconds);
    // Plain system calls: the C library's own are cancellation points, and may be another
    // library's.
    // SAFETY: the time is valid, and what is left of it is not asked for.
    let slept = unsafe {
        libc::syscall(
            libc::SYS_clock_nanosleep,
            libc::CLOCK_MONOTONIC,
            0,
            &time,
            ptr::null::<libc::timespec>(),
        )
    };
    if slept == 0 || errno() == libc::EINTR {
        return slept == 0;
    }
    let mut rest = time;
    // SAFETY: there is no descriptor and no signal mask; the time is valid, and the kernel may
    // write what is left of it.
    let polled = unsafe {
        libc::syscall(
            libc::SYS_ppoll,
            ptr::null::<libc::pollfd>(),
            0,
            &mut rest,
            ptr::null::<u64>(),
            0,
        )
    };
    if polled == 0 || errno() == libc::EINTR {
        return polled == 0;
    }
    // Nothing is left that sleeps.
    yield_now();
    true
}

/// Lets another thread have this processor, if one wants it.
pub fn yield_now() {
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
    // SAFETY: waking reads no memory of ours; that a sleeper may have gone meanwhile is harmless,
    // since every word that is slept on is in memory that is never given back, and its sleeper
    // looks at the word again.
    let woken = unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            most,
        )
    };
    if woken < 0 {
        wake_otherwise(word, most);
    }
}

/// Where the system refuses to wake: the other operation that wakes; and if that is refused as
/// well, sleepers look by themselves from now on. One that went to sleep before, when it was not
/// forbidden yet, sleeps on until its deadline or a signal.
#[cold]
#[inline(never)]
fn wake_otherwise(word: &AtomicU32, most: i32) {
    // SAFETY: as in `wake`; the time and the second address are not used by this operation.
    let woken = unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE_BITSET | libc::FUTEX_PRIVATE_FLAG,
            most,
            ptr::null::<libc::timespec>(),
            ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        )
    };
    if woken < 0 {
        // ORDERING: Relaxed: as in `wait`.
        WAKING.store(REFUSES, Ordering::Relaxed);
    }
}
