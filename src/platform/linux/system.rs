//! Small facts about the machine and the process.

use core::ffi::{CStr, c_char, c_void};
use core::num::NonZeroUsize;

use once_cell::race::OnceNonZeroUsize;

pub use crate::platform::cancellation::{DeferredCancellation, NoCancellation};
pub use crate::platform::errno::KeepErrno;
use crate::platform::errno::errno;

use super::first_thread;
pub use super::first_thread::note as first_thread_is_known;

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
    // SAFETY: an all-zero set is a valid, empty set.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: the size is the set's own, and 0 is the calling thread.
    let answer = unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set) };
    // SAFETY: the set is initialised. More processors than it can hold make the call fail: then
    // there are many.
    let count = if answer == 0 { unsafe { libc::CPU_COUNT(&set) } } else { 2 };
    NonZeroUsize::new(count.max(1) as usize).unwrap_or(NonZeroUsize::MIN)
}

/// The kernel's id of the calling thread.
pub fn native_id() -> u32 {
    // A plain system call: in a child of the system call alone musl's own answers with the id of
    // the parent's thread.
    // SAFETY: the call has no precondition and cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}

/// The process's id.
pub fn process_id() -> u32 {
    // SAFETY: the call has no precondition and cannot fail.
    unsafe { libc::getpid() as u32 }
}

/// The kernel's id of the thread that the process began with: here it is the process's.
pub fn first_thread_id() -> u32 {
    process_id()
}

/// Whether the calling thread is the one that the process began with.
pub fn is_first_thread() -> bool {
    native_id() == process_id()
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
    let answer = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), native_id, 0) };
    answer == 0 || errno() != libc::ESRCH
}

/// Has the kernel give children zeros instead of a copy of these bytes, whole pages; in this
/// process nothing changes. False: it does not (MADV_WIPEONFORK is there since Linux 4.14).
///
/// # Safety
/// The pages are the caller's, and no file lies under them.
pub unsafe fn wipe_in_children(pages: *mut c_void, bytes: usize) -> bool {
    let _errno = KeepErrno::new();
    // SAFETY: the caller's promise.
    unsafe { libc::madvise(pages, bytes, libc::MADV_WIPEONFORK) == 0 }
}

/// Calls `read` with what the environment has under this name; in a program that runs with other
/// rights than its user's there is nothing.
pub fn variable<R>(name: &CStr, read: impl FnOnce(&CStr) -> R) -> Option<R> {
    unsafe extern "C" {
        fn secure_getenv(name: *const c_char) -> *const c_char;
    }
    // SAFETY: the name is NUL-terminated, and the text that comes back is read at once.
    let found = unsafe { secure_getenv(name.as_ptr()) };
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
        #[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array.00090"))]
        static CONSTRUCTOR: extern "C" fn() = $function;
    };
}
pub(crate) use run_when_loaded;
