//! The barrier: threads wait until so many of them have come.
//!
//! The low half of its word, beside the bits that all words have (`word.rs`); all of it changes
//! under the queue's lock only:
//!
//! | bits | name    | means                    | set by                    | cleared by           |
//! |------|---------|--------------------------|---------------------------|----------------------|
//! | 0-25 | arrived | how many have come in    | `wait`                    | the cycle's end      |
//! |      |         | this cycle               |                           |                      |
//! | 26   | ACTING  | all have come, and the   | the last to come          | it, after the action |
//! |      |         | last one runs the action |                           |                      |
//! | 27   | BROKEN  | waits fail at once       | a time-out, `abort`, an   | `reset`              |
//! |      |         |                          | action that fails         |                      |
//!
//! | ACTING | BROKEN | state                                                                      |
//! |--------|--------|----------------------------------------------------------------------------|
//! | 0      | 0      | filling: waiters are linked in the order in which they came                |
//! | 1      | 0      | tripping: the cycle's waiters stay linked until the action is over;        |
//! |        |        | newcomers link as entering                                                 |
//! | 0      | 1      | broken: nobody is linked                                                   |
//! | 1      | 1      | broken inside the action: the last to come finds out when that is over     |
//!
//! There is no draining: whoever ends a cycle takes all its waiters out of the queue at once, so
//! the next cycle can fill while they wake. A waiter whose time runs out breaks the barrier if it
//! finds itself linked still; else the cycle has ended, and it returns what that said. While the
//! action runs it waits for its end.

use core::ffi::c_void;

use crate::atomic::{AtomicPtr, AtomicU32, Cell, Ordering};
use crate::object::cause::{Cause, because};
use crate::object::handle::{Handle, Kind};
use crate::object::table::{FIRST, Slot, Table, Vacant};
use crate::object::word::{State, WAITERS, Word};
use crate::probe;
use crate::status::Status;
use crate::wait::node::Node;
use crate::wait::queue::{Core, Guard, never_held, nothing_to_settle};
use crate::wait::this_thread::{self, Lease};
use crate::wait::timeout::{Deadline, Timeout};
use crate::wait::waiter::Outcome;

const ARRIVED: u64 = (1 << 26) - 1;
const ACTING: u64 = 1 << 26;
const BROKEN: u64 = 1 << 27;

/// The most parties a barrier can have.
pub const MOST_PARTIES: usize = ARRIVED as usize;

/// The note of a waiter that does not belong to the cycle whose action runs.
const ENTERING: u32 = u32::MAX;
/// No thread runs the action.
const NOBODY: u32 = u32::MAX;

/// The user's action; false breaks the barrier.
pub type Action = unsafe extern "C-unwind" fn(*mut c_void) -> bool;

/// A slot of the table of barriers.
#[repr(C, align(64))]
pub struct Barrier {
    core: Core,
    /// The action as an [`Action`]'s address, or null; written before the slot is published, as are
    /// its context and the parties.
    action: AtomicPtr<c_void>,
    context: AtomicPtr<c_void>,
    parties: AtomicU32,
    next_free: AtomicU32,
    /// How many cycles have ended, by whatever; guarded by the queue's lock.
    cycle: Cell<u32>,
    /// The mark of the waiter of the thread that runs the action; guarded by the queue's lock.
    actor: Cell<u32>,
}

// SAFETY: `cycle` and `actor` are touched under the queue's lock only; the rest can be shared.
unsafe impl Sync for Barrier {}

impl Barrier {
    /// What tools know the present cycle by: another address than the cycle before and the next. To
    /// be asked under the queue's lock.
    fn round(&self) -> *const c_void {
        let start: *const Barrier = self;
        start.cast::<c_void>().wrapping_add((self.cycle.get() as usize % 2) * size_of::<u64>())
    }

