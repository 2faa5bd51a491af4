//! The event: a flag that threads wait for.
//!
//! The low half of its word, beside the bits that all words have (`word.rs`):
//!
//! | bits | name  | means                          | set by                          | cleared by |
//! |------|-------|--------------------------------|---------------------------------|------------|
//! | 0    | SET   | waits succeed at once          | `set`                           | `clear`    |
//! | 1-26 | epoch | how often it was set, modulo   | `set` of an event that is clear | –          |
//! |      |       | 2^26                           |                                 |            |
//! | 27   | HAS_  | a descriptor shows whether it  | `descriptor`, under the queue's | –          |
//! |      | FD    | is set                         | lock                            |            |
//!
//! A waiter notes the epoch in which it linked itself. `process_pending` releases every waiter if
//! SET is set, and else every waiter of an older epoch. So the waiters that a `set` finds are
//! released though a `clear` follows at once. `set` changes the word first, and then processes the
//! queue or leaves that to its lock's holder. It never waits for the queue's lock, so it is
//! async-signal-safe.
//!
//! An event with a descriptor takes the slow paths: every fast path that changes the word expects
//! HAS_FD to be clear. `set` and `clear` change the word first, and then have `process_pending`
//! make the descriptor show what the word says. Whoever changes the word after that has it
//! processed again, so in the end both agree. These are the only system calls that are made under a
//! queue's lock: they do not block.

use crate::atomic::AtomicU32;
use crate::object;
use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{self, State, WAITERS};
use crate::platform::clock::Deadline;
use crate::platform::fork_epoch;
use crate::platform::readiness;
use crate::probe::{self, Happening};
use crate::status::Status;
use crate::sync::event_fd::Descriptor;
use crate::wait::list::Node;
use crate::wait::member::{Means, Member, Way};
use crate::wait::park::{Arrival, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, Rules, nothing};
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;

/// The bit of the flag.
pub const SET: u64 = 1;
const EPOCH: u64 = ((1 << 26) - 1) << 1;
const HAS_FD: u64 = 1 << 27;

/// A slot of the table of events.
#[repr(C, align(64))]
pub struct Event {
    core: Core,
    next_free: AtomicU32,
    descriptor: Descriptor,
}

impl Event {
    fn of<'a>(guard: &Guard<'a>) -> &'a Event {
        // SAFETY: only events lock their queues by `RULES`, and the core is the first field of a
        // `repr(C)` struct.
        unsafe { &*core::ptr::from_ref(guard.core()).cast::<Event>() }
    }
}

slots! {
    Event, kind: Kind::Event,
    word: core.word, first_use: core,
}

fn epoch(state: State) -> u32 {
    ((state.0 & EPOCH) >> 1) as u32
}

static RULES: Rules = Rules { process_pending, repair_after_fork: nothing };

/// Releases the waiters that the word does not keep waiting, and has the descriptor show what the
/// word says. Runs under the queue's lock.
fn process_pending(guard: &Guard<'_>) {
    let state = guard.state();
    if state.has(HAS_FD) {
        Event::of(guard).descriptor.show(state.has(SET));
    }
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
        Ok(state) if state.0 & (WAITERS | HAS_FD) != 0 => {
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

/// The fast path of clearing. False: the caller has to call [`clear`].
#[inline(always)]
pub fn clear_quickly(event: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(event.index() as usize) else { return false };
    let found = slot.core.word.load_relaxed();
    found.without(EPOCH) == word::idle(event).with(SET)
        && slot.core.word.compare_exchange(found, found.without(SET)).is_ok()
}

/// Clears the event. Waiters that an earlier `set` found are released all the same.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn clear(event: Handle) -> Result<(), Status> {
    let (slot, _) = TABLE.find(event)?;
    let cleared =
        slot.core.word.update(|state| state.is(event.tag()).then_some(state.without(SET)));
    let before = cleared.map_err(|state| state.stale_status(event.tag(), Kind::Event))?;
    if before.has(SET | HAS_FD) {
        slot.core.process_or_pend(&RULES);
    }
    Ok(())
}

/// The fast path of [`is_set`]. `None`: the caller has to call that.
#[inline(always)]
pub fn is_set_quickly(event: Handle) -> Option<bool> {
    let state = FIRST_SEGMENT.get(event.index() as usize)?.core.word.load();
    (state.without(EPOCH | SET | WAITERS | HAS_FD) == word::idle(event)).then_some(state.has(SET))
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
    let (slot, state) = TABLE.find(event)?;
    if !state.has(SET) {
        return wait_slow(slot, event, timeout);
    }
    probe::happens_after(slot);
    Ok(())
}

#[cold]
fn wait_slow(slot: &'static Event, event: Handle, timeout: Timeout) -> Result<(), Status> {
    if timeout == Timeout::Poll {
        return Err(Status::THREADING_TIMEOUT);
    }
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

/// The event's descriptor, which is readable while the event is set. The first call makes it.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if there is no room for a descriptor; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn descriptor(event: Handle) -> Result<i32, Status> {
    fork_epoch::notice();
    let (slot, _) = TABLE.find(event)?;
    if let Some(number) = known(slot, event, &slot.core.lock_by(&RULES))? {
        return Ok(number);
    }
    let made = readiness::make()
        .ok_or_else(|| failure!(THREADING_NO_RESOURCES, c"there is no room for a descriptor"))?;
    let number = adopt(slot, event, made);
    if number != Ok(made) {
        // Another thread was faster, or the event is gone, or `made` has another number now.
        readiness::close(made);
    }
    number
}

/// The descriptor that the event has, under the queue's lock.
fn known(slot: &Event, event: Handle, guard: &Guard<'_>) -> Result<Option<i32>, Status> {
    let state = guard.state();
    if !state.is(event.tag()) {
        return Err(state.gone(event.tag()));
    }
    Ok(if state.has(HAS_FD) { slot.descriptor.get() } else { None })
}

/// Gives the event a file that was made for it, unless it has got one meanwhile.
fn adopt(slot: &Event, event: Handle, made: i32) -> Result<i32, Status> {
    let guard = slot.core.lock_by(&RULES);
    if let Some(number) = known(slot, event, &guard)? {
        return Ok(number);
    }
    let tag = event.tag();
    // From here on every change of SET is processed after it.
    let marked = slot.core.word.update(|state| state.is(tag).then_some(state.with(HAS_FD)));
    let before = marked.map_err(|state| state.gone(tag))?;
    let number = slot.descriptor.set(made, before.has(HAS_FD));
    slot.descriptor.show(guard.state().has(SET));
    Ok(number)
}

/// Ends the event, and closes its descriptor.
///
/// # Errors
/// `THREADING_BUSY` if any thread waits for it; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(event: Handle) -> Result<(), Status> {
    object::end(event, |slot: &Event, state| match slot.core.end_unmarked(state, HAS_FD) {
        Some(again) => Ok(again),
        None => end_slow(slot, event),
    })
}

#[cold]
#[inline(never)]
fn end_slow(slot: &Event, event: Handle) -> Result<bool, Status> {
    // Until this returns no other event gets the slot.
    slot.core.end_with_more(event, &RULES, |last| {
        if last.has(HAS_FD) {
            slot.descriptor.close();
        }
    })
}
