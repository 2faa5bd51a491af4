//! What a thread's block of thread-local storage has in it; `tls` finds the calling thread's.

use core::ffi::{c_char, c_void};
// Not the facade's: only the calling thread touches its block, so there is nothing for loom to
// explore.
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// The number of rounds of key destructors: POSIX's minimum, and what C libraries run.
pub const ROUNDS: u32 = 4;

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
    /// How many locks the thread still has to find idle before it acquires and releases without a
    /// look again; see `wait::contention`.
    pub checks_left: AtomicU32,
    /// What the thread notes in a lock that it acquires on a fast path; 0: it acquires by slow
    /// ones. See `wait::holder_note`.
    pub holder_note: AtomicU64,
    /// The same; 0 as well while the thread looks at a lock before it acquires it.
    pub uncontended_note: AtomicU64,
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
    /// How many rwlocks the thread still has to find unused before it acquires and releases without
    /// a look again; see `wait::contention`.
    pub rwlock_checks_left: AtomicU64,
    /// When the thread last ended a pause in which it left an rwlock to others, in nanoseconds of
    /// the monotonic clock; see `wait::contention`.
    pub left_to_others_until: AtomicU64,
}

/// How many kinds of objects a block has room for a cached slot of. `object::kinds` checks that it
/// is enough.
pub const CACHE_ROOM: usize = 12;

impl<W> Block<W> {
    /// The block of a thread that is not registered; all zero.
    pub const UNREGISTERED: Block<W> = Block {
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
        holder_note: AtomicU64::new(0),
        uncontended_note: AtomicU64::new(0),
        failed: AtomicPtr::new(core::ptr::null_mut()),
        cause: AtomicPtr::new(core::ptr::null_mut()),
        site: AtomicUsize::new(0),
        releases: AtomicU32::new(0),
        ring: AtomicPtr::new(core::ptr::null_mut()),
        held: AtomicPtr::new(core::ptr::null_mut()),
        reads: AtomicU64::new(0),
        rwlock_checks_left: AtomicU64::new(0),
        left_to_others_until: AtomicU64::new(0),
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

const _: () = assert!(size_of::<Block<()>>() <= 192, "the C library's reserve is small");