    const UNUSED: Barrier = Barrier {
        core: Core::UNUSED,
        action: AtomicPtr::new(core::ptr::null_mut()),
        context: AtomicPtr::new(core::ptr::null_mut()),
        parties: AtomicU32::new(0),
        next_free: AtomicU32::new(0),
        cycle: Cell::new(0),
        actor: Cell::new(0),
    };

    /// Takes the queue's lock; after a fork, those who had come are gone, but for a thread that
    /// forked inside the action.
    fn lock(&self) -> Guard<'_> {
        let guard = self.core.lock();
        if guard.was_stale() {
            let mine = this_thread::own_waiter().map(|waiter| waiter.mark());
            if !(guard.state().has(ACTING) && mine == Some(self.actor.get())) {
                self.end_cycle(&guard, |state| state.without(ACTING), Outcome::Broken);
            }
        }
        guard
    }

    /// Ends the cycle: everyone in it gets that outcome, and those who are entering look again.
    fn end_cycle(&self, guard: &Guard<'_>, next: impl Fn(State) -> State, outcome: Outcome) {
        probe::happens_before(self.round());
        self.cycle.set(self.cycle.get().wrapping_add(1));
        let _ = self.core.word.update(|state| Some(next(state).without(ARRIVED)));
        guard.release_all(
            |node: &Node| if node.note.get() == ENTERING { Outcome::Woken } else { outcome },
        );
    }
}

static TABLE: Table<Barrier> = Table::new(0);
static FIRST_SEGMENT: [Barrier; FIRST] = [const { Barrier::UNUSED }; FIRST];

// SAFETY: all-zero is `UNUSED`; the cells are guarded as said at their fields, the rest can be
// shared; nothing needs a drop.
unsafe impl Slot for Barrier {
    const KIND: Kind = Kind::Barrier;

    fn table() -> &'static Table<Barrier> {
        &TABLE
    }

    fn first() -> &'static [Barrier; FIRST] {
        &FIRST_SEGMENT
    }

    fn word(&self) -> &Word {
        &self.core.word
    }

    fn first_use(&self) {
        self.core.first_use();
    }

    fn next_free(&self) -> &AtomicU32 {
        &self.next_free
    }
}

/// Makes a barrier for so many threads.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` for no parties or more than [`MOST_PARTIES`];
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
#[inline]
pub fn new(parties: usize, action: Option<Action>, context: *mut c_void) -> Result<Handle, Status> {
    if parties == 0 || parties > MOST_PARTIES {
        return Err(because(&Cause(
            Status::THREADING_INVALID_ARGUMENT,
            c"the number of parties is 0, or over 67,108,863",
        )));
    }
    let Vacant { index, slot } = TABLE.take().ok_or(Status::THREADING_NO_RESOURCES)?;
    let action = action.map_or(core::ptr::null_mut(), |action| action as *mut c_void);
    // ORDERING: Relaxed, all: `publish` releases them.
    slot.action.store(action, Ordering::Relaxed);
    slot.context.store(context, Ordering::Relaxed);
    slot.parties.store(parties as u32, Ordering::Relaxed);
    slot.actor.set(NOBODY);
    let tag = slot.word().next_tag(Kind::Barrier);
    Ok(Vacant { index, slot }.create(tag, 0))
}

/// What a thread finds that comes to the barrier.
enum Place {
    /// It waits, as the one who came at that number.
    Waits(u32),
    /// It waits for the end of an action, to come again.
    Enters,
    /// It is the last, in that cycle.
    Last(u32),
}

