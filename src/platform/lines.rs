//! Which line of a source file an instruction comes from: what the compiler has written for
//! debuggers, in the format DWARF, versions 2 to 5, section `.debug_line`.
//!
//! Whatever is in the file, the answer is a line or none. A section that is compressed or lies in
//! another file has none.

use crate::platform::elf::{Bytes, Reader, Sections};

/// The part of `.debug_line` that is about one source file and what it includes.
struct Unit<'a> {
    version: u64,
    offset_size: u64,
    /// In bytes, what an instruction's length is a multiple of.
    step: u64,
    /// Whether rows begin statements unless it is said otherwise.
    begins_statements: bool,
    line_base: i64,
    line_range: u64,
    /// How many arguments each standard operation has; the first is that of 1.
    arguments: &'a [u8],
    /// The lists of directories and files.
    lists: Reader<'a>,
    program: Reader<'a>,
}

impl<'a> Unit<'a> {
    /// The next one of the section.
    fn read(section: &mut Reader<'a>) -> Option<Unit<'a>> {
        let (mut offset_size, mut length) = (4, section.number(4)?);
        if length == 0xffff_ffff {
            (offset_size, length) = (8, section.number(8)?);
        }
        let mut unit = Reader(section.take(length)?);
        let version = unit.number(2)?;
        if version >= 5 {
            unit.take(2)?;
        }
        let header_length = unit.number(offset_size)?;
        let mut header = Reader(unit.take(header_length)?);
        let step = u64::from(header.byte()?);
        if version >= 4 {
            header.byte()?;
        }
        let begins_statements = header.byte()? != 0;
        let line_base = i64::from(header.byte()? as i8);
        let line_range = u64::from(header.byte()?);
        let base = u64::from(header.byte()?);
        let arguments = header.take(base.checked_sub(1)?)?;
        let (lists, program) = (header, unit);
        Some(Unit {
            version,
            offset_size,
            step,
            begins_statements,
            line_base,
            line_range,
            arguments,
            lists,
            program,
        })
    }

    /// The name of the file with that number.
    fn file(&self, number: u64, texts: Option<&'a [u8]>) -> Option<&'a [u8]> {
        let mut lists = self.lists;
        if self.version >= 5 {
            self.list(&mut lists, u64::MAX, texts)?;
            return self.list(&mut lists, number, texts)?;
        }
        while !lists.text()?.is_empty() {}
        for _ in 1..number {
            lists.text().filter(|name| !name.is_empty())?;
            for _ in 0..3 {
                lists.unsigned()?;
            }
        }
        lists.text()
    }

    /// Reads a list of version 5, and returns the path in the entry of that number.
    fn list(
        &self,
        lists: &mut Reader<'a>,
        number: u64,
        texts: Option<&'a [u8]>,
    ) -> Option<Option<&'a [u8]>> {
        const PATH: u64 = 1;
        let (fields, mut path) = (lists.byte()?, None);
        let formats = *lists;
        for _ in 0..2 * u32::from(fields) {
            lists.unsigned()?;
        }
        let count = lists.unsigned()?;
        // An entry without fields would take nothing away, however many there were.
        for entry in 0..if fields == 0 { 0 } else { count } {
            let mut format = formats;
            for _ in 0..fields {
                let (content, form) = (format.unsigned()?, format.unsigned()?);
                let text = self.field(lists, form, texts)?;
                if content == PATH && entry == number {
                    path = text;
                }
            }
        }
        Some(path)
    }

    /// Reads a field of that form; a text, if it is one that can be found.
    fn field(
        &self,
        lists: &mut Reader<'a>,
        form: u64,
        texts: Option<&'a [u8]>,
    ) -> Option<Option<&'a [u8]>> {
        let length = match form {
            0x08 => return lists.text().map(Some),
            0x1f => {
                let offset = lists.number(self.offset_size)?;
                return Some(texts.and_then(|texts| Reader::at(texts, offset)?.text()));
            }
            0x0e => self.offset_size,
            0x0b => 1,
            0x05 => 2,
            0x06 => 4,
            0x07 => 8,
            0x1e => 16,
            0x0f => return lists.unsigned().map(|_| None),
            0x09 => lists.unsigned()?,
            _ => return None,
        };
        lists.take(length).map(|_| None)
    }
}

