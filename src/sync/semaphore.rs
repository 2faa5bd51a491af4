//! The semaphore: a count of units, which threads acquire and release.
//!
//! The low half of its word, beside the bits that all words have (`word.rs`):
//!
//! | bits | name  | set by                            | else                                     |
//! |------|-------|-----------------------------------|------------------------------------------|
//! | 0-27 | count | acquire (-1), release (+1 … +n)   | a unit is lost, or taken by two threads  |
//!
//! The flags are above the count. So one comparison of the whole word tells that the handle is
//! right, that no thread waits or listens, and that there is a unit.
//!
//! A semaphore that saturates is marked in its mutex. A release beyond the bound adds nothing to
//! it, and is an error for any other. Only the slow path asks which it is, since the fast path ends
//! below the bound.
//!
//! A release changes the word first, and then processes what is pending. It never waits for the
//! queue's lock, so it is async-signal-safe. INVARIANT: with the queue's lock free, if the count is
//! above 0 and waiters are linked that have not given up, DESIGNATED_WAKER is set: a woken waiter
//! is on its way, and it processes what is pending again if it leaves units behind.

use crate::atomic::{AtomicU32, Ordering};
use crate::object;
use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::table::Slot;
use crate::object::word::{self, DESIGNATED_WAKER, State, WAITERS};
use crate::platform::tls::CallSite;
use crate::probe::{self, Hold};
use crate::status::Status;
use crate::wait::member::{Means, Member, Way};
use crate::wait::mutex::mode::Mode;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::queue::{Guard, Rules, nothing};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// The bits of the count, and its greatest value.
pub const COUNT: u64 = (1 << 28) - 1;

/// A slot of the table of semaphores.
#[repr(C, align(64))]
pub struct Semaphore {
    mutex: RawMutex,
    next_free: AtomicU32,
    /// The greatest count that is allowed; written before the slot is published.
    bound: AtomicU32,
}

slots! {
    Semaphore, kind: Kind::Semaphore,
    word: mutex.core.word, first_use: mutex.core,
}

/// The mode that acquires one unit of the count.
static ONE_UNIT: Mode = Mode {
    field: COUNT,
    lowest: 1,
    values: COUNT,
    add_to_acquire: 1_u64.wrapping_neg(),
    rules: &RULES,
    tolerated_spins: 0,
};

static RULES: Rules = Rules { process_pending, repair_after_fork: nothing };

/// Wakes as many waiters as there are units. Runs under the queue's lock.
fn process_pending(guard: &Guard<'_>) {
    RawMutex::of(guard).wake_available(guard, &ONE_UNIT);
}

/// A number of units.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if it is above [`COUNT`].
#[inline]
fn checked(units: usize) -> Result<u32, Status> {
    let units = u32::try_from(units).ok().filter(|units| u64::from(*units) <= COUNT);
    let too_many =
        || failure!(THREADING_INVALID_ARGUMENT, c"the value is above THREADING_SEMAPHORE_MAX");
    units.ok_or_else(too_many)
}

/// Makes a semaphore with that count, to which a release adds no more than `most`.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the count is above `most`, or `most` is 0 or above [`COUNT`];
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub fn new_saturating(value: usize, most: usize) -> Result<Handle, Status> {
    let (value, most) = (checked(value)?, checked(most)?);
    if most == 0 || value > most {
        return Err(failure!(
            THREADING_INVALID_ARGUMENT,
            c"the most is 0, or the value is above it"
        ));
    }
    object::make(|slot: &Semaphore, tag| {
        // ORDERING: Relaxed: `publish` releases it.
        slot.bound.store(most, Ordering::Relaxed);
        slot.mutex.mark(tag);
        u64::from(value)
    })
}

/// Makes a semaphore with that count. The count of a `bounded` semaphore never goes above it.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the count is above [`COUNT`]; `THREADING_NO_RESOURCES` if memory
/// or handles ran out.
#[inline]
pub fn new(value: usize, bounded: bool) -> Result<Handle, Status> {
    let value = checked(value)?;
    object::make(|slot: &Semaphore, _| {
        // ORDERING: Relaxed: `publish` releases it.
        slot.bound.store(if bounded { value } else { COUNT as u32 }, Ordering::Relaxed);
        u64::from(value)
    })
}

/// The fast path of acquiring. False: the caller has to call [`acquire`].
#[inline(always)]
pub fn acquire_quickly(semaphore: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(semaphore.index() as usize) else { return false };
    let word = &slot.mutex.core.word;
    let found = word.load_relaxed();
    // Right tag, alive, no flag, and a count above 0: the word is 1 to COUNT above the idle word.
    let count = found.0.wrapping_sub(word::idle(semaphore).0);
    count.wrapping_sub(1) < COUNT && word.cas_acquire(found, State(found.0 - 1)).is_ok()
}

