//! The monotonic clock by which the kernel sleeps, read by the C library's function, which makes no
//! system call where the processor's counter does.
//!
//! It is looked for in the C library itself: a program may put another in its place, as libfaketime
//! does, and the kernel does not hear of that. Deadlines and sleeps have to be of one clock; else a
//! wait ends too early, too late or never.

use core::ffi::{c_char, c_int, c_void};
use core::mem::{self, transmute};
use core::ptr;
// Not the facade's: models have a clock of their own.
use core::sync::atomic::{AtomicPtr, Ordering};

use once_cell::race::OnceBool;

use super::clock_cost;
use crate::platform::errno::KeepErrno;
use crate::platform::weak;

type Read = unsafe extern "C" fn(libc::clockid_t, *mut libc::timespec) -> c_int;

/// The function that reads it; at first the one that looks for it.
static READ: AtomicPtr<c_void> = AtomicPtr::new(find_and_read as *const c_void as *mut c_void);

/// Nanoseconds on the monotonic clock.
#[inline]
pub fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // ORDERING: Relaxed: the functions are there as long as the process, and any of them will do.
    let read = READ.load(Ordering::Relaxed);
    // SAFETY: only functions of this type are stored; `time` is a valid place for the answer, and
    // the clock is always there.
    unsafe { transmute::<*mut c_void, Read>(read)(libc::CLOCK_MONOTONIC, &mut time) };
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

/// Whether a reading is cheap enough to end a spin by it. Asked once.
#[inline]
pub fn is_cheap() -> bool {
    static CHEAP: OnceBool = OnceBool::new();
    CHEAP.get_or_init(|| clock_cost::is_small(now))
}

/// # Safety
/// `time` may be written.
unsafe extern "C" fn find_and_read(clock: libc::clockid_t, time: *mut libc::timespec) -> c_int {
    let found = find();
    // ORDERING: Relaxed: as in `now`.
    READ.store(found, Ordering::Relaxed);
    // SAFETY: what `find` has found has this type; the caller's promise.
    unsafe { transmute::<*mut c_void, Read>(found)(clock, time) }
}

/// The function of the C library; of a program that is linked with -static the one that it has.
fn find() -> *mut c_void {
    type Open = unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void;
    let _errno = KeepErrno::new();
    // SAFETY: `dlopen` has this type, and null is the type's `None`.
    let dlopen: Option<Open> = unsafe { mem::transmute(weak::look_up_shared(c"dlopen")) };
    let library = match dlopen {
        // SAFETY: the name is NUL-terminated; opening what is loaded already runs nothing.
        Some(dlopen) => unsafe {
            dlopen(c"libc.so.7".as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD)
        },
        None => ptr::null_mut(),
    };
    let found = if library.is_null() {
        ptr::null_mut()
    } else {
        // SAFETY: the handle is the loader's.
        unsafe { weak::look_up_in(library, c"clock_gettime") }
    };
    if found.is_null() { libc::clock_gettime as *const c_void as *mut c_void } else { found }
}
