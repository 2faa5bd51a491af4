//! Labels: immutable texts that are read without a lock, in signal handlers too.
//!
//! A label is a chain of slots, of which its handle names the first. Nothing in it changes between
//! its making and its end. So a reader needs no lock and no sequence number: it finds a slot by its
//! handle, copies, and then looks whether the slot still has that handle's tag. A slot that was
//! used again has another tag, for ever, and the reader discards what it has copied.
//!
//! | field    | what                                                                             |
//! |----------|----------------------------------------------------------------------------------|
//! | `length` | bytes of the text from this slot to its end; the first slot has the whole length |
//! | `next`   | the handle of the slot that continues the text, or null                          |
//! | `owner`  | in the first slot: the handle of the object that is named, or null               |
//! | `text`   | the bytes, in the order of memory                                                |
//!
//! To rename an object, make a new label, exchange the handle that leads to it, and end the label
//! that was there: whoever takes a handle out of its place is the one to end the label. A thread
//! that ends or makes a label in the parent of a fork leaves slots behind in the child that are
//! never used again.

use core::mem::offset_of;

use crate::atomic::{self, AtomicU32, AtomicU64, Ordering, fence};
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::text::Room;
use crate::object::word::Word;
use crate::status::Status;

/// Words of text in a slot.
const WORDS: usize = 4;
/// Bytes of text in a slot.
pub const BYTES: usize = WORDS * 8;

/// See the top of this file.
#[repr(C, align(64))]
pub struct Label {
    word: Word,
    next_free: AtomicU32,
    length: AtomicU32,
    next: AtomicU64,
    owner: AtomicU64,
    text: [AtomicU64; WORDS],
}

const _: () = assert!(!atomic::IS_PLAIN || size_of::<Label>() == 64, "a short name costs 64 bytes");

slots! { Label, kind: Kind::Label, word: word }

impl Label {
    /// Where a reader outside the process finds `length`, `next`, `owner` and `text`.
    pub const FIELDS_AT: [usize; 4] = [
        offset_of!(Label, length),
        offset_of!(Label, next),
        offset_of!(Label, owner),
        offset_of!(Label, text),
    ];
}

/// What a slot has beside its text.
struct Piece {
    length: usize,
    next: Handle,
    owner: Handle,
}

/// Makes a label of a text, and of the object that it names; null if the place that leads to the
/// label proves whose it is.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out, or for a text of 4 GB.
pub fn make(text: &[u8], owner: Handle) -> Result<Handle, Status> {
    let whole = u32::try_from(text.len()).map_err(|_| Status::THREADING_NO_RESOURCES)?;
    let pieces = text.len().div_ceil(BYTES).max(1);
    let mut label = Handle::NULL;
    // From the end to the beginning, since each slot has the handle of the one that follows.
    for start in (0..pieces).rev().map(|piece| piece * BYTES) {
        let part = text.get(start..).unwrap_or_default();
        let piece = object::make_unheard(|slot: &Label, _| {
            fill(slot, part, whole - start as u32, label, owner);
            0
        });
        match piece {
            Ok((_, handle)) => label = handle,
            Err(status) => {
                end(label);
                return Err(status);
            }
        }
    }
    Ok(label)
}

fn fill(slot: &Label, part: &[u8], length: u32, next: Handle, owner: Handle) {
    // ORDERING: Release, pairs with the Acquire fence in `read_piece`: what follows comes after the
    // end of the slot's previous life.
    fence(Ordering::Release);
    // ORDERING: Relaxed, all: the slot is the caller's alone, and `publish` releases it.
    slot.length.store(length, Ordering::Relaxed);
    slot.next.store(next.0, Ordering::Relaxed);
    slot.owner.store(owner.0, Ordering::Relaxed);
    let mut bytes = [0; BYTES];
    for (place, byte) in bytes.iter_mut().zip(part) {
        *place = *byte;
    }
    for (word, chunk) in slot.text.iter().zip(bytes.as_chunks().0) {
        // ORDERING: as above.
        word.store(u64::from_ne_bytes(*chunk), Ordering::Relaxed);
    }
}

/// Copies a slot, with as many bytes of its text as are `wanted` at least. `None`: the label has
/// ended.
fn read_piece(handle: Handle, bytes: &mut [u8; BYTES], wanted: usize) -> Option<Piece> {
    let (slot, _) = TABLE.find(handle).ok()?;
    // ORDERING: Relaxed, all: the Acquire of `find` has made this life's values visible; a later
    // life's are discarded below.
    let length = slot.length.load(Ordering::Relaxed) as usize;
    let next = Handle(slot.next.load(Ordering::Relaxed));
    let owner = Handle(slot.owner.load(Ordering::Relaxed));
    let words = length.min(wanted).div_ceil(8);
    for (word, chunk) in slot.text.iter().zip(bytes.as_chunks_mut().0).take(words) {
        // ORDERING: as above.
        *chunk = word.load(Ordering::Relaxed).to_ne_bytes();
    }
    // ORDERING: Acquire, pairs with the Release fence in `fill`: a reader that has read what a
    // later life wrote sees the tag that ended this one.
    fence(Ordering::Acquire);
    slot.word.load().is(handle.tag()).then_some(Piece { length, next, owner })
}

