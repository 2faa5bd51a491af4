//! The tasks of the process, which are its threads as the kernel knows them: their list and names.

use core::ffi::CStr;
use core::fmt::Write;

use crate::platform::print::FixedText;
use crate::platform::system;

/// The longest name that a task has, in bytes without the NUL.
pub const LONGEST_NAME: usize = 15;

/// Names the calling thread; of a longer name the kernel takes the begin.
pub fn set_own_name(name: &CStr) {
    // SAFETY: the text is NUL-terminated.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}

/// The name of the calling thread, as the kernel has it. Async-signal-safe.
pub fn own_name(room: &mut [u8; LONGEST_NAME + 1]) -> &[u8] {
    // SAFETY: the kernel writes at most that many bytes, the last one NUL.
    unsafe { libc::prctl(libc::PR_GET_NAME, room.as_mut_ptr()) };
    CStr::from_bytes_until_nul(room).map_or(b"", CStr::to_bytes)
}

/// Names the task with that kernel's id, if the process has such a one. It may change errno.
pub fn set_name(native_id: u32, name: &CStr) {
    if native_id == system::native_id() {
        set_own_name(name);
        return;
    }
    let mut bytes = [0; PATH];
    let mut path = FixedText::new(&mut bytes);
    let _ = write!(path, "/proc/self/task/{native_id}/comm\0");
    // Plain system calls: the C library's own are cancellation points.
    // SAFETY: the path is NUL-terminated; the descriptor is ours alone; the text has as many bytes
    // as are said.
    unsafe {
        let file = libc::syscall(
            libc::SYS_openat,
            libc::AT_FDCWD,
            path.as_bytes().as_ptr(),
            libc::O_WRONLY | libc::O_CLOEXEC,
        );
        if file >= 0 {
            libc::syscall(libc::SYS_write, file, name.as_ptr(), name.count_bytes());
            libc::syscall(libc::SYS_close, file);
        }
    }
}

/// How many tasks the process has; `None`: there is no list of them. It may change errno.
pub fn count() -> Option<usize> {
    let mut found = core::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the path is NUL-terminated, and the place has room for what is found.
    let answer = unsafe { libc::stat(c"/proc/self/task".as_ptr(), found.as_mut_ptr()) };
    if answer != 0 {
        return None;
    }
    // SAFETY: the call has succeeded, and so has filled it.
    let links = unsafe { found.assume_init() }.st_nlink;
    // Each directory in it is a link to it, and so are its own name and the dot.
    usize::try_from(links).ok()?.checked_sub(2)
}

/// Copies the name of the task with that kernel's id, and returns its length; 0: there is no such
/// task, or no list of them. It may change errno.
pub fn name(native_id: u32, room: &mut [u8]) -> usize {
    let mut bytes = [0; PATH];
    let mut path = FixedText::new(&mut bytes);
    let _ = write!(path, "/proc/self/task/{native_id}/comm\0");
    // Plain system calls: the C library's own are cancellation points.
    // SAFETY: the path is NUL-terminated; the descriptor is ours alone; the room has as many bytes
    // as are said.
    let length = unsafe {
        let path = path.as_bytes().as_ptr();
        let flags = libc::O_RDONLY | libc::O_CLOEXEC;
        let file = libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, flags);
        if file < 0 {
            return 0;
        }
        let length = libc::syscall(libc::SYS_read, file, room.as_mut_ptr(), room.len());
        libc::syscall(libc::SYS_close, file);
        length
    };
    let read = usize::try_from(length).ok().and_then(|length| room.get(..length));
    read.map_or(0, |name| name.strip_suffix(b"\n").unwrap_or(name).len())
}

/// The length of the longest path of a task's name, with the NUL.
const PATH: usize = "/proc/self/task/4294967295/comm\0".len();

/// Bytes that are read of the list at once, aligned as its entries are.
#[repr(align(8))]
struct Entries([u8; 4096]);

/// Calls `visit` with the kernel's id of each task of the process. False: they could not be listed.
pub fn for_each(mut visit: impl FnMut(u32)) -> bool {
    // Plain system calls: the C library's own allocate, and are cancellation points.
    // SAFETY: the path is NUL-terminated.
    let directory = unsafe {
        let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
        libc::syscall(libc::SYS_openat, libc::AT_FDCWD, c"/proc/self/task".as_ptr(), flags)
    };
    if directory < 0 {
        return false;
    }
    let mut entries = Entries([0; 4096]);
    let complete = loop {
        // SAFETY: the buffer has as many bytes as are said; the descriptor is ours.
        let length = unsafe {
            libc::syscall(libc::SYS_getdents64, directory, entries.0.as_mut_ptr(), entries.0.len())
        };
        let Some(mut rest) =
            usize::try_from(length).ok().and_then(|length| entries.0.get(..length))
        else {
            break false;
        };
        if rest.is_empty() {
            break true;
        }
        while let Some((entry, others)) = split_entry(rest) {
            rest = others;
            if let Some(id) = CStr::from_bytes_until_nul(entry)
                .ok()
                .and_then(|name| name.to_str().ok()?.parse().ok())
            {
                visit(id);
            }
        }
    };
    // SAFETY: the descriptor is ours, and is not used any more.
    unsafe { libc::syscall(libc::SYS_close, directory) };
    complete
}

/// The name of the first entry, with what follows it in the entry, and the entries after it.
fn split_entry(entries: &[u8]) -> Option<(&[u8], &[u8])> {
    // The kernel's `struct linux_dirent64`: 64 bits of inode, 64 of offset, 16 of length, 8 of
    // type, and the name.
    const LENGTH: usize = 16;
    const NAME: usize = 19;
    let length = u16::from_ne_bytes(entries.get(LENGTH..LENGTH + 2)?.try_into().ok()?);
    let (entry, others) = entries.split_at_checked(usize::from(length))?;
    Some((entry.get(NAME..)?, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_of_the_process_is_listed() {
        let mut ids = Vec::new();
        assert!(for_each(|id| ids.push(id)));
        assert!(ids.contains(&system::native_id()));
        // Not compared with a second list: other tests start and end threads beside this one.
        assert!(ids.contains(&system::process_id()));
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(count().is_some_and(|count| count >= 1));
    }
}
