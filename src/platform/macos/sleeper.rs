//! Waiting while a word has a value: `os_sync_wait_on_address`, which is there from macOS 14.4 on,
//! or else `__ulock_wait`, on which it stands. Both are looked up, once: a program that is made
//! here runs on systems that lack one of them.

use core::ffi::{c_int, c_void};
use core::mem::transmute;
use core::ptr;
// Not the facade's: a model has another file.
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use crate::platform::clock;
use crate::platform::errno::errno;
use crate::platform::weak;

/// What the system says to a sleep.
pub enum Answer {
    /// Woken, interrupted, or the word had changed.
    Over,
    /// It was long enough.
    TimedOut,
    /// It does not do that.
    Refused,
}

type Wait = unsafe extern "C" fn(*mut c_void, u64, usize, u32) -> c_int;
type WaitFor = unsafe extern "C" fn(*mut c_void, u64, usize, u32, u32, u64) -> c_int;
type Wake = unsafe extern "C" fn(*mut c_void, usize, u32) -> c_int;
type LockWait = unsafe extern "C" fn(u32, *mut c_void, u64, u32) -> c_int;
type LockWake = unsafe extern "C" fn(u32, *mut c_void, u64) -> c_int;

// As `os/os_sync_wait_on_address.h` has them.
const PRIVATE: u32 = 0;
const MACH_ABSOLUTE_TIME: u32 = 32;
const WORD: usize = size_of::<u32>();

// As `sys/ulock.h` of the kernel has them.
const COMPARE_AND_WAIT: u32 = 1;
const WAKE_ALL: u32 = 0x100;
const LONGEST_WAIT: u64 = u32::MAX as u64;

/// The functions of one way.
enum Way {
    Address { wait: Wait, wait_for: WaitFor, wake_one: Wake, wake_all: Wake },
    Lock { wait: LockWait, wake: LockWake },
    Neither,
}

/// The addresses of the functions, as `NAMES` has them; null before they were looked for, and for
/// those that are not there.
static FOUND: [AtomicPtr<c_void>; NAMES.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; NAMES.len()];
const NAMES: [&core::ffi::CStr; 6] = [
    c"os_sync_wait_on_address",
    c"os_sync_wait_on_address_with_timeout",
    c"os_sync_wake_by_address_any",
    c"os_sync_wake_by_address_all",
    c"__ulock_wait",
    c"__ulock_wake",
];

/// Whether they were looked for:
///
/// | value | means                                                    |
/// |-------|----------------------------------------------------------|
/// | 0     | not yet                                                  |
/// | 1     | they were, and every thread that looks finds the same    |
static ARE_LOOKED_FOR: AtomicU32 = AtomicU32::new(0);

fn way() -> Way {
    // ORDERING: Acquire, pairs with the Release in `look`: the addresses are there.
    if ARE_LOOKED_FOR.load(Ordering::Acquire) == 0 {
        look();
    }
    // ORDERING: Relaxed: as above.
    let address = |index: usize| FOUND[index].load(Ordering::Relaxed);
    if (0..4).all(|index| !address(index).is_null()) {
        // SAFETY: the functions have these types.
        return unsafe {
            Way::Address {
                wait: transmute::<*mut c_void, Wait>(address(0)),
                wait_for: transmute::<*mut c_void, WaitFor>(address(1)),
                wake_one: transmute::<*mut c_void, Wake>(address(2)),
                wake_all: transmute::<*mut c_void, Wake>(address(3)),
            }
        };
    }
    if address(4).is_null() || address(5).is_null() {
        return Way::Neither;
    }
    // SAFETY: as above.
    unsafe {
        Way::Lock {
            wait: transmute::<*mut c_void, LockWait>(address(4)),
            wake: transmute::<*mut c_void, LockWake>(address(5)),
        }
    }
}

#[cold]
fn look() {
    for (name, found) in NAMES.iter().zip(&FOUND) {
        // ORDERING: Relaxed: published by the Release below.
        found.store(weak::look_up_shared(name), Ordering::Relaxed);
    }
    // ORDERING: Release, pairs with the Acquire in `way`.
    ARE_LOOKED_FOR.store(1, Ordering::Release);
}

/// Sleeps while the word has the expected value, at most until that moment. It may change errno.
pub fn wait(word: &AtomicU32, expected: u32, limit: Option<u64>) -> Answer {
    let left = limit.map(|moment| moment.saturating_sub(clock::now()));
    if left == Some(0) {
        return Answer::TimedOut;
    }
    let (address, expected) = (word.as_ptr().cast(), u64::from(expected));
    // SAFETY: the word outlives the call, since it is borrowed; waiting has no other effect.
    let answer = unsafe {
        match (way(), left) {
            (Way::Address { wait, .. }, None) => wait(address, expected, WORD, PRIVATE),
            (Way::Address { wait_for, .. }, Some(left)) => {
                wait_for(address, expected, WORD, PRIVATE, MACH_ABSOLUTE_TIME, left)
            }
            // In microseconds, of which 0 is for ever.
            (Way::Lock { wait, .. }, left) => {
                let time = left.map_or(0, |left| left.div_ceil(1000).min(LONGEST_WAIT));
                wait(COMPARE_AND_WAIT, address, expected, time as u32)
            }
            (Way::Neither, _) => return Answer::Refused,
        }
    };
    if answer >= 0 {
        return Answer::Over;
    }
    match errno() {
        libc::ETIMEDOUT => Answer::TimedOut,
        libc::EINTR | libc::EFAULT | libc::EAGAIN => Answer::Over,
        _ => Answer::Refused,
    }
}

/// Wakes one who sleeps at the word, or all. It may change errno.
pub fn wake(word: &AtomicU32, all: bool) {
    let address = word.as_ptr().cast();
    // SAFETY: waking reads no memory of ours; that a sleeper may have gone meanwhile is harmless,
    // since every word that is slept on is in memory that is never given back, and its sleeper
    // looks at the word again.
    unsafe {
        match way() {
            Way::Address { wake_all, .. } if all => wake_all(address, WORD, PRIVATE),
            Way::Address { wake_one, .. } => wake_one(address, WORD, PRIVATE),
            Way::Lock { wake, .. } => {
                wake(if all { COMPARE_AND_WAIT | WAKE_ALL } else { COMPARE_AND_WAIT }, address, 0)
            }
            Way::Neither => 0,
        }
    };
}

/// Sleeps for so many nanoseconds; a signal may end it. It may change errno.
pub fn nap(nanoseconds: u64) {
    unsafe extern "C" {
        #[link_name = "poll$NOCANCEL"]
        fn poll(asked: *mut libc::pollfd, count: libc::nfds_t, milliseconds: c_int) -> c_int;
    }
    let milliseconds = nanoseconds.div_ceil(1_000_000).min(c_int::MAX as u64);
    // SAFETY: nothing is asked for.
    unsafe { poll(ptr::null_mut(), 0, milliseconds as c_int) };
}

/// Lets another thread have this processor, if one wants it.
pub fn yield_now() {
    // SAFETY: the call has no precondition, and changes nothing.
    unsafe { libc::sched_yield() };
}
