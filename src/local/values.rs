//! The array of a thread's values, which only that thread reads without a lock, and its keeper,
//! which all threads can reach.

use core::ffi::c_void;
use core::ptr;

use parking_lot::lock_api::RawMutex;

use crate::atomic::{AtomicPtr, AtomicU64, Ordering};
use crate::object::handle::{Handle, Kind};
use crate::platform::memory;
use crate::platform::tls::{self, Block};
use crate::status::Status;
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::this_thread;

/// A thread's value of one local. The fields are atomic because the thread reads them without the
/// lock, and other threads change them under it.
#[repr(C)]
pub struct Entry {
    /// The local that the entry belongs to; see the table in `local`.
    local: AtomicU64,
    /// The value, or null.
    value: AtomicPtr<c_void>,
}

impl Entry {
    /// The local's value in this entry, if there is one. Called by the entry's own thread.
    #[inline(always)]
    pub fn value_of(&self, local: Handle) -> Option<*mut c_void> {
        // ORDERING: Relaxed, both: written by this thread, or removed by a destroy, which the
        // program must not let race with a use of the value.
        (self.local.load(Ordering::Relaxed) == local.0).then(|| self.value.load(Ordering::Relaxed))
    }

    /// Replaces the local's value in this entry by another that is not null, without the lock. Only
    /// for a local without a destructor. Called by the entry's own thread. False: there is none.
    #[inline(always)]
    pub fn replace(&self, local: Handle, value: *mut c_void) -> bool {
        // ORDERING: Relaxed: as in `value_of`.
        let has_value = self.local.load(Ordering::Relaxed) == local.0;
        if has_value {
            // ORDERING: Relaxed: other threads only remove the value, and use none of a local
            // without a destructor.
            self.value.store(value, Ordering::Relaxed);
        }
        has_value
    }

    /// Whether the entry's thread has touched the local.
    pub fn is_touched(&self, local: Handle) -> bool {
        // ORDERING: Relaxed: written by this thread, or under the lock that the caller holds.
        let found = self.local.load(Ordering::Relaxed);
        found == local.0 || found == !local.0
    }

    /// Stores a value of that local, or, for null, that the local is touched and has no value.
    /// Called under the keeper's lock.
    pub fn put(&self, local: Handle, value: *mut c_void) {
        // ORDERING: Relaxed, both: under the lock.
        self.value.store(value, Ordering::Relaxed);
        // ORDERING: as above.
        self.local.store(if value.is_null() { !local.0 } else { local.0 }, Ordering::Relaxed);
    }

    /// Removes the value, whichever local it belongs to; null if there is none. The local stays
    /// touched. Called under the keeper's lock.
    pub fn take(&self) -> *mut c_void {
        // ORDERING: Relaxed: written under the lock.
        let local = Handle(self.local.load(Ordering::Relaxed));
        if local.tag().kind() != Kind::Local as u32 {
            // What `replace` may have left there is nobody's.
            return ptr::null_mut();
        }
        // ORDERING: Relaxed, both: under the lock.
        let value = self.value.swap(ptr::null_mut(), Ordering::Relaxed);
        // ORDERING: as above.
        self.local.store(!local.0, Ordering::Relaxed);
        value
    }

    /// Makes the entry as if never touched, after the value was removed. Called under the keeper's
    /// lock, or by the thread itself while the entry has no value that another thread could find.
    pub fn untouch(&self) {
        // ORDERING: Relaxed: under the lock, or no other thread reads it.
        self.local.store(Entry::UNTOUCHED, Ordering::Relaxed);
    }

    /// The field `local` of an untouched entry. It is not 0, which would be the null handle.
    const UNTOUCHED: u64 = !0;
}

/// The keeper of a thread's array, in memory of the C allocator. It exists from the thread's first
/// value to the thread's end.
pub struct Keeper {
    lock: InternalMutex,
    /// The array; guarded by `lock`, and replaced by the thread itself only.
    entries: *mut Entry,
    /// How many entries the array has; guarded as the array is.
    room: usize,
    /// The links of the list of keepers; guarded by its lock.
    next: *mut Keeper,
    previous: *mut Keeper,
}

/// The list of the keepers of all threads.
struct Keepers(*mut Keeper);

// SAFETY: the list is accessed under its lock only.
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

/// The entry of that index in the calling thread's array, if the array has it.
#[inline(always)]
pub fn my_entry(index: u32) -> Option<&'static Entry> {
    let (values, room) = tls::values();
    if index as usize >= room {
        return None;
    }
    // SAFETY: the array has `room` entries, and exists if `room` is not 0: `grow` sets the two
    // together. Only this thread replaces and frees the array.
    unsafe {
        core::hint::assert_unchecked(!values.is_null());
        Some(&*values.cast::<Entry>().add(index as usize))
    }
}

/// Calls `run` under the keeper's lock.
///
/// # Safety
/// The keeper exists: it is the calling thread's own, or the list's lock is held.
pub unsafe fn with_lock<R>(keeper: *mut Keeper, run: impl FnOnce() -> R) -> R {
    // SAFETY: the caller's promise.
    let lock = unsafe { &(*keeper).lock };
    let held = lock.lock();
    let result = run();
    // SAFETY: locked above, in this thread; `run` is the library's code, and does not unwind.
    unsafe { lock.unlock(held) };
    result
}

