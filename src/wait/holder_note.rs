//! The note of a lock's holder that the lock's word proves.
//!
//! A fast path writes a mark of its thread into the word by the compare-exchange that acquires, and
//! the note after it. The release takes the mark away by its own compare-exchange, and leaves the
//! note as it is. So neither has a store for that, and a note counts exactly while the word has its
//! mark:
//!
//! | bits  | of the note                       | of the word of a held lock           |
//! |-------|-----------------------------------|--------------------------------------|
//! | 58-63 | 0, which is no kind of object     | (tag)                                |
//! | 32-57 | the ident's generation            | (tag)                                |
//! | 28-31 | 0                                 | (as all words)                       |
//! | 23-27 | the last bits of the generation   | the same                             |
//! | 3-22  | the ident's index                 | the same                             |
//! | 2     | FOREIGN: the ident is a waiter's  | the same                             |
//! |       | handle, not a thread's            |                                      |
//! | 1     | MARKED                            | MARKED: bits 2 to 27 count           |
//! | 0     | LOCKED                            | LOCKED                               |
//!
//! All other paths, and all other objects, note the ident itself, and clear it before they release.
//! An ident is a handle, and so has a kind. A slow path writes no mark: then whatever note of this
//! form stands beside the word is a former holder's, and does not fit.
//!
//! Only one thread at a time has an index: a thread in its last destructors, whose ident may be
//! another's already, has no note (`wait::thread_exit`). So a mark that fits names the same thread
//! as the note, unless that thread has ended. Then the mark may be that of a thread which has its
//! index now, 32 generations later or a multiple of that, and which is about to note itself. A look
//! names one that has ended for that moment, and never one that is alive. Who asks whether a lock
//! was abandoned waits for a while whether the note changes (`mutex::lifetime`).

use crate::object::handle::{Handle, Kind, LAST_GENERATION, Tag};
use crate::object::word::State;

/// Somebody holds it.
pub const LOCKED: u64 = 1;
/// See the top of this file.
pub const FOREIGN: u64 = 1 << 2;
const MARKED: u64 = 1 << 1;
/// How far the index is shifted.
pub const INDEX: u32 = 3;
/// How many bits it has.
pub const INDEX_BITS: u32 = 20;
const GENERATION: u32 = INDEX + INDEX_BITS;
/// The bits of the word that say who holds it, and LOCKED.
pub const MARK: u64 = (1 << 28) - 1;

/// The note of the thread of that ident; 0: such idents have no mark.
pub const fn of(ident: u64) -> u64 {
    let handle = Handle(ident);
    let (tag, index) = (handle.tag(), handle.index() as u64);
    let foreign = if tag.kind() == Kind::Waiter as u32 { FOREIGN } else { 0 };
    let has_mark = foreign != 0 || tag.kind() == Kind::Thread as u32;
    if !has_mark || index >> INDEX_BITS != 0 {
        return 0;
    }
    let generation = tag.generation() as u64;
    generation << 32
        | (generation << GENERATION | index << INDEX) & MARK
        | foreign
        | MARKED
        | LOCKED
}

/// The word of a free lock, once the thread of that note has acquired it. The note is one of this
/// form.
#[inline(always)]
pub const fn acquired(free: State, note: u64) -> State {
    State(free.0 | note & u32::MAX as u64)
}

/// The word beside which that note counts. If the note is an ident, or 0, that is no word that a
/// lock can have which is free, or was acquired without a mark.
#[inline(always)]
pub const fn held(idle: State, note: u64) -> State {
    State(idle.0 | note & MARK | MARKED)
}

/// Who holds what has that note beside that word: an ident. 0: nobody is known.
#[inline(always)]
pub const fn holder(note: u64, state: State) -> u64 {
    if Handle(note).tag().kind() != 0 {
        return note;
    }
    if note == 0 || state.0 & MARK != note & MARK {
        return 0;
    }
    let kind = if note & FOREIGN == 0 { Kind::Thread } else { Kind::Waiter };
    let generation = (note >> 32) as u32 & LAST_GENERATION;
    let index = note as u32 >> INDEX & ((1 << INDEX_BITS) - 1);
    Handle::new(Tag::new(kind, generation), index).0
}

/// Whether that note counts only beside a word with its mark.
pub const fn has_mark(note: u64) -> bool {
    note != 0 && Handle(note).tag().kind() == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::word;
    use crate::wait::this_thread::MAIN_IDENT;

    const IDLE: State = word::idle(Handle::new(Tag::new(Kind::Lock, 5), 7));

    fn idents() -> [u64; 6] {
        let of = |kind, generation, index| Handle::new(Tag::new(kind, generation), index).0;
        [
            MAIN_IDENT.0,
            of(Kind::Thread, 0, 1),
            of(Kind::Waiter, 0, 1),
            of(Kind::Thread, 1, 1),
            of(Kind::Thread, LAST_GENERATION, (1 << INDEX_BITS) - 1),
            of(Kind::Waiter, LAST_GENERATION, (1 << INDEX_BITS) - 1),
        ]
    }

    #[test]
    fn a_note_counts_beside_the_word_that_has_its_mark_and_no_other() {
        for ident in idents() {
            let held = held(IDLE, of(ident));
            assert_eq!(acquired(IDLE, of(ident)), held);
            assert!(held.has(LOCKED) && held.is(IDLE.tag()));
            assert_eq!(holder(of(ident), held), ident);
            assert_eq!(holder(of(ident), IDLE), 0);
            assert_eq!(holder(of(ident), IDLE.with(LOCKED)), 0);
            for other in idents().into_iter().filter(|other| *other != ident) {
                assert_eq!(holder(of(other), held), 0);
            }
        }
    }

    #[test]
    fn the_next_threads_of_a_slot_have_other_marks() {
        let ident = |generation| Handle::new(Tag::new(Kind::Thread, generation), 5).0;
        let held = acquired(IDLE, of(ident(100)));
        for generation in 69..=132 {
            let is_like = generation % 32 == 100 % 32;
            assert_eq!(holder(of(ident(generation)), held) != 0, is_like);
        }
    }

    #[test]
    fn an_ident_as_a_note_is_believed_and_makes_no_word_look_marked() {
        for ident in idents().into_iter().chain([0]) {
            assert_eq!(holder(ident, IDLE.with(LOCKED)), ident);
            assert_eq!(holder(ident, IDLE), ident);
            assert!(!has_mark(ident));
            assert_ne!(held(IDLE, ident), IDLE);
            assert_ne!(held(IDLE, ident), IDLE.with(LOCKED));
        }
    }

    #[test]
    fn what_has_no_place_in_the_word_has_no_note() {
        let far = 1 << INDEX_BITS;
        assert_eq!(of(Handle::new(Tag::new(Kind::Thread, 0), far).0), 0);
        assert_eq!(of(Handle::numbered(Kind::Anonymous, 1).0), 0);
        assert_eq!(of(0), 0);
    }
}
