//! What the library writes to the standard error stream: lines of text, and nothing in them that a
//! terminal or a log would obey.
//!
//! Names and messages come from the program, and often from its users. Whatever is in them, a line
//! that is printed here stays one line: control characters, the separators of lines and paragraphs,
//! and the marks that turn the direction of writing are printed as escapes, and so are bytes that
//! are not UTF-8. A backslash stays as it is.

use core::fmt::{self, Write};
use core::slice;

use crate::platform::descriptor;
use crate::platform::errno::KeepErrno;
use crate::platform::memory;

/// The room that most lines need.
const ROOM: usize = 1024;

/// Writes lines, each made of its parts, in one call so that lines of other threads do not come in
/// between. Without memory for a long text its end is left out, and "..." stands for it.
pub fn print_error(lines: &[&[&[u8]]]) {
    let _errno = KeepErrno::new();
    let mut length = Length(0);
    // Only a sink fails, and this one does not.
    let _ = write_lines(&mut length, lines);
    let mut here = [0; ROOM];
    if length.0 > ROOM {
        let block = memory::allocate_zeroed::<u8>(length.0);
        if !block.is_null() {
            // SAFETY: a block of that many bytes, all zero, that nobody else knows.
            write_out(unsafe { slice::from_raw_parts_mut(block, length.0) }, lines);
            // SAFETY: it came from there, and is not used any more.
            unsafe { memory::free(block) };
            return;
        }
    }
    write_out(&mut here, lines);
}

fn write_out(room: &mut [u8], lines: &[&[&[u8]]]) {
    let length = fill(room, lines);
    descriptor::print(room.get(..length).unwrap_or_default());
}

/// Fills the room, and returns how much of it; a text that does not fit ends in "...".
fn fill(room: &mut [u8], lines: &[&[&[u8]]]) -> usize {
    const CUT: &[u8] = b"...\n";
    let mut text = FixedText::new(room);
    if write_lines(&mut text, lines).is_ok() {
        return text.length;
    }
    let FixedText { room, length } = text;
    let mut start = length.min(room.len().saturating_sub(CUT.len()));
    while room.get(start).is_some_and(|byte| start > 0 && byte & 0xc0 == 0x80) {
        start -= 1;
    }
    let end = start + CUT.len();
    room.get_mut(start..end).map_or(0, |place| {
        place.copy_from_slice(CUT);
        end
    })
}

fn write_lines(sink: &mut impl Write, lines: &[&[&[u8]]]) -> fmt::Result {
    for line in lines {
        for part in *line {
            escape(sink, part)?;
        }
        sink.write_char('\n')?;
    }
    Ok(())
}

/// Writes text with nothing in it that a terminal or a log would obey, on one line.
///
/// # Errors
/// Those of the sink.
pub fn escape(sink: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => sink.write_str("\\n")?,
                '\r' => sink.write_str("\\r")?,
                '\t' => sink.write_str("\\t")?,
                '\0'..='\x1f' | '\x7f' => write!(sink, "\\x{:02x}", character as u32)?,
                // C1; marks of direction; separators, embeddings and overrides; isolates.
                '\u{80}'..='\u{9f}'
                | '\u{61c}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' => write!(sink, "\\u{:04x}", character as u32)?,
                _ => sink.write_char(character)?,
            }
        }
        for byte in chunk.invalid() {
            write!(sink, "\\x{byte:02x}")?;
        }
    }
    Ok(())
}

/// How long a text is.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// A text in a buffer of fixed size. A write that does not fit fails.
pub struct FixedText<'a> {
    room: &'a mut [u8],
    length: usize,
}

impl<'a> FixedText<'a> {
    /// An empty text.
    pub fn new(room: &'a mut [u8]) -> FixedText<'a> {
        FixedText { room, length: 0 }
    }

    /// What has been written.
    pub fn as_bytes(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }
}

impl Write for FixedText<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.room.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// The decimal digits of a number, written to the end of `room`, without an allocation.
pub fn decimal(number: i32, room: &mut [u8; 12]) -> &[u8] {
    let mut rest = number.unsigned_abs();
    let mut start = room.len();
    for (index, place) in room.iter_mut().enumerate().rev() {
        if rest == 0 && index + 1 != 12 {
            if number < 0 {
                *place = b'-';
                start = index;
            }
            break;
        }
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        start = index;
    }
    room.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_digits() {
        for number in [0, 7, 10, -1, 1234567890, i32::MAX, i32::MIN] {
            assert_eq!(decimal(number, &mut [0; 12]), number.to_string().as_bytes());
        }
    }

    fn printed(room: usize, lines: &[&[&[u8]]]) -> String {
        let mut buffer = vec![0; room];
        let length = fill(&mut buffer, lines);
        String::from_utf8(buffer[..length].to_vec()).expect("UTF-8")
    }

    #[test]
    fn a_line_is_one_line_whatever_its_parts_are() {
        for character in (0..0x3000).filter_map(char::from_u32) {
            let text = character.to_string();
            let line = printed(64, &[&[b"<", text.as_bytes(), b">"]]);
            assert!(
                line.starts_with('<') && line.ends_with(">\n") && line.matches('\n').count() == 1
            );
            assert!(!line.trim_end().chars().any(char::is_control), "{character:?}");
        }
    }

    #[test]
    fn a_text_without_room_is_cut_between_characters_and_says_so() {
        let lines: &[&[&[u8]]] = &[&["12\u{e9}\u{20ac}56\u{1b}".as_bytes()]];
        let whole = "12\u{e9}\u{20ac}56\\x1b\n";
        for room in 4..20 {
            let line = printed(room, lines);
            assert!(line.len() <= room && line.len() + 3 >= room.min(whole.len()));
            match line.strip_suffix("...\n") {
                Some(begin) => assert!(room < whole.len() && whole.starts_with(begin)),
                None => assert_eq!((line.as_str(), room >= whole.len()), (whole, true)),
            }
        }
    }
}
