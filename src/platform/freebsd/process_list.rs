//! What the kernel knows of this process and its threads: `sysctl`, which is a call of the kernel
//! and takes no memory from the C library.

use core::ffi::{CStr, c_int, c_void};
use core::mem::MaybeUninit;
use core::{ptr, slice};

use libc::kinfo_proc as Entry;

use crate::platform::blocks::Block;
use crate::platform::errno::{KeepErrno, errno};

/// How often it is asked again, with more room, while threads start.
const MOST_TRIES: usize = 4;

/// Asks the kernel for what a name in its tree has. The answer is how many bytes there are in the
/// room; `None`: it says nothing.
///
/// # Safety
/// So many bytes of the room may be written.
pub unsafe fn ask(name: &[c_int], room: *mut c_void, bytes: usize) -> Option<usize> {
    let mut length = bytes;
    // SAFETY: the caller's promise; nothing is changed.
    let answer = unsafe {
        libc::sysctl(name.as_ptr(), name.len() as u32, room, &mut length, ptr::null(), 0)
    };
    (answer == 0).then_some(length)
}

fn name_of(kind: c_int) -> [c_int; 4] {
    // SAFETY: the call has no precondition and cannot fail.
    let process = unsafe { libc::getpid() };
    [libc::CTL_KERN, libc::KERN_PROC, kind, process]
}

/// The process as a whole.
pub fn process<R>(read: impl FnOnce(&Entry) -> R) -> Option<R> {
    let _errno = KeepErrno::new();
    let mut entry = MaybeUninit::<Entry>::zeroed();
    // SAFETY: there is room for one entry.
    let length = unsafe {
        ask(&name_of(libc::KERN_PROC_PID), entry.as_mut_ptr().cast(), size_of::<Entry>())
    }?;
    // SAFETY: all-zero is a valid entry, and what the kernel has written is one.
    (length == size_of::<Entry>()).then(|| read(unsafe { entry.assume_init_ref() }))
}

/// Its threads, in the order of their starts: the kernel puts new ones at the end. `None`: they
/// cannot be listed.
pub fn threads<R>(read: impl FnOnce(&[Entry]) -> R) -> Option<R> {
    let _errno = KeepErrno::new();
    let name = name_of(libc::KERN_PROC_PID | libc::KERN_PROC_INC_THREAD);
    let mut room = process(|entry| usize::try_from(entry.ki_numthreads).unwrap_or(1))?;
    for _ in 0..MOST_TRIES {
        room = room.saturating_add(8);
        let block = Block::with_room(room.checked_mul(size_of::<Entry>())?)?;
        // SAFETY: the block has that many bytes, and is this function's.
        match unsafe { ask(&name, block.start().cast(), block.bytes()) } {
            Some(length) => {
                let count = length / size_of::<Entry>();
                // SAFETY: the kernel has written so many entries from the block's start on, and a
                // block is aligned as a page is.
                return Some(read(unsafe { slice::from_raw_parts(block.start().cast(), count) }));
            }
            None if errno() == libc::ENOMEM => room *= 2,
            None => return None,
        }
    }
    None
}

/// The name of a thread, which the kernel keeps in two parts; calls `part` with each.
pub fn parts_of_name(entry: &Entry, mut part: impl FnMut(&[u8])) {
    for chars in [&entry.ki_tdname[..], &entry.ki_moretdname[..]] {
        // SAFETY: as many bytes, of a type of the same size.
        let bytes = unsafe { slice::from_raw_parts(chars.as_ptr().cast(), chars.len()) };
        part(CStr::from_bytes_until_nul(bytes).map_or(bytes, CStr::to_bytes));
    }
}
