//! How long locks and rlocks are held, in notes beside their slots.
//!
//! The holder counts when it releases, and nobody else. So what is in a note is written by one
//! thread at a time, and a hold that goes on is not counted yet. A lock that another thread
//! releases is used as a signal: its holds are not counted.

use core::ffi::c_void;
use core::mem::offset_of;

use crate::inspect::scratch::Scratch;
use crate::object::handle::{Handle, Kind, Tag};
use crate::object::note::{FromZeros, Notes};
use crate::object::table::Slot;
use crate::platform::clock;
use crate::platform::tls;
use crate::sync::lock::Lock;
use crate::sync::rlock::Rlock;

use super::number::Number;
use super::taken::{Taken, handle_of};

/// How an object was held.
#[repr(C, align(64))]
struct Note {
    tag: Number,
    /// In which recording: see [`prepare`].
    recording: Number,
    count: Number,
    /// In nanoseconds, both.
    total: Number,
    longest: Number,
    /// Where the longest hold began, and whose it was.
    longest_site: Number,
    longest_holder: Number,
}

// SAFETY: it is made of numbers.
unsafe impl FromZeros for Note {}

static LOCKS: Notes<Note> = Notes::new();
static RLOCKS: Notes<Note> = Notes::new();

/// The number of the recording: what was noted in an earlier one does not count. 0: there was none.
static RECORDING: Number = Number::ZERO;

/// Where a reader outside the process finds the number of the recording, and the notes of locks and
/// of rlocks.
pub const FOUND_AT: [*const c_void; 3] =
    [(&raw const RECORDING).cast(), (&raw const LOCKS).cast(), (&raw const RLOCKS).cast()];
/// The size of a note, and where in it are `tag`, `recording`, `count`, `total`, `longest`,
/// `longest_site` and `longest_holder`.
pub const NOTE_AT: [usize; 8] = [
    size_of::<Note>(),
    offset_of!(Note, tag),
    offset_of!(Note, recording),
    offset_of!(Note, count),
    offset_of!(Note, total),
    offset_of!(Note, longest),
    offset_of!(Note, longest_site),
    offset_of!(Note, longest_holder),
];

/// How a lock or rlock was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// Its handle.
    pub object: Handle,
    /// How many holds are over.
    pub count: u64,
    /// How long they were together, in nanoseconds.
    pub total: u64,
    /// How long the longest was.
    pub longest: u64,
    /// Where the call returns to that began it; 0: nobody knows.
    pub longest_site: usize,
    /// The ident of the thread whose it was.
    pub longest_holder: u64,
}

/// Begins anew.
pub fn prepare() {
    RECORDING.add(1);
}

fn notes(kind: u32) -> &'static Notes<Note> {
    if kind == Kind::Rlock as u32 { &RLOCKS } else { &LOCKS }
}

/// The calling thread releases what it has taken.
#[inline(always)]
pub fn count(taken: &Taken) {
    let lasted = clock::now().saturating_sub(taken.since);
    let Some(object) = handle_of(taken.object, taken.tag) else { return };
    let Some(note) = notes(object.tag().kind()).find_or_map(object.index()) else { return };
    let recording = RECORDING.get();
    let is_its = note.tag.get() == u64::from(taken.tag);
    if !is_its || note.recording.get() != recording {
        begin(note, taken.tag, recording);
    }
    note.count.add(1);
    note.total.add(lasted);
    if lasted > note.longest.get() {
        note.longest.set(lasted);
        note.longest_site.set(taken.site as u64);
        note.longest_holder.set(tls::ident());
    }
}

#[cold]
fn begin(note: &Note, tag: u32, recording: u64) {
    note.tag.set(0);
    for number in [&note.count, &note.total, &note.longest, &note.longest_holder] {
        number.set(0);
    }
    note.longest_site.set(0);
    note.recording.set(recording);
    note.tag.set(tag.into());
}

/// How an object was held; `None`: no hold of it is over. Async-signal-safe.
pub fn of(object: Handle) -> Option<Holds> {
    let tag: Tag = object.tag();
    let note = notes(tag.kind()).find(object.index())?;
    let is_its = note.tag.get() == u64::from(tag.0);
    if !is_its || note.recording.get() != RECORDING.get() {
        return None;
    }
    let holds = Holds {
        object,
        count: note.count.get(),
        total: note.total.get(),
        longest: note.longest.get(),
        longest_site: note.longest_site.get() as usize,
        longest_holder: note.longest_holder.get(),
    };
    (holds.count != 0).then_some(holds)
}

/// Calls `visit` with all that were held. Async-signal-safe if `visit` is.
pub fn for_each(mut visit: impl FnMut(&Holds)) {
    if RECORDING.get() == 0 {
        return;
    }
    let mut look = |object: Handle| {
        if let Some(holds) = of(object) {
            visit(&holds);
        }
        true
    };
    Lock::table().for_each(|object, _, _| look(object));
    Rlock::table().for_each(|object, _, _| look(object));
}

/// All that were held, those first that were held longest. `None`: there is no memory.
pub fn sorted() -> Option<Scratch<Holds>> {
    let mut count = 0;
    for_each(|_| count += 1);
    // Others may be released meanwhile.
    let mut found = Scratch::with_room(count + 16)?;
    for_each(|holds| {
        found.push(*holds);
    });
    found.sorted_by_key(|holds| u64::MAX - holds.longest)
}
