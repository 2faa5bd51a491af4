//! The end of an object that threads can wait for.

use crate::object::cause::{Cause, because};
use crate::object::handle::Handle;
use crate::object::word::{INSPECT, State, WAITERS};
use crate::probe::{self, Hold};
use crate::status::Status;
use crate::wait::queue::{Core, Rules};

impl Core {
    /// Ends the object if nobody waits for it. `state` is a state in which it was alive.
    /// `Ok(true)`: the slot may be used again.
    ///
    /// It is for objects whose word changes by compare-exchanges of its own tag only, under the
    /// queue's lock as well, unless WAITERS is set. Then an idle object ends without the lock: a
    /// thread that links itself sets WAITERS first, and finds the tag gone from here on.
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

    /// As [`Core::end`], for objects that nobody holds and whose word may change otherwise, and
    /// only if `why_busy` has no reason against it.
    ///
    /// # Errors
    /// As [`Core::end`].
    #[inline(always)]
    pub fn end_locked(
        &self,
        handle: Handle,
        state: State,
        rules: &'static Rules,
        why_busy: impl Fn(State) -> Option<&'static Cause>,
    ) -> Result<bool, Status> {
        match self.end_idle_locked(state, || why_busy(state).is_none()) {
            Some(again) => Ok(again),
            None => self.end_slow(handle, rules, why_busy, |_| (Hold::Never, false)),
        }
    }

    /// Ends the object if it is in that very state, nobody waits and nobody listens. `None`:
    /// nothing has happened.
    #[inline]
    pub(super) fn end_idle(&self, state: State) -> Option<bool> {
        if state.0 & (WAITERS | INSPECT) != 0 { None } else { self.word.end(state).ok() }
    }

    /// As [`Core::end_idle`], under the queue's lock if that is free, and only if `may_end`, which
    /// is asked under it.
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
        // Whatever a fork has left here is repaired by whoever comes next.
        let _ = self.lock.unlock(|| ());
        ended
    }

    /// Ends the object under the queue's lock, if nobody waits and `why_busy` has no reason against
    /// it. Whoever listens hears how it was `hold` in its last state, and whether somebody who is
    /// gone still had it.
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
                return Err(because(&Cause(Status::THREADING_BUSY, c"threads wait for it")));
            }
            if let Some(cause) = why_busy(state) {
                return Err(because(cause));
            }
            // A woken waiter that has not run yet finds the tag gone, and answers so.
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
