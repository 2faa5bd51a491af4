//! The images in the process, that is, the program and its shared libraries as the loader has
//! mapped them, and the one that the library is part of: in the format Mach-O.

use core::ffi::{CStr, c_void};
use core::{mem, ptr};

use libc::segment_command_64 as Segment;

use crate::platform::errno::KeepErrno;
pub use crate::platform::pin::pin;

/// What an image begins with.
#[repr(C)]
#[allow(dead_code)]
struct Header {
    magic: u32,
    processor: [u32; 2],
    kind: u32,
    commands: u32,
    bytes_of_commands: u32,
    flags: u32,
    reserved: u32,
}

/// The kind of image that is a program, as `mach-o/loader.h` has it.
const PROGRAM: u32 = 2;

/// What the loader says of an address.
fn information(address: *const c_void) -> Option<libc::Dl_info> {
    // SAFETY: all-zero is a valid answer, which the call fills.
    unsafe {
        let mut found: libc::Dl_info = mem::zeroed();
        (libc::dladdr(address, &mut found) != 0).then_some(found)
    }
}

/// Calls `found` with start and length of each segment that the library can write: its statics lie
/// there. In a program that is linked to the archive there is none: there the segment is the
/// program's as well.
pub fn own_statics(found: impl FnMut(*const c_void, usize)) {
    own_segments(libc::PROT_WRITE, found);
}

/// Calls `found` with start and length of each segment with the library's code. In a program that
/// is linked to the archive there is none, as in [`own_statics`].
pub fn own_code(found: impl FnMut(*const c_void, usize)) {
    own_segments(libc::PROT_EXEC, found);
}

fn own_segments(right: i32, mut found: impl FnMut(*const c_void, usize)) {
    let _errno = KeepErrno::new();
    let Some(own) = information(pin as *const c_void) else { return };
    let start = own.dli_fbase.cast::<u8>().cast_const();
    // SAFETY: an image begins with its header, and its commands follow it, each as long as it says.
    // All of that is mapped, and the images stay: this one is the caller's.
    unsafe {
        let header = &*start.cast::<Header>();
        if header.kind == PROGRAM {
            return;
        }
        let commands = start.add(size_of::<Header>());
        let segments = || {
            let (mut at, mut left) = (commands, header.commands);
            core::iter::from_fn(move || {
                while left > 0 {
                    let command = at.cast::<Segment>();
                    (at, left) = (at.add((*command).cmdsize as usize), left - 1);
                    if (*command).cmd == libc::LC_SEGMENT_64 {
                        return Some(&*command);
                    }
                }
                None
            })
        };
        // The header is the begin of the first segment that has any of the file.
        let first = segments().find(|segment| segment.fileoff == 0 && segment.filesize != 0);
        let Some(first) = first else { return };
        for segment in segments().filter(|segment| segment.initprot & right != 0) {
            let address = start.addr().wrapping_add((segment.vmaddr - first.vmaddr) as usize);
            found(ptr::without_provenance(address), segment.vmsize as usize);
        }
    }
}

/// Finds the image with that address. Writes its path into `path`, with a NUL. Returns where it
/// begins.
///
/// Async-signal-safe if `in_handler`: then there is no answer, since the loader takes a lock.
pub fn at(address: usize, in_handler: bool, path: &mut [u8]) -> Option<usize> {
    if in_handler {
        return None;
    }
    let found = information(ptr::without_provenance(address))?;
    if found.dli_fname.is_null() {
        return None;
    }
    // SAFETY: the loader's name is a NUL-terminated string.
    let name = unsafe { CStr::from_ptr(found.dli_fname) }.to_bytes_with_nul();
    path.get_mut(..name.len())?.copy_from_slice(name);
    Some(found.dli_fbase.addr())
}
