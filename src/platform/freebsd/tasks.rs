//! The threads of the process as the kernel knows them: their list and names.

use core::ffi::{CStr, c_char, c_int, c_long};

use super::process_list::{self, parts_of_name};
use crate::platform::system;

/// The longest name that a thread has, in bytes without the NUL.
pub const LONGEST_NAME: usize = libc::MAXCOMLEN;

unsafe extern "C" {
    fn thr_set_name(id: c_long, name: *const c_char) -> c_int;
}

/// Names the calling thread; of a longer name the system takes the begin.
pub fn set_own_name(name: &CStr) {
    // SAFETY: the thread is the calling one, and the text is NUL-terminated.
    unsafe { libc::pthread_set_name_np(libc::pthread_self(), name.as_ptr()) };
}

/// The name of the calling thread, as the kernel has it. Async-signal-safe.
pub fn own_name(room: &mut [u8; LONGEST_NAME + 1]) -> &[u8] {
    let length = name(system::native_id(), room);
    room.get(..length).unwrap_or_default()
}

/// Names the thread with that kernel's id, if the process has such a one. It may change errno.
pub fn set_name(native_id: u32, name: &CStr) {
    if native_id == system::native_id() {
        set_own_name(name);
        return;
    }
    // SAFETY: the text is NUL-terminated; the kernel looks for the id in this process alone.
    unsafe { thr_set_name(native_id.into(), name.as_ptr()) };
}

/// How many threads the process has; `None`: the kernel does not say. It may change errno.
pub fn count() -> Option<usize> {
    process_list::process(|entry| usize::try_from(entry.ki_numthreads).ok())?
}

/// Copies the name of the thread with that kernel's id, and returns its length; 0: there is no such
/// thread, or no list of them. It may change errno.
pub fn name(native_id: u32, room: &mut [u8]) -> usize {
    let mut length = 0;
    process_list::threads(|entries| {
        let entry = entries.iter().find(|entry| entry.ki_tid as u32 == native_id);
        let Some(entry) = entry else { return };
        parts_of_name(entry, |part| {
            let end = room.len().min(length + part.len());
            if let (Some(place), Some(part)) = (room.get_mut(length..end), part.get(..end - length))
            {
                place.copy_from_slice(part);
                length = end;
            }
        });
    });
    length
}

/// Calls `visit` with the kernel's id of each thread of the process. False: they could not be
/// listed.
pub fn for_each(mut visit: impl FnMut(u32)) -> bool {
    process_list::threads(|entries| {
        for entry in entries {
            visit(entry.ki_tid as u32);
        }
    })
    .is_some()
}