/// Waits until all have come, and returns the number of those who came before.
///
/// # Errors
/// `THREADING_TIMEOUT` if the time ran out, which breaks the barrier; `THREADING_BROKEN`;
/// `THREADING_WOULD_DEADLOCK` inside the barrier's own action; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn wait(barrier: Handle, timeout: Timeout) -> Result<usize, Status> {
    let (slot, _) = TABLE.find(barrier)?;
    let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
    let deadline = timeout.deadline();
    loop {
        let guard = slot.lock();
        let came = arrive(slot, &guard, barrier, &lease)?;
        let round = slot.round();
        probe::happens_before(round);
        drop(guard);
        match came {
            Place::Last(cycle) => {
                probe::happens_after(round);
                return trip(slot, cycle, &lease);
            }
            Place::Enters => {
                lease.waiter().sleep(Deadline::Never);
            }
            Place::Waits(index) => {
                if let Some(ended) = wait_for_others(slot, deadline, &lease) {
                    probe::happens_after(round);
                    return ended.map(|()| index as usize);
                }
            }
        }
    }
}

/// Comes to the barrier, under the queue's lock.
fn arrive(
    slot: &'static Barrier,
    guard: &Guard<'_>,
    barrier: Handle,
    lease: &Lease,
) -> Result<Place, Status> {
    let state = guard.state();
    if !state.is(barrier.tag()) {
        return Err(state.why_not(barrier.tag(), Kind::Barrier));
    }
    if state.has(ACTING) && slot.actor.get() == lease.mark() {
        return Err(because(&Cause(
            Status::THREADING_WOULD_DEADLOCK,
            c"the barrier's own action waits at the barrier",
        )));
    }
    if state.has(BROKEN) {
        return Err(because(&Cause(
            Status::THREADING_BROKEN,
            c"the barrier had been broken before the call",
        )));
    }
    let index = (state.0 & ARRIVED) as u32;
    // ORDERING: Relaxed: published with the word.
    let parties = slot.parties.load(Ordering::Relaxed);
    let place = match state.has(ACTING) {
        true => Place::Enters,
        false if index + 1 < parties => Place::Waits(index),
        false => Place::Last(slot.cycle.get()),
    };
    let (note, more, bits) = match place {
        Place::Enters => (ENTERING, 0, WAITERS),
        Place::Waits(_) => (index, 1, WAITERS),
        Place::Last(_) => (index, 1, ACTING),
    };
    let _ = slot.core.word.update(|state| Some(State(state.0 + more).with(bits)));
    lease.node.note.set(note);
    if bits == ACTING {
        slot.actor.set(lease.mark());
    } else {
        lease.prepare_together(&slot.core);
        guard.link_last(lease.waiter());
    }
    Ok(place)
}

/// Sleeps until the cycle ends. `None`: a fork has undone it.
fn wait_for_others(
    slot: &'static Barrier,
    deadline: Deadline,
    lease: &Lease,
) -> Option<Result<(), Status>> {
    let waiter = lease.waiter();
    let mut outcome = waiter.sleep(deadline);
    if matches!(outcome, Outcome::TimedOut | Outcome::Interrupted) {
        let guard = slot.lock();
        if !waiter.node.linked.get() {
            outcome = waiter.node.outcome.get();
        } else if guard.state().has(ACTING) {
            waiter.prepare_together(&slot.core);
            drop(guard);
            outcome = waiter.sleep(Deadline::Never);
        } else {
            guard.unlink(waiter);
            slot.end_cycle(&guard, |state| state.with(BROKEN), Outcome::Broken);
            return Some(Err(Status::THREADING_TIMEOUT));
        }
    }
    match outcome {
        Outcome::HandedOff => Some(Ok(())),
        Outcome::Retry => None,
        _ => Some(Err(because(&Cause(
            Status::THREADING_BROKEN,
            c"the barrier broke, or was reset, while the caller waited",
        )))),
    }
}

/// While it exists the action runs; if that unwinds, the barrier is broken.
struct Acting<'a> {
    slot: &'a Barrier,
    cycle: u32,
    succeeded: bool,
}

