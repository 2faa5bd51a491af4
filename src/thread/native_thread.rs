//! Threads of the library's own: the timers' service and workers. They have no record, appear
//! nowhere and keep nothing alive.

use core::ffi::CStr;
use core::mem;
use core::ptr;

use crate::object::cause;
use crate::platform::memory;
use crate::platform::pthread::{self, Routine};
use crate::platform::system::{KeepErrno, NoCancellation};
use crate::status::Status;
use crate::thread::create;
use crate::thread::reap;

/// Starts one with that size of stack, 0 for the platform's. Somebody joins it, or it detaches
/// itself in the end.
///
/// # Errors
/// As [`create::create`].
pub fn start(routine: Routine, stack_size: usize) -> Result<(), Status> {
    if memory::is_exhausted() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let _errno = KeepErrno::new();
    let _cancellation = NoCancellation::new();
    reap::reap();
    // Timers must not wait for ever because threads were given stacks that the system has no room
    // for.
    // SAFETY: routines of the library's own threads take no argument.
    let create = |size| unsafe { create::create(size, routine, ptr::null_mut()) };
    let before = cause::last();
    let started = create(stack_size)
        .or_else(|refusal| if stack_size == 0 { Err(refusal) } else { create(0) });
    started.inspect(|()| cause::forget_since(before))
}

/// The calling thread is about to end, and nobody joins it.
pub fn detach_myself() {
    // SAFETY: a thread that `start` has made is joinable until it calls this, once.
    unsafe { pthread::pthread_detach(pthread::pthread_self()) };
}

/// A signal mask as the kernel has it, a bit for each of 64 signals: an eighth of the C library's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignalMask(pub u64);

impl SignalMask {
    /// The calling thread's.
    pub fn of_calling_thread() -> SignalMask {
        if cfg!(loom) {
            return SignalMask(0);
        }
        // SAFETY: an all-zero set is valid; nothing is changed, and the set is a valid place for
        // the answer.
        unsafe {
            let mut set = mem::zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &mut set);
            SignalMask::first_of(&set)
        }
    }

    /// Makes it the calling thread's.
    pub fn begin(self) {
        // SAFETY: an all-zero set is valid, and begins with the kernel's 64 bits; the old one is
        // not asked for.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            ptr::from_mut(&mut set).cast::<u64>().write_unaligned(self.0);
            libc::pthread_sigmask(libc::SIG_SETMASK, &set, ptr::null_mut());
        }
    }

    fn first_of(set: &libc::sigset_t) -> SignalMask {
        const { assert!(size_of::<libc::sigset_t>() >= 8, "it begins with the kernel's 64 bits") };
        // SAFETY: the set is initialised, and at least that large.
        SignalMask(unsafe { ptr::from_ref(set).cast::<u64>().read_unaligned() })
    }
}

/// Which signals a thread of the library's own leaves to the program's threads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signals {
    /// All: it runs no code of the user's.
    All,
    /// All but those that mean a fault of the code that runs, SIGABRT, and SIGPROF for profilers:
    /// between functions of the user's.
    AllButFaults,
}

/// Blocks them in the calling thread, and no others.
pub fn block_signals(which: Signals) {
    // SAFETY: the set is filled before use, and the old one is not asked for.
    unsafe {
        let mut set = mem::zeroed();
        libc::sigfillset(&mut set);
        if which == Signals::AllButFaults {
            let kept = [
                libc::SIGSEGV,
                libc::SIGBUS,
                libc::SIGFPE,
                libc::SIGILL,
                libc::SIGTRAP,
                libc::SIGSYS,
                libc::SIGABRT,
                libc::SIGPROF,
            ];
            for signal in kept {
                libc::sigdelset(&mut set, signal);
            }
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &set, ptr::null_mut());
    }
}

/// Cancellation as a new thread has it, whatever a function before has left behind.
pub fn allow_cancellation() {
    const ENABLE: libc::c_int = 0;
    const DEFERRED: libc::c_int = 0;
    // SAFETY: both values are ones that POSIX defines, and the old ones are not asked for.
    unsafe {
        pthread::pthread_setcanceltype(DEFERRED, ptr::null_mut());
        pthread::pthread_setcancelstate(ENABLE, ptr::null_mut());
    }
}

/// Acts upon a cancellation that is pending: then the worker ends here, and not in the next
/// function.
pub fn act_upon_cancellation() {
    // SAFETY: the frames above are C-unwind, with guards that are made for that.
    unsafe { pthread::pthread_testcancel() }
}

/// Names the calling thread for the operating system.
pub fn call_myself(name: &CStr) {
    // SAFETY: the text is NUL-terminated.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}
