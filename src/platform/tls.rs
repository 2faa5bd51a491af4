//! A thread's block of thread-local storage, of the initial-exec model: its ident, its waiter, and
//! whatever else it has to find without a call.
//!
//! A library's `thread_local!` is reached through a call of `__tls_get_addr` for each access. The
//! block below is declared in assembly with the initial-exec model instead, which costs one load
//! more than a static. The C library keeps a small reserve for such blocks in libraries that are
//! loaded late, so it must stay small.

use core::ffi::{c_char, c_void};
// Not the facade's: only the calling thread touches its block, so there is nothing for loom to
// explore.
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// A thread's block. Its fields are atomic because a signal handler of the same thread may
/// interrupt an access. No other thread touches them.
#[repr(C, align(16))]
pub struct Block<W> {
    /// The ident; 0 while the thread is not registered.
    pub ident: AtomicU64,
    /// The thread's own waiter, which is never freed; null if the thread has none.
    pub waiter: AtomicPtr<W>,
    /// How many rounds of key destructors have run; see `wait::thread_exit`.
    pub rounds: AtomicU32,
    /// Not zero while the error hook runs in this thread.
    pub in_hook: AtomicU32,
    /// The array of the thread's values of locals; see `local`.
    pub values: AtomicPtr<c_void>,
    /// How many values the array has room for.
    pub values_room: AtomicUsize,
    /// The keeper of the array; null as long as there is no array.
    pub values_keeper: AtomicPtr<c_void>,
    /// How many shutdown callbacks the thread is in.
    pub callbacks: AtomicU32,
    /// One free slot of each cached kind of object, as index + 1; see `object::table`.
    pub cached_slots: [AtomicU32; CACHE_ROOM],
    /// How many locks the thread still has to find idle before it acquires without a look again;
    /// see `wait::contention`.
    pub checks_left: AtomicU32,
    /// The ident once more; 0 while the thread is not registered, or looks at a lock before it
    /// acquires it.
    pub uncontended_ident: AtomicU64,
    /// The name of the function that failed last; see `object::cause`.
    pub failed: AtomicPtr<c_char>,
    /// Why it failed.
    pub cause: AtomicPtr<c_void>,
    /// Where the call that the thread is in returns to, if that is known; else 0.
    pub site: AtomicUsize,
    /// How many releases have found a woken waiter on its way, modulo 2^32; see `wait::contention`.
    pub releases: AtomicU32,
    /// Where the thread records what it does; see `inspect::timeline`.
    pub ring: AtomicPtr<c_void>,
    /// What the thread holds, while that is recorded; see `inspect::recorder`.
    pub held: AtomicPtr<c_void>,
    /// The sum of the handles of the rwlocks that the thread reads, modulo 2^64.
    pub reads: AtomicU64,
}

/// How many kinds of objects a block has room for a cached slot of. `object::kinds` checks that it
/// is enough.
pub const CACHE_ROOM: usize = 12;

impl<W> Block<W> {
    /// The block of a thread that is not registered; all zero.
    #[cfg(not(all(
        target_os = "linux",
        target_env = "gnu",
        any(target_arch = "x86_64", target_arch = "aarch64"),
        not(any(miri, loom))
    )))]
    const UNREGISTERED: Block<W> = Block {
        ident: AtomicU64::new(0),
        waiter: AtomicPtr::new(core::ptr::null_mut()),
        rounds: AtomicU32::new(0),
        in_hook: AtomicU32::new(0),
        values: AtomicPtr::new(core::ptr::null_mut()),
        values_room: AtomicUsize::new(0),
        values_keeper: AtomicPtr::new(core::ptr::null_mut()),
        callbacks: AtomicU32::new(0),
        cached_slots: [const { AtomicU32::new(0) }; CACHE_ROOM],
        checks_left: AtomicU32::new(0),
        uncontended_ident: AtomicU64::new(0),
        failed: AtomicPtr::new(core::ptr::null_mut()),
        cause: AtomicPtr::new(core::ptr::null_mut()),
        site: AtomicUsize::new(0),
        releases: AtomicU32::new(0),
        ring: AtomicPtr::new(core::ptr::null_mut()),
        held: AtomicPtr::new(core::ptr::null_mut()),
        reads: AtomicU64::new(0),
    };
}

