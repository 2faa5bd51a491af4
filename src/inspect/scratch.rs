//! Memory for one look at the process: from the system and not from the C allocator, whose locks an
//! interrupted thread may hold.

use core::marker::PhantomData;
use core::slice;

use crate::platform::memory;

/// A list of fixed room. It goes back to the system when it goes out of scope.
pub struct Scratch<T: Copy> {
    start: *mut u8,
    room: usize,
    length: usize,
    of: PhantomData<T>,
}

impl<T: Copy> Scratch<T> {
    /// Room for so many; `None` if there is no memory.
    pub fn with_room(room: usize) -> Option<Scratch<T>> {
        const { assert!(align_of::<T>() <= 4096, "a mapping begins at a page") };
        let room = room.max(1);
        let start = memory::map_zeroed(room.checked_mul(size_of::<T>())?)?;
        Some(Scratch { start, room, length: 0, of: PhantomData })
    }

    /// Adds one, if there is room left.
    pub fn push(&mut self, value: T) -> bool {
        let has_room = self.length < self.room;
        if has_room {
            // SAFETY: the mapping has `room` places, aligned for any type, and this is one of them.
            unsafe { self.start.cast::<T>().add(self.length).write(value) };
            self.length += 1;
        }
        has_room
    }

    /// The same in the order of their keys. `None`: there is no memory.
    ///
    /// Keys and places are sorted, and not what is added: so there is one sort for all types.
    pub fn sorted_by_key(self, key: impl Fn(&T) -> u64) -> Option<Scratch<T>> {
        let mut keys = Scratch::with_room(self.length)?;
        for (place, value) in self.all().iter().enumerate() {
            keys.push((key(value), place));
        }
        sort(keys.all_mut());
        let mut sorted = Scratch::with_room(self.room)?;
        for (_, place) in keys.all() {
            self.all().get(*place).map(|value| sorted.push(*value));
        }
        Some(sorted)
    }

    /// What was added.
    pub fn all(&self) -> &[T] {
        // SAFETY: the first `length` places are initialised, and live as long as `self`.
        unsafe { slice::from_raw_parts(self.start.cast(), self.length) }
    }

    /// As `all`, to be changed.
    pub fn all_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `all`; `self` is borrowed for as long as the slice is used.
        unsafe { slice::from_raw_parts_mut(self.start.cast(), self.length) }
    }
}

#[inline(never)]
fn sort(keys: &mut [(u64, usize)]) {
    keys.sort_unstable();
}

impl<T: Copy> Drop for Scratch<T> {
    fn drop(&mut self) {
        // SAFETY: mapped by `with_room` with that size, and borrowed by nobody any more.
        unsafe { memory::unmap(self.start, self.room * size_of::<T>()) };
    }
}