impl Acting<'_> {
    /// Ends the cycle as the action has said; false: it is broken.
    fn end(&self) -> bool {
        let slot = self.slot;
        let guard = slot.lock();
        slot.actor.set(NOBODY);
        // Aborted or reset meanwhile: its waiters have been told.
        if slot.cycle.get() != self.cycle {
            let _ = slot.core.word.update(|state| Some(state.without(ACTING)));
            guard.release_all(|_| Outcome::Woken);
            return false;
        }
        let broken = if self.succeeded { 0 } else { BROKEN };
        let outcome = if self.succeeded { Outcome::HandedOff } else { Outcome::Broken };
        slot.end_cycle(&guard, |state| state.without(ACTING).with(broken), outcome);
        self.succeeded
    }
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

/// The last to come runs the action, and lets the others go.
fn trip(slot: &Barrier, cycle: u32, lease: &Lease) -> Result<usize, Status> {
    let index = lease.node.note.get() as usize;
    let mut acting = Acting { slot, cycle, succeeded: false };
    // ORDERING: Relaxed, both: published with the word.
    let action = slot.action.load(Ordering::Relaxed);
    let context = slot.context.load(Ordering::Relaxed);
    acting.succeeded = action.is_null() || {
        // SAFETY: `new` stored an `Action`; its caller promised one that may be called with this
        // context. No lock of the library's own is held, and if it unwinds `acting` breaks the
        // barrier.
        unsafe { core::mem::transmute::<*mut c_void, Action>(action)(context) }
    };
    let passed = acting.end();
    core::mem::forget(acting);
    const FAILED: Cause = Cause(
        Status::THREADING_BROKEN,
        c"the action returned false, or the barrier was broken or reset meanwhile",
    );
    if passed { Ok(index) } else { Err(because(&FAILED)) }
}

/// Breaks it: everyone who waits, and who comes, gets `THREADING_BROKEN`.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn abort(barrier: Handle) -> Result<(), Status> {
    end_cycle_from_outside(barrier, |state| state.with(BROKEN))
}

/// Sends away everyone who waits, with `THREADING_BROKEN`, and makes it whole.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn reset(barrier: Handle) -> Result<(), Status> {
    end_cycle_from_outside(barrier, |state| state.without(BROKEN))
}

fn end_cycle_from_outside(barrier: Handle, next: impl Fn(State) -> State) -> Result<(), Status> {
    let (slot, _) = TABLE.find(barrier)?;
    let guard = slot.lock();
    let state = guard.state();
    if !state.is(barrier.tag()) {
        return Err(state.why_not(barrier.tag(), Kind::Barrier));
    }
    slot.end_cycle(&guard, next, Outcome::Broken);
    Ok(())
}

/// For how many threads it was made.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn parties(barrier: Handle) -> Result<usize, Status> {
    let (slot, _) = TABLE.find(barrier)?;
    // ORDERING: Relaxed: published with the word.
    Ok(slot.parties.load(Ordering::Relaxed) as usize)
}

/// How many have come in this cycle.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn n_waiting(barrier: Handle) -> Result<usize, Status> {
    let (slot, state) = TABLE.find(barrier)?;
    Ok(if slot.core.is_stale() { 0 } else { (state.0 & ARRIVED) as usize })
}

/// Whether it is broken.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn broken(barrier: Handle) -> Result<bool, Status> {
    TABLE.find(barrier).map(|(_, state)| state.has(BROKEN))
}

/// Ends it.
///
/// # Errors
/// `THREADING_BUSY` if anyone waits or its action runs; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn destroy(barrier: Handle) -> Result<(), Status> {
    let (slot, state) = TABLE.find(barrier)?;
    let ended = match slot.core.end_idle_locked(state, || !state.has(ACTING)) {
        Some(again) => again,
        None => {
            drop(slot.lock());
            slot.core.end(
                barrier.tag(),
                Kind::Barrier,
                nothing_to_settle,
                |state| {
                    if state.has(ACTING) {
                        because(&Cause(Status::THREADING_BUSY, c"the barrier's action runs"));
                    }
                    !state.has(ACTING)
                },
                never_held,
            )?
        }
    };
    if ended {
        TABLE.give_back(Vacant { index: barrier.index(), slot });
    }
    Ok(())
}
