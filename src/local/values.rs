//! The values of each thread: an array that only its thread reads without a lock, in a keeper that
//! everyone can reach.

use core::ffi::c_void;
use core::ptr;

use parking_lot::lock_api::RawMutex;

use crate::atomic::{AtomicPtr, AtomicU64, Ordering};
use crate::object::handle::Handle;
use crate::platform::memory;
use crate::platform::tls::{self, Block};
use crate::status::Status;
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::this_thread;

/// A thread's value of one local. Read by its thread without the lock, and changed under it, hence
/// atomic.
#[repr(C)]
pub struct Entry {
    /// Whose it is; the table in `local` has what stands there.
    local: AtomicU64,
    /// The value, or null.
    value: AtomicPtr<c_void>,
}

impl Entry {
    /// The value that the local has here, if there is one. A question of the entry's own thread.
    #[inline(always)]
    pub fn value_of(&self, local: Handle) -> Option<*mut c_void> {
        // ORDERING: Relaxed, both: written by this thread, or taken out by a destroy that the
        // program must not let race with its use.
        (self.local.load(Ordering::Relaxed) == local.0).then(|| self.value.load(Ordering::Relaxed))
    }

    /// Whether its thread has touched the local.
    pub fn is_touched(&self, local: Handle) -> bool {
        // ORDERING: Relaxed: written by this thread, or under the lock that the caller holds.
        let found = self.local.load(Ordering::Relaxed);
        found == local.0 || found == !local.0
    }

    /// Puts a value of that local in, or notes that it is touched and has none. Under the keeper's
    /// lock.
    pub fn put(&self, local: Handle, value: *mut c_void) {
        // ORDERING: Relaxed, both: under the lock.
        self.value.store(value, Ordering::Relaxed);
        // ORDERING: as above.
        self.local.store(if value.is_null() { !local.0 } else { local.0 }, Ordering::Relaxed);
    }

    /// Takes the value of whichever local it is out. The local stays touched. Under the keeper's
    /// lock.
    pub fn take(&self) -> *mut c_void {
        // ORDERING: Relaxed, all: under the lock.
        let value = self.value.swap(ptr::null_mut(), Ordering::Relaxed);
        if !value.is_null() {
            // ORDERING: as above.
            self.local.store(!self.local.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        value
    }

    /// As if no local had been touched here; the value has been taken out, or is lost. Under the
    /// keeper's lock, or by the thread itself where nobody else can find anything.
    pub fn forget(&self) {
        // ORDERING: Relaxed: as said.
        self.local.store(Entry::NOBODY, Ordering::Relaxed);
    }

    /// No local's: not 0, which would be the null handle's.
    const NOBODY: u64 = !0;
}

/// What a thread's array is kept in; from the C allocator, from the thread's first value to its
/// end.
pub struct Keeper {
    lock: InternalMutex,
    /// The array; guarded by `lock`, and changed by the thread itself only.
    entries: *mut Entry,
    room: usize,
    /// Guarded by the list's lock.
    next: *mut Keeper,
    previous: *mut Keeper,
}

/// The keepers of all threads.
struct Keepers(*mut Keeper);

// SAFETY: the list is reached under its lock only.
unsafe impl Send for Keepers {}

static KEEPERS: Mutex<Keepers> = Mutex::new(Keepers(ptr::null_mut()));

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { KEEPERS.raw() });
}

fn block() -> &'static Block<c_void> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave it.
    unsafe { &*tls::block::<c_void>() }
}

/// The calling thread's keeper, or null.
pub fn my_keeper() -> *mut Keeper {
    // ORDERING: Relaxed: no other thread touches the block.
    block().values_keeper.load(Ordering::Relaxed).cast()
}

/// The entry of an index in the calling thread's array, if there is room for it.
#[inline(always)]
pub fn my_entry(index: u32) -> Option<&'static Entry> {
    let (values, room) = tls::values();
    if index as usize >= room {
        return None;
    }
    // SAFETY: the array has `room` entries, and is there if that is not 0: `grow` sets the two
    // together. It is replaced and freed by this thread only.
    unsafe {
        core::hint::assert_unchecked(!values.is_null());
        Some(&*values.cast::<Entry>().add(index as usize))
    }
}

/// Runs something under the keeper's lock.
///
/// # Safety
/// The keeper exists: it is the calling thread's own, or the list's lock is held.
pub unsafe fn locked<R>(keeper: *mut Keeper, run: impl FnOnce() -> R) -> R {
    // SAFETY: the caller's promise.
    let lock = unsafe { &(*keeper).lock };
    let held = lock.lock();
    let result = run();
    // SAFETY: taken above, in this thread; `run` is our own code, and does not unwind.
    unsafe { lock.unlock(held) };
    result
}

