//! The threads of the process as the system knows them: their list and names.

use core::ffi::CStr;

use super::api::{self, Handle, THIS_THREAD, ThreadEntry};
use super::text;
use super::thread::{Opened, description};

/// The longest name that is shown, in bytes without the NUL. The system itself has no limit.
pub const LONGEST_NAME: usize = 63;

/// Names the calling thread.
pub fn set_own_name(name: &CStr) {
    show(THIS_THREAD, name);
}

/// Names the thread with that id, if the process has such a one. It may change the last error.
pub fn set_name(native_id: u32, name: &CStr) {
    if let Some(thread) = Opened::new(api::THREAD_SET_LIMITED_INFORMATION, native_id) {
        show(thread.0, name);
    }
}

fn show(thread: Handle, name: &CStr) {
    let mut room = [0; LONGEST_NAME + 1];
    if let Some(text) = text::to_wide(name.to_bytes(), &mut room) {
        description::set(thread, text);
    }
}

/// The name of the calling thread, as the system has it.
pub fn own_name(room: &mut [u8; LONGEST_NAME + 1]) -> &[u8] {
    let length = read(THIS_THREAD, room);
    room.get(..length).unwrap_or_default()
}

/// Copies the name of the thread with that id, and returns its length; 0: there is no such thread,
/// or it has no name. It may change the last error.
pub fn name(native_id: u32, room: &mut [u8]) -> usize {
    Opened::new(0, native_id).map_or(0, |thread| read(thread.0, room))
}

fn read(thread: Handle, room: &mut [u8]) -> usize {
    let copied = description::get(thread, |text| text::to_utf8(text, room).map(<[u8]>::len));
    copied.flatten().unwrap_or(0)
}

/// How many threads the process has; `None`: there is no list of them. It may change the last
/// error.
pub fn count() -> Option<usize> {
    let mut count = 0;
    for_each(|_| count += 1).then_some(count)
}

/// Calls `visit` with the id of each thread of the process. False: they could not be listed.
pub fn for_each(mut visit: impl FnMut(u32)) -> bool {
    const THREADS: u32 = 4;
    // SAFETY: the calls take numbers, and the handle that the first one returns; the entry says how
    // large it is.
    unsafe {
        let list = api::CreateToolhelp32Snapshot(THREADS, 0);
        if list == api::INVALID_HANDLE {
            return false;
        }
        let mut entry: ThreadEntry = core::mem::zeroed();
        entry.size = size_of::<ThreadEntry>() as u32;
        let own = api::GetCurrentProcessId();
        let mut found = api::Thread32First(list, &mut entry) != 0;
        let is_listed = found;
        // The list is of all processes.
        while found {
            if entry.process_id == own {
                visit(entry.thread_id);
            }
            entry.size = size_of::<ThreadEntry>() as u32;
            found = api::Thread32Next(list, &mut entry) != 0;
        }
        api::CloseHandle(list);
        is_listed
    }
}

/// The id of the thread that the process began with, which is the oldest that is there. `None`: it
/// is not known.
pub fn first() -> Option<u32> {
    let mut first = None;
    for_each(|id| {
        let Some(thread) = Opened::new(0, id) else { return };
        let (mut created, mut other) = (0, [0; 3]);
        let [ended, in_kernel, in_user] = &mut other;
        // SAFETY: four valid places for the answers.
        let is_known =
            unsafe { api::GetThreadTimes(thread.0, &mut created, ended, in_kernel, in_user) != 0 };
        if is_known && first.is_none_or(|(before, _)| created < before) {
            first = Some((created, id));
        }
    });
    first.map(|(_, id)| id)
}