impl<W: 'static> Block<W> {
    /// The thread's own waiter, if it has one.
    #[inline(always)]
    pub fn waiter(&self) -> Option<&'static W> {
        // ORDERING: Relaxed: no other thread touches the block.
        let waiter = self.waiter.load(Ordering::Relaxed);
        // SAFETY: null, or a waiter, which is never freed.
        unsafe { waiter.as_ref() }
    }

    /// Whether the thread is registered.
    #[inline(always)]
    pub fn is_registered(&self) -> bool {
        // ORDERING: Relaxed: no other thread touches the block.
        self.ident.load(Ordering::Relaxed) != 0
    }

    /// Whether the last round has begun.
    #[inline(always)]
    pub fn has_ended(&self) -> bool {
        // ORDERING: Relaxed: no other thread touches the block.
        self.rounds.load(Ordering::Relaxed) >= ROUNDS
    }
}

/// The number of rounds of key destructors: POSIX's minimum, and what glibc and musl run.
pub const ROUNDS: u32 = 4;

/// Whether the last round has begun in the calling thread.
pub fn has_ended() -> bool {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    unsafe { &*block::<c_void>() }.has_ended()
}

/// The place for what the calling thread holds; see `inspect::recorder`.
#[inline(always)]
pub fn held<R>(with: impl FnOnce(&AtomicPtr<c_void>) -> R) -> R {
    // SAFETY: as in `has_ended`.
    with(&unsafe { &*block::<c_void>() }.held)
}

/// Exists while the calling thread is in a call that returns to a place that is known.
pub struct CallSite {
    before: usize,
}

impl CallSite {
    /// From now on that is where the call returns to; 0: nobody knows.
    #[inline(always)]
    pub fn enter(site: usize) -> CallSite {
        // SAFETY: the block is valid for the life of the calling thread, and the reference does not
        // leave this function.
        let block = unsafe { &*block::<c_void>() };
        // ORDERING: Relaxed, both: no other thread touches the block. A signal handler that calls
        // the library puts back what it has found.
        let before = block.site.load(Ordering::Relaxed);
        block.site.store(site, Ordering::Relaxed);
        CallSite { before }
    }

    /// Where the call returns to that the calling thread is in; 0: it is not known.
    #[inline(always)]
    pub fn current() -> usize {
        // SAFETY: as in `enter`.
        let block = unsafe { &*block::<c_void>() };
        // ORDERING: Relaxed: as in `enter`.
        block.site.load(Ordering::Relaxed)
    }
}

impl Drop for CallSite {
    fn drop(&mut self) {
        // SAFETY: as in `enter`.
        let block = unsafe { &*block::<c_void>() };
        // ORDERING: Relaxed: as in `enter`.
        block.site.store(self.before, Ordering::Relaxed);
    }
}

const _: () = assert!(size_of::<Block<()>>() <= 192, "the C library's reserve is small");

#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(miri, loom))
))]
core::arch::global_asm!(
    ".pushsection .tbss.libthreading_block, \"awT\", %nobits",
    ".p2align 4",
    ".globl libthreading_block",
    ".hidden libthreading_block",
    ".type libthreading_block, %object",
    ".size libthreading_block, {size}",
    "libthreading_block:",
    ".zero {size}",
    ".popsection",
    size = const size_of::<Block<()>>(),
);

/// The calling thread's block. The caller says what type the waiter has.
///
/// The pointer is valid for the life of the calling thread, also in its destructors.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn block<W>() -> *const Block<W> {
    let address: *const Block<W>;
    // SAFETY: the assembly only computes an address: the offset of the block from the thread
    // pointer (a relocation that the loader resolves for good) plus the thread pointer, which the
    // ABI keeps at %fs:0. It touches no stack and reads memory that never changes while the thread
    // lives. The assembly changes the flags, so it does not claim `preserves_flags`.
    unsafe {
        core::arch::asm!(
            "mov {address}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "add {address}, qword ptr fs:[0]",
            address = out(reg) address,
            options(nostack, readonly, pure)
        );
    }
    address
}

/// The 64-bit field at `OFFSET` in the calling thread's block: one load less than through `block`.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
fn field<const OFFSET: usize>() -> u64 {
    let value: u64;
    // SAFETY: as in `block`; the callers pass the offset of a 64-bit field, and an aligned load of
    // it is whole.
    unsafe {
        core::arch::asm!(
            "mov {value}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "mov {value}, qword ptr fs:[{value} + {at}]",
            value = out(reg) value,
            at = const OFFSET,
            options(nostack, preserves_flags, readonly)
        );
    }
    value
}

/// As above, for the other processors.
#[cfg(any(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")), miri, loom))]
#[inline(always)]
fn field<const OFFSET: usize>() -> u64 {
    // SAFETY: the block is valid for the life of the calling thread; the callers pass the offset of
    // a field of this type.
    let field = unsafe { &*block::<()>().byte_add(OFFSET).cast::<AtomicU64>() };
    // ORDERING: Relaxed: no other thread touches the block.
    field.load(Ordering::Relaxed)
}

