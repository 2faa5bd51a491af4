//! Requests to Valgrind, where the process runs under one of its tools that look for races:
//! Helgrind and DRD hear of what is ordered, and which memory is the library's own.
//!
//! A request is an instruction sequence that does nothing on a processor and is recognised by
//! Valgrind (its manual, "The Client Request mechanism"). A tool ignores what it does not know;
//! Helgrind and DRD share the numbers for what is ordered.

use core::ffi::c_void;

/// The number at which the requests of a tool begin that has these two letters.
const fn base(letters: [u8; 2]) -> usize {
    (letters[0] as usize) << 24 | (letters[1] as usize) << 16
}
const HELGRIND: usize = base(*b"HG") + 256;
const MUTEX_MADE: usize = HELGRIND + 3;
const MUTEX_DESTROYED: usize = HELGRIND + 4;
const MUTEX_LEAVES: usize = HELGRIND + 5;
const MUTEX_LEFT: usize = HELGRIND + 6;
const MUTEX_TAKES: usize = HELGRIND + 7;
const MUTEX_TAKEN: usize = HELGRIND + 8;
const PUBLISHES: usize = HELGRIND + 33;
const RECEIVES: usize = HELGRIND + 34;
const UNTRACK: usize = HELGRIND + 39;
const WHAT_IS_ADDRESSABLE: usize = HELGRIND + 46;
const DRD_THREAD: usize = base(*b"DR") + 1;
const DRD_IGNORE: usize = base(*b"DR") + 2;

#[cfg(target_arch = "x86_64")]
fn ask(mut answer: usize, request: [usize; 4]) -> usize {
    let [number, first, second, third] = request;
    let arguments: [usize; 6] = [number, first, second, third, 0, 0];
    // SAFETY: four rotations of rdi that add up to two whole turns, and an exchange of rbx with
    // itself, change nothing but flags; Valgrind reads the six words at rax and writes rdx.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") answer,
            options(nostack),
        );
    }
    answer
}

#[cfg(target_arch = "aarch64")]
fn ask(mut answer: usize, request: [usize; 4]) -> usize {
    let [number, first, second, third] = request;
    let arguments: [usize; 6] = [number, first, second, third, 0, 0];
    // SAFETY: four rotations of x12 that add up to two whole turns, and x10 or-ed with itself,
    // change nothing; Valgrind reads the six words at x4 and writes x3.
    unsafe {
        core::arch::asm!(
            "ror x12, x12, #3",
            "ror x12, x12, #13",
            "ror x12, x12, #51",
            "ror x12, x12, #61",
            "orr x10, x10, x10",
            in("x4") arguments.as_ptr(),
            inout("x3") answer,
            options(nostack),
        );
    }
    answer
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn ask(answer: usize, _request: [usize; 4]) -> usize {
    answer
}

fn request(number: usize, first: usize, second: usize) {
    ask(0, [number, first, second, 0]);
}

/// Whether the process runs under Helgrind or DRD. Other tools have no use for what they are told,
/// and count the instructions of the fast paths, say.
pub fn is_running() -> bool {
    const NOT_HELGRIND: usize = usize::MAX - 1;
    let (byte, mut bits) = (0_u8, 0_u8);
    let addressable = [WHAT_IS_ADDRESSABLE, (&raw const byte).addr(), (&raw mut bits).addr(), 1];
    ask(NOT_HELGRIND, addressable) != NOT_HELGRIND || ask(0, [DRD_THREAD, 0, 0, 0]) != 0
}

/// As [`super::tsan::publishes`].
pub fn publishes(address: *const c_void) {
    request(PUBLISHES, address.addr(), 0);
}

/// As [`super::tsan::receives`].
pub fn receives(address: *const c_void) {
    request(RECEIVES, address.addr(), 0);
}

/// The memory is the library's own: its accesses are atomic or guarded by what the tools do not
/// know.
pub fn untrack(start: *const c_void, bytes: usize) {
    request(UNTRACK, start.addr(), bytes);
    request(DRD_IGNORE, start.addr(), bytes);
}

/// A mutex that its owner alone releases has come to this address.
pub fn made(address: *const c_void) {
    const RECURSIVE: usize = 1;
    request(MUTEX_MADE, address.addr(), RECURSIVE);
}

/// It is no more.
pub fn destroyed(address: *const c_void) {
    request(MUTEX_DESTROYED, address.addr(), 0);
}

/// The calling thread has taken it; `tried`: only if it was free, or within a time.
pub fn took(address: *const c_void, tried: bool) {
    request(MUTEX_TAKES, address.addr(), usize::from(tried));
    request(MUTEX_TAKEN, address.addr(), 0);
}

/// The calling thread, which has taken it, is about to leave it.
pub fn leaves(address: *const c_void) {
    request(MUTEX_LEAVES, address.addr(), 0);
    request(MUTEX_LEFT, address.addr(), 0);
}
