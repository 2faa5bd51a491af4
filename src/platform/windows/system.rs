//! Small facts about the machine and the process.

use core::ffi::{CStr, c_void};
use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicU32, Ordering};

use once_cell::race::OnceNonZeroUsize;

use super::api::{self, ERROR_ACCESS_DENIED, SYNCHRONIZE};
use super::first_thread;
pub use super::first_thread::note as first_thread_is_known;
use super::tasks;
use super::text;
use super::thread::Opened;
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
    const ALL_GROUPS: u16 = u16::MAX;
    let _errno = KeepErrno::new();
    let (mut own, mut all) = (0, 0);
    // SAFETY: both are valid places for the answers; the handle stands for this process.
    unsafe { api::GetProcessAffinityMask(api::THIS_PROCESS, &mut own, &mut all) };
    // Nothing is said where the process has processors of several groups.
    let count = match own.count_ones() {
        // SAFETY: the call takes a number.
        0 => unsafe { api::GetActiveProcessorCount(ALL_GROUPS) },
        count => count,
    };
    NonZeroUsize::new(count as usize).unwrap_or(const { NonZeroUsize::new(2).unwrap() })
}

/// The kernel's id of the calling thread.
pub fn native_id() -> u32 {
    // SAFETY: the call reads a word of the calling thread's.
    unsafe { api::GetCurrentThreadId() }
}

/// The process's id.
pub fn process_id() -> u32 {
    // SAFETY: the call reads a word of the process's.
    unsafe { api::GetCurrentProcessId() }
}

/// The id of the thread that the process began with; 0: it is not known yet.
static FIRST_THREAD: AtomicU32 = AtomicU32::new(0);

/// The kernel's id of the thread that the process began with.
pub fn first_thread_id() -> u32 {
    // ORDERING: Relaxed, both: a number that stands for itself, and that all who ask find.
    let known = FIRST_THREAD.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let _errno = KeepErrno::new();
    let found = tasks::first().unwrap_or_else(native_id);
    FIRST_THREAD.store(found, Ordering::Relaxed);
    found
}

/// Whether the calling thread is the one that the process began with.
pub fn is_first_thread() -> bool {
    native_id() == first_thread_id()
}

/// Whether the calling thread, which the layers above do not know, is the one that the process
/// began with.
pub fn is_unknown_first_thread() -> bool {
    !first_thread::was_noted() && is_first_thread()
}

/// Whether the process has a thread with this kernel's id.
pub fn thread_exists(native_id: u32) -> bool {
    let _errno = KeepErrno::new();
    match Opened::new(SYNCHRONIZE, native_id) {
        Some(thread) => !thread.has_ended(),
        // SAFETY: the call reads a word of the calling thread's.
        None => unsafe { api::GetLastError() == ERROR_ACCESS_DENIED },
    }
}

/// Nobody forks.
///
/// # Safety
/// None is needed; it is unsafe as in other ports.
pub unsafe fn wipe_in_children(_pages: *mut c_void, _bytes: usize) -> bool {
    false
}

/// Calls `read` with what the environment has under this name. A value that is longer than a
/// thousand characters is as if it was not there.
pub fn variable<R>(name: &CStr, read: impl FnOnce(&CStr) -> R) -> Option<R> {
    const LONGEST: usize = 1024;
    let _errno = KeepErrno::new();
    let (mut name_room, mut wide, mut bytes) = ([0; 64], [0; LONGEST], [0; 3 * LONGEST]);
    let name = text::to_wide(name.to_bytes(), &mut name_room)?;
    // SAFETY: the name ends with a NUL, and the room has as many units as are said.
    let length = unsafe {
        api::SetLastError(0);
        api::GetEnvironmentVariableW(name.as_ptr(), wide.as_mut_ptr(), LONGEST as u32)
    };
    // SAFETY: the call reads a word of the calling thread's.
    if length == 0 && unsafe { api::GetLastError() } != 0 {
        return None;
    }
    // More than the room: so much would be needed.
    let length = text::to_utf8(wide.get(..length as usize)?, &mut bytes)?.len();
    *bytes.get_mut(length)? = 0;
    CStr::from_bytes_until_nul(&bytes).ok().map(read)
}

/// Ends the process at once, as the C library's `abort` does.
pub fn abort() -> ! {
    // SAFETY: the call has no precondition.
    unsafe { libc::abort() }
}

/// What the loader says that has happened when it calls a function of an image.
const LOADED: u32 = 1;

/// The loader's call. It comes to a thread of any kind, if a program loads the library while it
/// runs, and then nothing is said in `at_begin`; else to the thread that the process began with.
pub fn called_by_loader(reason: u32, at_begin: *const c_void, when_loaded: extern "C" fn()) {
    if reason != LOADED {
        return;
    }
    if !at_begin.is_null() {
        // ORDERING: Relaxed: as in `first_thread_id`.
        FIRST_THREAD.store(native_id(), Ordering::Relaxed);
    }
    when_loaded();
}

/// Has a function run when the library is loaded, before constructors of programs and of libraries
/// that use this one: by the loader's list of functions that are about thread-local storage, which
/// it calls before all others of an image.
macro_rules! run_when_loaded {
    ($function:path) => {
        unsafe extern "system" fn loaded(
            _image: *mut core::ffi::c_void,
            reason: u32,
            at_begin: *mut core::ffi::c_void,
        ) {
            $crate::platform::system::called_by_loader(reason, at_begin, $function);
        }

        #[used]
        #[unsafe(link_section = ".CRT$XLB")]
        static CONSTRUCTOR: unsafe extern "system" fn(
            *mut core::ffi::c_void,
            u32,
            *mut core::ffi::c_void,
        ) = loaded;
    };
}
pub(crate) use run_when_loaded;