/// The calling thread's ident; 0 if the thread is not registered.
#[inline(always)]
pub fn ident() -> u64 {
    field::<{ core::mem::offset_of!(Block<()>, ident) }>()
}

/// As `ident`, but 0 as well while the thread looks at a lock before it acquires it.
#[inline(always)]
pub fn uncontended_ident() -> u64 {
    field::<{ core::mem::offset_of!(Block<()>, uncontended_ident) }>()
}

/// The sum of the handles of the rwlocks that the calling thread reads.
#[inline(always)]
pub fn reads() -> u64 {
    field::<{ core::mem::offset_of!(Block<()>, reads) }>()
}

/// Adds a handle to that sum. One instruction, which no signal handler can interrupt.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn add_read(handle: u64) {
    // SAFETY: as in `field`; the field is the calling thread's own.
    unsafe {
        core::arch::asm!(
            "mov {place}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "add qword ptr fs:[{place} + {at}], {handle}",
            place = out(reg) _,
            handle = in(reg) handle,
            at = const core::mem::offset_of!(Block<()>, reads),
            options(nostack)
        );
    }
}

/// Takes a handle out of that sum.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn remove_read(handle: u64) {
    // SAFETY: as in `add_read`.
    unsafe {
        core::arch::asm!(
            "mov {place}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "sub qword ptr fs:[{place} + {at}], {handle}",
            place = out(reg) _,
            handle = in(reg) handle,
            at = const core::mem::offset_of!(Block<()>, reads),
            options(nostack)
        );
    }
}

/// As above, for the other processors.
#[cfg(any(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")), miri, loom))]
#[inline(always)]
pub fn add_read(handle: u64) {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    let sum = unsafe { &(*block::<()>()).reads };
    // ORDERING: Relaxed: no other thread touches the block.
    sum.fetch_add(handle, Ordering::Relaxed);
}

/// As above, for the other processors.
#[cfg(any(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")), miri, loom))]
#[inline(always)]
pub fn remove_read(handle: u64) {
    add_read(handle.wrapping_neg());
}

/// The array of the calling thread's values of locals, and how many values it has room for. Two
/// loads less than through `block`.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn values() -> (*mut c_void, usize) {
    let (values, room): (*mut c_void, usize);
    // SAFETY: as in `field`; the offsets of both fields in the block are constants.
    unsafe {
        core::arch::asm!(
            "mov {room}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "mov {values}, qword ptr fs:[{room} + {values_at}]",
            "mov {room}, qword ptr fs:[{room} + {room_at}]",
            room = out(reg) room,
            values = out(reg) values,
            values_at = const core::mem::offset_of!(Block<()>, values),
            room_at = const core::mem::offset_of!(Block<()>, values_room),
            options(nostack, preserves_flags, readonly)
        );
    }
    (values, room)
}

/// As above, for the other processors.
#[cfg(any(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")), miri, loom))]
#[inline(always)]
pub fn values() -> (*mut c_void, usize) {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    let block = unsafe { &*block::<()>() };
    // ORDERING: Relaxed, both: no other thread touches the block.
    (block.values.load(Ordering::Relaxed), block.values_room.load(Ordering::Relaxed))
}

/// As above, for this processor.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "aarch64", not(any(miri, loom))))]
#[inline(always)]
pub fn block<W>() -> *const Block<W> {
    let address: *const Block<W>;
    // SAFETY: as above, with the thread pointer in tpidr_el0.
    unsafe {
        core::arch::asm!(
            "adrp {offset}, :gottprel:libthreading_block",
            "ldr {offset}, [{offset}, :gottprel_lo12:libthreading_block]",
            "mrs {address}, tpidr_el0",
            "add {address}, {address}, {offset}",
            offset = out(reg) _,
            address = out(reg) address,
            options(nostack, preserves_flags, readonly, pure)
        );
    }
    address
}

/// On other platforms the block is in the compiler's own thread-local storage, which is slower.
/// musl is one: it has no reserve, and refuses to load a library with such a block of its own.
#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(miri, loom))
)))]
pub fn block<W>() -> *const Block<W> {
    #[cfg(loom)]
    use loom::thread_local;
    thread_local! {
        static BLOCK: Block<()> = Block::UNREGISTERED;
    }
    BLOCK.with(|block| core::ptr::from_ref(block).cast())
}
