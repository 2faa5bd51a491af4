//! Where in the program's source, or else in which file, an instruction is.

use core::ffi::CStr;
use core::fmt::{self, Write};

use crate::platform::caller::Frame;
use crate::platform::elf::Sections;
use crate::platform::errno::KeepErrno;
use crate::platform::file;
use crate::platform::image;
use crate::platform::lines::{self, Found, Instruction};
use crate::platform::program;

/// The longest path that is known, with the NUL.
const PATH: usize = 1024;

/// The program or the shared library in which a place was looked for last, and what was read of its
/// file: places that are looked for one after the other are mostly in one file.
pub struct LastFile {
    /// What is added to the addresses in its headers; 0: nothing was looked for yet.
    base: usize,
    /// As `state_of` tells it.
    state: Option<u64>,
    /// `None` inside: it has none.
    sections: Option<Option<Sections>>,
}

impl LastFile {
    /// Nothing was looked for yet.
    pub const fn new() -> LastFile {
        LastFile { base: 0, state: None, sections: None }
    }

    /// The file that is at that address, of which something may have been read already.
    fn at(&mut self, base: usize) -> &mut LastFile {
        if self.base != base {
            *self = LastFile { base, ..LastFile::new() };
        }
        self
    }

    /// Which file the code at that address comes from, and which state of it, as one number; 0: it
    /// is not known. Async-signal-safe.
    pub fn state_of(&mut self, address: usize) -> u64 {
        let _errno = KeepErrno::new();
        let mut bytes = [0; PATH];
        let Some((base, path)) = file_at(address, true, &mut bytes) else { return 0 };
        *self.at(base).state.get_or_insert_with(|| {
            file::state_of(path).map_or(0, |numbers| {
                // FNV-1a, over words.
                let words = numbers.into_iter().chain([base as u64]);
                words.fold(0xcbf2_9ce4_8422_2325, |hash: u64, word| {
                    (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3)
                })
            })
        })
    }
}

/// The file with that address, and what is added to the addresses in its headers.
fn file_at(address: usize, in_handler: bool, path: &mut [u8; PATH]) -> Option<(usize, &CStr)> {
    let base = image::at(address, in_handler, path)?;
    let path = CStr::from_bytes_until_nul(path).ok()?;
    Some((base, if path.is_empty() { program::FILE } else { path }))
}

/// Writes where the call is to which the first of the frames returns: `file.c:42`, or
/// `program+0x1234`, of which `addr2line -e program 0x1234` makes a line where there is one. A
/// function of the library's header is passed over for its caller. An error: it is not known, or
/// there is no room.
///
/// Async-signal-safe if `in_handler`; then nothing is known in C libraries that cannot tell.
pub fn describe(
    text: &mut impl Write,
    frames: &[Frame],
    in_handler: bool,
    last: &mut LastFile,
) -> fmt::Result {
    for frame in frames {
        match line_of(text, *frame, in_handler, last) {
            Some(Found::Shown(answer)) => return answer,
            Some(Found::PassedOver) => {}
            Some(Found::Unknown) | None => break,
        }
    }
    let address = frames.first().ok_or(fmt::Error)?.call();
    let mut bytes = [0; PATH];
    let base = image::at(address, in_handler, &mut bytes).ok_or(fmt::Error)?;
    let mut target = [0; PATH];
    let path = CStr::from_bytes_until_nul(&bytes).unwrap_or_default().to_bytes();
    let name = if path.is_empty() { program::path(&mut target) } else { path };
    write_bytes(text, name.rsplit(|byte| *byte == b'/').next().unwrap_or_default())?;
    write!(text, "+{:#x}", address.wrapping_sub(base))
}

/// Writes the line of one frame, if it is known.
fn line_of(
    text: &mut impl Write,
    frame: Frame,
    in_handler: bool,
    last: &mut LastFile,
) -> Option<Found<fmt::Result>> {
    let _errno = KeepErrno::new();
    let mut bytes = [0; PATH];
    let (base, path) = file_at(frame.call(), in_handler, &mut bytes)?;
    let sections = last.at(base).sections.get_or_insert_with(|| Sections::of_path(path));
    let sections = sections.as_ref()?;
    let is_header = |name: &[u8]| name == b"threading.h" || name.ends_with(b"/threading.h");
    let in_file = |address: usize| address.wrapping_sub(base) as u64;
    let start = if frame.start == 0 { 0 } else { in_file(frame.start) };
    let wanted = Instruction { address: in_file(frame.call()), start };
    Some(lines::find(sections, wanted, is_header, |file, line| {
        write_bytes(text, file)?;
        write!(text, ":{line}")
    }))
}

fn write_bytes(text: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        text.write_str(chunk.valid())?;
        if !chunk.invalid().is_empty() {
            text.write_char('?')?;
        }
    }
    Ok(())
}
