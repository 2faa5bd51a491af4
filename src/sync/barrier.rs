//! The barrier: threads wait until a number of them have arrived.
//!
//! The low half of its word, beside the bits that all words have (`word.rs`), changes under the
//! queue's lock only. But an idle barrier ends without that lock, so a change proves the tag unless
//! ACTING or WAITERS is set:
//!
//! | bits | name    | means                     | set by                    | cleared by         |
//! |------|---------|---------------------------|---------------------------|--------------------|
//! | 0-25 | arrived | how many threads have     | `wait`                    | the cycle's end    |
//! |      |         | arrived in this cycle     |                           |                    |
//! | 26   | ACTING  | all have arrived, and the | the last thread to arrive | that thread, after |
//! |      |         | last runs the action      |                           | the action         |
//! | 27   | BROKEN  | waits fail at once        | a time-out, `abort`, an   | `reset`            |
//! |      |         |                           | action that fails         |                    |
//!
//! | ACTING | BROKEN | state                                                                      |
//! |--------|--------|----------------------------------------------------------------------------|
//! | 0      | 0      | filling: waiters are linked in the order in which they arrived             |
//! | 1      | 0      | tripping: the cycle's waiters stay linked until the action has ended;      |
//! |        |        | newcomers link as entering                                                 |
//! | 0      | 1      | broken: no waiter is linked                                                |
//! | 1      | 1      | broken during the action: the thread that runs the action learns it when   |
//! |        |        | the action ends                                                            |
//!
//! There is no draining: the end of a cycle unlinks all its waiters at once, so the next cycle can
//! fill while they wake. A waiter whose time runs out breaks the barrier if it is still linked;
//! else the cycle has ended, and it returns that outcome. It waits for the end of an action.

use core::ffi::c_void;
use core::mem::offset_of;

use crate::atomic::{AtomicPtr, AtomicU32, Cell, Ordering};
use crate::object;
use crate::object::cause::{Cause, failure};
use crate::object::handle::{Handle, Kind, Tag};
use crate::object::slot::slots;
use crate::object::word::{State, WAITERS};
use crate::platform::abandoned::{Registered, Room};
use crate::platform::clock::Deadline;
use crate::probe::{self, Happening};
use crate::status::Status;
use crate::wait::list::Node;
use crate::wait::park::{Arrival, Expired, Place, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, Rules, nothing};
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread::{self, Lease};
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;

/// The bits that count who has arrived.
pub const ARRIVED: u64 = (1 << 26) - 1;
const ACTING: u64 = 1 << 26;
const BROKEN: u64 = 1 << 27;

/// The greatest number of parties of a barrier.
pub const MOST_PARTIES: usize = ARRIVED as usize;

/// The note of a waiter that arrived while an action ran, and does not belong to that cycle.
const ENTERING: u32 = u32::MAX;
/// The actor while no thread runs the action.
const NO_ACTOR: u32 = u32::MAX;

/// The user's action; false breaks the barrier.
pub type Action = unsafe extern "C-unwind" fn(*mut c_void) -> bool;

/// A slot of the table of barriers.
#[repr(C, align(64))]
pub struct Barrier {
    core: Core,
    /// An [`Action`]'s address, or null; written before the slot is published, as are `context` and
    /// `parties`.
    action: AtomicPtr<c_void>,
    context: AtomicPtr<c_void>,
    parties: AtomicU32,
    next_free: AtomicU32,
    /// How many cycles have ended; guarded by the queue's lock.
    cycle: Cell<u32>,
    /// The mark of the waiter of the thread that runs the action; guarded by the queue's lock.
    actor: Cell<u32>,
}

// SAFETY: `cycle` and `actor` are touched under the queue's lock only; the rest can be shared.
unsafe impl Sync for Barrier {}

impl Barrier {
    /// Where a reader outside the process finds `parties`.
    pub const PARTIES_AT: usize = offset_of!(Barrier, parties);