/// Makes the calling thread's array at least `room` entries long.
pub fn grow(room: usize) -> Result<(), Status> {
    let failed = Err(Status::THREADING_NO_RESOURCES);
    if this_thread::has_ended() || !this_thread::register_and_arm() {
        return failed;
    }
    let mut keeper = my_keeper();
    if keeper.is_null() {
        keeper = memory::allocate();
        if keeper.is_null() {
            return failed;
        }
        let new = Keeper {
            lock: InternalMutex::INIT,
            entries: ptr::null_mut(),
            room: 0,
            next: ptr::null_mut(),
            previous: ptr::null_mut(),
        };
        // SAFETY: new memory of the right size, which no other thread has until it is linked.
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
        return failed;
    }
    // SAFETY: the keeper is this thread's own; the old array has `room` entries, fewer than the new
    // one; this thread may read and write both under the lock, and no thread reads the old one
    // afterwards.
    unsafe {
        let old = with_lock(keeper, || {
            let old = (*keeper).entries;
            // The null handle names entry 0, so that must not contain 0. Other entries may.
            (*entries).untouch();
            ptr::copy_nonoverlapping(old, entries, if old.is_null() { 0 } else { (*keeper).room });
            (*keeper).entries = entries;
            (*keeper).room = room;
            old
        });
        // ORDERING: Relaxed, both: no other thread touches the block. A signal handler of this
        // thread finds the new array, with the old or the new room.
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

/// Unlinks all keepers but the calling thread's in a forked child. Their threads are gone, and
/// their values are not destroyed.
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

/// Unlocks the calling thread's keeper in a forked child: a thread of the parent may have held its
/// lock.
pub fn repair_after_fork() {
    // SAFETY: null, or this thread's own keeper.
    if let Some(mine) = unsafe { my_keeper().as_ref() } {
        mine.lock.reset();
    }
}

/// Calls `visit` with every thread's entry of that index, under its keeper's lock, until `visit`
/// returns false.
pub fn for_each(index: u32, mut visit: impl FnMut(&Entry) -> bool) {
    let keepers = KEEPERS.lock();
    let mut place = keepers.0;
    let mut more = true;
    // SAFETY: the list's lock is held, and its keepers exist until they are unlinked under it.
    while let Some(keeper) = unsafe { place.as_ref() }.filter(|_| more) {
        // SAFETY: as above; an array has `room` entries, and is replaced under its keeper's lock.
        more = unsafe {
            with_lock(place, || {
                let has_room = (index as usize) < keeper.room;
                !has_room || visit(&*keeper.entries.add(index as usize))
            })
        };
        place = keeper.next;
    }
}

/// Frees the calling thread's array and keeper, after its last destructors.
pub fn free_mine() {
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
    // SAFETY: no other thread reaches an unlinked keeper, and this thread's block has no pointer to
    // it any more.
    unsafe {
        memory::free(entries);
        memory::free(keeper);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: Handle = Handle::numbered(Kind::Local, 3);
    const NEXT: Handle = Handle(LOCAL.0 + (1 << 32));

    /// A thread that replaces a value comes between the steps of a destroy in another thread.
    #[test]
    fn a_value_that_comes_too_late_belongs_to_no_local() {
        let (value, late) = (ptr::without_provenance_mut(1), ptr::without_provenance_mut(2));
        let new = || Entry { local: AtomicU64::new(0), value: AtomicPtr::new(ptr::null_mut()) };
        for untouched in [false, true] {
            let entry = new();
            entry.put(LOCAL, value);
            assert_eq!(entry.take(), value);
            if untouched {
                entry.untouch();
            }
            assert!(!entry.replace(LOCAL, late));
            // As if `replace` had looked at the handle before.
            // ORDERING: Relaxed: there is one thread.
            entry.value.store(late, Ordering::Relaxed);
            assert_eq!(entry.value_of(LOCAL), None);
            assert_eq!(entry.is_touched(LOCAL), !untouched);
            assert!(entry.take().is_null() && entry.value_of(Handle::NULL).is_none());
            entry.put(NEXT, value);
            assert!(entry.replace(NEXT, late) && !entry.replace(LOCAL, value));
            assert_eq!(entry.take(), late);
        }
    }

    /// A fork that no handler is told of may find another thread under the lock.
    #[test]
    fn in_a_child_the_threads_own_keeper_is_unlocked_whoever_held_it() {
        std::thread::spawn(|| {
            assert_eq!(grow(1), Ok(()));
            // SAFETY: the keeper exists until the thread ends.
            let lock = unsafe { &(*my_keeper()).lock };
            let held = lock.lock();
            repair_after_fork();
            let is_free = !lock.is_locked();
            if !is_free {
                // SAFETY: locked above; the end of the thread locks it once more.
                unsafe { lock.unlock(held) };
            }
            assert!(is_free);
        })
        .join()
        .expect("the thread ends");
    }
}
