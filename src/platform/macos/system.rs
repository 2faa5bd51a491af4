//! Small facts about the machine and the process.

use core::ffi::{CStr, c_void};
use core::num::NonZeroUsize;
// Not the facade's: a model has another file.
use core::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::OnceNonZeroUsize;

use super::first_thread;
pub use super::first_thread::note as first_thread_is_known;
use super::thread_ports;
pub use crate::platform::cancellation::{DeferredCancellation, NoCancellation};
pub use crate::platform::errno::KeepErrno;

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
    // SAFETY: the name is one that the C library defines.
    let count = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    usize::try_from(count)
        .ok()
        .and_then(NonZeroUsize::new)
        .unwrap_or(const { NonZeroUsize::new(2).unwrap() })
}

/// The kernel's id of the calling thread, of which the library keeps the lower half: ids are
/// counted up since the machine's start.
pub fn native_id() -> u32 {
    let mut id = 0;
    // SAFETY: 0 is the calling thread, and `id` a valid place for the answer.
    unsafe { libc::pthread_threadid_np(0, &mut id) };
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
    let mut first = 0;
    if is_first_thread() {
        first = native_id();
    } else {
        thread_ports::for_each(|port| {
            first = thread_ports::id(port).unwrap_or(0);
            false
        });
    }
    if first != 0 {
        // ORDERING: as above.
        KNOWN.store(u64::from(process) << 32 | u64::from(first), Ordering::Relaxed);
    }
    first
}

/// Whether the calling thread is the one that the process began with.
pub fn is_first_thread() -> bool {
    // SAFETY: the call has no precondition.
    unsafe { libc::pthread_main_np() != 0 }
}

/// Whether the calling thread, which the layers above do not know, is the one that the process
/// began with. Makes no system call if that one is known.
pub fn is_unknown_first_thread() -> bool {
    !first_thread::was_noted() && is_first_thread()
}

/// Whether the process has a thread with this kernel's id.
pub fn thread_exists(native_id: u32) -> bool {
    let _errno = KeepErrno::new();
    let mut found = false;
    let are_listed = thread_ports::for_each(|port| {
        found = thread_ports::id(port) == Some(native_id);
        !found
    });
    found || !are_listed
}

/// Has the kernel give children zeros instead of a copy of these bytes. False: it can only leave
/// them out, and a child that touches them would end. So a fork without handlers, which is not for
/// programs here, goes unnoticed.
///
/// # Safety
/// The pages are the caller's.
pub unsafe fn wipe_in_children(_pages: *mut c_void, _bytes: usize) -> bool {
    false
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
/// that use this one: the loader runs those of dependents later. In a program that is linked to the
/// archive it is the order of linking that decides.
macro_rules! run_when_loaded {
    ($function:path) => {
        #[used]
        #[unsafe(link_section = "__DATA,__mod_init_func")]
        static CONSTRUCTOR: extern "C" fn() = $function;
    };
}
pub(crate) use run_when_loaded;
