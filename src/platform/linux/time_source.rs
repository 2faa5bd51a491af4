//! The monotonic clock by which the kernel sleeps, read by the function that the kernel maps into
//! every process (vDSO), without a system call.
//!
//! It is not read by the C library's `clock_gettime`: a program may put another in its place, as
//! libfaketime does, and the kernel does not hear of that. Deadlines and sleeps have to be of one
//! clock; else a wait ends too early, too late or never.

#[cfg(not(miri))]
use core::ffi::CStr;
use core::ffi::{c_int, c_long, c_void};
use core::mem::transmute;
use core::ptr;
// Not the facade's: models have a clock of their own.
use core::sync::atomic::{AtomicPtr, Ordering};

use once_cell::race::OnceBool;

use super::clock_cost;

/// A time with seconds of 64 bits. Where addresses have 32, the C library's has fewer.
#[cfg(any(target_pointer_width = "64", miri))]
type Time = libc::timespec;
#[cfg(not(any(target_pointer_width = "64", miri)))]
#[repr(C)]
struct Time {
    tv_sec: i64,
    tv_nsec: i64,
}

/// The kernel's call that reads a clock into such a time.
#[cfg(any(target_pointer_width = "64", miri))]
const CLOCK_GETTIME: c_long = libc::SYS_clock_gettime;
#[cfg(not(any(target_pointer_width = "64", miri)))]
const CLOCK_GETTIME: c_long = 403;

type Read = unsafe extern "C" fn(libc::clockid_t, *mut Time) -> c_int;

/// The function that reads it; at first the one that looks for it.
static READ: AtomicPtr<c_void> = AtomicPtr::new(find_and_read as *const c_void as *mut c_void);

/// Nanoseconds on the monotonic clock.
#[inline]
pub fn now() -> u64 {
    let mut time = Time { tv_sec: 0, tv_nsec: 0 };
    // ORDERING: Relaxed: the functions are there as long as the process, and any of them will do.
    let read = READ.load(Ordering::Relaxed);
    // SAFETY: only functions of this type are stored; `time` is a valid place for the answer, and
    // the clock exists on every system that the library supports.
    unsafe { transmute::<*mut c_void, Read>(read)(libc::CLOCK_MONOTONIC, &mut time) };
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

/// Whether a reading is cheap enough to end a spin by it. Asked once.
#[inline]
pub fn is_cheap() -> bool {
    static CHEAP: OnceBool = OnceBool::new();
    CHEAP.get_or_init(find_out_whether_cheap)
}

/// It is no system call, and quick.
#[cold]
fn find_out_whether_cheap() -> bool {
    let is_quick = clock_cost::is_small(now);
    // ORDERING: Relaxed: as in `now`.
    let asks_kernel = ptr::eq(READ.load(Ordering::Relaxed), ask_kernel as *const c_void);
    is_quick && !asks_kernel
}

/// # Safety
/// `time` may be written.
unsafe extern "C" fn find_and_read(clock: libc::clockid_t, time: *mut Time) -> c_int {
    // Where the kernel maps no function, the C library's look for it changes errno.
    // SAFETY: the address is valid in every thread, for as long as it runs.
    let errno = unsafe { *libc::__errno_location() };
    let found = find();
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
    // ORDERING: Relaxed: as in `now`.
    READ.store(found, Ordering::Relaxed);
    // SAFETY: what `find` has found has this type; the caller's promise.
    unsafe { transmute::<*mut c_void, Read>(found)(clock, time) }
}

/// Where the kernel maps no function: under Valgrind, say.
///
/// # Safety
/// `time` may be written.
unsafe extern "C" fn ask_kernel(clock: libc::clockid_t, time: *mut Time) -> c_int {
    // SAFETY: the caller's promise; the call has no other effect, and cannot fail for this clock.
    unsafe { libc::syscall(CLOCK_GETTIME, clock, time) as c_int }
}

/// # Safety
/// `time` may be written.
#[cfg(miri)]
fn find() -> *mut c_void {
    libc::clock_gettime as *const c_void as *mut c_void
}

/// The kernel's function, or the system call.
#[cfg(not(miri))]
fn find() -> *mut c_void {
    let name = if cfg!(target_pointer_width = "32") {
        c"__vdso_clock_gettime64"
    } else if cfg!(any(target_arch = "aarch64", target_arch = "powerpc64", target_arch = "s390x")) {
        c"__kernel_clock_gettime"
    } else {
        c"__vdso_clock_gettime"
    };
    // SAFETY: the call has no precondition.
    let image = unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) } as *const u8;
    // SAFETY: what the kernel says here is null or the address of its image in this process, which
    // stays.
    let found = if image.is_null() { ptr::null_mut() } else { unsafe { look_up(image, name) } };
    if found.is_null() { ask_kernel as *const c_void as *mut c_void } else { found }
}

/// An entry of an image's dynamic section.
#[repr(C)]
struct Dynamic {
    tag: isize,
    value: usize,
}

const STRINGS: isize = 5;
const SYMBOLS: isize = 6;
const HASH: isize = 4;
const GNU_HASH: isize = 0x6fff_fef5;

// What ELF's structs are here.
#[cfg(target_pointer_width = "32")]
use libc::{Elf32_Ehdr as Header, Elf32_Phdr as Part, Elf32_Sym as Symbol};
#[cfg(target_pointer_width = "64")]
use libc::{Elf64_Ehdr as Header, Elf64_Phdr as Part, Elf64_Sym as Symbol};