    /// The address by which listeners know the current cycle. It differs from the address of the
    /// cycle before and of the next one. Called under the queue's lock.
    fn cycle_address(&self) -> *const c_void {
        let start: *const Barrier = self;
        start.cast::<c_void>().wrapping_add((self.cycle.get() as usize % 2) * size_of::<u64>())
    }

    fn lock(&self) -> Guard<'_> {
        self.core.lock_by(&RULES)
    }

    /// The barrier whose queue the guard has locked.
    fn of<'a>(guard: &Guard<'a>) -> &'a Barrier {
        // SAFETY: only barriers lock their queues by `RULES`, and the core is the first field of a
        // `repr(C)` struct.
        unsafe { &*core::ptr::from_ref(guard.core()).cast::<Barrier>() }
    }

    /// Ends the cycle: its waiters get that outcome, and waiters that are entering validate again.
    /// `Err`: the barrier of that tag is gone, and nothing was changed.
    fn end_cycle(
        &self,
        guard: &Guard<'_>,
        tag: Tag,
        next: impl Fn(State) -> State,
        outcome: Outcome,
    ) -> Result<(), State> {
        let ended = |state: State| state.is(tag).then_some(next(state).without(ARRIVED));
        self.core.word.update(ended)?;
        probe::happens_before(self.cycle_address());
        let is_broken = outcome == Outcome::Broken;
        probe::happened(Happening::Tripped, &self.core.word, is_broken.into());
        self.cycle.set(self.cycle.get().wrapping_add(1));
        guard.release_all(
            |node: &Node| if node.note.get() == ENTERING { Outcome::Woken } else { outcome },
        );
        Ok(())
    }
}

static RULES: Rules = Rules { process_pending: nothing, repair_after_fork };

/// Ends the cycle after a fork, since the threads that had arrived are gone. The cycle goes on if
/// the calling thread forked inside the action.
fn repair_after_fork(guard: &Guard<'_>) {
    let slot = Barrier::of(guard);
    let mine = this_thread::own_waiter().map(|waiter| waiter.mark());
    let state = guard.state();
    if !(state.has(ACTING) && mine == Some(slot.actor.get())) {
        let next = |state: State| state.without(ACTING);
        let _ = slot.end_cycle(guard, state.tag(), next, Outcome::Broken);
    }
}

slots! {
    Barrier, kind: Kind::Barrier,
    word: core.word, first_use: core,
}

/// Makes a barrier for that number of threads.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` for no parties or more than [`MOST_PARTIES`];
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
#[inline]
pub fn new(parties: usize, action: Option<Action>, context: *mut c_void) -> Result<Handle, Status> {
    if parties == 0 || parties > MOST_PARTIES {
        return Err(failure!(
            THREADING_INVALID_ARGUMENT,
            c"the number of parties is 0, or over 67,108,863"
        ));
    }
    let action = action.map_or(core::ptr::null_mut(), |action| action as *mut c_void);
    object::make(|slot: &Barrier, _| {
        // ORDERING: Relaxed, all: `publish` releases them.
        slot.action.store(action, Ordering::Relaxed);
        slot.context.store(context, Ordering::Relaxed);
        slot.parties.store(parties as u32, Ordering::Relaxed);
        slot.actor.set(NO_ACTOR);
        0
    })
}

/// Waits until all threads have arrived, and returns how many arrived before the caller.
///
/// # Errors
/// `THREADING_TIMEOUT` if the time ran out, which breaks the barrier; `THREADING_BROKEN`;
/// `THREADING_WOULD_DEADLOCK` inside the barrier's own action; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn wait(barrier: Handle, timeout: Timeout) -> Result<usize, Status> {
    let (slot, _) = TABLE.find(barrier)?;
    let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
    let broadcast = Some(&slot.core.broadcast);
    let ident = this_thread::known_ident();
    let wait = Wait { object: barrier, kind: WaitKind::Event, ident, broadcast };
    let (since, deadline) = timeout.from_now();
    let cycle = core::ptr::null();
    let mut arrive = Arrive { slot, barrier, deadline, lease: &lease, index: 0, cycle };
    let passed = park(&slot.core, &RULES, &lease, &wait, since, Arrival::New, &mut arrive);
    if !arrive.cycle.is_null() {
        probe::happens_after(arrive.cycle);
    }
    match passed? {
        Some(cycle) => trip(slot, cycle, arrive.index),
        None => Ok(arrive.index as usize),
    }
}

