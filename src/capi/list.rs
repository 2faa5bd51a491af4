//! Arrays of the caller's, which a function fills.

use core::ffi::CStr;

use crate::object::cause::failure;
use crate::object::handle::Handle;

/// A caller's array, and how much of it is filled.
pub struct List<T> {
    array: *mut T,
    capacity: usize,
    /// How many entries are filled.
    pub length: usize,
}

impl<T> List<T> {
    /// `None`, and the failure is reported: there is room, but no array.
    ///
    /// # Safety
    /// `array` is null or has room for `capacity` entries.
    pub unsafe fn new(function: &'static CStr, array: *mut T, capacity: usize) -> Option<List<T>> {
        if array.is_null() && capacity > 0 {
            let status = failure!(THREADING_INVALID_ARGUMENT, c"the array is NULL");
            super::failed(function, Handle::NULL, status);
            return None;
        }
        Some(List { array, capacity, length: 0 })
    }

    /// Adds an entry if there is room. False: there is none for another.
    pub fn push<'a, S>(&mut self, entry: &'a S) -> bool
    where
        T: From<&'a S>,
    {
        if self.length < self.capacity {
            // SAFETY: below the capacity, for which there is room, by `new`'s contract.
            unsafe { self.array.add(self.length).write(entry.into()) };
            self.length += 1;
        }
        self.length < self.capacity
    }
}
