//! What a thread finds without a call: its ident and its waiter, in thread-local storage of the
//! initial-exec model.
//!
//! A library's `thread_local!` is reached through a call of `__tls_get_addr` for each access. The
//! block below is declared in assembly with the initial-exec model instead, which costs one load
//! more than a static. The C library keeps a small reserve for such blocks in libraries that are
//! loaded late, so it must stay small.

use core::ffi::{c_char, c_void};
// Not the facade's: only the calling thread touches its block, so there is nothing for loom to
// explore.
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// The calling thread's block. Its fields are atomic because a signal handler of the same thread
/// may come in between; no other thread touches them.
#[repr(C, align(16))]
pub struct Block<W> {
    /// The ident; 0 while the thread has not been seen.
    pub ident: AtomicU64,
    /// The thread's own waiter; null if it has none.
    pub waiter: AtomicPtr<W>,
    /// How many rounds of key destructors have run; see `wait::this_thread`.
    pub rounds: AtomicU32,
    /// Not zero while the error hook runs in this thread.
    pub in_hook: AtomicU32,
    /// The thread's values of locals, and how many there is room for; see `local`.
    pub values: AtomicPtr<c_void>,
    /// See above.
    pub values_room: AtomicUsize,
    /// What `local` keeps beside them; null as long as there are none.
    pub values_keeper: AtomicPtr<c_void>,
    /// How many callbacks of a shutdown the thread is in.
    pub callbacks: AtomicU32,
    /// A free slot of each kind of object that is kept, as index + 1; see `object::table`.
    pub kept: [AtomicU32; KEPT],
    /// How often a lock has to be found idle before the thread is optimistic again; see
    /// `wait::contention`.
    pub looks: AtomicU32,
    /// The ident once more; 0 while the thread has not been seen, or is not optimistic.
    pub optimistic_ident: AtomicU64,
    /// The function that failed last, and why; see `cause`.
    pub failed: AtomicPtr<c_char>,
    /// See above.
    pub cause: AtomicPtr<c_void>,
}

/// For how many kinds of objects there is room: `object::kinds` checks that it is enough.
pub const KEPT: usize = 12;

impl<W> Block<W> {
    /// Of a thread that has not been seen; all zero.
    #[cfg(not(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64"),
        not(any(miri, loom))
    )))]
    const UNSEEN: Block<W> = Block {
        ident: AtomicU64::new(0),
        waiter: AtomicPtr::new(core::ptr::null_mut()),
        rounds: AtomicU32::new(0),
        in_hook: AtomicU32::new(0),
        values: AtomicPtr::new(core::ptr::null_mut()),
        values_room: AtomicUsize::new(0),
        values_keeper: AtomicPtr::new(core::ptr::null_mut()),
        callbacks: AtomicU32::new(0),
        kept: [const { AtomicU32::new(0) }; KEPT],
        looks: AtomicU32::new(0),
        optimistic_ident: AtomicU64::new(0),
        failed: AtomicPtr::new(core::ptr::null_mut()),
        cause: AtomicPtr::new(core::ptr::null_mut()),
    };
}

impl<W> Block<W> {
    /// Whether the thread was met.
    #[inline(always)]
    pub fn is_met(&self) -> bool {
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

/// Rounds of key destructors: the least that POSIX allows, and what glibc and musl do.
pub const ROUNDS: u32 = 4;

/// Whether the last round has begun in the calling thread.
pub fn has_ended() -> bool {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    unsafe { &*block::<c_void>() }.has_ended()
}

const _: () = assert!(size_of::<Block<()>>() <= 128, "the C library's reserve is small");

#[cfg(all(
    target_os = "linux",
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

/// The calling thread's block, as yet without a type for the waiter.
///
/// The pointer is valid for the life of the calling thread, also in its destructors.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn block<W>() -> *const Block<W> {
    let address: *const Block<W>;
    // SAFETY: the assembly only computes an address: the offset of the block from the thread
    // pointer (a relocation that the loader resolves for good) plus the thread pointer, which the
    // ABI keeps at %fs:0. It touches no stack and reads memory that never changes while the thread
    // lives. The flags are changed, and not claimed to be kept.
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

/// The calling thread's ident, 0 if it has not been seen: one load less than through `block`.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn ident() -> u64 {
    let ident: u64;
    // SAFETY: as in `block`; the ident is the block's first field, and an aligned load of it is
    // whole.
    unsafe {
        core::arch::asm!(
            "mov {ident}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "mov {ident}, qword ptr fs:[{ident}]",
            ident = out(reg) ident,
            options(nostack, preserves_flags, readonly)
        );
    }
    ident
}

/// As `ident`, but 0 as well while the thread is not optimistic.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn optimistic_ident() -> u64 {
    let ident: u64;
    // SAFETY: as in `ident`; it is a field of the block, at this place in it.
    unsafe {
        core::arch::asm!(
            "mov {ident}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "mov {ident}, qword ptr fs:[{ident} + {at}]",
            ident = out(reg) ident,
            at = const core::mem::offset_of!(Block<()>, optimistic_ident),
            options(nostack, preserves_flags, readonly)
        );
    }
    ident
}

/// As above, for the other processors.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", not(any(miri, loom)))))]
#[inline(always)]
pub fn optimistic_ident() -> u64 {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    let block = unsafe { &*block::<()>() };
    // ORDERING: Relaxed: no other thread touches the block.
    block.optimistic_ident.load(Ordering::Relaxed)
}

/// The calling thread's values of locals, and how many there is room for: two loads less than
/// through `block`.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(any(miri, loom))))]
#[inline(always)]
pub fn values() -> (*mut c_void, usize) {
    let (values, room): (*mut c_void, usize);
    // SAFETY: as in `ident`; both are fields of the block, at these places in it.
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
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", not(any(miri, loom)))))]
#[inline(always)]
pub fn values() -> (*mut c_void, usize) {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    let block = unsafe { &*block::<()>() };
    // ORDERING: Relaxed, both: no other thread touches the block.
    (block.values.load(Ordering::Relaxed), block.values_room.load(Ordering::Relaxed))
}

/// As `ident` above, for the other processors.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", not(any(miri, loom)))))]
#[inline(always)]
pub fn ident() -> u64 {
    let block = block::<()>();
    // SAFETY: the block is valid for the life of the calling thread.
    let ident = unsafe { &(*block).ident };
    // ORDERING: Relaxed: no other thread touches it.
    ident.load(core::sync::atomic::Ordering::Relaxed)
}

/// As above, for this processor.
#[cfg(all(target_os = "linux", target_arch = "aarch64", not(any(miri, loom))))]
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

/// Elsewhere the compiler's own thread-local storage: right, and slower.
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(miri, loom))
)))]
pub fn block<W>() -> *const Block<W> {
    #[cfg(loom)]
    use loom::thread_local;
    thread_local! {
        static BLOCK: Block<()> = Block::UNSEEN;
    }
    BLOCK.with(|block| core::ptr::from_ref(block).cast())
}
