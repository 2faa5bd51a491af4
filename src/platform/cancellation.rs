//! Cancellation of POSIX: where it may act, and where not.

use core::ffi::c_int;
use core::ptr;

use crate::platform::pthread::{self, CANCEL_ASYNCHRONOUS, CANCEL_DEFERRED};
use crate::platform::pthread::{CANCEL_DISABLE, CANCEL_ENABLE};

/// Keeps deferred cancellation away over a scope: none of our functions is a cancellation point.
pub struct NoCancellation(c_int);

impl NoCancellation {
    /// Switches it off.
    pub fn new() -> NoCancellation {
        let mut old = CANCEL_DISABLE;
        // SAFETY: `old` is a valid place for the answer, and the state is one that POSIX defines.
        unsafe { pthread::pthread_setcancelstate(CANCEL_DISABLE, &mut old) };
        NoCancellation(old)
    }
}

impl Drop for NoCancellation {
    fn drop(&mut self) {
        // SAFETY: the state is the one that was in force before; the old one is not asked for.
        unsafe { pthread::pthread_setcancelstate(self.0, ptr::null_mut()) };
    }
}

/// Puts asynchronous cancellation off over a wait: it acts when this is dropped.
///
/// A thread that is cancelled asynchronously is unwound from wherever it stands, and what it has
/// linked into a queue would stay there. So this is made before anything is linked, and dropped
/// when nothing of the wait is left to do; the drop may unwind.
pub struct DeferredCancellation {
    was_asynchronous: bool,
}

impl DeferredCancellation {
    /// Makes the type deferred.
    #[inline]
    pub fn new() -> DeferredCancellation {
        let mut old = CANCEL_DEFERRED;
        // SAFETY: `old` is a valid place for the answer, and the type is one that POSIX defines. A
        // deferred cancellation acts in no call of ours; an asynchronous one that comes before the
        // call unwinds the caller's frames too, which hold nothing yet.
        unsafe { pthread::pthread_setcanceltype(CANCEL_DEFERRED, &mut old) };
        DeferredCancellation { was_asynchronous: old == CANCEL_ASYNCHRONOUS }
    }
}

impl Drop for DeferredCancellation {
    #[inline]
    fn drop(&mut self) {
        if self.was_asynchronous {
            // SAFETY: the type is the one that was in force before. If a cancellation is pending it
            // unwinds from here: the frames above are Rust's and C-unwind, and run their drops.
            unsafe { pthread::pthread_setcanceltype(CANCEL_ASYNCHRONOUS, ptr::null_mut()) };
        }
    }
}

/// Cancellation as a new thread has it, whatever a function before has left behind.
pub fn reset() {
    // SAFETY: both values are ones that POSIX defines, and the old ones are not asked for.
    unsafe {
        pthread::pthread_setcanceltype(CANCEL_DEFERRED, ptr::null_mut());
        pthread::pthread_setcancelstate(CANCEL_ENABLE, ptr::null_mut());
    }
}

/// Acts upon a cancellation that is pending: the calling thread is unwound from here.
pub fn act_upon_pending() {
    // SAFETY: the frames above are C-unwind, with guards that are made for that.
    unsafe { pthread::pthread_testcancel() }
}
