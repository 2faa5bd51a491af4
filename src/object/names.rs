//! The names of objects, except threads, which have theirs in their records.
//!
//! A name is a label, and its handle is in the note beside the object's slot. The label says which
//! object it names. So the name of an object that has ended is never taken for that of the next one
//! in its slot, though it stays in the note until an object in the slot is named again: ending an
//! object need not look for a name. There is at most one such label for each slot.
//!
//! Setting a name exchanges the handle in the note. Whoever has taken a handle out of the note ends
//! that label. Reading takes no lock, and so does setting.

use core::ffi::{CStr, c_char};

use crate::atomic::Ordering;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::label;
use crate::object::note::{self, Note};
use crate::object::table::Slot;
use crate::object::text::Room;
use crate::status::Status;

/// The text of a name that comes from C; empty for null.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if it is not UTF-8.
///
/// # Safety
/// `name` is null or points to a NUL-terminated string that stays as it is while the text is used.
pub unsafe fn text<'a>(name: *const c_char) -> Result<&'a [u8], Status> {
    // SAFETY: the caller's promise.
    let text = unsafe { bytes(name) };
    match core::str::from_utf8(text) {
        Ok(_) => Ok(text),
        Err(_) => Err(failure!(THREADING_INVALID_ARGUMENT, c"the name is not UTF-8")),
    }
}