/// Copies the text of a label into the room, as much of it as fits, and returns its whole length.
/// `None`: the label has ended, or is not this owner's; then the room may have been written to.
/// Async-signal-safe.
pub fn read(label: Handle, owner: Handle, room: &mut Room<'_>) -> Option<usize> {
    let mut bytes = [0; BYTES];
    let first = read_piece(label, &mut bytes, room.capacity())?;
    if first.owner != owner {
        return None;
    }
    let (whole, mut piece, mut offset) = (first.length, first, 0);
    loop {
        room.put(offset, bytes.get(..piece.length.min(BYTES)).unwrap_or_default());
        offset += BYTES;
        if offset >= room.capacity().min(whole) {
            return Some(whole);
        }
        piece = read_piece(piece.next, &mut bytes, room.capacity() - offset)?;
    }
}

/// As [`read`], into a buffer. The text may be cut within a character: `text::cut` finds where one
/// ends. Async-signal-safe.
pub fn copy(label: Handle, owner: Handle, buffer: &mut [u8]) -> Option<usize> {
    read(label, owner, &mut Room::of(buffer))
}

/// Whom a label names. `None`: the label has ended. Async-signal-safe.
pub fn owner(label: Handle) -> Option<Handle> {
    read_piece(label, &mut [0; BYTES], 0).map(|first| first.owner)
}

/// Ends a label. The caller alone has its handle: it has made the label, or has taken the handle
/// out of its place. Null is no label.
pub fn end(label: Handle) {
    let mut piece = label;
    while !piece.is_null() {
        let mut next = Handle::NULL;
        let _ = object::end(piece, |slot: &Label, state| {
            // ORDERING: Relaxed: the caller's handle has led here, and nothing changes in a label.
            next = Handle(slot.next.load(Ordering::Relaxed));
            // Nobody else ends it, so the word is as it was found.
            Ok(slot.word.end(state).unwrap_or(false))
        });
        piece = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::Tag;
    use crate::platform::memory::while_exhausted;

    const OWNER: Handle = Handle::new(Tag::new(Kind::Lock, 3), 5);

    fn text_of(label: Handle) -> Option<Vec<u8>> {
        let length = copy(label, OWNER, &mut [])?;
        let mut buffer = vec![b'#'; length + 8];
        assert_eq!(copy(label, OWNER, &mut buffer), Some(length));
        assert_eq!(buffer.split_off(length), [b'#'; 8]);
        Some(buffer)
    }

    #[test]
    fn a_text_of_any_length_comes_out_as_it_went_in() {
        for length in (0..=3 * BYTES + 1).chain([10_000]) {
            let text: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let label = make(&text, OWNER).unwrap();
            assert_eq!(text_of(label).as_deref(), Some(text.as_slice()));
            for room in 0..length.min(2 * BYTES + 2) {
                let mut buffer = vec![b'#'; room + 8];
                assert_eq!(copy(label, OWNER, &mut buffer[..room]), Some(length));
                assert_eq!(buffer[..room], text[..room]);
                assert_eq!(buffer[room..], [b'#'; 8]);
            }
            end(label);
        }
    }

    #[test]
    fn a_label_that_has_ended_and_a_label_of_another_object_have_no_text() {
        let label = make(b"a name that takes more than a single slot", OWNER).unwrap();
        assert_eq!(owner(label), Some(OWNER));
        assert_eq!(copy(label, Handle::NULL, &mut []), None);
        assert_eq!(copy(label, Handle(OWNER.0 + 1), &mut []), None);
        end(label);
        assert_eq!((copy(label, OWNER, &mut []), owner(label)), (None, None));
        let other = make(b"other", OWNER).unwrap();
        assert_eq!(copy(label, OWNER, &mut []), None);
        end(label);
        assert_eq!(text_of(other).as_deref(), Some(&b"other"[..]));
        end(other);
        end(Handle::NULL);
        for wrong in [Handle::NULL, Handle(u64::MAX), OWNER, Handle::numbered(Kind::Label, 9 << 32)]
        {
            end(wrong);
            assert_eq!((copy(wrong, OWNER, &mut [0; 8]), owner(wrong)), (None, None));
        }
    }

    #[test]
    fn without_memory_no_label_is_made() {
        let refused = while_exhausted(|| make(b"name", OWNER));
        assert_eq!(refused, Err(Status::THREADING_NO_RESOURCES));
    }
}
