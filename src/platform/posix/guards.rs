//! The guards that a thread has registered for `abandoned`.

use core::cell::Cell;

/// A guard, and what drops it.
pub type Entry = (*mut (), unsafe fn(*mut ()));

/// How many guards a thread registers at most. One that is nested deeper is not registered, and is
/// lost if its frame is abandoned.
const ROOM: usize = 16;

/// Those of one thread, which alone touches them.
pub struct Guards {
    /// How many there are.
    pub count: Cell<usize>,
    /// The first of them, the last one last.
    pub entries: [Cell<Option<Entry>>; ROOM],
}

impl Guards {
    /// None.
    pub const NONE: Guards =
        Guards { count: Cell::new(0), entries: [const { Cell::new(None) }; ROOM] };

    /// Takes the guard at that place out, if one is there.
    pub fn take(&self, place: usize) -> Option<Entry> {
        self.entries.get(place).and_then(Cell::take)
    }
}
