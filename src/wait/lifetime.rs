//! The end of an object that threads can wait for.

use crate::object::cause::{Cause, because, failure};
use crate::object::handle::Handle;
use crate::object::word::{INSPECT, State, WAITERS};
use crate::probe::{self, Hold};
use crate::status::Status;
use crate::wait::queue::{Core, Rules};

impl Core {
    /// Ends the object if nobody waits for it. `state` is a state in which it was alive.
    /// `Ok(true)`: the slot may be used again.
    ///
    /// This is for objects whose word changes only by compare-exchanges that prove the tag, also
    /// under the queue's lock, unless WAITERS is set. Such an object ends without the lock if it is
    /// idle: a thread that links itself sets WAITERS first, and fails once the tag has changed.
    ///
    /// # Errors
    /// `THREADING_BUSY`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if the object has
    /// ended.
    #[inline(always)]
    pub fn end(
        &self,
        handle: Handle,
        state: State,
        rules: &'static Rules,
        hold: Hold,
    ) -> Result<bool, Status> {
        match self.end_idle(state) {
            Some(again) => Ok(again),
            None => self.end_slow(handle, rules, |_| None, move |_| (hold, false)),
        }
    }

    /// As [`Core::end`], for objects that no thread holds. The object does not end if `why_busy`
    /// returns a cause, and in such a state its word may change in other ways.
    ///
    /// # Errors
    /// As [`Core::end`].
    #[inline(always)]
    pub fn end_unless(
        &self,
        handle: Handle,
        state: State,
        rules: &'static Rules,
        why_busy: impl Fn(State) -> Option<&'static Cause>,
    ) -> Result<bool, Status> {
        let idle = why_busy(state).is_none();
        match idle.then(|| self.end_idle(state)).flatten() {
            Some(again) => Ok(again),
            None => self.end_slow(handle, rules, why_busy, |_| (Hold::Never, false)),
        }
    }

    /// As [`Core::end_unless`], for a cause that does not stand in the word: `why_busy` is asked
    /// under the queue's lock.
    ///
    /// # Errors
    /// As [`Core::end`].
    #[inline(always)]
    pub fn end_locked_unless(
        &self,
        handle: Handle,
        state: State,
        rules: &'static Rules,
        why_busy: impl Fn() -> Option<&'static Cause>,
    ) -> Result<bool, Status> {
        match self.end_idle_locked(state, || why_busy().is_none()) {
            Some(again) => Ok(again),
            None => self.end_slow(handle, rules, |_| why_busy(), |_| (Hold::Never, false)),
        }
    }

    /// As [`Core::end_idle`], and all of `marks` have to be clear too.
    #[inline(always)]
    pub fn end_unmarked(&self, state: State, marks: u64) -> Option<bool> {
        if state.0 & marks != 0 { None } else { self.end_idle(state) }
    }

    /// As [`Core::end`], for objects that no thread holds and of which there is more to end: `more`
    /// gets the last state.
    ///
    /// # Errors
    /// As [`Core::end`].
    pub fn end_with_more(
        &self,
        handle: Handle,
        rules: &'static Rules,
        more: impl Fn(State),
    ) -> Result<bool, Status> {
        let last = |state| {
            more(state);
            (Hold::Never, false)
        };
        self.end_slow(handle, rules, |_| None, last)
    }

    /// Ends the object if its word is `state`, and WAITERS and INSPECT are clear there. `None`:
    /// nothing was changed.
    #[inline]
    pub(super) fn end_idle(&self, state: State) -> Option<bool> {
        if state.0 & (WAITERS | INSPECT) != 0 { None } else { self.word.end(state).ok() }
    }

    /// As [`Core::end_idle`], but under the queue's lock, and only if that is free and `may_end`
    /// returns true under it.
    #[inline]
    pub(super) fn end_idle_locked(
        &self,
        state: State,
        may_end: impl FnOnce() -> bool,
    ) -> Option<bool> {
        if !self.lock.try_lock() {
            return None;
        }
        let ended = if may_end() { self.end_idle(state) } else { None };
        // The next thread that acquires the queue's lock repairs it after a fork.
        let _ = self.lock.unlock(|| ());
        ended
    }

    /// Ends the object under the queue's lock, if no thread waits and `why_busy` returns no cause.
    /// `hold` tells listeners how the object was held in its last state, and whether a thread that
    /// is gone still held it.
    #[cold]
    #[inline(never)]
    pub(super) fn end_slow(
        &self,
        handle: Handle,
        rules: &'static Rules,
        why_busy: impl Fn(State) -> Option<&'static Cause>,
        hold: impl Fn(State) -> (Hold, bool),
    ) -> Result<bool, Status> {
        let tag = handle.tag();
        let guard = self.lock_by(rules);
        let mut state = guard.state();
        loop {
            if !state.is(tag) {
                return Err(state.gone(tag));
            }
            if guard.has_undecided() {
                return Err(failure!(THREADING_BUSY, c"threads wait for it"));
            }
            if let Some(cause) = why_busy(state) {
                return Err(because(cause));
            }
            // A woken waiter that has not run yet fails, since the tag has changed.
            match self.word.end(state) {
                Ok(again) => {
                    let (hold, held) = hold(state);
                    return Ok(probe::ended(&self.word, hold, held) && again);
                }
                Err(found) => state = found,
            }
        }
    }
}
