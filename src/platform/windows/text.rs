//! Text in UTF-16, as Windows takes and gives it, and in UTF-8, as the library has it.

use core::ptr;

use super::api::{MultiByteToWideChar, WideCharToMultiByte};

const UTF_8: u32 = 65001;

/// Writes a text of UTF-8 into the room, with a NUL. `None`: the room is too small. What is not
/// UTF-8 becomes the replacement character.
pub fn to_wide<'a>(text: &[u8], room: &'a mut [u16]) -> Option<&'a [u16]> {
    let units = i32::try_from(room.len()).ok()?.checked_sub(1)?;
    let bytes = i32::try_from(text.len()).ok()?;
    // SAFETY: the text has as many bytes as are said, and the room one unit more.
    let written =
        unsafe { MultiByteToWideChar(UTF_8, 0, text.as_ptr(), bytes, room.as_mut_ptr(), units) };
    let length = usize::try_from(written).ok().filter(|length| *length > 0 || text.is_empty())?;
    *room.get_mut(length)? = 0;
    room.get(..=length)
}

/// Writes a text of UTF-16 into the room, without a NUL. `None`: the room is too small.
pub fn to_utf8<'a>(wide: &[u16], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let units = i32::try_from(wide.len()).ok()?;
    let bytes = i32::try_from(room.len()).ok()?;
    let to = room.as_mut_ptr();
    // SAFETY: the text has as many units as are said, and the room as many bytes; a character that
    // is none is replaced by what the system has for that.
    let written = unsafe {
        WideCharToMultiByte(UTF_8, 0, wide.as_ptr(), units, to, bytes, ptr::null(), ptr::null_mut())
    };
    let length = usize::try_from(written).ok().filter(|length| *length > 0 || wide.is_empty())?;
    room.get(..length)
}
