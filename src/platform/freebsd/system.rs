//! Small facts about the machine and the process.

use core::ffi::{CStr, c_void};
use core::num::NonZeroUsize;
// Not the facade's: a model has another file.
use core::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::OnceNonZeroUsize;

use super::first_thread;
pub use super::first_thread::note as first_thread_is_known;
use super::process_list;
use crate::platform::affinity;
pub use crate::platform::cancellation::{DeferredCancellation, NoCancellation};
pub use crate::platform::errno::KeepErrno;
use crate::platform::errno::errno;

/// How many processors are allowed to this process: asked once.
#[inline]
pub fn processors() -> usize {
    static PROCESSORS: OnceNonZeroUsize = OnceNonZeroUsize::new();
    PROCESSORS.get_or_init(count_processors).get()
}

/// Whether more than one is: only then is spinning worth anything.
#[inline]
pub fn many_processors() -> bool {
    processors() > 1
}

#[cold]
fn count_processors() -> NonZeroUsize {
    let _errno = KeepErrno::new();
    let count = affinity::processors_of_process().unwrap_or(2);
    NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN)
}

/// The kernel's id of the calling thread.
pub fn native_id() -> u32 {
    let mut id = 0;
    // By the kernel: in a child of the system call alone the C library has the parent's.
    // SAFETY: `id` is a valid place for the answer.
    unsafe { libc::thr_self(&mut id) };
    id as u32
}

/// The process's id.
pub fn process_id() -> u32 {
    // SAFETY: the call has no precondition and cannot fail.
    unsafe { libc::getpid() as u32 }
}

/// The kernel's id of the thread that the process began with; 0: it is not known. That thread is
/// the first of the list. It is asked for once in each process, while that thread is there.
pub fn first_thread_id() -> u32 {
    /// The process's id, and the thread's.
    static KNOWN: AtomicU64 = AtomicU64::new(0);
    let process = process_id();
    // ORDERING: Relaxed, both: one value, which whoever asks finds out by itself.
    let known = KNOWN.load(Ordering::Relaxed);
    if (known >> 32) as u32 == process {
        return known as u32;
    }
    let listed = process_list::threads(|entries| entries.first().map(|entry| entry.ki_tid as u32));
    let first = listed.flatten().unwrap_or(0);
    if first != 0 {
        KNOWN.store(u64::from(process) << 32 | u64::from(first), Ordering::Relaxed);
    }
    first
}

/// Whether the calling thread is the one that the process began with.
pub fn is_first_thread() -> bool {
    match first_thread_id() {
        // SAFETY: the call has no precondition.
        0 => unsafe { libc::pthread_main_np() == 1 },
        first => first == native_id(),
    }
}

/// Whether the calling thread, which the layers above do not know, is the one that the process
/// began with. Makes no system call if that one is known.
pub fn is_unknown_first_thread() -> bool {
    !first_thread::was_noted() && is_first_thread()
}

/// Whether the process has a thread with this kernel's id.
pub fn thread_exists(native_id: u32) -> bool {
    let _errno = KeepErrno::new();
    // SAFETY: signal 0 is only a question.
    let answer = unsafe { libc::thr_kill(native_id.into(), 0) };
    answer == 0 || errno() != libc::ESRCH
}

/// Has the kernel give children zeros instead of a copy of these bytes, whole pages; in this
/// process nothing changes. False: it does not.
///
/// # Safety
/// The pages are the caller's, and no file lies under them.
pub unsafe fn wipe_in_children(pages: *mut c_void, bytes: usize) -> bool {
    let _errno = KeepErrno::new();
    // SAFETY: the caller's promise.
    unsafe { libc::minherit(pages, bytes, libc::INHERIT_ZERO) == 0 }
}

/// Calls `read` with what the environment has under this name; in a program that runs with other
/// rights than its user's there is nothing.
pub fn variable<R>(name: &CStr, read: impl FnOnce(&CStr) -> R) -> Option<R> {
    // SAFETY: the call has no precondition.
    if unsafe { libc::issetugid() } != 0 {
        return None;
    }
    // SAFETY: the name is NUL-terminated, and the text that comes back is read at once.
    let found = unsafe { libc::getenv(name.as_ptr()) };
    // SAFETY: not null, so NUL-terminated.
    (!found.is_null()).then(|| read(unsafe { CStr::from_ptr(found) }))
}

/// Ends the process at once, by SIGABRT.
pub fn abort() -> ! {
    // SAFETY: the call has no precondition.
    unsafe { libc::abort() }
}

/// Has a function run when the library is loaded, before constructors of programs and of libraries
/// that use this one: those without a priority come later, and so do dependents.
macro_rules! run_when_loaded {
    ($function:path) => {
        #[used]
        #[unsafe(link_section = ".init_array.00090")]
        static CONSTRUCTOR: extern "C" fn() = $function;
    };
}
pub(crate) use run_when_loaded;
