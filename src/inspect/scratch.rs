//! Memory for one look at the process: from the system and not from the C allocator, whose locks an
//! interrupted thread may hold.

use core::marker::PhantomData;
use core::{ptr, slice};

use crate::platform::blocks::Block;

/// A list of fixed room. Its memory is given back when it goes out of scope.
pub struct Scratch<T: Copy> {
    block: Block,
    room: usize,
    length: usize,
    of: PhantomData<T>,
}

impl<T: Copy> Scratch<T> {
    /// Room for so many; `None` if there is no memory.
    pub fn with_room(room: usize) -> Option<Scratch<T>> {
        const { assert!(align_of::<T>() <= 4096, "a block begins at a page") };
        let block = Block::with_room(room.checked_mul(size_of::<T>())?)?;
        Some(Scratch { block, room, length: 0, of: PhantomData })
    }

    /// Adds one, if there is room left.
    #[inline]
    pub fn push(&mut self, value: T) -> bool {
        let has_room = self.length < self.room;
        if has_room {
            // SAFETY: the block has `room` places, aligned for any type, and this is one of them.
            unsafe { self.block.start().cast::<T>().add(self.length).write(value) };
            self.length += 1;
        }
        has_room
    }

    /// Adds as many of the values as there is room for, and returns how many that are.
    #[inline]
    pub fn extend(&mut self, values: &[T]) -> usize {
        let count = values.len().min(self.room - self.length);
        // SAFETY: as in `push`, for that many; the values lie elsewhere, since `self` is borrowed.
        unsafe {
            let end = self.block.start().cast::<T>().add(self.length);
            ptr::copy_nonoverlapping(values.as_ptr(), end, count);
        }
        self.length += count;
        count
    }

    /// Takes all out again.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// The same in the order of their keys. `None`: there is no memory.
    ///
    /// Keys and places are sorted, and not what is added: so there is one sort for all types.
    pub fn sorted_by_key(self, key: impl Fn(&T) -> u64) -> Option<Scratch<T>> {
        if self.all().is_sorted_by_key(&key) {
            return Some(self);
        }
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
        unsafe { slice::from_raw_parts(self.block.start().cast(), self.length) }
    }

    /// As `all`, to be changed.
    pub fn all_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `all`; `self` is borrowed for as long as the slice is used.
        unsafe { slice::from_raw_parts_mut(self.block.start().cast(), self.length) }
    }
}

#[inline(never)]
fn sort(keys: &mut [(u64, usize)]) {
    keys.sort_unstable();
}