/// A thread that arrives at the barrier.
struct Arrive<'a> {
    slot: &'static Barrier,
    barrier: Handle,
    deadline: Deadline,
    lease: &'a Lease,
    /// How many threads arrived before, or ENTERING: the thread waits for the end of an action, and
    /// then arrives again.
    index: u32,
    /// The address of the cycle; null for a thread that has not arrived.
    cycle: *const c_void,
}

impl Arrive<'_> {
    /// Why the thread may not arrive. Called under the queue's lock.
    fn refusal(&self, state: State) -> Option<Status> {
        let tag = self.barrier.tag();
        if !state.is(tag) {
            return Some(state.gone(tag));
        }
        if state.has(ACTING) && self.slot.actor.get() == self.lease.mark() {
            return Some(failure!(
                THREADING_WOULD_DEADLOCK,
                c"the barrier's own action waits at the barrier"
            ));
        }
        state
            .has(BROKEN)
            .then(|| failure!(THREADING_BROKEN, c"the barrier had been broken before the call"))
    }
}

impl WaitProtocol for Arrive<'_> {
    /// The cycle, for the last thread to arrive.
    type Output = Option<u32>;

    fn validate(&mut self, guard: &Guard<'_>, _arrival: Arrival) -> Validated<Option<u32>> {
        let (slot, state) = (self.slot, guard.state());
        if let Some(refusal) = self.refusal(state) {
            return Validated::Done(Err(refusal));
        }
        let arrived = (state.0 & ARRIVED) as u32;
        // ORDERING: Relaxed: published with the word.
        let is_last = arrived + 1 >= slot.parties.load(Ordering::Relaxed);
        let is_entering = state.has(ACTING);
        self.index = if is_entering { ENTERING } else { arrived };
        self.lease.node.note.set(self.index);
        let more = u64::from(!is_entering);
        let bits = if is_last && !is_entering { ACTING } else { WAITERS };
        let tag = self.barrier.tag();
        let comes = |state: State| state.is(tag).then_some(State(state.0 + more).with(bits));
        if let Err(state) = slot.core.word.update(comes) {
            return Validated::Done(Err(state.gone(tag)));
        }
        self.cycle = slot.cycle_address();
        probe::happens_before(self.cycle);
        if bits == ACTING {
            slot.actor.set(self.lease.mark());
            return Validated::Done(Ok(Some(slot.cycle.get())));
        }
        Validated::Last(if is_entering { Deadline::Never } else { self.deadline })
    }

    fn woken(&mut self, outcome: Outcome) -> Option<Result<Option<u32>, Status>> {
        match outcome {
            _ if self.index == ENTERING => None,
            Outcome::HandedOff => Some(Ok(None)),
            _ => Some(Err(failure!(
                THREADING_BROKEN,
                c"the barrier broke, or was reset, while the caller waited"
            ))),
        }
    }

    fn timed_out(&mut self, guard: &Guard<'_>, place: &Place<'_>) -> Expired {
        // The end of the action decides the outcome.
        if guard.state().has(ACTING) {
            place.keep();
            return Expired::Stays;
        }
        let (tag, next) = (self.barrier.tag(), |state: State| state.with(BROKEN));
        let _ = self.slot.end_cycle(guard, tag, next, Outcome::Broken);
        Expired::Leaves
    }
}

/// Exists while the action runs. If the action unwinds, the drop breaks the barrier.
struct Acting<'a> {
    slot: &'a Barrier,
    cycle: u32,
    succeeded: bool,
}

