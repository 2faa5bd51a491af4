//! The threads of the process as the kernel knows them: their list and names.

use core::ffi::{CStr, c_int};
use core::mem::MaybeUninit;

use super::thread_ports;
use crate::platform::system;

/// The longest name that a thread has, in bytes without the NUL.
pub const LONGEST_NAME: usize = libc::MAXTHREADNAMESIZE - 1;

/// Names the calling thread; a longer name has no effect.
pub fn set_own_name(name: &CStr) {
    // SAFETY: the text is NUL-terminated.
    unsafe { libc::pthread_setname_np(name.as_ptr()) };
}

/// The name of the calling thread, as the kernel has it. Async-signal-safe.
pub fn own_name(room: &mut [u8; LONGEST_NAME + 1]) -> &[u8] {
    let length = name(system::native_id(), room);
    room.get(..length).unwrap_or_default()
}

/// Names the thread with that kernel's id, if that is the calling one: no thread can name another
/// here. It may change errno.
pub fn set_name(native_id: u32, name: &CStr) {
    if native_id == system::native_id() {
        set_own_name(name);
    }
}

/// How many threads the process has; `None`: the kernel does not say. It may change errno.
pub fn count() -> Option<usize> {
    let mut found = MaybeUninit::<libc::proc_taskinfo>::zeroed();
    let bytes = size_of::<libc::proc_taskinfo>() as c_int;
    let process = system::process_id() as c_int;
    // SAFETY: the place has as many bytes as are said; all-zero is a valid struct of numbers.
    unsafe {
        let told = libc::proc_pidinfo(
            process,
            libc::PROC_PIDTASKINFO,
            0,
            found.as_mut_ptr().cast(),
            bytes,
        );
        (told == bytes).then(|| usize::try_from(found.assume_init().pti_threadnum).ok())?
    }
}

/// Copies the name of the thread with that kernel's id, and returns its length; 0: there is no such
/// thread, or no list of them. It may change errno.
pub fn name(native_id: u32, room: &mut [u8]) -> usize {
    thread_ports::with(native_id, |port| thread_ports::name(port, room)).unwrap_or(0)
}

/// Calls `visit` with the kernel's id of each thread of the process. False: they could not be
/// listed.
pub fn for_each(mut visit: impl FnMut(u32)) -> bool {
    thread_ports::for_each(|port| {
        if let Some(id) = thread_ports::id(port) {
            visit(id);
        }
        true
    })
}