/// The fast path of trying. `None`: the caller has to call [`acquire`].
#[inline(always)]
pub fn try_quickly(semaphore: Handle) -> Option<bool> {
    let slot = FIRST_SEGMENT.get(semaphore.index() as usize)?;
    if acquire_quickly(semaphore) {
        return Some(true);
    }
    (slot.mutex.core.word.load_relaxed() == word::idle(semaphore)).then_some(false)
}

/// Acquires a unit within that time.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES`
/// if there is no memory to wait.
pub fn acquire(semaphore: Handle, timeout: Timeout) -> Result<(), Status> {
    let (slot, _) = TABLE.find(semaphore)?;
    let ident = this_thread::ident();
    slot.mutex.acquire_slow(&ONE_UNIT, semaphore, ident, timeout)?;
    let tried = timeout != Timeout::Forever;
    probe::acquired(slot.word(), Hold::Unit, tried, CallSite::current());
    Ok(())
}

/// The fast path of releasing one unit: no thread waits, and the count is below its bound. False:
/// the caller has to call [`release`].
#[inline(always)]
pub fn release_quickly(semaphore: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(semaphore.index() as usize) else { return false };
    let word = &slot.mutex.core.word;
    let found = word.load_relaxed();
    // ORDERING: Relaxed: if the bound is another semaphore's, the compare-exchange fails.
    let bound = u64::from(slot.bound.load(Ordering::Relaxed));
    // Right tag, alive, no flag, and a count below the bound.
    found.0.wrapping_sub(word::idle(semaphore).0) < bound
        && word.cas_release(found, State(found.0 + 1)).is_ok()
}

/// Releases units, all or none, and wakes as many waiters. A semaphore that saturates takes as many
/// as it has room for. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` for 0 units; `THREADING_OVERFLOW` if the count would go
/// above its bound; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn release(semaphore: Handle, units: usize) -> Result<(), Status> {
    let (slot, _) = TABLE.find(semaphore)?;
    if units == 0 {
        return Err(Status::THREADING_INVALID_ARGUMENT);
    }
    // ORDERING: Relaxed: published with the word.
    let bound = u64::from(slot.bound.load(Ordering::Relaxed));
    let (word, units) = (&slot.mutex.core.word, units as u64);
    let saturates = slot.mutex.is_marked(semaphore.tag());
    // What it has room for, of what is given. The state changes even if that is nothing: a release
    // happens before the acquires that follow.
    let given = |state: State| {
        let room = bound.saturating_sub(state.0 & COUNT);
        (saturates || units <= room).then(|| State(state.0 + units.min(room)))
    };
    probe::releasing(slot.word(), Hold::Unit);
    match word.update(|state| if state.is(semaphore.tag()) { given(state) } else { None }) {
        Ok(state) => {
            if state.has(WAITERS) && !state.has(DESIGNATED_WAKER) {
                slot.mutex.core.process_or_pend(&RULES);
            }
            Ok(())
        }
        Err(state) if state.is(semaphore.tag()) => Err(Status::THREADING_OVERFLOW),
        Err(state) => Err(state.stale_status(semaphore.tag(), Kind::Semaphore)),
    }
}

/// The count at this moment. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn value(semaphore: Handle) -> Result<usize, Status> {
    TABLE.find(semaphore).map(|(_, state)| (state.0 & COUNT) as usize)
}

static MEANS: Means = Means {
    rules: &RULES,
    way: Way::Acquire(&ONE_UNIT),
    above: None,
    taken: |member, tried| {
        probe::acquired(&member.core.word, Hold::Unit, tried, CallSite::current());
        Ok(())
    },
};

/// As a member of a wait for several objects, of which a unit is acquired.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline]
pub fn member(semaphore: Handle) -> Result<Member, Status> {
    let (slot, _) = TABLE.find(semaphore)?;
    Ok(Member { object: semaphore, core: &slot.mutex.core, means: &MEANS, expires: 0 })
}

/// Ends the semaphore.
///
/// # Errors
/// `THREADING_BUSY` if any thread waits for it; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline(always)]
pub fn destroy(semaphore: Handle) -> Result<(), Status> {
    object::end(semaphore, |slot: &Semaphore, state| {
        slot.mutex.core.end(semaphore, state, &RULES, Hold::Unit)
    })
}
