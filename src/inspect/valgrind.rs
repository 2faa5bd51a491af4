//! The listener for Helgrind and DRD, Valgrind's tools that look for races: they hear what is
//! ordered, and which memory is the library's own.
//!
//! A request to Valgrind is an instruction sequence that does nothing on a processor and that
//! Valgrind recognises (its manual, "The Client Request mechanism"). A tool ignores requests that
//! it does not know. Helgrind and DRD share the numbers of the requests about order.

use core::ops::Range;

use crate::object::handle::{Kind, Tag};
use crate::platform::image;
use crate::platform::pthread;
use crate::probe::{Address, Hold, Listener};

static LISTENER: Listener = Listener {
    created: Some(created),
    acquired: Some(acquired),
    releasing: Some(releasing),
    ended: Some(ended),
    happens_before: Some(happens_before),
    happens_after: Some(happens_after),
    untrack: Some(untrack),
    memory_taken: Some(memory_taken),
    memory_left: Some(memory_left),
    sees_pthreads: true,
    ..Listener::DEAF
};

/// The listener, if the process runs under Helgrind or DRD. Reports the library's statics to the
/// tool.
pub fn listener() -> Option<&'static Listener> {
    is_running().then(|| {
        image::own_statics(untrack);
        &LISTENER
    })
}

/// The first request number of the tool with these two letters.
const fn base(letters: [u8; 2]) -> usize {
    (letters[0] as usize) << 24 | (letters[1] as usize) << 16
}
const HELGRIND: usize = base(*b"HG") + 256;
const CLEAN: usize = base(*b"HG");
const MUTEX_CREATED: usize = HELGRIND + 3;
const MUTEX_ENDED: usize = HELGRIND + 4;
const MUTEX_RELEASES: usize = HELGRIND + 5;
const MUTEX_RELEASED: usize = HELGRIND + 6;
const MUTEX_ACQUIRES: usize = HELGRIND + 7;
const MUTEX_ACQUIRED: usize = HELGRIND + 8;
const HAPPENS_BEFORE: usize = HELGRIND + 33;
const HAPPENS_AFTER: usize = HELGRIND + 34;
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

/// Whether the process runs under Helgrind or DRD. Other tools have no use for the requests, and
/// may count the instructions of the fast paths.
fn is_running() -> bool {
    const NOT_HELGRIND: usize = usize::MAX - 1;
    let (byte, mut bits) = (0_u8, 0_u8);
    let addressable = [WHAT_IS_ADDRESSABLE, (&raw const byte).addr(), (&raw mut bits).addr(), 1];
    ask(NOT_HELGRIND, addressable) != NOT_HELGRIND || ask(0, [DRD_THREAD, 0, 0, 0]) != 0
}

fn happens_before(address: Address) {
    request(HAPPENS_BEFORE, address.addr(), 0);
}

fn happens_after(address: Address) {
    request(HAPPENS_AFTER, address.addr(), 0);
}

// Of a thread that `pthread_tryjoin_np` has joined Helgrind does not know that it has ended, and
// takes what it did to its thread-locals, and `errno`, for races with the next thread that has the
// same memory. So nobody looks at that memory from the end of a thread on, until the library starts
// another one there. An order of the two threads would be one of all that comes before and after,
// and would hide races.

fn memory_taken(block: Address) {
    let memory = own_memory(block);
    request(CLEAN, memory.start, memory.len());
}

fn memory_left(block: Address) {
    let memory = own_memory(block);
    request(UNTRACK, memory.start, memory.len());
}

/// The memory of the calling thread from the current frame on: behind the stack are thread-locals
/// and what the C library keeps of the thread, up to the end of a page. Not more than a little: the
/// frame may be on a stack of the program's own.
fn own_memory(block: Address) -> Range<usize> {
    const PAGE: usize = 4096;
    const MOST: usize = 16 * PAGE;
    let frame = 0_u8;
    // SAFETY: the call has no precondition.
    let kept = unsafe { pthread::pthread_self() } as usize;
    let start = (&raw const frame).addr();
    let end = block.addr().max(kept).next_multiple_of(PAGE);
    start.clamp(end - MOST, end)..end
}

/// Accesses to the library's own memory are atomic, or guarded by locks that the tools do not know.
fn untrack(start: Address, bytes: usize) {
    request(UNTRACK, start.addr(), bytes);
    request(DRD_IGNORE, start.addr(), bytes);
}

// The tools see an object as a mutex only if its owner alone releases it, since Helgrind reports a
// release by another thread. All other objects order.

fn created(object: Address, tag: u32) {
    const RECURSIVE: usize = 1;
    if Tag(tag).kind() == Kind::Rlock as u32 {
        request(MUTEX_CREATED, object.addr(), RECURSIVE);
    }
}

fn acquired(object: Address, hold: Hold, tried: bool, _site: usize) {
    if hold == Hold::Owned {
        request(MUTEX_ACQUIRES, object.addr(), usize::from(tried));
        request(MUTEX_ACQUIRED, object.addr(), 0);
    }
    hold.orders_after(object).into_iter().flatten().for_each(happens_after);
}

fn releasing(object: Address, hold: Hold) {
    happens_before(hold.orders_before(object));
    if hold == Hold::Owned {
        request(MUTEX_RELEASES, object.addr(), 0);
        request(MUTEX_RELEASED, object.addr(), 0);
    }
}

/// For the tools a mutex that is held when it ends stays held for ever.
fn ended(object: Address, hold: Hold, held: bool) -> bool {
    if hold == Hold::Owned && !held {
        request(MUTEX_ENDED, object.addr(), 0);
    }
    hold != Hold::Owned || !held
}
