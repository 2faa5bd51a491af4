//! Texts that C functions write into the caller's buffer.

use core::ffi::{CStr, c_char};

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::text::Room;
use crate::status::Status;

/// The status of a call that writes a text to a caller's buffer, and its whole length to a place.
///
/// # Safety
/// The buffer is null or has room for the text and a NUL, or for as many bytes as the capacity
/// says; the place for the length is null or may be written.
pub unsafe fn deliver(
    function: &'static CStr,
    object: Handle,
    (buffer, capacity, length): (*mut c_char, usize, *mut usize),
    copy_out: impl FnOnce(Room<'_>) -> Result<usize, Status>,
) -> Status {
    let delivered = if buffer.is_null() && capacity > 0 {
        Err(failure!(THREADING_INVALID_ARGUMENT, c"the buffer is NULL, and its capacity is not 0"))
    } else {
        // SAFETY: not null, or no room; and this function's contract.
        copy_out(unsafe { Room::new(buffer, capacity) })
    };
    let delivered = delivered.map(|whole| {
        if !length.is_null() {
            // SAFETY: not null, so it may be written, by this function's contract.
            unsafe { length.write(whole) }
        }
    });
    super::outcome(function, object, delivered)
}
