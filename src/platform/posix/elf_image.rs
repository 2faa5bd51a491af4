//! The images in the process, that is, the program and its shared libraries as the loader has
//! mapped them, and the one that the library is part of: on systems whose images are in the format
//! ELF.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::{ptr, slice};

use crate::platform::errno::KeepErrno;
use crate::platform::fork_epoch;
pub use crate::platform::pin::pin;
use crate::platform::program;
use crate::platform::weak;

// ELF's numbers.
const PT_LOAD: u32 = 1;
const PT_TLS: u32 = 7;
const PF_X: u32 = 1;
const PF_W: u32 = 2;

/// What a segment's header is here.
#[cfg(target_pointer_width = "64")]
type Header = libc::Elf64_Phdr;
#[cfg(target_pointer_width = "32")]
type Header = libc::Elf32_Phdr;

/// A program or a shared library, as the loader describes it.
struct Image<'a> {
    /// The program's is empty or null.
    name: *const c_char,
    /// What is added to the addresses in its headers.
    base: usize,
    headers: &'a [Header],
}

/// Calls `visit` with each image, until it answers false. The loader's lock is held meanwhile, so
/// there is none where that could not be taken.
fn for_each(mut visit: impl FnMut(&Image) -> bool) {
    unsafe extern "C" fn call<V: FnMut(&Image) -> bool>(
        object: *mut libc::dl_phdr_info,
        _size: usize,
        visit: *mut c_void,
    ) -> c_int {
        // SAFETY: `for_each` passes a function of this type, and the loader an object's
        // description; both outlive the call.
        let (object, visit) = unsafe { (&*object, &mut *visit.cast::<V>()) };
        if object.dlpi_phdr.is_null() {
            return 0;
        }
        let image = Image {
            name: object.dlpi_name,
            base: object.dlpi_addr as usize,
            // SAFETY: the description says how many headers there are.
            headers: unsafe {
                slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum))
            },
        };
        c_int::from(!visit(&image))
    }

    fn callback<V: FnMut(&Image) -> bool>(_: &V) -> Callback {
        call::<V>
    }

    if fork_epoch::loader_may_be_locked() {
        return;
    }
    let call = callback(&visit);
    // SAFETY: `call` is called before this returns, with this pointer and with structs that are
    // valid meanwhile.
    unsafe { libc::dl_iterate_phdr(Some(call), ptr::from_mut(&mut visit).cast()) };
}

type Callback = unsafe extern "C" fn(*mut libc::dl_phdr_info, usize, *mut c_void) -> c_int;

/// Calls `found` with start and length of each segment that the library can write: its statics lie
/// there. In a program that is linked to the archive there is none: there the segment is the
/// program's as well.
pub fn own_statics(found: impl FnMut(*const c_void, usize)) {
    own_segments(PF_W, found);
}

/// Calls `found` with start and length of each segment with the library's code, or of all that is
/// loaded of the library. In a program that is linked to the archive there is none, as in
/// [`own_statics`].
///
/// It takes no lock where the C library finds an object without one. A lock of the loader stays
/// held in a forked child if another thread held it.
pub fn own_code(mut found: impl FnMut(*const c_void, usize)) {
    let Some(find) = weak::functions()._dl_find_object else {
        return own_segments(PF_X, found);
    };
    if let Some(object) = find_object(find, (pin as *const c_void).addr())
        && !is_nameless(object.map.name)
    {
        found(ptr::without_provenance(object.start), object.end - object.start);
    }
}

fn own_segments(flag: u32, mut found: impl FnMut(*const c_void, usize)) {
    let _errno = KeepErrno::new();
    let here = (pin as *const c_void).addr();
    let mut number = 0;
    for_each(|image| {
        let loaded = || image.headers.iter().filter(|header| header.p_type == PT_LOAD);
        let start = |header: &Header| image.base + header.p_vaddr as usize;
        let covers = |header: &Header| {
            (start(header)..start(header) + header.p_memsz as usize).contains(&here)
        };
        number += 1;
        let is_program = if program::IS_NAMELESS { is_nameless(image.name) } else { number == 1 };
        if is_program || !loaded().any(covers) {
            return true;
        }
        for header in loaded().filter(|header| header.p_flags & flag != 0) {
            found(ptr::without_provenance(start(header)), header.p_memsz as usize);
        }
        false
    });
}

/// Whether that is the loader's name of the program, where the program has none.
fn is_nameless(name: *const c_char) -> bool {
    // SAFETY: the loader's name is null or a NUL-terminated string.
    name.is_null() || unsafe { *name == 0 }
}

/// Finds the image with that address in one of its segments. Writes its path into `path`, with a
/// NUL; the program's is empty. Returns what is added to the addresses in its headers.
///
/// Async-signal-safe if `in_handler`: then the answer may be none.
pub fn at(address: usize, in_handler: bool, path: &mut [u8]) -> Option<usize> {
    let mut copy = |name: *const c_char| {
        let name = if name.is_null() { c"".as_ptr() } else { name };
        // SAFETY: the loader's name is a NUL-terminated string.
        let name = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
        path.get_mut(..name.len()).map(|place| place.copy_from_slice(name))
    };
    if let Some(find) = weak::functions()._dl_find_object {
        let object = find_object(find, address)?;
        return copy(object.map.name).map(|()| object.map.base);
    }
    let mut base = None;
    if !in_handler {
        for_each(|image| {
            let is_in = |header: &Header| {
                let start = image.base + header.p_vaddr as usize;
                header.p_type == PT_LOAD
                    && (start..start + header.p_memsz as usize).contains(&address)
            };
            if image.headers.iter().any(is_in) {
                base = copy(image.name).map(|()| image.base);
            }
            base.is_none()
        });
    }
    base
}

/// An image, as `_dl_find_object` finds it.
struct Found {
    start: usize,
    end: usize,
    map: &'static LinkMap,
}

type FindObject = unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int;

/// The image with that address. Takes no lock, and is async-signal-safe.
fn find_object(find: FindObject, address: usize) -> Option<Found> {
    let mut words = [0_usize; FOUND_WORDS];
    let key = ptr::without_provenance_mut(address);
    // SAFETY: the place is larger than what the function writes. What it finds stays loaded as long
    // as somebody runs the code there.
    unsafe {
        if find(key, words.as_mut_ptr().cast()) != 0 {
            return None;
        }
        let [start, end, map] = *words.get(MAP_WORD - 2..=MAP_WORD)?.first_chunk()?;
        Some(Found { start, end, map: &*ptr::with_exposed_provenance(map) })
    }
}

/// What `_dl_find_object` writes, in words and generously, and which word is the image's: before it
/// are flags of 64 bits, and two addresses.
const FOUND_WORDS: usize = 32;
const MAP_WORD: usize = size_of::<u64>() / size_of::<usize>() + 2;

/// The begin of what the loader knows of an image (`struct link_map`, which is part of its ABI).
#[repr(C)]
struct LinkMap {
    base: usize,
    name: *const c_char,
}

/// The bytes of the thread-locals of all images, those included that are not static.
pub fn thread_locals() -> usize {
    let mut bytes = 0;
    for_each(|image| {
        let locals = image.headers.iter().filter(|header| header.p_type == PT_TLS);
        bytes += locals.map(|header| (header.p_memsz + header.p_align) as usize).sum::<usize>();
        true
    });
    bytes
}
