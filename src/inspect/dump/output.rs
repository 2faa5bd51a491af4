//! The text that a dump writes, in pieces, to a descriptor; and names in it, with nothing in them
//! that a terminal, a log or a reader of JSON would obey.

use core::fmt::{self, Write};

use crate::inspect::dump::owners::Owners;
use crate::inspect::dump::places::Places;
use crate::inspect::scratch::Scratch;
use crate::platform::blocks::KEPT_BYTES;
use crate::platform::descriptor;
use crate::platform::digits::Digits;
use crate::platform::print;

/// A descriptor, and what is not written to it yet.
pub struct Output {
    descriptor: i32,
    unwritten: Scratch<u8>,
    failed: bool,
    /// JSON stands in a page of HTML: nothing in a string may end the element that it is in.
    pub is_in_page: bool,
    /// What was found of the places of calls.
    pub places: Places,
    /// What was found of the rlocks of conditions.
    pub owners: Owners,
}

impl Output {
    /// Nothing is written yet. `None`: there is no memory.
    pub fn new(descriptor: i32) -> Option<Output> {
        let unwritten = Scratch::with_room(KEPT_BYTES)?;
        let (places, owners) = (Places::NONE, Owners::UNKNOWN);
        let is_in_page = false;
        Some(Output { descriptor, unwritten, failed: false, is_in_page, places, owners })
    }

    /// Writes what is left. False: something could not be written.
    pub fn finish(mut self) -> bool {
        self.flush();
        !self.failed
    }

    /// Whether the descriptor takes no more.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    fn flush(&mut self) {
        let filled = self.unwritten.all();
        if !self.failed && !filled.is_empty() {
            self.failed = !descriptor::write_all(self.descriptor, filled);
        }
        self.unwritten.clear();
    }

    /// Bytes as they are. Out of line, since it is called from everywhere.
    #[inline(never)]
    pub fn bytes(&mut self, bytes: &[u8]) {
        let mut added = self.unwritten.extend(bytes);
        while let Some(rest) = bytes.get(added..).filter(|rest| !rest.is_empty()) {
            self.flush();
            added += self.unwritten.extend(rest);
        }
    }

    /// Plain text.
    #[inline]
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A number, to the base of ten.
    #[inline(never)]
    pub fn number(&mut self, number: u64) {
        self.bytes(Digits::decimal(number).as_bytes());
    }

    /// A count, to the base of ten.
    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// A number to the base of sixteen, after 0x.
    #[inline(never)]
    pub fn hexadecimal(&mut self, number: u64) {
        self.text("0x");
        self.bytes(Digits::hexadecimal(number).as_bytes());
    }

    /// The bits of a handle: all sixteen digits, after 0x.
    #[inline(never)]
    pub fn bits(&mut self, number: u64) {
        self.text("0x");
        self.bytes(Digits::all_hexadecimal(number).as_bytes());
    }

    /// A number in a column of that width.
    pub fn column(&mut self, number: u64, width: usize) {
        let digits = Digits::decimal(number);
        for _ in digits.as_bytes().len()..width {
            self.text(" ");
        }
        self.bytes(digits.as_bytes());
    }

    /// A span of time of the monotonic clock, in seconds.
    pub fn seconds(&mut self, nanoseconds: u64) {
        self.padded_seconds(nanoseconds, 0);
    }

    /// As `seconds`, with the whole seconds in a column of that width.
    pub fn padded_seconds(&mut self, nanoseconds: u64, width: usize) {
        let milliseconds = nanoseconds / 1_000_000;
        self.column(milliseconds / 1000, width);
        self.text(".");
        self.bytes(Digits::padded_decimal(milliseconds % 1000, 3).as_bytes());
    }

    /// Text from elsewhere, on one line.
    pub fn escaped(&mut self, text: &[u8]) {
        if is_plain(text) {
            self.bytes(text);
        } else {
            let _ = print::escape(self, text);
        }
    }

    /// Text in quotation marks, on one line.
    #[inline(never)]
    pub fn quoted(&mut self, text: &[u8]) {
        self.text("\"");
        if is_plain(text) {
            self.bytes(text);
            return self.text("\"");
        }
        for part in text.split_inclusive(|byte| matches!(byte, b'"' | b'\\')) {
            let (last, rest) = part.split_last().map_or((0, part), |(last, rest)| (*last, rest));
            match last {
                b'"' | b'\\' => {
                    let _ = print::escape(self, rest);
                    self.text(if last == b'"' { "\\\"" } else { "\\\\" });
                }
                _ => {
                    let _ = print::escape(self, part);
                }
            }
        }
        self.text("\"");
    }

    /// A string of JSON.
    pub fn json_string(&mut self, text: &[u8]) {
        self.text("\"");
        self.json_part(text);
        self.text("\"");
    }

    /// A part of a string of JSON.
    pub fn json_part(&mut self, text: &[u8]) {
        if is_plain(text) && !self.is_in_page {
            return self.bytes(text);
        }
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' => self.text("\\\""),
                    '\\' => self.text("\\\\"),
                    '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                        let _ = write!(self, "\\u{:04x}", u32::from(character));
                    }
                    '<' if self.is_in_page => self.text("\\u003c"),
                    _ => {
                        let _ = self.write_char(character);
                    }
                }
            }
            if !chunk.invalid().is_empty() {
                self.text("\u{fffd}");
            }
        }
    }
}

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text);
        if self.failed { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Whether all of it is printed as it is, in a string too: most names are.
fn is_plain(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    // Not `all`, which would look at one byte after the other.
    text.iter().fold(true, |so_far, byte| so_far & is_plain(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_printed_as_it_is() {
        for character in (0..0x3000).filter_map(char::from_u32) {
            let (text, mut escaped) = (character.to_string(), String::new());
            print::escape(&mut escaped, text.as_bytes()).expect("room");
            let is_same = escaped == text && !matches!(character, '"' | '\\');
            assert_eq!(is_plain(text.as_bytes()), is_same && character.is_ascii());
        }
        assert!(is_plain(b"") && is_plain(b"a name") && !is_plain(b"a \\ in it"));
        assert!(!is_plain(b"\xff"));
    }
}
