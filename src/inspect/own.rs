//! Which memory is the library's own: the segment of the shared library in which its statics lie.

use core::ffi::{c_int, c_void};
use core::ptr;

use crate::platform::system::KeepErrno;

/// What is looked for, and what to do with it.
struct Search {
    here: usize,
    found: fn(*const c_void, usize),
}

/// Calls `found` with start and length of each segment that the library can write. In a program
/// that is linked to the archive there is none: there the segment is the program's as well.
pub fn segments(found: fn(*const c_void, usize)) {
    let _errno = KeepErrno::new();
    let mut search = Search { here: (segments as *const c_void).addr(), found };
    // SAFETY: `visit` is called before this returns, with this pointer and with structs that are
    // valid meanwhile.
    unsafe { libc::dl_iterate_phdr(Some(visit), ptr::from_mut(&mut search).cast()) };
}

unsafe extern "C" fn visit(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    search: *mut c_void,
) -> c_int {
    // SAFETY: `segments` passes a `Search`, and the loader an object's description; both outlive
    // the call.
    let (object, search) = unsafe { (&*object, &*search.cast::<Search>()) };
    // SAFETY: the loader's name is null or a NUL-terminated string.
    let named = unsafe { !object.dlpi_name.is_null() && *object.dlpi_name != 0 };
    if !named || object.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: the description says how many headers there are.
    let headers =
        unsafe { core::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    let loaded = || headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
    let start = |header: &libc::Elf64_Phdr| object.dlpi_addr as usize + header.p_vaddr as usize;
    let covers = |header: &libc::Elf64_Phdr| {
        (start(header)..start(header) + header.p_memsz as usize).contains(&search.here)
    };
    if !loaded().any(covers) {
        return 0;
    }
    for header in loaded().filter(|header| header.p_flags & libc::PF_W != 0) {
        (search.found)(ptr::without_provenance(start(header)), header.p_memsz as usize);
    }
    1
}
