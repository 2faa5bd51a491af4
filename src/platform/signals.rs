//! Signal masks of threads.

use core::mem;
use core::ptr;

/// A signal mask as the kernel has it, a bit for each of 64 signals: an eighth of the C library's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignalMask(pub u64);

impl SignalMask {
    /// The calling thread's.
    pub fn of_calling_thread() -> SignalMask {
        // SAFETY: an all-zero set is valid; nothing is changed, and the set is a valid place for
        // the answer.
        unsafe {
            let mut set = mem::zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &mut set);
            SignalMask::first_of(&set)
        }
    }

    /// Makes it the calling thread's.
    pub fn apply(self) {
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
pub fn block(which: Signals) {
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
