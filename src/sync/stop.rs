//! The stop: a request to end the waits that were given it, or its descendants.
//!
//! The low half of its word, beside the bits that all words have (`word.rs`):
//!
//! | bit | name      | means                                   | set by    | cleared by |
//! |-----|-----------|-----------------------------------------|-----------|------------|
//! | 0   | REQUESTED | whoever waits with it is to stop        | `request` | –          |
//!
//! A stop has come when it, or a stop above it, was requested, or when its deadline has passed.
//! Nothing is propagated: a stop knows its parent and not its children, and who asks walks up. Who
//! waits with a stop links an entry into its queue and one into the queue of each stop above it,
//! and sleeps no longer than its deadline, which is the earliest of all of them from its birth on.
//! So a child costs its parent a count, and a deadline needs no timer.
//!
//! The count of children keeps a parent alive. So a thread that has found a stop alive finds those
//! above it alive too, or else the stop itself gone.
//!
//! `request` changes the word first, and then processes the queue or leaves that to its lock's
//! holder. It never waits for the queue's lock, so it is async-signal-safe.

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::object;
use crate::object::cause::{Cause, failure};
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{self, State, WAITERS};
use crate::platform::clock;
use crate::probe;
use crate::status::Status;
use crate::wait::any;
use crate::wait::member::{LONGEST_CHAIN, Means, Member, Way};
use crate::wait::mutex::pins::{NotPinned, Pins};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, Rules, nothing};
use crate::wait::timeout::Timeout;

/// The bit of the request.
pub const REQUESTED: u64 = 1;
/// How many stops may be above one.
pub const MOST_ABOVE: u32 = LONGEST_CHAIN as u32 - 1;

/// A slot of the table of stops.
#[repr(C, align(64))]
pub struct Stop {
    core: Core,
    next_free: AtomicU32,
    /// How many stops have it as their parent.
    children: Pins,
    /// When it comes by itself, in nanoseconds of the monotonic clock; 0: never. Written before the
    /// slot is published, as are the fields below.
    deadline: AtomicU64,
    /// The handle of the parent; 0: none.
    parent: AtomicU64,
    /// How many stops are above it.
    above: AtomicU32,
}

slots! {
    Stop, kind: Kind::Stop,
    word: core.word, first_use: core,
}

static RULES: Rules = Rules { process_pending, repair_after_fork: nothing };

/// Ends the waits with it once it is requested. Runs under the queue's lock.
fn process_pending(guard: &Guard<'_>) {
    if guard.state().has(REQUESTED) {
        guard.release_all(|_| Outcome::Interrupted);
    }
}

impl Stop {
    fn parent(&self) -> Handle {
        // ORDERING: Relaxed: published with the word.
        Handle(self.parent.load(Ordering::Relaxed))
    }

    fn deadline(&self) -> u64 {
        // ORDERING: Relaxed: published with the word.
        self.deadline.load(Ordering::Relaxed)
    }

    /// Whether it has come by itself.
    #[inline]
    fn has_expired(&self) -> bool {
        let deadline = self.deadline();
        deadline != 0 && clock::now() >= deadline
    }
}

/// Makes a stop under that parent, or under none if it is null. Its deadline is that far away, or
/// its parent's if that is earlier.
///
/// # Errors
/// `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` of the parent; `THREADING_OVERFLOW` if there
/// would be more than [`MOST_ABOVE`] stops above it; `THREADING_NO_RESOURCES` if memory or handles
/// ran out, or the parent has 1,048,575 children.
pub fn new(parent: Handle, timeout: Timeout) -> Result<Handle, Status> {
    let own = timeout.deadline().nanoseconds();
    if parent.is_null() {
        return make(parent, own, 0);
    }
    let (inherited, height) = pin(parent)?;
    let deadline = match (own, inherited) {
        (0, other) | (other, 0) => other,
        (own, inherited) => own.min(inherited),
    };
    make(parent, deadline, height + 1).inspect_err(|_| unpin(parent))
}

#[inline]
fn make(parent: Handle, deadline: u64, above: u32) -> Result<Handle, Status> {
    object::make(|slot: &Stop, tag| {
        slot.children.reset(tag, 0);
        // ORDERING: Relaxed, all: `publish` releases them.
        slot.deadline.store(deadline, Ordering::Relaxed);
        slot.parent.store(parent.0, Ordering::Relaxed);
        slot.above.store(above, Ordering::Relaxed);
        0
    })
}

/// Counts a child, and returns the stop's deadline and how many are above it.
fn pin(parent: Handle) -> Result<(u64, u32), Status> {
    let (slot, _) = TABLE.find(parent)?;
    // ORDERING: Relaxed: published with the word.
    let height = slot.above.load(Ordering::Relaxed);
    if height >= MOST_ABOVE {
        return Err(failure!(THREADING_OVERFLOW, c"15 stops are above the parent already"));
    }
    match slot.children.up(parent.tag()) {
        Ok(()) => {}
        Err(NotPinned::Full) => {
            return Err(failure!(THREADING_NO_RESOURCES, c"the parent has 1,048,575 children"));
        }
        Err(NotPinned::Gone) => return Err(slot.core.word.load().gone(parent.tag())),
    }
    // `destroy` takes the queue's lock and then reads the count. Either it sees this child. Or it
    // took the lock before: then this thread finds the lock held, or finds the stop gone.
    if slot.core.is_locked() {
        drop(slot.core.lock_by(&RULES));
    }
    let state = slot.core.word.load();
    if state.is(parent.tag()) {
        return Ok((slot.deadline(), height));
    }
    slot.children.down(parent.tag());
    Err(state.gone(parent.tag()))
}

