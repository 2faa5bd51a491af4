//! Texts that C functions write into the caller's buffer.

use core::ffi::c_char;

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::status::Status;
use crate::thread::name;

/// A caller's buffer, its capacity, and the place for the length of the whole text.
pub struct Text {
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
}

impl Text {
    /// # Safety
    /// `buffer` is null or has `capacity` bytes that may be written; `length` is null or may be
    /// written.
    pub unsafe fn new(buffer: *mut c_char, capacity: usize, length: *mut usize) -> Text {
        Text { buffer, capacity, length }
    }

    /// Writes a thread's name.
    ///
    /// # Errors
    /// `THREADING_INVALID_ARGUMENT` for a null buffer with a capacity; `THREADING_INVALID_HANDLE`,
    /// `THREADING_DESTROYED`.
    pub fn fill_with_name(self, thread: Handle) -> Result<(), Status> {
        if self.buffer.is_null() && self.capacity > 0 {
            return Err(failure!(
                THREADING_INVALID_ARGUMENT,
                c"the buffer is NULL, and its capacity is not 0"
            ));
        }
        // SAFETY: `new` was promised a buffer of that capacity.
        let length = unsafe { name::copy_out(thread, self.buffer, self.capacity) }?;
        if !self.length.is_null() {
            // SAFETY: not null, so it may be written, by `new`'s contract.
            unsafe { self.length.write(length) };
        }
        Ok(())
    }
}
