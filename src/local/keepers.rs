//! The keepers of the threads' arrays of values, through which all threads can reach them.

use core::ffi::c_void;
use core::ptr;

use parking_lot::lock_api::RawMutex;

use crate::atomic::Ordering;
use crate::local::entry::Entry;
use crate::platform::fork_epoch;
use crate::platform::memory;
use crate::platform::tls::{self, Block};
use crate::wait::mutex::internal::{InternalMutex, Mutex};

/// The keeper of a thread's array, in memory of the C allocator. A thread has one from its first
/// value to its end. Then the keeper is a spare one, for the next thread that needs one.
///
/// It is never freed: between its way out of all lists and the call of the allocator, only a
/// register would have its address, and LeakSanitizer looks at no register of a thread in its last
/// round of destructors. It would call the keeper a leak if the process ended at that moment.
pub struct Keeper {
    lock: InternalMutex,
    /// The array; guarded by `lock`, and replaced by the thread itself only.
    entries: *mut Entry,
    /// How many entries the array has; guarded as the array is.
    room: usize,
    /// The links of the list of used keepers; guarded by the lock of the lists.
    next: *mut Keeper,
    previous: *mut Keeper,
    /// The link of the list of spare keepers; guarded by the same lock.
    next_spare: *mut Keeper,
}

/// All keepers.
struct Keepers {
    /// The list of those that threads have.
    used: *mut Keeper,
    /// The list of those that no thread has. Each has a room of 0.
    spare: *mut Keeper,
}

// SAFETY: the lists are accessed under their lock only.
unsafe impl Send for Keepers {}

static KEEPERS: Mutex<Keepers> =
    Mutex::new(Keepers { used: ptr::null_mut(), spare: ptr::null_mut() });

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { KEEPERS.raw() });
}

/// The calling thread's block.
pub fn block() -> &'static Block<c_void> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave it.
    unsafe { &*tls::block::<c_void>() }
}

/// The calling thread's keeper, or null.
pub fn my_keeper() -> *mut Keeper {
    // ORDERING: Relaxed: no other thread touches the block.
    block().values_keeper.load(Ordering::Relaxed).cast()
}

/// Calls `run` under the keeper's lock.
///
/// # Safety
/// It is a keeper: those are never freed.
pub unsafe fn with_lock<R>(keeper: *mut Keeper, run: impl FnOnce() -> R) -> R {
    // SAFETY: the caller's promise.
    let lock = unsafe { &(*keeper).lock };
    let held = lock.lock();
    let result = run();
    // SAFETY: locked above, in this thread; `run` is the library's code, and does not unwind.
    unsafe { lock.unlock(held) };
    result
}

/// The calling thread's keeper; a thread without one gets one. Null: there is no memory.
pub fn claim() -> *mut Keeper {
    let mine = my_keeper();
    if !mine.is_null() {
        return mine;
    }
    let keeper = change(|keepers| {
        let keeper = keepers.spare;
        if !keeper.is_null() {
            take(keepers, keeper);
            // SAFETY: keepers are never freed, and their links are accessed under the lock.
            keepers.spare = unsafe { (*keeper).next_spare };
        }
        keeper
    });
    if !keeper.is_null() {
        return keeper;
    }
    let keeper: *mut Keeper = memory::allocate();
    // The program's allocator may use a local itself.
    let mine = my_keeper();
    if keeper.is_null() || !mine.is_null() {
        // SAFETY: null or new memory, which nobody knows.
        unsafe { memory::free(keeper) };
        return mine;
    }
    let new = Keeper {
        lock: InternalMutex::INIT,
        entries: ptr::null_mut(),
        room: 0,
        next: ptr::null_mut(),
        previous: ptr::null_mut(),
        next_spare: ptr::null_mut(),
    };
    // SAFETY: new memory of the right size, which no other thread has until it is linked.
    unsafe {
        keeper.write(new);
        (*keeper).lock.report_created();
    }
    change(|keepers| take(keepers, keeper));
    keeper
}

/// Changes the lists under their lock.
fn change<R>(run: impl FnOnce(&mut Keepers) -> R) -> R {
    let mut keepers = KEEPERS.lock();
    let epoch = fork_epoch::epoch();
    let result = run(&mut keepers);
    let is_forked = fork_epoch::epoch() != epoch;
    drop(keepers);
    if is_forked {
        // A signal handler has forked amid the change, in a way of which nobody is told, and the
        // rest of the change was one of the parent's lists.
        repair_after_fork();
    }
    result
}

/// Makes a keeper without an array the calling thread's, under the lock of the lists: for whoever
/// forks with the handlers it is this thread's or nobody's.
fn take(keepers: &mut Keepers, keeper: *mut Keeper) {
    // SAFETY: the lists' lock is held, and keepers are never freed.
    unsafe {
        (*keeper).next = keepers.used;
        (*keeper).previous = ptr::null_mut();
        if let Some(next) = keepers.used.as_mut() {
            next.previous = keeper;
        }
    }
    keepers.used = keeper;
    // ORDERING: Relaxed: no other thread touches the block.
    block().values_keeper.store(keeper.cast(), Ordering::Relaxed);
}

