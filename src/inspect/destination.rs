//! Where reports go that no call names a descriptor for: a file, or the standard error stream.

use core::ffi::CStr;
use core::fmt::Write;

use crate::atomic::{AtomicU64, Ordering};
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::label;
use crate::platform::descriptor::{File, STANDARD_ERROR};
use crate::platform::print::FixedText;
use crate::platform::system;
use crate::status::Status;

/// The longest path, in bytes.
const LONGEST: usize = 1023;
/// Room for the path with the process's id in it, and the NUL.
const ROOM: usize = LONGEST + 257;

/// Where something goes: the label that has the path; the null handle: there is none.
pub struct Destination(AtomicU64);

/// Where reports and dumps go. Without a path that is the standard error stream.
static REPORTS: Destination = Destination::new();

/// From now on reports go to that file; empty: to the standard error stream.
///
/// # Errors
/// As [`Destination::set`].
pub fn set(path: &[u8]) -> Result<(), Status> {
    REPORTS.set(path)
}

/// Calls `write` with the descriptor of where reports go. If the file cannot be opened, that is the
/// standard error stream. Async-signal-safe if `write` is.
pub fn with<R>(write: impl FnOnce(i32) -> R) -> R {
    match REPORTS.open(File::append) {
        Some(file) => write(file.descriptor()),
        None => write(STANDARD_ERROR),
    }
}

impl Destination {
    /// None.
    pub const fn new() -> Destination {
        Destination(AtomicU64::new(0))
    }

    /// From now on it is that file; empty: there is none.
    ///
    /// # Errors
    /// `THREADING_INVALID_ARGUMENT` if the path is too long or not UTF-8; `THREADING_NO_RESOURCES`.
    pub fn set(&self, path: &[u8]) -> Result<(), Status> {
        let label = labelled(path)?;
        // ORDERING: AcqRel, pairs with the Acquire in `open`, and with itself: the label is
        // complete.
        let old = self.0.swap(label.0, Ordering::AcqRel);
        if old != 0 {
            label::end(Handle(old));
        }
        Ok(())
    }

    /// Whether there is one.
    pub fn is_set(&self) -> bool {
        // ORDERING: Relaxed: `open` reads it anew.
        self.0.load(Ordering::Relaxed) != 0
    }

    /// Opens it, if there is one.
    pub fn open(&self, open: impl FnOnce(&CStr) -> Option<File>) -> Option<File> {
        let mut room = [0; ROOM];
        // ORDERING: Acquire, pairs with the AcqRel in `set`.
        path_of(Handle(self.0.load(Ordering::Acquire)), &mut room).and_then(open)
    }
}

/// A label with the path; null for none.
fn labelled(path: &[u8]) -> Result<Handle, Status> {
    if core::str::from_utf8(path).is_err() {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the path is not UTF-8"));
    }
    if path.len() > LONGEST {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the path has more than 1,023 bytes"));
    }
    if path.is_empty() { Ok(Handle::NULL) } else { label::make(path, Handle::NULL) }
}

/// The path of a label, with the process's id for each %p.
fn path_of(label: Handle, room: &mut [u8; ROOM]) -> Option<&CStr> {
    let mut copy = [0; LONGEST];
    let length = label::copy(label, Handle::NULL, &mut copy)?;
    let text = core::str::from_utf8(copy.get(..length)?).ok()?;
    let mut path = FixedText::new(room);
    for (number, part) in text.split("%p").enumerate() {
        if number > 0 {
            write!(path, "{}", system::process_id()).ok()?;
        }
        path.write_str(part).ok()?;
    }
    path.write_char('\0').ok()?;
    CStr::from_bytes_until_nul(room).ok()
}