impl Acting<'_> {
    /// Ends the cycle with the action's result. False: the barrier is broken.
    fn end(&self) -> bool {
        let slot = self.slot;
        let guard = slot.lock();
        slot.actor.set(NO_ACTOR);
        // The barrier was aborted or reset meanwhile, and the cycle's waiters have their outcome.
        if slot.cycle.get() != self.cycle {
            let _ = slot.core.word.update(|state| Some(state.without(ACTING)));
            guard.release_all(|_| Outcome::Woken);
            return false;
        }
        let broken = if self.succeeded { 0 } else { BROKEN };
        let outcome = if self.succeeded { Outcome::HandedOff } else { Outcome::Broken };
        let next = |state: State| state.without(ACTING).with(broken);
        let _ = slot.end_cycle(&guard, guard.state().tag(), next, outcome);
        self.succeeded
    }
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs the action and ends the cycle, in the last thread to arrive.
fn trip(slot: &Barrier, cycle: u32, index: u32) -> Result<usize, Status> {
    let mut acting = Acting { slot, cycle, succeeded: false };
    // ORDERING: Relaxed, both: published with the word.
    let action = slot.action.load(Ordering::Relaxed);
    let context = slot.context.load(Ordering::Relaxed);
    let room = Room::new();
    let _registered = (!action.is_null()).then(|| Registered::new(&room, &raw const acting));
    acting.succeeded = action.is_null() || {
        // SAFETY: `new` stored an `Action`; its caller promised one that may be called with this
        // context. No lock of ours is held, and if it unwinds `acting` breaks the barrier.
        unsafe { core::mem::transmute::<*mut c_void, Action>(action)(context) }
    };
    let passed = acting.end();
    core::mem::forget(acting);
    passed.then_some(index as usize).ok_or_else(|| {
        failure!(
            THREADING_BROKEN,
            c"the action returned false, or the barrier was broken or reset meanwhile"
        )
    })
}

/// Breaks the barrier: threads that wait, and threads that arrive, get `THREADING_BROKEN`.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn abort(barrier: Handle) -> Result<(), Status> {
    end_cycle_from_outside(barrier, |state| state.with(BROKEN))
}

/// Ends every wait with `THREADING_BROKEN`, and makes the barrier usable again.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn reset(barrier: Handle) -> Result<(), Status> {
    end_cycle_from_outside(barrier, |state| state.without(BROKEN))
}

fn end_cycle_from_outside(barrier: Handle, next: impl Fn(State) -> State) -> Result<(), Status> {
    let (slot, _) = TABLE.find(barrier)?;
    let tag = barrier.tag();
    let ended = slot.end_cycle(&slot.lock(), tag, next, Outcome::Broken);
    ended.map_err(|state| state.stale_status(tag, Kind::Barrier))
}

/// The number of threads that the barrier was made for.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn parties(barrier: Handle) -> Result<usize, Status> {
    let (slot, _) = TABLE.find(barrier)?;
    // ORDERING: Relaxed: published with the word.
    Ok(slot.parties.load(Ordering::Relaxed) as usize)
}

/// How many threads have arrived in this cycle.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn n_waiting(barrier: Handle) -> Result<usize, Status> {
    let (slot, state) = TABLE.find(barrier)?;
    Ok(if slot.core.is_stale() { 0 } else { (state.0 & ARRIVED) as usize })
}

/// Whether the barrier is broken.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn broken(barrier: Handle) -> Result<bool, Status> {
    TABLE.find(barrier).map(|(_, state)| state.has(BROKEN))
}

/// Ends the barrier.
///
/// # Errors
/// `THREADING_BUSY` if any thread waits or the action runs; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
#[inline(always)]
pub fn destroy(barrier: Handle) -> Result<(), Status> {
    static ACTS: Cause = Cause(Status::THREADING_BUSY, c"the barrier's action runs");
    let busy = |state: State| state.has(ACTING).then_some(&ACTS);
    object::end(barrier, |slot: &Barrier, state| slot.core.end_unless(barrier, state, &RULES, busy))
}
