//! The images in the process, that is, the program and its DLLs as the loader has mapped them, and
//! the one that the library is part of. They are in the format PE, whose headers are mapped too.

use core::ffi::{c_char, c_void};
use core::ptr;

use super::api::{self, Handle};
use super::text;
use crate::platform::errno::KeepErrno;

/// Stands for the program where a handle of an image is asked for.
pub const PROGRAM: Handle = 0;

/// The longest path of an image, in units with the NUL.
const PATH: usize = 1024;

const FROM_ADDRESS: u32 = 4;
const WITHOUT_COUNT: u32 = 2;
const FOR_EVER: u32 = 1;

/// The image with that address, by the address at which it is mapped.
fn with(address: *const c_void, how: u32) -> Option<Handle> {
    let mut found = 0;
    // SAFETY: the address is only compared; `found` is a valid place for the answer.
    let is_found = unsafe { api::GetModuleHandleExW(FROM_ADDRESS | how, address, &mut found) };
    (is_found != 0).then_some(found)
}

/// Writes the path of an image into the room.
pub fn path_of(image: Handle, room: &mut [u8]) -> Option<&[u8]> {
    let _errno = KeepErrno::new();
    let mut wide = [0; PATH];
    // SAFETY: the room has as many units as are said.
    let length = unsafe { api::GetModuleFileNameW(image, wide.as_mut_ptr(), PATH as u32) };
    // As long as the room: the path was cut.
    let path = wide.get(..length as usize).filter(|path| (1..PATH).contains(&path.len()))?;
    text::to_utf8(path, room)
}

/// A section of an image, as its header in the format PE has it.
#[repr(C)]
#[derive(Clone, Copy)]
struct Section {
    name: [c_char; 8],
    bytes: u32,
    offset: u32,
    in_file: [u32; 4],
    lines: [u16; 2],
    flags: u32,
}

const CODE: u32 = 0x2000_0000;
const WRITTEN: u32 = 0x8000_0000;

/// Calls `found` with start and length of each section of an image that has the flag.
///
/// # Safety
/// The image stays mapped.
unsafe fn sections(image: Handle, flag: u32, found: &mut dyn FnMut(*const c_void, usize)) {
    let start = ptr::with_exposed_provenance::<u8>(image);
    // SAFETY: an image begins with its headers, of which each says where the next is: at 60 the
    // offset of the one of PE, which has four bytes of its name, the number of sections at 6, and
    // at 20 the length of the optional one, which begins at 24 and ends where the sections begin.
    unsafe {
        let header = start.add(start.add(60).cast::<u32>().read_unaligned() as usize);
        let count = usize::from(header.add(6).cast::<u16>().read_unaligned());
        let optional = usize::from(header.add(20).cast::<u16>().read_unaligned());
        let table = header.add(24 + optional).cast::<Section>();
        for number in 0..count {
            let section = table.add(number).read_unaligned();
            if section.flags & flag != 0 {
                found(start.add(section.offset as usize).cast(), section.bytes as usize);
            }
        }
    }
}

/// As [`sections`], of the image that the library is part of, if that is not the program.
fn own_sections(flag: u32, mut found: impl FnMut(*const c_void, usize)) {
    let _errno = KeepErrno::new();
    let Some(own) = with(pin as *const c_void, WITHOUT_COUNT) else { return };
    // SAFETY: a null name asks for the program.
    if own != unsafe { api::GetModuleHandleW(ptr::null()) } {
        // SAFETY: the code that runs here is in it.
        unsafe { sections(own, flag, &mut found) };
    }
}

/// Calls `found` with start and length of each section that the library can write: its statics lie
/// there. In a program that is linked to the archive there is none: there the section is the
/// program's as well.
pub fn own_statics(found: impl FnMut(*const c_void, usize)) {
    own_sections(WRITTEN, found);
}

/// Calls `found` with start and length of each section with the library's code. In a program that
/// is linked to the archive there is none, as in [`own_statics`].
pub fn own_code(found: impl FnMut(*const c_void, usize)) {
    own_sections(CODE, found);
}

/// Finds the image with that address in it. Writes its path into `path`, with a NUL. Returns where
/// it is mapped. The loader takes a lock for that, so nothing is found in signal handlers.
pub fn at(address: usize, in_handler: bool, path: &mut [u8]) -> Option<usize> {
    if in_handler {
        return None;
    }
    let _errno = KeepErrno::new();
    let image = with(ptr::without_provenance(address), WITHOUT_COUNT)?;
    let length = path_of(image, path)?.len();
    *path.get_mut(length)? = 0;
    Some(image)
}

/// Keeps the library in memory for ever: running threads need its code, and the system the function
/// that it calls when they end.
pub fn pin() {
    let _errno = KeepErrno::new();
    with(pin as *const c_void, FOR_EVER);
}
