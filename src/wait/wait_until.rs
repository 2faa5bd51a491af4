//! Waiting until a state is reached that many may wait for: the end of a thread, the end of all
//! threads.

use core::hint;

use crate::object::handle::{Kind, Tag};
use crate::object::word::{State, WAITERS};
use crate::platform::futex;
use crate::platform::system;
use crate::status::Status;
use crate::wait::backoff::{Awaited, Watch};
use crate::wait::queue::Core;
use crate::wait::this_thread;
use crate::wait::timeout::{Deadline, Timeout};
use crate::wait::waiter::Outcome;

/// Waits until `reached` holds for the word, and returns the state in which it did; `None`: whoever
/// reached it said so, or the object has gone since the wait began. `mark` bits are set in the word
/// before the caller goes to sleep.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this tag
/// lives here when the wait begins; `THREADING_NO_RESOURCES` if there is no memory for a waiter.
pub fn wait_until(
    core: &Core,
    tag: Tag,
    kind: Kind,
    timeout: Timeout,
    mark: u64,
    reached: impl Fn(State) -> bool,
) -> Result<Option<State>, Status> {
    let state = core.word.load();
    if !state.is(tag) {
        return Err(state.why_not(tag, kind));
    }
    if reached(state) {
        return Ok(Some(state));
    }
    if timeout == Timeout::Poll {
        return Err(Status::THREADING_TIMEOUT);
    }
    let deadline = timeout.deadline();
    if watch(core, tag, deadline, &reached) {
        // Read again below, under no lock: the state decides, not the watching.
        let state = core.word.load();
        if !state.is(tag) || reached(state) {
            return Ok(state.is(tag).then_some(state));
        }
    }
    let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
    let waiter = lease.waiter();
    loop {
        let guard = core.lock();
        let linked = core.word.update(|state| {
            (state.is(tag) && !reached(state)).then_some(state.with(WAITERS | mark))
        });
        if let Err(state) = linked {
            // Gone since the wait began: whatever was waited for cannot come any more, which is as
            // good as having come.
            return Ok(state.is(tag).then_some(state));
        }
        waiter.prepare(Awaited::Turn);
        guard.link_last(waiter);
        drop(guard);
        match waiter.sleep(deadline) {
            Outcome::HandedOff => return Ok(None),
            Outcome::Woken
            | Outcome::Called
            | Outcome::Retry
            | Outcome::Undecided
            | Outcome::Broken => {}
            Outcome::TimedOut | Outcome::Interrupted => {
                core.lock().unlink(waiter);
                return Err(Status::THREADING_TIMEOUT);
            }
        }
    }
}

/// How often to let others run before going to sleep, on a single processor.
const YIELDS: u32 = 2;

/// Watches the word for a moment. True: it is worth a look.
///
/// A short thread is often over before its joiner could have fallen asleep: on another processor
/// while the joiner watches, on the same one while it lets others run. Then nobody has to be woken,
/// and the thread is not interrupted by the one that it wakes.
fn watch(core: &Core, tag: Tag, deadline: Deadline, reached: &impl Fn(State) -> bool) -> bool {
    if cfg!(loom) {
        return false;
    }
    let worth_a_look = || {
        let state = core.word.glance();
        !state.is(tag) || reached(state)
    };
    if !system::many_processors() {
        return (0..YIELDS).any(|_| {
            futex::let_others_run();
            worth_a_look()
        });
    }
    let mut watch = Watch::until(deadline);
    while watch.again() {
        for _ in 0..8 {
            if worth_a_look() {
                return true;
            }
            hint::spin_loop();
        }
    }
    false
}

/// Changes the word, and tells all who wait that what they wait for is reached: each returns,
/// whatever becomes of the object.
pub fn reach(core: &Core, next: impl Fn(State) -> State) -> State {
    tell(core, next, Outcome::HandedOff)
}

/// Changes the word, and has all who wait look at it again.
pub fn look_again(core: &Core, next: impl Fn(State) -> State) -> State {
    tell(core, next, Outcome::Woken)
}

fn tell(core: &Core, next: impl Fn(State) -> State, outcome: Outcome) -> State {
    let guard = core.lock();
    let before = match core.word.update(|state| Some(next(state))) {
        Ok(before) | Err(before) => before,
    };
    guard.release_all(|_| outcome);
    before
}