fn unpin(parent: Handle) {
    if let Some(slot) = TABLE.get(parent.index()) {
        slot.children.down(parent.tag());
    }
}

/// Requests it: every wait with it, or with a stop below it, ends. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn request(stop: Handle) -> Result<(), Status> {
    let (slot, _) = TABLE.find(stop)?;
    probe::happens_before(slot);
    let before = slot.core.word.update(|state| {
        let is_new = state.is(stop.tag()) && !state.has(REQUESTED);
        is_new.then_some(state.with(REQUESTED))
    });
    match before {
        Ok(state) if state.has(WAITERS) => slot.core.process_or_pend(&RULES),
        Err(state) if !state.is(stop.tag()) => {
            return Err(state.stale_status(stop.tag(), Kind::Stop));
        }
        _ => {}
    }
    Ok(())
}

/// Whether a stop that was found in that state, or one above it, was requested.
#[inline]
fn walk(mut slot: &'static Stop, mut state: State) -> Result<bool, Status> {
    loop {
        if state.has(REQUESTED) {
            probe::happens_after(slot);
            return Ok(true);
        }
        let parent = slot.parent();
        if parent.is_null() {
            return Ok(false);
        }
        (slot, state) = TABLE.find(parent)?;
    }
}

/// The fast path of [`requested`], for a stop without a deadline and with none above it. `None`:
/// the caller has to call that.
#[inline(always)]
pub fn requested_quickly(stop: Handle) -> Option<bool> {
    let slot = FIRST_SEGMENT.get(stop.index() as usize)?;
    let state = slot.core.word.load();
    let is_plain = state.without(REQUESTED | WAITERS) == word::idle(stop);
    if is_plain && state.has(REQUESTED) {
        return Some(true);
    }
    (is_plain && slot.parent().is_null() && slot.deadline() == 0).then_some(false)
}

/// Whether it has come: see the top of this file. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn requested(stop: Handle) -> Result<bool, Status> {
    let (slot, state) = TABLE.find(stop)?;
    Ok(walk(slot, state)? || slot.has_expired())
}

/// Whether its deadline has passed, and nobody has requested it.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn expired(stop: Handle) -> Result<bool, Status> {
    let (slot, state) = TABLE.find(stop)?;
    Ok(slot.has_expired() && !walk(slot, state)?)
}

/// Seconds until its deadline: infinite without one, 0 once it has come.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn remaining(stop: Handle) -> Result<f64, Status> {
    let (slot, state) = TABLE.find(stop)?;
    if walk(slot, state)? {
        return Ok(0.0);
    }
    Ok(match slot.deadline() {
        0 => f64::INFINITY,
        expires => expires.saturating_sub(clock::now()) as f64 / 1e9,
    })
}

/// Fails if it has come.
///
/// # Errors
/// `THREADING_INTERRUPTED`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline]
pub fn check(stop: Handle) -> Result<(), Status> {
    if requested(stop)? { Err(Status::THREADING_INTERRUPTED) } else { Ok(()) }
}

/// Waits until it has come.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES`
/// if there is no memory to wait.
pub fn wait(stop: Handle, timeout: Timeout) -> Result<(), Status> {
    if requested(stop)? {
        return Ok(());
    }
    if timeout == Timeout::Poll {
        return Err(Status::THREADING_TIMEOUT);
    }
    any::wait_for_any(&|_| member(stop), 1, 0, timeout.from_now()).map(|_| ())
}

static MEANS: Means = Means {
    rules: &RULES,
    way: Way::Reach {
        reached: |state, _| state.has(REQUESTED),
        note: |_| 0,
        gone_is_reached: false,
    },
    above: Some(parent_of),
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
pub fn member(stop: Handle) -> Result<Member, Status> {
    let (slot, _) = TABLE.find(stop)?;
    Ok(Member { object: stop, core: &slot.core, means: &MEANS, expires: slot.deadline() })
}

/// The stop above it. Its word says whether it is still that one.
fn parent_of(member: &Member) -> Option<Member> {
    let parent = TABLE.get(member.object.index())?.parent();
    let slot = TABLE.get(parent.index()).filter(|_| !parent.is_null())?;
    // The stop itself comes by itself no later.
    Some(Member { object: parent, core: &slot.core, means: &MEANS, expires: 0 })
}

/// Ends the stop.
///
/// # Errors
/// `THREADING_BUSY` if any thread waits with it, or if it has children; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
#[inline(always)]
pub fn destroy(stop: Handle) -> Result<(), Status> {
    static HAS_CHILDREN: Cause =
        Cause(Status::THREADING_BUSY, c"stops were made with it as their parent");
    let mut parent = Handle::NULL;
    object::end(stop, |slot: &Stop, state| {
        parent = slot.parent();
        let why_busy = || (slot.children.count() != 0).then_some(&HAS_CHILDREN);
        slot.core.end_locked_unless(stop, state, &RULES, why_busy)
    })?;
    if !parent.is_null() {
        unpin(parent);
    }
    Ok(())
}
