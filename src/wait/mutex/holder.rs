//! Who holds a mutex: its note, and what a look makes of it. `wait::holder_note` has the two forms.

use crate::atomic::Ordering;
use crate::object::word::State;
use crate::platform::race_window;
use crate::wait::holder_note;
use crate::wait::mutex::raw::RawMutex;

/// A note and a word that a look has found.
#[derive(Clone, Copy)]
pub struct SeenHolder {
    note: u64,
    state: State,
}

impl SeenHolder {
    /// The ident of the thread that held it; 0: nobody is known.
    pub fn ident(self) -> u64 {
        holder_note::holder(self.note, self.state)
    }

    /// Whether it counts only beside a word with its mark.
    pub fn has_mark(self) -> bool {
        holder_note::has_mark(self.note)
    }
}

impl RawMutex {
    /// The ident of the thread that holds it, as far as a look can tell.
    pub fn holder(&self) -> u64 {
        self.look_at_holder().ident()
    }

    /// As `holder`, of what was found in that state.
    #[inline(always)]
    pub fn holder_in(&self, state: State) -> u64 {
        holder_note::holder(self.unmarked_holder(), state)
    }

    /// As `holder`; what was seen is understood later, or never.
    #[inline(always)]
    pub fn look_at_holder(&self) -> SeenHolder {
        // ORDERING: Relaxed: a note only; a thread that finds itself has written it itself.
        let note = self.holder.load(Ordering::Relaxed);
        SeenHolder { note, state: self.core.word.load_relaxed() }
    }

    /// As `holder`, of what has no marks: an rlock or rwlock.
    #[inline(always)]
    pub fn unmarked_holder(&self) -> u64 {
        // ORDERING: Relaxed: as in `holder`.
        self.holder.load(Ordering::Relaxed)
    }

    /// As `holder`, for a thread that looks at others' waits. A waiter to whom the lock was handed
    /// off is found here only when it is found claimed as well.
    pub fn observed_holder(&self) -> u64 {
        // ORDERING: Acquire, pairs with the Release in `hand_to`: the claim came before it. The
        // word is no older than what the thread saw that looks: see `inspect::deadlock`.
        let note = self.holder.load(Ordering::Acquire);
        holder_note::holder(note, self.core.word.load())
    }

    /// Notes the claimed waiter of that ident as the holder.
    pub fn hand_to(&self, ident: u64) {
        // ORDERING: Release, pairs with the Acquire in `observed_holder`.
        self.holder.store(ident, Ordering::Release);
    }

    /// Notes who holds it.
    #[inline(always)]
    pub fn set_holder(&self, ident: u64) {
        // The lock is held, and the last holder must not be found there any more.
        race_window();
        // ORDERING: Relaxed: as in `holder`.
        self.holder.store(ident, Ordering::Relaxed);
    }

    /// Takes the note away, before a release that is not [`RawMutex::release_marked`].
    #[inline(always)]
    pub fn clear_holder(&self) {
        // ORDERING: Relaxed: the release that follows publishes it.
        self.holder.store(0, Ordering::Relaxed);
        race_window();
    }
}
