//! Where calls were made, as text. To find a line takes a good part of a millisecond, and many
//! threads wait in few lines. So what was found is kept: by a dump for itself, and by the library
//! for later dumps, as long as the file is the same from which it comes.
//!
//! | state | means                                | next                           |
//! |-------|--------------------------------------|--------------------------------|
//! | FREE  | nothing is kept there                | TAKEN, by whoever has found a  |
//! |       |                                      | place                          |
//! | TAKEN | the place is being written           | KEPT, by the same thread       |
//! | KEPT  | a place, which does not change again | –                              |

use core::cell::UnsafeCell;

use crate::atomic::{AtomicU32, Ordering};
use crate::inspect::scratch::Scratch;
use crate::platform::caller::Frame;
use crate::platform::place::{self, LastFile};
use crate::platform::print::FixedText;

/// How long a place is at most, in bytes. Of a longer one only the address is shown.
const LONGEST: usize = 104;
/// How many a dump keeps for itself: as many as a block has room for.
const MOST: usize = 128;

/// A place that was found.
#[derive(Clone, Copy)]
pub struct Place {
    site: usize,
    /// Which file it comes from, as `LastFile::state_of` tells it.
    file: u64,
    length: usize,
    text: [u8; LONGEST],
}

const NOWHERE: Place = Place { site: 0, file: 0, length: 0, text: [0; LONGEST] };

impl Place {
    /// Its text: a line, or a place in a file; empty if neither is known.
    pub fn text(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

const FREE: u32 = 0;
const TAKEN: u32 = 1;
const KEPT: u32 = 2;

/// See the table at the top.
struct Memo {
    state: AtomicU32,
    place: UnsafeCell<Place>,
}

// SAFETY: the place is written by the thread that has made the state TAKEN, before it is KEPT, and
// only read from then on.
unsafe impl Sync for Memo {}

static MEMOS: [Memo; 256] =
    [const { Memo { state: AtomicU32::new(FREE), place: UnsafeCell::new(NOWHERE) } }; 256];

/// The memos in which a place of that address may be.
fn memos(site: usize) -> impl Iterator<Item = &'static Memo> {
    let start = site ^ site >> 8 ^ site >> 16;
    (0..8).filter_map(move |step| MEMOS.get((start + step) % MEMOS.len()))
}

fn kept(site: usize, file: u64) -> Option<Place> {
    memos(site)
        // ORDERING: Acquire, pairs with the Release in `keep`: the place is complete.
        .filter(|memo| memo.state.load(Ordering::Acquire) == KEPT)
        // SAFETY: it is KEPT, so nobody writes it any more.
        .map(|memo| unsafe { *memo.place.get() })
        .find(|place| place.site == site && place.file == file)
}

/// Keeps the place, if there is room for it.
fn keep(place: Place) {
    for memo in memos(place.site) {
        // ORDERING: Acquire, pairs with nothing: the place is this thread's if it succeeds.
        // Relaxed on failure: the next one is tried.
        let take = memo.state.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed);
        if take.is_ok() {
            // SAFETY: this thread has made it TAKEN, so nobody else reads or writes it.
            unsafe { *memo.place.get() = place };
            // ORDERING: Release, pairs with the Acquire in `kept`.
            memo.state.store(KEPT, Ordering::Release);
            return;
        }
    }
}

/// The places that a dump has found.
pub struct Places {
    known: Option<Scratch<Place>>,
    last: LastFile,
}

impl Places {
    /// None yet.
    pub const NONE: Places = Places { known: None, last: LastFile::new() };

    /// The place of the call that returns to that address.
    pub fn find(&mut self, site: usize) -> Place {
        let known = self.known.as_ref().map_or(&[] as &[Place], Scratch::all);
        if let Some(place) = known.iter().find(|place| place.site == site) {
            return *place;
        }
        let file = self.last.state_of(site);
        let found = kept(site, file).unwrap_or_else(|| look_up(site, file, &mut self.last));
        self.known = self.known.take().or_else(|| Scratch::with_room(MOST));
        if let Some(known) = &mut self.known {
            known.push(found);
        }
        found
    }
}

fn look_up(site: usize, file: u64, last: &mut LastFile) -> Place {
    let mut found = Place { site, file, ..NOWHERE };
    let mut text = FixedText::new(&mut found.text);
    let frame = Frame { return_address: site, start: 0 };
    let length = place::describe(&mut text, &[frame], true, last).map(|()| text.as_bytes().len());
    found.length = length.unwrap_or(0);
    if file != 0 && found.length != 0 {
        keep(found);
    }
    found
}
