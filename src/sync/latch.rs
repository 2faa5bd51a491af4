//! The latch: a count that threads count down, and wait for to become 0.
//!
//! The low half of its word, beside the bits that all words have (`word.rs`):
//!
//! | bits | name  | set by                                | else                                  |
//! |------|-------|---------------------------------------|---------------------------------------|
//! | 0-26 | count | `count_down` (-n), `count_up` (+n)    | a waiter goes on too early, or never  |
//!
//! A count of 0 means open, and an open latch stays open: `count_up` refuses it. So a waiter whose
//! time runs out at the last moment cannot find the latch shut again, and a thread that sees it
//! open may destroy it.
//!
//! `count_down` changes the word first, and then processes what is pending. It never waits for the
//! queue's lock, so it is async-signal-safe. After its compare-exchange it uses only the queue,
//! which outlives the latch: a released waiter may have destroyed the latch. It then processes what
//! is pending for the object that lives in the slot now, as that object's word says.
//!
//! Each `count_down` is a read-modify-write that releases. So a waiter, which acquires the last
//! one, sees what came before each of them.

use crate::atomic::AtomicU32;
use crate::object;
use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{self, State, WAITERS};
use crate::platform::clock::Deadline;
use crate::probe::{self, Happening, Hold};
use crate::status::Status;
use crate::wait::member::{Means, Member, Way};
use crate::wait::park::{Arrival, Validated, WaitProtocol, park};
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard, Rules, nothing};
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_record::Wait;

/// The bits of the count.
pub const COUNT: u64 = (1 << 27) - 1;
/// Its limit.
pub const MOST: u64 = 1 << 26;

/// A slot of the table of latches.
#[repr(C, align(64))]
pub struct Latch {
    core: Core,
    next_free: AtomicU32,
}

slots! {
    Latch, kind: Kind::Latch,
    word: core.word, first_use: core,
}

fn count_of(state: State) -> u64 {
    state.0 & COUNT
}

static RULES: Rules = Rules { process_pending, repair_after_fork: nothing };

/// Releases every waiter if the latch is open. Runs under the queue's lock.
fn process_pending(guard: &Guard<'_>) {
    if count_of(guard.state()) == 0 {
        guard.release_all(|_| Outcome::HandedOff);
    }
}

/// Checks a number to count by.
fn checked(n: usize) -> Result<u64, Status> {
    if n == 0 {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the number is 0"));
    }
    Ok(n as u64)
}

/// Makes a latch with that count; with 0 it is open.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the count is above [`MOST`]; `THREADING_NO_RESOURCES` if memory
/// or handles ran out.
pub fn new(count: usize) -> Result<Handle, Status> {
    let count = count as u64;
    if count > MOST {
        return Err(failure!(
            THREADING_INVALID_ARGUMENT,
            c"the count is above THREADING_LATCH_MAX"
        ));
    }
    object::make(|_: &Latch, _| count)
}

/// The fast path of counting down by 1: the latch stays shut, or no thread waits. False: the caller
/// has to call [`count_down`].
#[inline(always)]
pub fn count_down_quickly(latch: Handle) -> bool {
    let Some(slot) = FIRST_SEGMENT.get(latch.index() as usize) else { return false };
    let found = slot.core.word.load_relaxed();
    // Right tag, alive, no flag but WAITERS, and a count above 0, or above 1 if threads wait.
    let count = found.without(WAITERS).0.wrapping_sub(word::idle(latch).0);
    let least = if found.has(WAITERS) { 2 } else { 1 };
    count <= MOST && count >= least && slot.core.word.cas_release(found, State(found.0 - 1)).is_ok()
}

/// Counts down by `n`, all or nothing, and releases every waiter if the count becomes 0.
/// Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` for 0; `THREADING_OVERFLOW` if the count is less than `n`;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn count_down(latch: Handle, n: usize) -> Result<(), Status> {
    let (slot, _) = TABLE.find(latch)?;
    let n = checked(n)?;
    probe::happens_before(slot);
    let lower = |state: State| (count_of(state) >= n).then(|| State(state.0 - n));
    let counted =
        slot.core.word.update(|state| if state.is(latch.tag()) { lower(state) } else { None });
    match counted {
        Ok(state) => {
            if count_of(state) == n && state.has(WAITERS) {
                probe::happened(Happening::Set, &slot.core.word, 0);
                slot.core.process_or_pend(&RULES);
            }
            Ok(())
        }
        Err(state) if state.is(latch.tag()) => {
            Err(failure!(THREADING_OVERFLOW, c"the latch would be counted down below 0"))
        }
        Err(state) => Err(state.stale_status(latch.tag(), Kind::Latch)),
    }
}