/// A text that comes from C, whatever is in it; empty for null.
///
/// # Safety
/// As [`text`].
pub unsafe fn bytes<'a>(text: *const c_char) -> &'a [u8] {
    if text.is_null() {
        return b"";
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

/// Names an object; an empty text takes its name away.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn set<T: Slot>(object: Handle, text: &[u8]) -> Result<(), Status> {
    T::table().find(object)?;
    set_found(object, text)
}

/// Names an object that was found alive.
fn set_found(object: Handle, text: &[u8]) -> Result<(), Status> {
    if text.is_empty() {
        return note::find(object).map_or(Ok(()), |note| replace(note, object, Handle::NULL));
    }
    let note = note::find_or_map(object).ok_or(Status::THREADING_NO_RESOURCES)?;
    let label = label::make(text, object)?;
    replace(note, object, label).inspect_err(|_| label::end(label))
}

/// Puts another label, or none, into an object's note, and ends the one that was there.
///
/// The object was alive before. If it ends meanwhile, the label counts as set before that: it names
/// no other object.
fn replace(note: &Note, object: Handle, label: Handle) -> Result<(), Status> {
    loop {
        // ORDERING: Acquire, pairs with the Release below: the label is seen complete. After a
        // label that has ended, the exchange that took it out of the note is seen.
        let found = Handle(note.label.load(Ordering::Acquire));
        if !found.is_null() {
            let Some(owner) = label::owner(found) else { continue };
            if owner.tag().generation() > object.tag().generation() {
                return Err(Status::THREADING_DESTROYED);
            }
        }
        // ORDERING: AcqRel, pairs with the Acquire here and in `read`: the label is published;
        // whoever finds the old one ended sees that it is no longer here. Relaxed on failure: read
        // again above.
        if note
            .label
            .compare_exchange(found.0, label.0, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
        {
            label::end(found);
            return Ok(());
        }
    }
}

/// Copies the name of an object into the room, as much of it as fits, and returns its whole length.
/// `None`: the object has no name; then the room may have been written to.
///
/// The object may have ended: then this may be its name still.
fn read(object: Handle, room: &mut Room<'_>) -> Option<usize> {
    let note = note::find(object)?;
    // ORDERING: Acquire, pairs with the exchange in `replace`: the label is seen complete.
    let mut label = note.label.load(Ordering::Acquire);
    while label != 0 {
        if let Some(length) = label::read(Handle(label), object, room) {
            return Some(length);
        }
        // ORDERING: Acquire, as above. The label is another object's, or it has ended, and then
        // another one is here.
        let now = note.label.load(Ordering::Acquire);
        if now == label {
            return None;
        }
        label = now;
    }
    None
}

/// Copies the name of an object of any kind but a thread into a buffer, as much of it as fits, and
/// returns its whole length in bytes. `None`: the object has no name, or is none. The text may be
/// cut within a character: `text::cut` finds where one ends. Async-signal-safe.
///
/// The object may have ended: then this may be its name still.
pub fn copy(object: Handle, buffer: &mut [u8]) -> Option<usize> {
    read(object, &mut Room::of(buffer))
}

/// Copies the name of an object into the room, NUL-terminated and cut between characters, and
/// returns its whole length; 0 if it has no name.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; the room may have been written to if the
/// object ends meanwhile.
pub fn copy_out<T: Slot>(object: Handle, mut room: Room<'_>) -> Result<usize, Status> {
    T::table().find(object)?;
    let length = match read(object, &mut room) {
        Some(length) => length,
        // No name, or the next object in the slot has got one.
        None => T::table().find(object).map(|_| 0)?,
    };
    room.terminate(length);
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atomic::AtomicU32;
    use crate::object;
    use crate::object::handle::Kind;
    use crate::object::slot::slots;
    use crate::object::word::Word;
    use crate::platform::memory::while_exhausted;
    use crate::status::threading_status::*;

    /// A kind whose notes no other test has: no object has it.
    struct Plain {
        word: Word,
        next_free: AtomicU32,
    }

    slots! { Plain, kind: Kind::Thread, word: word }

    fn make() -> Handle {
        object::make_unheard(|_: &Plain, _| 0).unwrap().1
    }

    fn unmake(handle: Handle) {
        object::end(handle, |slot: &Plain, state| Ok(slot.word.end(state).unwrap())).unwrap();
    }

    fn name(object: Handle) -> Option<String> {
        let mut buffer = [0; 64];
        let length = copy(object, &mut buffer)?;
        Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
    }

    /// One test, since the table is one.
    #[test]
    fn a_name_belongs_to_one_object_and_never_to_the_next_in_its_slot() {
        let (first, other) = (make(), make());
        assert_eq!((name(first), set::<Plain>(first, b"")), (None, Ok(())));
        let refused = while_exhausted(|| set::<Plain>(first, b"first"));
        assert_eq!((refused, name(first)), (Err(THREADING_NO_RESOURCES), None));
        assert_eq!(set::<Plain>(first, b"first"), Ok(()));
        assert_eq!((name(first).as_deref(), name(other)), (Some("first"), None));
        assert_eq!(set::<Plain>(first, b"renamed"), Ok(()));
        let refused = while_exhausted(|| set::<Plain>(first, b"first"));
        assert_eq!(refused, Err(THREADING_NO_RESOURCES));
        assert_eq!(name(first).as_deref(), Some("renamed"));

        unmake(first);
        assert_eq!(set::<Plain>(first, b"late"), Err(THREADING_DESTROYED));
        assert_eq!(copy_out::<Plain>(first, Room::of(&mut [])), Err(THREADING_DESTROYED));
        let second = make();
        assert_eq!((second.index(), name(second)), (first.index(), None));
        assert_eq!(copy_out::<Plain>(second, Room::of(&mut [7; 4])), Ok(0));

        // A call that has found the object alive, and is overtaken by its end.
        let note = note::find(first).unwrap();
        let late = label::make(b"late", first).unwrap();
        assert_eq!(replace(note, first, late), Ok(()));
        assert_eq!((name(first).as_deref(), name(second)), (Some("late"), None));
        assert_eq!(set::<Plain>(second, b"second"), Ok(()));
        assert_eq!((label::owner(late), name(first)), (None, None));
        let later = label::make(b"later", first).unwrap();
        assert_eq!(replace(note, first, later), Err(THREADING_DESTROYED));
        assert_eq!(replace(note, first, Handle::NULL), Err(THREADING_DESTROYED));
        assert_eq!(name(second).as_deref(), Some("second"));
        assert_eq!(set::<Plain>(second, b""), Ok(()));
        assert_eq!(name(second), None);
        assert_eq!(set::<Plain>(Handle(u64::MAX), b"x"), Err(THREADING_INVALID_HANDLE));
    }
}