/// Makes room for so many values in the calling thread.
pub fn grow(room: usize) -> Result<(), Status> {
    let nothing = Err(Status::THREADING_NO_RESOURCES);
    if this_thread::has_ended() {
        return nothing;
    }
    if !this_thread::register_and_arm() {
        return nothing;
    }
    let mut keeper = my_keeper();
    if keeper.is_null() {
        keeper = memory::allocate();
        if keeper.is_null() {
            return nothing;
        }
        let new = Keeper {
            lock: InternalMutex::INIT,
            entries: ptr::null_mut(),
            room: 0,
            next: ptr::null_mut(),
            previous: ptr::null_mut(),
        };
        // SAFETY: fresh memory of the right size, ours alone until it is linked.
        let new = unsafe {
            keeper.write(new);
            &*keeper
        };
        new.lock.report_created();
        link(keeper);
        // ORDERING: Relaxed: no other thread touches the block.
        block().values_keeper.store(keeper.cast(), Ordering::Relaxed);
    }
    let room = room.max(8).next_power_of_two();
    let entries = memory::allocate_zeroed::<Entry>(room);
    if entries.is_null() {
        return nothing;
    }
    // SAFETY: the keeper is this thread's own; the old array has `room` entries, fewer than the new
    // one; both are ours to read and write under the lock, and nobody reads the old one afterwards.
    unsafe {
        let old = locked(keeper, || {
            let old = (*keeper).entries;
            // Where the null handle points to; at all others 0 will do.
            (*entries).forget();
            ptr::copy_nonoverlapping(old, entries, if old.is_null() { 0 } else { (*keeper).room });
            (*keeper).entries = entries;
            (*keeper).room = room;
            old
        });
        // ORDERING: Relaxed, both: no other thread touches the block; a handler of this thread
        // finds the larger array or the old room.
        block().values.store(entries.cast(), Ordering::Relaxed);
        block().values_room.store(room, Ordering::Relaxed);
        memory::free(old);
    }
    Ok(())
}

fn link(keeper: *mut Keeper) {
    let mut keepers = KEEPERS.lock();
    // SAFETY: the list's lock is held, and its keepers exist until they are unlinked under it.
    unsafe {
        (*keeper).next = keepers.0;
        if let Some(next) = keepers.0.as_mut() {
            next.previous = keeper;
        }
    }
    keepers.0 = keeper;
}

fn unlink(keeper: *mut Keeper) {
    let mut keepers = KEEPERS.lock();
    // SAFETY: as in `link`.
    unsafe {
        let (next, previous) = ((*keeper).next, (*keeper).previous);
        match previous.as_mut() {
            Some(previous) => previous.next = next,
            None => keepers.0 = next,
        }
        if let Some(next) = next.as_mut() {
            next.previous = previous;
        }
    }
}

/// In a forked child: the threads of the other keepers are gone, and their values stay where they
/// are.
pub fn reset_after_fork() {
    let mine = my_keeper();
    // SAFETY: `prepare` holds the list's lock in this thread, which is the only one.
    let keepers = unsafe { &mut *KEEPERS.data_ptr() };
    keepers.0 = mine;
    // SAFETY: null, or this thread's own keeper.
    if let Some(mine) = unsafe { mine.as_mut() } {
        (mine.next, mine.previous) = (ptr::null_mut(), ptr::null_mut());
    }
}

/// In a forked child whose parent's threads may have been looking at this thread's values: they do
/// so no more.
pub fn repair_after_fork() {
    // SAFETY: null, or this thread's own keeper.
    if let Some(mine) = unsafe { my_keeper().as_ref() } {
        mine.lock.reset();
    }
}

/// Calls `visit` with the entry of an index of every thread that has one, under its keeper's lock,
/// until it says false.
pub fn for_each(index: u32, mut visit: impl FnMut(&Entry) -> bool) {
    let keepers = KEEPERS.lock();
    let mut place = keepers.0;
    let mut more = true;
    // SAFETY: the list's lock is held, and its keepers exist until they are unlinked under it.
    while let Some(keeper) = unsafe { place.as_ref() }.filter(|_| more) {
        // SAFETY: as above; an array has `room` entries, and is replaced under its keeper's lock.
        more = unsafe {
            locked(place, || {
                let has_room = (index as usize) < keeper.room;
                !has_room || visit(&*keeper.entries.add(index as usize))
            })
        };
        place = keeper.next;
    }
}

/// The calling thread's array is of no more use: its last destructors have run.
pub fn forget_mine() {
    let keeper = my_keeper();
    if keeper.is_null() {
        return;
    }
    unlink(keeper);
    let block = block();
    // ORDERING: Relaxed, all: no other thread touches the block.
    block.values_room.store(0, Ordering::Relaxed);
    let entries = block.values.swap(ptr::null_mut(), Ordering::Relaxed);
    block.values_keeper.store(ptr::null_mut(), Ordering::Relaxed);
    // SAFETY: unlinked, so nobody else reaches it, and this thread has forgotten it.
    unsafe {
        memory::free(entries);
        memory::free(keeper);
    }
}