/// The function of that name in a shared object that is mapped as its file is; null if there is
/// none.
///
/// # Safety
/// `image` is the beginning of a well-formed ELF image of this machine that stays mapped.
#[cfg(not(miri))]
unsafe fn look_up(image: *const u8, name: &CStr) -> *mut c_void {
    let mut shift = None;
    let mut dynamic: *const Dynamic = ptr::null();
    // SAFETY: here and below, an ELF image has its tables where its headers say, of the sizes that
    // ELF defines, and all of this one is mapped.
    unsafe {
        let header = &*image.cast::<Header>();
        let parts = image.add(header.e_phoff as usize).cast::<Part>();
        for index in 0..usize::from(header.e_phnum) {
            let part = &*parts.add(index);
            match part.p_type {
                libc::PT_LOAD if shift.is_none() => {
                    shift = Some(
                        image
                            .wrapping_add(part.p_offset as usize)
                            .wrapping_sub(part.p_vaddr as usize),
                    );
                }
                libc::PT_DYNAMIC => dynamic = image.add(part.p_offset as usize).cast(),
                _ => {}
            }
        }
    }
    let Some(shift) = shift.filter(|_| !dynamic.is_null()) else { return ptr::null_mut() };
    let (mut strings, mut symbols) = (ptr::null::<u8>(), ptr::null::<Symbol>());
    let (mut hash, mut gnu_hash) = (ptr::null::<u32>(), ptr::null::<u32>());
    loop {
        // SAFETY: as above: the section ends with a tag of 0, and none is looked at after that.
        let entry = unsafe { &*dynamic };
        let place = shift.wrapping_add(entry.value);
        match entry.tag {
            0 => break,
            STRINGS => strings = place,
            SYMBOLS => symbols = place.cast(),
            HASH => hash = place.cast(),
            GNU_HASH => gnu_hash = place.cast(),
            _ => {}
        }
        // SAFETY: as above: this was not the last.
        dynamic = unsafe { dynamic.add(1) };
    }
    if strings.is_null() || symbols.is_null() {
        return ptr::null_mut();
    }
    // The second number; on s390x those of this table have 64 bits, the higher half first.
    const COUNT_AT: usize = if cfg!(target_arch = "s390x") { 3 } else { 1 };
    // SAFETY: as above: the table of symbols has as many as the table of hashes says, whose names
    // are NUL-terminated.
    unsafe {
        let count = if hash.is_null() { count_of(gnu_hash) } else { *hash.add(COUNT_AT) };
        for index in 0..count as usize {
            let symbol = &*symbols.add(index);
            let is_defined = symbol.st_shndx != 0;
            if is_defined && CStr::from_ptr(strings.add(symbol.st_name as usize).cast()) == name {
                return shift.wrapping_add(symbol.st_value as usize).cast_mut().cast();
            }
        }
    }
    ptr::null_mut()
}

/// How many symbols there are, by a table of hashes of the newer kind, which does not say so: the
/// last chain ends with the last symbol.
///
/// # Safety
/// `table` is null or such a table of a well-formed image.
#[cfg(not(miri))]
unsafe fn count_of(table: *const u32) -> u32 {
    if table.is_null() {
        return 0;
    }
    const NUMBERS_IN_WORD: usize = size_of::<usize>() / size_of::<u32>();
    // SAFETY: the table has its four numbers, a filter of so many words, so many buckets, and a
    // chain's end, marked by the lowest bit, after the last bucket's first symbol.
    unsafe {
        let (buckets, first, filter) = (*table, *table.add(1), *table.add(2));
        let bucket = table.add(4 + NUMBERS_IN_WORD * filter as usize);
        let chains = bucket.add(buckets as usize);
        let mut last = (0..buckets as usize).map(|index| *bucket.add(index)).max().unwrap_or(0);
        if last < first {
            return first;
        }
        while *chains.add((last - first) as usize) & 1 == 0 {
            last += 1;
        }
        last + 1
    }
}

#[cfg(all(test, target_pointer_width = "64", not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_c_librarys_monotonic_clock() {
        for _ in 0..1000 {
            let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            let before = now();
            // SAFETY: `time` is a valid place for the answer.
            unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
            let between = time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64;
            assert!((before..=now()).contains(&between));
        }
    }

    #[test]
    fn without_the_kernels_function_the_system_call_is_as_good() {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let before = now();
        // SAFETY: `time` is a valid place for the answer.
        assert_eq!(unsafe { ask_kernel(libc::CLOCK_MONOTONIC, &mut time) }, 0);
        let between = time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64;
        assert!((before..=now()).contains(&between));
    }

    /// A table of hashes that a linker has made: two buckets of which one is empty, symbols from 1
    /// on, chains of one and of two.
    #[test]
    fn symbols_are_counted_by_their_hashes() {
        const TABLE: [u32; 12] = [3, 1, 1, 6, 0, 0, 1, 0, 2, 0x1235, 0x2344, 0x3457];
        // SAFETY: it is such a table.
        assert_eq!(unsafe { count_of(TABLE.as_ptr()) }, 4);
        const NONE: [u32; 7] = [1, 5, 1, 6, 0, 0, 0];
        // SAFETY: as above.
        assert_eq!(unsafe { count_of(NONE.as_ptr()) }, 5);
        // SAFETY: null is allowed.
        assert_eq!(unsafe { count_of(ptr::null()) }, 0);
    }
}