/// Counts up by `n`, all or nothing, for work that makes more work.
///
/// # Errors
/// `THREADING_BROKEN` if the latch is open: waiters may have gone on; `THREADING_OVERFLOW` if the
/// count would be above [`MOST`]; `THREADING_INVALID_ARGUMENT` for 0; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn count_up(latch: Handle, n: usize) -> Result<(), Status> {
    let (slot, _) = TABLE.find(latch)?;
    let n = checked(n)?;
    let counted = slot.core.word.update(|state| {
        let (count, room) = (count_of(state), MOST.saturating_sub(count_of(state)));
        let may_count = state.is(latch.tag()) && count != 0 && n <= room;
        may_count.then(|| State(state.0 + n))
    });
    match counted {
        Ok(_) => Ok(()),
        Err(state) if !state.is(latch.tag()) => Err(state.stale_status(latch.tag(), Kind::Latch)),
        Err(state) if count_of(state) == 0 => {
            Err(failure!(THREADING_BROKEN, c"the latch is open already"))
        }
        Err(_) => {
            Err(failure!(THREADING_OVERFLOW, c"the count would be above THREADING_LATCH_MAX"))
        }
    }
}

/// The count at this moment. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn count(latch: Handle) -> Result<usize, Status> {
    TABLE.find(latch).map(|(_, state)| count_of(state) as usize)
}

/// Whether it is open. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn is_open(latch: Handle) -> Result<bool, Status> {
    let (slot, state) = TABLE.find(latch)?;
    let open = count_of(state) == 0;
    if open {
        probe::happens_after(slot);
    }
    Ok(open)
}

/// Waits until it is open.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES`
/// if there is no memory to wait.
pub fn wait(latch: Handle, timeout: Timeout) -> Result<(), Status> {
    if is_open(latch)? { Ok(()) } else { wait_slow(latch, timeout) }
}

#[cold]
fn wait_slow(latch: Handle, timeout: Timeout) -> Result<(), Status> {
    if timeout == Timeout::Poll {
        return Err(Status::THREADING_TIMEOUT);
    }
    let (slot, _) = TABLE.find(latch)?;
    let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
    let broadcast = Some(&slot.core.broadcast);
    let ident = this_thread::known_ident();
    let wait = Wait { object: latch, kind: WaitKind::Event, ident, broadcast };
    let (since, deadline) = timeout.from_now();
    let mut until_open = UntilOpen { slot, latch, deadline };
    park(&slot.core, &RULES, &lease, &wait, since, Arrival::New, &mut until_open)?;
    probe::happens_after(slot);
    Ok(())
}

/// A wait for the latch to open.
struct UntilOpen {
    slot: &'static Latch,
    latch: Handle,
    deadline: Deadline,
}

impl WaitProtocol for UntilOpen {
    type Output = ();

    fn validate(&mut self, _guard: &Guard<'_>, _arrival: Arrival) -> Validated<()> {
        let tag = self.latch.tag();
        let waits = |state: State| state.is(tag) && count_of(state) != 0;
        match self.slot.core.word.update(|state| waits(state).then_some(state.with(WAITERS))) {
            Ok(_) => Validated::Last(self.deadline),
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
        reached: |state, _| count_of(state) == 0,
        note: |_| 0,
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
pub fn member(latch: Handle) -> Result<Member, Status> {
    let (slot, _) = TABLE.find(latch)?;
    Ok(Member { object: latch, core: &slot.core, means: &MEANS, expires: 0 })
}

/// Ends it, open or not.
///
/// # Errors
/// `THREADING_BUSY` if any thread waits for it; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline(always)]
pub fn destroy(latch: Handle) -> Result<(), Status> {
    object::end(latch, |slot: &Latch, state| slot.core.end(latch, state, &RULES, Hold::Never))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atomic::Ordering;

    #[test]
    fn a_latch_that_opens_while_nobody_waits_leaves_its_queue_alone() {
        static ASKED: AtomicU32 = AtomicU32::new(0);
        static RULES: Rules = Rules {
            process_pending: |_| {
                // ORDERING: Relaxed: only one thread asks.
                ASKED.fetch_add(1, Ordering::Relaxed);
            },
            repair_after_fork: nothing,
        };
        let latch = new(1).expect("a latch");
        let (slot, _) = TABLE.find(latch).expect("it is alive");
        let guard = slot.core.lock_by(&RULES);
        assert_eq!(count_down(latch, 1), Ok(()));
        drop(guard);
        // ORDERING: as above.
        assert_eq!(ASKED.load(Ordering::Relaxed), 0);
        assert_eq!(destroy(latch), Ok(()));
    }
}