/// A row of the table that a unit's program makes: from this address on it is this line.
#[derive(Clone, Copy)]
struct Row {
    address: u64,
    file: u64,
    line: u64,
    /// Whether the line begins there. Where it does not, the compiler has moved a part of it.
    begins: bool,
}

/// Looks for an address in the rows.
struct Search<F> {
    wanted: u64,
    /// Where the function begins that has the address.
    start: u64,
    /// Whether the file of that number is one that a caller is looked for instead of.
    is_passed_over: F,
    /// The row before, and whether it can be shown itself.
    last: Option<(Row, bool)>,
    /// Where the last line of the function begins whose file is not passed over.
    shown: Option<Row>,
    /// The row was found; `None` inside: it is passed over, and so is all of the function before.
    found: Option<Option<Row>>,
}

impl<F: FnMut(u64) -> bool> Search<F> {
    fn row(&mut self, row: Row, ends: bool) {
        if let Some((last, is_shown)) = self.last
            && (last.address..row.address).contains(&self.wanted)
        {
            self.found = Some(if is_shown { Some(last) } else { self.shown });
        }
        if ends {
            (self.last, self.shown) = (None, None);
            return;
        }
        let is_in_function = row.address >= self.start;
        let is_shown = is_in_function && row.line != 0 && !(self.is_passed_over)(row.file);
        self.last = Some((row, is_shown));
        if !is_in_function {
            self.shown = None;
        } else if is_shown && (row.begins || self.shown.is_none()) {
            self.shown = Some(row);
        }
    }

    /// Runs the program of a unit.
    fn run(&mut self, unit: &Unit) -> Option<()> {
        let first = Row { address: 0, file: 1, line: 1, begins: unit.begins_statements };
        let (mut program, mut row) = (unit.program, first);
        let base = unit.arguments.len() as u64 + 1;
        let special = |row: &mut Row, code: u64| {
            let steps = code.checked_div(unit.line_range)?;
            row.address = row.address.wrapping_add(steps.wrapping_mul(unit.step));
            Some((code % unit.line_range) as i64 + unit.line_base)
        };
        while self.found.is_none() && !program.0.is_empty() {
            let code = u64::from(program.byte()?);
            match code {
                _ if code >= base => {
                    let lines = special(&mut row, code - base)?;
                    row.line = row.line.wrapping_add_signed(lines);
                    self.row(row, false);
                }
                0 => {
                    let length = program.unsigned()?;
                    let mut extended = Reader(program.take(length)?);
                    match extended.byte()? {
                        1 => {
                            self.row(row, true);
                            row = first;
                        }
                        2 => row.address = extended.number(length - 1)?,
                        _ => {}
                    }
                }
                1 => self.row(row, false),
                2 => {
                    let steps = program.unsigned()?.wrapping_mul(unit.step);
                    row.address = row.address.wrapping_add(steps);
                }
                3 => row.line = row.line.wrapping_add_signed(program.signed()?),
                4 => row.file = program.unsigned()?,
                6 => row.begins = !row.begins,
                8 => {
                    special(&mut row, 255 - base)?;
                }
                9 => row.address = row.address.wrapping_add(program.number(2)?),
                _ => {
                    for _ in 0..*unit.arguments.get(code as usize - 1)? {
                        program.unsigned()?;
                    }
                }
            }
        }
        Some(())
    }
}

/// What is known of an instruction's line.
pub enum Found<R> {
    /// The line, shown.
    Shown(R),
    /// It is of a file that is passed over, and so is its whole function.
    PassedOver,
    /// Nothing.
    Unknown,
}

/// An instruction of the program or of a shared library, and where its function begins: as
/// addresses in the file.
#[derive(Clone, Copy)]
pub struct Instruction {
    /// The instruction's.
    pub address: u64,
    /// The function's.
    pub start: u64,
}

