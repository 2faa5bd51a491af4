//! Waiting until a state is reached that many may wait for: the end of a thread, the end of all
//! threads.

use crate::object::handle::Handle;
use crate::object::word::{State, WAITERS};
use crate::platform::clock::Deadline;
use crate::status::Status;
use crate::wait::park::{Arrival, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, NO_PENDING};
use crate::wait::spin_then_park::{WaitKind, spin_for_end};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;

/// Waits until `reached` holds for the word of `object`, which is null for one of the library's
/// own, and returns the state in which it did. `None`: the thread that reached it said so, or the
/// object has gone since the wait began.
///
/// `mark` bits are set in the word before the caller goes to sleep.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this
/// handle lives here when the wait begins; `THREADING_NO_RESOURCES` if there is no memory for a
/// waiter.
pub fn wait_until(
    core: &Core,
    object: Handle,
    timeout: Timeout,
    mark: u64,
    reached: impl Fn(State) -> bool,
) -> Result<Option<State>, Status> {
    let tag = object.tag();
    let state = core.word.load();
    if !state.is(tag) {
        return Err(state.gone(tag));
    }
    if reached(state) {
        return Ok(Some(state));
    }
    if timeout == Timeout::Poll {
        return Err(Status::THREADING_TIMEOUT);
    }
    let (since, deadline) = timeout.from_now();
    let is_over = |state: State| !state.is(tag) || reached(state);
    if spin_for_end(since, deadline, || is_over(core.word.load_relaxed())) {
        // Read again, with the order that a result needs.
        let state = core.word.load();
        if is_over(state) {
            return Ok(state.is(tag).then_some(state));
        }
    }
    let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
    let ident = this_thread::known_ident();
    let wait = Wait { object, kind: WaitKind::Join, ident, broadcast: None };
    let mut until = Until { core, object, deadline, mark, reached };
    park(core, &NO_PENDING, &lease, &wait, since, Arrival::New, &mut until)
}

/// As [`wait_until`], with one body for all callers that are not in a hurry: its code is large.
///
/// # Errors
/// As [`wait_until`].
#[cold]
#[inline(never)]
pub fn wait_slowly_until(
    core: &Core,
    object: Handle,
    timeout: Timeout,
    mark: u64,
    reached: &dyn Fn(State) -> bool,
) -> Result<Option<State>, Status> {
    wait_until(core, object, timeout, mark, reached)
}

struct Until<'a, R> {
    core: &'a Core,
    object: Handle,
    deadline: Deadline,
    mark: u64,
    reached: R,
}

impl<R: Fn(State) -> bool> WaitProtocol for Until<'_, R> {
    type Output = Option<State>;

    fn validate(&mut self, _guard: &Guard<'_>, _arrival: Arrival) -> Validated<Option<State>> {
        let (tag, bits) = (self.object.tag(), WAITERS | self.mark);
        let linked = self.core.word.update(|state| {
            let waits = state.is(tag) && !(self.reached)(state);
            waits.then_some(state.with(bits))
        });
        match linked {
            Ok(_) => Validated::Last(self.deadline),
            // Gone since the wait began: what was waited for cannot come any more, which is as good
            // as having come.
            Err(state) => Validated::Done(Ok(state.is(tag).then_some(state))),
        }
    }

    fn woken(&mut self, outcome: Outcome) -> Option<Result<Option<State>, Status>> {
        (outcome == Outcome::HandedOff).then_some(Ok(None))
    }
}

/// Changes the word, and tells all who wait that what they wait for is reached: each returns,
/// whatever becomes of the object.
pub fn complete_all(core: &Core, next: impl Fn(State) -> State) -> State {
    publish_and_wake(core, next, Outcome::HandedOff)
}

/// Changes the word, and has all who wait look at it again.
pub fn recheck_all(core: &Core, next: impl Fn(State) -> State) -> State {
    publish_and_wake(core, next, Outcome::Woken)
}

fn publish_and_wake(core: &Core, next: impl Fn(State) -> State, outcome: Outcome) -> State {
    let guard = core.lock();
    let before = match core.word.update(|state| Some(next(state))) {
        Ok(before) | Err(before) => before,
    };
    guard.release_all(|_| outcome);
    before
}
