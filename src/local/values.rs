//! The values of each thread: an array that only its thread reads without a lock, in a keeper that everyone can reach.

use core::ffi::c_void;
use core::ptr;

use parking_lot::lock_api::RawMutex;

use crate::atomic::{AtomicPtr, AtomicU32, Ordering};
use crate::memory;
use crate::status::Status;
use crate::tls::{self, Block};
use crate::wait::internal::{Mutex, RawLock};
use crate::wait::this_thread;

/// A thread's value of one local. Read by its thread without the lock, hence atomic.
#[repr(C)]
pub struct Entry {
    /// The local that it belongs to; 0: none.
    pub tag: AtomicU32,
    /// The value, or null.
    pub value: AtomicPtr<c_void>,
}

/// What a thread's array is kept in; from the C allocator, from the thread's first value to its end.
pub struct Keeper {
    lock: RawLock,
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

/// The lock of the list, for the fork handlers.
pub fn raw() -> &'static RawLock {
    // SAFETY: the fork handlers leave it as they found it.
    unsafe { KEEPERS.raw() }
}

fn block() -> &'static Block<c_void> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not leave it.
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
    // SAFETY: the array has `room` entries, and is there if that is not 0: `grow` sets the two together. It is replaced and freed by this
    // thread only.
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
    if !this_thread::meet_and_arm() {
        return nothing;
    }
    let mut keeper = my_keeper();
    if keeper.is_null() {
        keeper = memory::allocate();
        if keeper.is_null() {
            return nothing;
        }
        let new = Keeper {
            lock: RawLock::INIT,
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
        new.lock.look_inside();
        link(keeper);
        // ORDERING: Relaxed: no other thread touches the block.
        block().values_keeper.store(keeper.cast(), Ordering::Relaxed);
    }
    let room = room.max(8).next_power_of_two();
    let entries = memory::allocate_zeroed::<Entry>(room);
    if entries.is_null() {
        return nothing;
    }
    // SAFETY: the keeper is this thread's own; the old array has `room` entries, fewer than the new one; both are ours to read and write
    // under the lock, and nobody reads the old one afterwards.
    unsafe {
        let old = locked(keeper, || {
            let old = (*keeper).entries;
            ptr::copy_nonoverlapping(old, entries, if old.is_null() { 0 } else { (*keeper).room });
            (*keeper).entries = entries;
            (*keeper).room = room;
            old
        });
        // ORDERING: Relaxed, both: no other thread touches the block; a handler of this thread finds the larger array or the old room.
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

/// In a forked child: the threads of the other keepers are gone, and their values stay where they are.
pub fn forget_others() {
    let mine = my_keeper();
    // SAFETY: `prepare` holds the list's lock in this thread, which is the only one.
    let keepers = unsafe { &mut *KEEPERS.data_ptr() };
    keepers.0 = mine;
    // SAFETY: null, or this thread's own keeper.
    if let Some(mine) = unsafe { mine.as_mut() } {
        (mine.next, mine.previous) = (ptr::null_mut(), ptr::null_mut());
    }
}

/// Calls `visit` with the entry of an index of every thread that has one, under its keeper's lock, until it says false.
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
