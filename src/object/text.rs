//! The room that a text is copied to, and where a text may be cut.

use core::ffi::c_char;
use core::marker::PhantomData;
use core::ptr;

/// Memory of a caller's, to which a text is copied part by part. What does not fit is left out.
pub struct Room<'a> {
    start: *mut u8,
    capacity: usize,
    memory: PhantomData<&'a mut [u8]>,
}

impl<'a> Room<'a> {
    /// The room in a buffer.
    pub fn of(buffer: &'a mut [u8]) -> Room<'a> {
        Room { start: buffer.as_mut_ptr(), capacity: buffer.len(), memory: PhantomData }
    }

    /// The room in a buffer of C's. Only the part that the text fills is ever touched, so the
    /// capacity may be any number that is not less than what the text needs.
    ///
    /// # Safety
    /// `start` points to `capacity` bytes that may be written while the room is in use, or to as
    /// many as the text has, with a NUL; it may be anything if `capacity` is 0.
    pub unsafe fn new(start: *mut c_char, capacity: usize) -> Room<'a> {
        Room { start: start.cast(), capacity, memory: PhantomData }
    }

    /// How many bytes there are.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Writes a part of the text, which begins at this offset.
    pub fn put(&mut self, offset: usize, part: &[u8]) {
        let length = part.len().min(self.capacity.saturating_sub(offset));
        if length > 0 {
            // SAFETY: the bytes lie within the room, by the line above; nobody else has it.
            unsafe { ptr::copy_nonoverlapping(part.as_ptr(), self.start.add(offset), length) };
        }
    }

    /// Ends the text, of which all that fits was put here, with a NUL. A text that does not fit
    /// with its NUL is cut between characters.
    pub fn terminate(&mut self, length: usize) {
        if self.capacity == 0 {
            return;
        }
        let mut end = length;
        if length >= self.capacity {
            end = self.capacity - 1;
            // SAFETY: below the capacity, and `put` has written it, since the text is as long.
            while end > 0 && unsafe { continues(self.start.add(end).read()) } {
                end -= 1;
            }
        }
        // SAFETY: `end` is below the capacity.
        unsafe { self.start.add(end).write(0) };
    }
}

/// Whether the byte is within a character of UTF-8 and not its first.
fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// The longest part of UTF-8 text that has at most `limit` bytes and ends between characters.
pub fn cut(text: &[u8], limit: usize) -> &[u8] {
    let mut end = text.len().min(limit);
    while end > 0 && text.get(end).is_some_and(|byte| continues(*byte)) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = "aé€😀z".as_bytes();

    #[test]
    fn text_is_cut_between_characters() {
        let lengths: Vec<usize> =
            (0..=TEXT.len() + 1).map(|limit| cut(TEXT, limit).len()).collect();
        assert_eq!(lengths, [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11]);
        for limit in 0..=TEXT.len() {
            assert!(core::str::from_utf8(cut(TEXT, limit)).is_ok());
        }
    }

    #[test]
    fn a_room_is_filled_up_to_its_end_and_its_text_ends_between_characters() {
        for capacity in 0..TEXT.len() + 3 {
            let mut buffer = [b'#'; 16];
            let mut room = Room::of(&mut buffer[..capacity]);
            for (number, part) in TEXT.chunks(3).enumerate() {
                room.put(number * 3, part);
            }
            room.terminate(TEXT.len());
            let (written, beyond) = buffer.split_at(capacity);
            let text = written.split(|byte| *byte == 0).next().unwrap_or_default();
            assert_eq!(text, cut(TEXT, capacity.saturating_sub(1)));
            assert_eq!(written.contains(&0), capacity > 0);
            assert!(beyond.iter().all(|byte| *byte == b'#'));
        }
    }
}
