//! The array of a thread's values, by which the thread itself reaches them without a lock.

use core::ptr;

use crate::atomic::Ordering;
use crate::local::entry::Entry;
use crate::local::keepers::{self, block};
use crate::platform::fork_epoch;
use crate::platform::memory;
use crate::platform::tls;
use crate::status::Status;
use crate::wait::this_thread;

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

/// Makes the calling thread's array at least `room` entries long.
pub fn grow(room: usize) -> Result<(), Status> {
    let failed = Err(Status::THREADING_NO_RESOURCES);
    // In a child in which the thread that forked has not called yet, the lists of keepers may be in
    // the middle of a change.
    if this_thread::has_ended() || !fork_epoch::notice() || !this_thread::register_and_arm() {
        return failed;
    }
    let keeper = keepers::claim();
    if keeper.is_null() {
        return failed;
    }
    let room = room.max(8).next_power_of_two();
    let entries = memory::allocate_zeroed::<Entry>(room);
    if entries.is_null() {
        return failed;
    }
    // SAFETY: the keeper is this thread's own, and the array has `room` zeroed entries.
    let unused = unsafe { keepers::replace_array(keeper, entries, room) };
    // Not if the program's allocator has used a local meanwhile.
    if unused != entries {
        // ORDERING: Relaxed, both: no other thread touches the block. A signal handler of this
        // thread finds the new array, with the old or the new room.
        block().values.store(entries.cast(), Ordering::Relaxed);
        block().values_room.store(room, Ordering::Relaxed);
    }
    // SAFETY: it was allocated by a call of this function.
    unsafe { memory::free(unused) };
    Ok(())
}

/// Frees the calling thread's array, and gives its keeper back, after its last destructors.
pub fn free_mine() {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().values_room.store(0, Ordering::Relaxed);
    block().values.store(ptr::null_mut(), Ordering::Relaxed);
    keepers::give_back();
}