/// Makes the calling thread's keeper, which has no array any more, a spare one; or, in a child,
/// that of a thread which is gone.
fn spare(keepers: &mut Keepers, keeper: *mut Keeper) {
    // SAFETY: as in `take`.
    unsafe {
        // Into the one list before it leaves the other: see `Keeper`.
        (*keeper).next_spare = keepers.spare;
        keepers.spare = keeper;
        let (next, previous) = ((*keeper).next, (*keeper).previous);
        match previous.as_mut() {
            Some(previous) => previous.next = next,
            None => keepers.used = next,
        }
        if let Some(next) = next.as_mut() {
            next.previous = previous;
        }
    }
}

/// Replaces the calling thread's array by a larger one, which gets the entries of the old one.
/// Returns the old one, or null; or, if the old one is as large already, the new one. Nobody uses
/// what it returns.
///
/// # Safety
/// The keeper is the calling thread's own, and the new array has `room` zeroed entries.
pub unsafe fn replace_array(keeper: *mut Keeper, new: *mut Entry, room: usize) -> *mut Entry {
    // SAFETY: the caller's promise; this thread may read and write both arrays under the lock, and
    // no thread reads the old one afterwards.
    unsafe {
        with_lock(keeper, || {
            let (old, old_room) = ((*keeper).entries, (*keeper).room);
            if old_room >= room {
                return new;
            }
            // The null handle names entry 0, so that must not contain 0. Other entries may.
            (*new).untouch();
            ptr::copy_nonoverlapping(old, new, if old.is_null() { 0 } else { old_room });
            (*keeper).entries = new;
            (*keeper).room = room;
            old
        })
    }
}

/// Frees the array of the calling thread, whose block has no pointer to it any more, and makes its
/// keeper a spare one.
pub fn give_back() {
    let keeper = my_keeper();
    if keeper.is_null() {
        return;
    }
    // SAFETY: keepers are never freed. Without a room no other thread reads the array, and this
    // thread alone replaces it.
    unsafe {
        with_lock(keeper, || (*keeper).room = 0);
        // It names the array until that is freed, for the reason that is told at `Keeper`.
        memory::free((*keeper).entries);
    }
    change(|keepers| {
        // SAFETY: as above.
        unsafe { (*keeper).entries = ptr::null_mut() };
        spare(keepers, keeper);
        // ORDERING: Relaxed: no other thread touches the block. Under the lock, as in `take`.
        block().values_keeper.store(ptr::null_mut(), Ordering::Relaxed);
    });
}

/// Calls `visit` with every thread's entry of that index, under its keeper's lock, until `visit`
/// returns false.
pub fn for_each(index: u32, mut visit: impl FnMut(&Entry) -> bool) {
    let keepers = KEEPERS.lock();
    let epoch = fork_epoch::epoch();
    let mut place = keepers.used;
    let mut more = true;
    // SAFETY: the lists' lock is held, and keepers are never freed.
    while let Some(keeper) = unsafe { place.as_ref() }.filter(|_| more) {
        // SAFETY: as above; an array has `room` entries, and is replaced under its keeper's lock.
        more = unsafe {
            with_lock(place, || {
                let has_room = (index as usize) < keeper.room;
                !has_room || visit(&*keeper.entries.add(index as usize))
            })
        };
        place = keeper.next;
        // In the child of a handler as in `change`, what follows are keepers of the parent.
        more &= fork_epoch::epoch() == epoch;
    }
}

/// Makes all keepers but the calling thread's spare ones in a forked child. Their threads are gone,
/// and their values are not destroyed.
pub fn reset_after_fork() {
    let mine = my_keeper();
    // SAFETY: `prepare` holds the lists' lock in this thread, which is the only one; or
    // `repair_after_fork` has made the lists anew.
    let keepers = unsafe { &mut *KEEPERS.data_ptr() };
    let mut place = keepers.used;
    // SAFETY: keepers are never freed.
    while let Some(keeper) = unsafe { place.as_mut() } {
        let next = keeper.next;
        if place != mine {
            keeper.lock.reset();
            // Whoever has a room has an array, which the next thread frees. Without a room it may
            // just have been freed: see `give_back`.
            if keeper.room == 0 {
                keeper.entries = ptr::null_mut();
            }
            keeper.room = 0;
            spare(keepers, place);
        }
        place = next;
    }
}

/// In a forked child: a thread of the parent may have held the lock of the calling thread's keeper,
/// or have been in the middle of a change of the lists.
pub fn repair_after_fork() {
    let mine = my_keeper();
    // SAFETY: this thread is the only one.
    let keepers = unsafe { &mut *KEEPERS.data_ptr() };
    *keepers = Keepers { used: mine, spare: ptr::null_mut() };
    // SAFETY: null, or this thread's own keeper.
    if let Some(mine) = unsafe { mine.as_mut() } {
        (mine.next, mine.previous) = (ptr::null_mut(), ptr::null_mut());
    }
    unlock_mine();
}

fn unlock_mine() {
    // SAFETY: null, or this thread's own keeper.
    if let Some(mine) = unsafe { my_keeper().as_ref() } {
        mine.lock.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fork that no handler is told of may find another thread under the lock.
    #[test]
    fn in_a_child_the_threads_own_keeper_is_unlocked_whoever_held_it() {
        std::thread::spawn(|| {
            // SAFETY: keepers are never freed.
            let lock = unsafe { &(*claim()).lock };
            let held = lock.lock();
            unlock_mine();
            let is_free = !lock.is_locked();
            if !is_free {
                // SAFETY: locked above.
                unsafe { lock.unlock(held) };
            }
            assert!(is_free);
        })
        .join()
        .expect("the thread ends");
    }
}
