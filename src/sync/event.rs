//! The event: a flag that threads wait for.
//!
//! The low half of its word, beside the bits that all words have (`word.rs`):
//!
//! | bits | name  | means                          | set by                          | cleared by |
//! |------|-------|--------------------------------|---------------------------------|------------|
//! | 0    | SET   | waits succeed at once          | `set`                           | `clear`    |
//! | 1-27 | epoch | how often it was set, modulo   | `set` of an event that is clear | –          |
//! |      |       | 2^27                           |                                 |            |
//!
//! A waiter notes the epoch in which it linked itself. `process_pending` releases every waiter if
//! SET is set, and else every waiter of an older epoch. So the waiters that a `set` finds are
//! released though a `clear` follows at once. `set` changes the word first, and then processes the
//! queue or leaves that to its lock's holder. It never waits for the queue's lock, so it is
//! async-signal-safe.

use crate::atomic::AtomicU32;
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{self, State, WAITERS};
use crate::platform::clock::Deadline;
use crate::probe::{self, Happening, Hold};
use crate::status::Status;
use crate::wait::backoff::WaitKind;
use crate::wait::list::Node;
use crate::wait::member::{Means, Member, Way};
use crate::wait::park::{Arrival, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, Rules, nothing};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;

/// The bit of the flag.
pub const SET: u64 = 1;
const EPOCH: u64 = ((1 << 27) - 1) << 1;

/// A slot of the table of events.
#[repr(C, align(64))]
pub struct Event {
    core: Core,
    next_free: AtomicU32,
}

slots! {
    Event, kind: Kind::Event,
    word: core.word, first_use: core,
}

fn epoch(state: State) -> u32 {
    ((state.0 & EPOCH) >> 1) as u32
}

static RULES: Rules = Rules { process_pending, repair_after_fork: nothing };

/// Releases the waiters that the word does not keep waiting. Runs under the queue's lock.
fn process_pending(guard: &Guard<'_>) {
    let state = guard.state();
    let is_released = |node: &Node| state.has(SET) || node.note.get() != epoch(state);
    // The first waiters have the oldest epochs.
    while guard.first().is_some_and(is_released) {
        if let Some(node) = guard.claim_or_unlink_first() {
            guard.defer_wake(node, Outcome::HandedOff);
        }
    }
    guard.clear_waiters_if_empty();
}

/// Makes a clear event.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
#[inline]
pub fn new() -> Result<Handle, Status> {
    object::make(|_: &Event, _| 0)
}

/// The fast path of setting: the event is clear, and no thread waits. False: the caller has to call
/// [`set`].
#[inline(always)]
pub fn set_quickly(event: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(event.index() as usize) else { return false };
    let found = slot.core.word.load_relaxed();
    found.without(EPOCH) == word::idle(event)
        && slot.core.word.cas_release(found, set_in_next_epoch(found)).is_ok()
}

/// The state with SET, in the next epoch.
fn set_in_next_epoch(state: State) -> State {
    State((state.0 & !EPOCH) | ((state.0 & EPOCH) + 2) & EPOCH).with(SET)
}

/// Sets the event, and releases every waiter. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn set(event: Handle) -> Result<(), Status> {
    let (slot, _) = TABLE.find(event)?;
    probe::happens_before(slot);
    let before = slot.core.word.update(|state| {
        (state.is(event.tag()) && !state.has(SET)).then(|| set_in_next_epoch(state))
    });
    match before {
        Ok(state) if state.has(WAITERS) => {
            probe::happened(Happening::Set, &slot.core.word, 0);
            slot.core.process_or_pend(&RULES);
        }
        Err(state) if !state.is(event.tag()) => {
            return Err(state.stale_status(event.tag(), Kind::Event));
        }
        _ => {}
    }
    Ok(())
}

/// Clears the event. Waiters that an earlier `set` found are released all the same.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn clear(event: Handle) -> Result<(), Status> {
    let (slot, _) = TABLE.find(event)?;
    let cleared =
        slot.core.word.update(|state| state.is(event.tag()).then_some(state.without(SET)));
    cleared.map(|_| ()).map_err(|state| state.stale_status(event.tag(), Kind::Event))
}

/// The fast path of [`is_set`]. `None`: the caller has to call that.
#[inline(always)]
pub fn is_set_quickly(event: Handle) -> Option<bool> {
    let state = FIRST_SEGMENT.get(event.index() as usize)?.core.word.load();
    (state.without(EPOCH | SET | WAITERS) == word::idle(event)).then_some(state.has(SET))
}

/// Whether the event is set. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn is_set(event: Handle) -> Result<bool, Status> {
    let (slot, state) = TABLE.find(event)?;
    if state.has(SET) {
        probe::happens_after(slot);
    }
    Ok(state.has(SET))
}

/// Waits until the event is set.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES`
/// if there is no memory to wait.
pub fn wait(event: Handle, timeout: Timeout) -> Result<(), Status> {
    if is_set(event)? { Ok(()) } else { wait_slow(event, timeout) }
}

#[cold]
fn wait_slow(event: Handle, timeout: Timeout) -> Result<(), Status> {
    if timeout == Timeout::Poll {
        return Err(Status::THREADING_TIMEOUT);
    }
    let (slot, _) = TABLE.find(event)?;
    let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
    let broadcast = Some(&slot.core.broadcast);
    let ident = this_thread::known_ident();
    let wait = Wait { object: event, kind: WaitKind::Event, ident, broadcast };
    let (since, deadline) = timeout.from_now();
    let mut until_set = UntilSet { slot, event, deadline, node: &lease.waiter().node };
    park(&slot.core, &RULES, &lease, &wait, since, Arrival::New, &mut until_set)?;
    probe::happens_after(slot);
    Ok(())
}

/// A wait for the event to be set.
struct UntilSet {
    slot: &'static Event,
    event: Handle,
    deadline: Deadline,
    node: &'static Node,
}

impl WaitProtocol for UntilSet {
    type Output = ();

    fn validate(&mut self, _guard: &Guard<'_>, _arrival: Arrival) -> Validated<()> {
        let tag = self.event.tag();
        let waits = |state: State| state.is(tag) && !state.has(SET);
        match self.slot.core.word.update(|state| waits(state).then_some(state.with(WAITERS))) {
            Ok(state) => {
                self.node.note.set(epoch(state));
                Validated::Last(self.deadline)
            }
            Err(state) if state.is(tag) => Validated::Done(Ok(())),
            Err(state) => Validated::Done(Err(state.gone(tag))),
        }
    }

    fn woken(&mut self, _outcome: Outcome) -> Option<Result<(), Status>> {
        Some(Ok(()))
    }
}

static MEANS: Means = Means {
    rules: &RULES,
    way: Way::Reach {
        reached: |state, noted| state.has(SET) || noted.is_some_and(|noted| noted != epoch(state)),
        note: epoch,
        gone_is_reached: false,
    },
    above: None,
    taken: |member, _| {
        probe::happens_after(member.core);
        Ok(())
    },
};

/// As a member of a wait for several objects.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline]
pub fn member(event: Handle) -> Result<Member, Status> {
    let (slot, _) = TABLE.find(event)?;
    Ok(Member { object: event, core: &slot.core, means: &MEANS, expires: 0 })
}

/// Ends the event.
///
/// # Errors
/// `THREADING_BUSY` if any thread waits for it; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(event: Handle) -> Result<(), Status> {
    object::end(event, |slot: &Event, state| slot.core.end(event, state, &RULES, Hold::Never))
}
