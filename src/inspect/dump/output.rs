//! The text that a dump writes, in pieces, to a descriptor; and names in it, with nothing in them
//! that a terminal, a log or a reader of JSON would obey.

use core::fmt::{self, Write};

use crate::inspect::dump::places::Places;
use crate::platform::descriptor;
use crate::platform::print;

/// What is written at once.
const ROOM: usize = 4096;

/// A descriptor, and what is not written to it yet.
pub struct Output {
    descriptor: i32,
    room: [u8; ROOM],
    length: usize,
    failed: bool,
    /// What was found of the places of calls.
    pub places: Places,
}

impl Output {
    /// Nothing is written yet.
    pub fn new(descriptor: i32) -> Output {
        Output { descriptor, room: [0; ROOM], length: 0, failed: false, places: Places::NONE }
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
        let filled = self.room.get(..self.length).unwrap_or_default();
        if !self.failed && !filled.is_empty() {
            self.failed = !descriptor::write_all(self.descriptor, filled);
        }
        self.length = 0;
    }

    /// Plain text.
    pub fn text(&mut self, text: &str) {
        let _ = self.write_str(text);
    }

    /// Formatted text.
    pub fn format(&mut self, text: fmt::Arguments<'_>) {
        let _ = self.write_fmt(text);
    }

    /// A span of time of the monotonic clock, in seconds.
    pub fn seconds(&mut self, nanoseconds: u64) {
        let milliseconds = nanoseconds / 1_000_000;
        self.format(format_args!("{}.{:03}", milliseconds / 1000, milliseconds % 1000));
    }

    /// As `seconds`, in a column.
    pub fn padded_seconds(&mut self, nanoseconds: u64) {
        let milliseconds = nanoseconds / 1_000_000;
        self.format(format_args!(" {:>5}.{:03} s", milliseconds / 1000, milliseconds % 1000));
    }

    /// Text from elsewhere, on one line.
    pub fn escaped(&mut self, text: &[u8]) {
        let _ = print::escape(self, text);
    }

    /// Text in quotation marks, on one line.
    pub fn quoted(&mut self, text: &[u8]) {
        self.text("\"");
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
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' => self.text("\\\""),
                    '\\' => self.text("\\\\"),
                    '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                        self.format(format_args!("\\u{:04x}", u32::from(character)));
                    }
                    _ => {
                        let _ = self.write_char(character);
                    }
                }
            }
            if !chunk.invalid().is_empty() {
                self.text("\u{fffd}");
            }
        }
        self.text("\"");
    }
}

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            if self.length == ROOM {
                self.flush();
            }
            let free = self.room.get_mut(self.length..).unwrap_or_default();
            let count = free.len().min(rest.len());
            let (now, later) = rest.split_at(count);
            if let Some(place) = free.get_mut(..count) {
                place.copy_from_slice(now);
            }
            self.length += count;
            rest = later;
        }
        if self.failed { Err(fmt::Error) } else { Ok(()) }
    }
}
