//! The sections of a program's file in the format ELF, and the numbers and texts in them.
//!
//! They are read into memory of their own, since the file may change meanwhile. All of it may be
//! called in signal handlers.

use core::ffi::CStr;

use crate::platform::blocks::Block;
use crate::platform::file::File;

/// A file of which no more than this many bytes are read at once.
const MOST_BYTES: u64 = 1 << 28;

/// A part of a file, in memory.
pub struct Bytes {
    block: Block,
    length: usize,
}

impl Bytes {
    fn read(file: &File, offset: u64, length: u64) -> Option<Bytes> {
        if length == 0 || length > MOST_BYTES {
            return None;
        }
        let length = length as usize;
        let bytes = Bytes { block: Block::with_room(length)?, length };
        // SAFETY: the block has that many bytes, and is this function's.
        unsafe { file.fill(offset, bytes.block.start(), length) }.then_some(bytes)
    }

    /// The bytes.
    pub fn get(&self) -> &[u8] {
        // SAFETY: the block has that many bytes, which `Bytes::read` has filled.
        unsafe { core::slice::from_raw_parts(self.block.start(), self.length) }
    }
}

/// Reads numbers and texts one after the other. Past the end there is none.
#[derive(Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// Begins at that offset.
    pub fn at(bytes: &'a [u8], offset: u64) -> Option<Reader<'a>> {
        bytes.get(usize::try_from(offset).ok()?..).map(Reader)
    }

    /// That many bytes.
    pub fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of that many bytes, at most 8, in the order of this processor.
    pub fn number(&mut self, length: u64) -> Option<u64> {
        let add = |number, byte: &u8| number << 8 | u64::from(*byte);
        let bytes = self.take(length)?.iter();
        let is_highest_first = cfg!(target_endian = "big");
        Some(if is_highest_first { bytes.fold(0, add) } else { bytes.rev().fold(0, add) })
    }

    /// A number of one byte.
    pub fn byte(&mut self) -> Option<u8> {
        self.number(1).map(|byte| byte as u8)
    }

    /// A number of seven bits in each byte, how many bits those are, and whether it has a sign.
    fn leb(&mut self) -> Option<(u64, u32, bool)> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                return Some((number, shift, byte & 0x40 != 0));
            }
        }
    }

    /// A number of seven bits in each byte.
    pub fn unsigned(&mut self) -> Option<u64> {
        self.leb().map(|(number, ..)| number)
    }

    /// The same with a sign.
    pub fn signed(&mut self) -> Option<i64> {
        let (number, shift, is_negative) = self.leb()?;
        let sign = if is_negative { u64::MAX.checked_shl(shift).unwrap_or(0) } else { 0 };
        Some((number | sign) as i64)
    }

    /// A text with a NUL, without it.
    pub fn text(&mut self) -> Option<&'a [u8]> {
        let text = CStr::from_bytes_until_nul(self.0).ok()?;
        self.take(text.count_bytes() as u64 + 1)?;
        Some(text.to_bytes())
    }
}

/// The sections that say which line an instruction comes from.
pub struct Sections {
    /// `.debug_line`
    pub lines: Bytes,
    /// `.debug_line_str`
    pub line_texts: Option<Bytes>,
}

/// Where things are in a file of one size of addresses.
struct Layout {
    /// Bytes of an address, of an offset and of a length.
    word: u64,
    /// In the header: where the table of sections is, how many there are, and which has the names.
    head: [u64; 3],
    /// Bytes of a row of that table.
    row: u64,
    /// In a row: where the section is in the file, and how long it is.
    section: [u64; 2],
}

const OF_32_BITS: Layout =
    Layout { word: 4, head: [0x20, 0x30, 0x32], row: 40, section: [0x10, 0x14] };
const OF_64_BITS: Layout =
    Layout { word: 8, head: [0x28, 0x3c, 0x3e], row: 64, section: [0x18, 0x20] };

/// How the header says that numbers have their bytes in the order of this processor.
const OWN_ORDER: u8 = if cfg!(target_endian = "big") { 2 } else { 1 };

impl Sections {
    /// Reads them from the program or the shared library of that path. It may change errno.
    pub fn of_path(path: &CStr) -> Option<Sections> {
        Sections::of_file(&File::open(path)?)
    }

    /// Reads them from a file.
    pub fn of_file(file: &File) -> Option<Sections> {
        const COMPRESSED: u64 = 1 << 11;
        let head = Bytes::read(file, 0, 64)?;
        let layout = match head.get() {
            [0x7f, b'E', b'L', b'F', 1, OWN_ORDER, ..] => &OF_32_BITS,
            [0x7f, b'E', b'L', b'F', 2, OWN_ORDER, ..] => &OF_64_BITS,
            _ => return None,
        };
        let number = |offset, length| Reader::at(head.get(), offset)?.number(length);
        let [table_at, count_at, names_at] = layout.head;
        let table_at = number(table_at, layout.word)?;
        let (count, names_index) = (number(count_at, 2)?, number(names_at, 2)?);
        let table = Bytes::read(file, table_at, count * layout.row)?;
        let field = |index: u64, offset, length| {
            Reader::at(table.get(), index * layout.row + offset)?.number(length)
        };
        let [bytes_at, length_at] = layout.section;
        let read = |index| {
            let (at, length) =
                (field(index, bytes_at, layout.word), field(index, length_at, layout.word));
            Bytes::read(file, at?, length?)
        };
        let names = read(names_index)?;
        let named = |wanted: &[u8]| {
            let is_it = |index: &u64| {
                let name = field(*index, 0, 4).and_then(|at| Reader::at(names.get(), at)?.text());
                name == Some(wanted)
                    && field(*index, 8, 8).is_some_and(|flags| flags & COMPRESSED == 0)
            };
            (0..count).find(is_it).and_then(read)
        };
        Some(Sections { lines: named(b".debug_line")?, line_texts: named(b".debug_line_str") })
    }
}