/// Calls `show` with the file's name and the line of the instruction. If `is_passed_over` answers
/// true for that file, such as a header whose functions are inlined, it is the line before in that
/// function that is in another. Async-signal-safe.
pub fn find<R>(
    sections: &Sections,
    wanted: Instruction,
    is_passed_over: impl Fn(&[u8]) -> bool,
    show: impl FnOnce(&[u8], u64) -> R,
) -> Found<R> {
    find_in(sections, wanted, is_passed_over, show).unwrap_or(Found::Unknown)
}

fn find_in<R>(
    sections: &Sections,
    wanted: Instruction,
    is_passed_over: impl Fn(&[u8]) -> bool,
    show: impl FnOnce(&[u8], u64) -> R,
) -> Option<Found<R>> {
    let texts = sections.line_texts.as_ref().map(Bytes::get);
    let mut section = Reader(sections.lines.get());
    while !section.0.is_empty() {
        let unit = Unit::read(&mut section)?;
        // To find a file's name is to read the list of all before it, and each row asks.
        let mut asked = [None; 256];
        let ask = |file| unit.file(file, texts).is_some_and(&is_passed_over);
        let mut search = Search {
            wanted: wanted.address,
            start: wanted.start,
            is_passed_over: |file: u64| {
                let place = usize::try_from(file).ok().and_then(|file| asked.get_mut(file));
                place.map_or_else(|| ask(file), |known| *known.get_or_insert_with(|| ask(file)))
            },
            last: None,
            shown: None,
            found: None,
        };
        // What cannot be read of one unit does not keep from the next.
        search.run(&unit);
        match search.found {
            Some(Some(row)) => {
                let name = unit.file(row.file, texts)?;
                return Some(Found::Shown(show(name, row.line)));
            }
            Some(None) => return Some(Found::PassedOver),
            None => {}
        }
    }
    None
}

#[cfg(all(test, not(loom), not(miri)))]
mod tests {
    use super::*;
    use crate::platform::caller::set_up;
    use crate::platform::file::File;
    use crate::platform::image;
    use crate::platform::program;

    /// The line of an instruction of this program, as `file:line`.
    fn line_of(address: usize) -> Option<String> {
        let base = image::at(address, false, &mut [0; 1024])?;
        let address = (address - base) as u64;
        let wanted = Instruction { address, start: address };
        let show = |file: &[u8], line| format!("{}:{line}", String::from_utf8_lossy(file));
        match find(&Sections::of_path(program::FILE)?, wanted, |_| false, show) {
            Found::Shown(line) => Some(line),
            _ => None,
        }
    }

    #[test]
    fn a_function_of_this_program_is_found_in_its_file() {
        let line = line_of(set_up as *const () as usize).expect("tests have debug information");
        assert!(line.contains("caller.rs:"), "{line}");
        assert_eq!(line_of(line.as_ptr().addr()), None, "the heap has no lines");
    }

    /// Whatever is in a file, it is read without a panic and to an end.
    #[test]
    fn what_is_no_debug_information_is_read_to_its_end() {
        let file = File::open(program::FILE).expect("it can be read");
        let sections = Sections::of_file(&file).expect("tests have debug information");
        let whole = sections.lines.get();
        let whole = &whole[..whole.len().min(1 << 13)];
        let mut random = 88_172_645_463_325_252_u64;
        for round in 0..2000 {
            let mut bytes = whole.to_vec();
            for _ in 0..round % 7 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                // Half of them where the first header is.
                let room = if random.is_multiple_of(2) { 32 } else { bytes.len() };
                let place = (random >> 8) as usize % room;
                bytes[place] = if random % 16 < 8 { 0 } else { (random >> 40) as u8 };
            }
            let mut section = Reader(&bytes);
            while let Some(unit) = Unit::read(&mut section) {
                let mut search = Search {
                    wanted: random,
                    start: 0,
                    is_passed_over: |file| unit.file(file, Some(&bytes)).is_some(),
                    last: None,
                    shown: None,
                    found: None,
                };
                let _ = search.run(&unit);
            }
        }
    }
}
