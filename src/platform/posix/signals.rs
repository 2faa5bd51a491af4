//! Signal masks of threads, and handlers.

use core::mem;
use core::ptr;

use crate::platform::errno::KeepErrno;

/// What the C library's set begins with: a bit for each of the first signals.
#[cfg(not(target_vendor = "apple"))]
type First = u64;
/// As above: all that there are.
#[cfg(target_vendor = "apple")]
type First = u32;

/// Whether there are more signals than those.
const HAS_MORE: bool = cfg!(target_os = "freebsd");

/// A signal mask of at most 64 signals, a bit for each: what Linux has, of whose C library's sets
/// it is an eighth. Where there are more, those after them are left alone.
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
        // SAFETY: an all-zero set is valid, and begins with the bits of the first signals; the old
        // one is not asked for, except where the calls say so.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            if HAS_MORE {
                libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &mut set);
            }
            ptr::from_mut(&mut set).cast::<First>().write_unaligned(self.0 as First);
            libc::pthread_sigmask(libc::SIG_SETMASK, &set, ptr::null_mut());
        }
    }

    fn first_of(set: &libc::sigset_t) -> SignalMask {
        const { assert!(size_of::<libc::sigset_t>() >= size_of::<First>(), "it begins with them") };
        // Narrower on some systems.
        #[allow(clippy::unnecessary_cast)]
        // SAFETY: the set is initialised, and at least that large.
        SignalMask(unsafe { ptr::from_ref(set).cast::<First>().read_unaligned() } as u64)
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

/// Why a signal's handler was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHandled {
    /// The program handles or ignores the signal.
    InUse,
    /// There is no such signal, or it cannot be handled.
    NoSuchSignal,
}

/// A handler of a signal.
pub type Handler = extern "C" fn(i32);

/// Has the handler run on that signal, if the system's default is all that happens on it so far, or
/// this handler. It interrupts no system call that can go on, and runs on the alternate stack, if
/// there is one.
///
/// # Errors
/// [`NotHandled`].
pub fn handle(signal: i32, handler: Handler) -> Result<(), NotHandled> {
    let found = disposition(signal).ok_or(NotHandled::NoSuchSignal)?;
    if found != libc::SIG_DFL && found != handler as libc::sighandler_t {
        return Err(NotHandled::InUse);
    }
    let set = set_disposition(signal, handler as libc::sighandler_t);
    if set { Ok(()) } else { Err(NotHandled::NoSuchSignal) }
}

/// Gives the signal back to the system, if the handler is that one.
pub fn give_back(signal: i32, handler: Handler) {
    if disposition(signal) == Some(handler as libc::sighandler_t) {
        set_disposition(signal, libc::SIG_DFL);
    }
}

/// What happens on that signal; `None`: there is no such signal.
fn disposition(signal: i32) -> Option<libc::sighandler_t> {
    let _errno = KeepErrno::new();
    // SAFETY: all-zero is a valid action, which the call fills; nothing is changed.
    unsafe {
        let mut found: libc::sigaction = mem::zeroed();
        (libc::sigaction(signal, ptr::null(), &mut found) == 0).then_some(found.sa_sigaction)
    }
}

fn set_disposition(signal: i32, handler: libc::sighandler_t) -> bool {
    let _errno = KeepErrno::new();
    // SAFETY: all-zero is a valid action; the handler is one of the library's, which are there for
    // ever, or the system's.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(signal, &action, ptr::null_mut()) == 0
    }
}

/// Whether the calling thread runs on an alternate stack of fewer bytes. Async-signal-safe.
pub fn is_on_smaller_stack(bytes: usize) -> bool {
    // SAFETY: all-zero is a valid description, which the call fills; nothing is changed.
    unsafe {
        let mut found: libc::stack_t = mem::zeroed();
        libc::sigaltstack(ptr::null(), &mut found) == 0
            && found.ss_flags & libc::SS_ONSTACK != 0
            && found.ss_size < bytes
    }
}

/// The number of the signal of that name, such as QUIT or SIGQUIT, or of that number.
pub fn number_of(text: &[u8]) -> Option<i32> {
    const NAMES: [(&[u8], i32); 8] = [
        (b"QUIT", libc::SIGQUIT),
        (b"USR1", libc::SIGUSR1),
        (b"USR2", libc::SIGUSR2),
        (b"HUP", libc::SIGHUP),
        (b"INT", libc::SIGINT),
        (b"TERM", libc::SIGTERM),
        (b"ALRM", libc::SIGALRM),
        (b"PROF", libc::SIGPROF),
    ];
    let name = text.strip_prefix(b"SIG").unwrap_or(text);
    let named = NAMES.iter().find(|(other, _)| *other == name).map(|(_, number)| *number);
    named.or_else(|| core::str::from_utf8(text).ok()?.parse().ok())
}
