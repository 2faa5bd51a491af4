//! The slow path of everything that one thread holds at a time.
//!
//! | bit | name   | set by                     | cleared by                             | else                            |
//! |-----|--------|----------------------------|----------------------------------------|---------------------------------|
//! | 0   | LOCKED | acquiring, while clear     | releasing; a hand-off leaves it set    | two holders, or nobody for ever |
//!
//! with WAITERS and WAKING as in `word.rs`:
//!
//! | LOCKED | WAITERS | WAKING | means                                                                                     |
//! |--------|---------|--------|-------------------------------------------------------------------------------------------|
//! | 0      | 0       | 0      | free                                                                                      |
//! | 1      | 0       | 0      | held                                                                                      |
//! | 1      | 1       | 0      | held, others asleep; the release wakes the first, or hands over to it                     |
//! | 1      | any     | 1      | held, and a woken waiter is on its way: the release wakes nobody                          |
//! | 0      | any     | 1      | free, and the woken waiter will take it or, if it goes away, wake the next                |
//! | 0      | 1       | 0      | free, and all who are linked have given up and are about to unlink themselves             |
//!
//! Newcomers may take a free lock past those who sleep: that is what makes it fast. A waiter that was woken and beaten links
//! itself in front again. One that has waited for a millisecond is starving: the next release that sees it hands the lock over
//! to it without letting go, unless this lock was handed over within the last millisecond; more often than that would make a
//! convoy, in which every critical section costs a context switch.

use core::cell::Cell;
use core::hint;
use core::sync::atomic::{AtomicU64, Ordering};

use super::queue::{Core, Guard};
use super::this_thread::{self, Lease};
use super::waiter::{Outcome, Waiter};
use crate::handle::{Kind, Tag};
use crate::status::Status;
use crate::system;
use crate::timeout::{Deadline, Timeout};
use crate::word::{State, WAITERS, WAKING};

/// Somebody holds it.
pub const LOCKED: u64 = 1;

/// How long a waiter waits before it is starving, and how long a lock rests between two hand-offs, in nanoseconds.
const STARVING: u64 = 1_000_000;

/// What one thread can hold: a core, and who holds it.
#[repr(C)]
pub struct Exclusive {
    /// Word and queue.
    pub core: Core,
    /// The ident of whoever took it last; it counts only while LOCKED is set.
    pub holder: AtomicU64,
    /// When it was last handed over, in nanoseconds; guarded by the queue's lock.
    handed_over: Cell<u64>,
}

// SAFETY: `core` and `holder` can be shared, and `handed_over` is touched under the queue's lock only.
unsafe impl Sync for Exclusive {}

/// A bounded number of looks at a word before going to sleep, further and further apart.
///
/// Between two looks the word is left alone, so that whoever uses the lock meanwhile does so in its own cache: looks that follow
/// each other closely make two processors fight for the cache line at every single acquire.
struct Spin {
    round: u32,
    rounds: u32,
}

/// The time to the first look, in nanoseconds; it doubles from look to look.
const FIRST_LOOK: u64 = 250;
/// Looks before going to sleep: about 8 microseconds, which is what going to sleep and being woken costs.
const LOOKS: u32 = 5;

impl Spin {
    fn new() -> Spin {
        Spin { round: 0, rounds: if system::many_processors() { LOOKS } else { 0 } }
    }

    /// Waits for the next look; false: go to sleep.
    fn again(&mut self) -> bool {
        if self.round >= self.rounds {
            return false;
        }
        let end = system::now() + (FIRST_LOOK << self.round);
        self.round += 1;
        while system::now() < end {
            hint::spin_loop();
        }
        true
    }
}

impl Exclusive {
    /// Of a slot that was never used; all zero.
    pub const UNUSED: Exclusive = Exclusive::with_core(Core::UNUSED);
    /// Of an object without a handle; its tag is `Tag::NONE`.
    pub const INTERNAL: Exclusive = Exclusive::with_core(Core::INTERNAL);

    const fn with_core(core: Core) -> Exclusive {
        Exclusive { core, holder: AtomicU64::new(0), handed_over: Cell::new(0) }
    }

    /// Who holds it, as far as a look can tell.
    pub fn holder(&self) -> u64 {
        // ORDERING: Relaxed: an ident only; a thread that finds its own has written it itself.
        self.holder.load(Ordering::Relaxed)
    }

    /// Notes who holds it.
    #[inline(always)]
    pub fn set_holder(&self, ident: u64) {
        // ORDERING: Relaxed: as in `holder`.
        self.holder.store(ident, Ordering::Relaxed);
    }

    /// The fast path of taking: the word is idle, or at least free, with waiters asleep or on their way. INSPECT is not for the
    /// fast path.
    #[inline(always)]
    pub fn take_quickly(&self, idle: State) -> bool {
        match self.core.word.try_take(idle, idle.with(LOCKED)) {
            Ok(()) => true,
            Err(found) => {
                hint::cold_path();
                found.without(WAITERS | WAKING) == idle && self.core.word.try_take(found, found.with(LOCKED)).is_ok()
            }
        }
    }

    /// The fast path of leaving: nobody has to be woken.
    ///
    /// Reading the word first would save the compare-exchange that fails while waiters are asleep, and costs a tenth of an
    /// uncontended pair.
    #[inline(always)]
    pub fn leave_quickly(&self, idle: State) -> bool {
        let held = idle.with(LOCKED);
        match self.core.word.try_leave(held, idle) {
            Ok(()) => true,
            Err(found) => {
                hint::cold_path();
                let on_its_way = found.without(WAITERS) == held.with(WAKING);
                on_its_way && self.core.word.try_leave(found, found.without(LOCKED)).is_ok()
            }
        }
    }

    /// One attempt, whatever bits are set. `Err` has the state that speaks against it.
    fn take(&self, tag: Tag, clear: u64) -> Result<(), State> {
        let free = |state: State| state.is(tag) && !state.has(LOCKED);
        self.core.word.update(|state| free(state).then_some(state.with(LOCKED).without(clear))).map(|_| ())
    }

    /// Takes it for `ident`, waiting if need be. The caller's fast path has failed, or it has none.
    ///
    /// # Errors
    /// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this tag lives here;
    /// `THREADING_NO_RESOURCES` if there is no memory for a waiter.
    #[cold]
    #[inline(never)]
    pub fn acquire_slow(&self, tag: Tag, kind: Kind, ident: u64, timeout: Timeout) -> Result<(), Status> {
        self.core.repair();
        let mut spin = Spin::new();
        loop {
            match self.take(tag, 0) {
                Ok(()) => {
                    self.set_holder(ident);
                    return Ok(());
                }
                Err(state) if !state.is(tag) => return Err(state.why_not(tag, kind)),
                Err(_) if timeout == Timeout::Poll => return Err(Status::THREADING_TIMEOUT),
                Err(_) if spin.again() => {}
                Err(_) => break,
            }
        }
        let Some(lease) = this_thread::waiter() else { return Err(Status::THREADING_NO_RESOURCES) };
        self.wait_for_turn(tag, kind, ident, timeout.deadline(), &lease)
    }

    fn wait_for_turn(&self, tag: Tag, kind: Kind, ident: u64, deadline: Deadline, lease: &Lease) -> Result<(), Status> {
        let waiter = lease.waiter();
        waiter.node.arrival.set(system::now());
        waiter.node.ident.set(ident);
        // WAKING, once this waiter was woken and as long as it neither took the lock nor linked itself again.
        let mut mark = 0;
        loop {
            let guard = self.core.lock();
            let found = self.core.word.update(|state| {
                if !state.is(tag) {
                    return None;
                }
                let next = state.without(mark);
                Some(if state.has(LOCKED) { next.with(WAITERS) } else { next.with(LOCKED) })
            });
            match found {
                Err(state) => return Err(state.why_not(tag, kind)),
                Ok(state) if !state.has(LOCKED) => {
                    self.set_holder(ident);
                    return Ok(());
                }
                Ok(_) => {}
            }
            waiter.prepare();
            if mark == 0 {
                guard.link_last(waiter)
            } else {
                guard.link_first(waiter)
            }
            drop(guard);
            match waiter.sleep(deadline) {
                Outcome::HandedOff => return Ok(()),
                Outcome::TimedOut | Outcome::Interrupted => {
                    self.core.lock().unlink(waiter);
                    return Err(Status::THREADING_TIMEOUT);
                }
                Outcome::Retry => mark = 0,
                Outcome::Woken => {
                    mark = WAKING;
                    let mut spin = Spin::new();
                    loop {
                        if self.take(tag, WAKING).is_ok() {
                            self.set_holder(ident);
                            return Ok(());
                        }
                        if !spin.again() {
                            break;
                        }
                    }
                    if deadline.passed() {
                        return self.leave_woken(tag, kind, ident);
                    }
                }
            }
        }
    }

    /// A woken waiter whose time has run out: it takes the lock if it can after all, and else stands for nobody any more.
    fn leave_woken(&self, tag: Tag, kind: Kind, ident: u64) -> Result<(), Status> {
        let _guard = self.core.lock();
        let found = self.core.word.update(|state| {
            let next = state.without(WAKING);
            state.is(tag).then_some(if state.has(LOCKED) { next } else { next.with(LOCKED) })
        });
        match found {
            Err(state) => Err(state.why_not(tag, kind)),
            // The holder's release finds WAKING clear, and wakes the next.
            Ok(state) if state.has(LOCKED) => Err(Status::THREADING_TIMEOUT),
            Ok(_) => {
                self.set_holder(ident);
                Ok(())
            }
        }
    }

    /// Leaves it, and wakes a waiter or hands over to it. The caller's fast path has failed.
    ///
    /// # Errors
    /// `THREADING_NOT_ACQUIRED` if nobody holds it; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this tag
    /// lives here.
    #[cold]
    #[inline(never)]
    pub fn release_slow(&self, tag: Tag, kind: Kind) -> Result<(), Status> {
        let without_waking = self.core.word.update(|state| {
            let nobody_to_wake = !state.has(WAITERS) || state.has(WAKING);
            (state.is(tag) && state.has(LOCKED) && nobody_to_wake).then_some(state.without(LOCKED))
        });
        let Err(state) = without_waking else { return Ok(()) };
        if !state.is(tag) {
            return Err(state.why_not(tag, kind));
        }
        if !state.has(LOCKED) {
            return Err(Status::THREADING_NOT_ACQUIRED);
        }
        let guard = self.core.lock();
        let (answer, woken) = self.release_under(&guard, tag, kind);
        drop(guard);
        if let Some((waiter, outcome)) = woken {
            waiter.finish(outcome);
        }
        answer
    }

    /// The release under the queue's lock, and whom to wake after it.
    fn release_under(
        &self,
        guard: &Guard<'_>,
        tag: Tag,
        kind: Kind,
    ) -> (Result<(), Status>, Option<(&'static Waiter, Outcome)>) {
        let state = guard.state();
        if !state.is(tag) {
            return (Err(state.why_not(tag, kind)), None);
        }
        if !state.has(LOCKED) {
            return (Err(Status::THREADING_NOT_ACQUIRED), None);
        }
        // The bits cannot be cleared by others now, but for LOCKED: two releases may meet, and one of them is a mistake.
        let first = if state.has(WAKING) { None } else { guard.first_arrival() };
        let hand_over = first.is_some_and(|arrival| {
            let now = system::now();
            let starving = now.saturating_sub(arrival) >= STARVING;
            let rested = now.saturating_sub(self.handed_over.get()) >= STARVING;
            if starving && rested {
                self.handed_over.set(now);
            }
            starving && rested
        });
        let woken = first.and_then(|_| guard.claim_first());
        let set = if woken.is_some() && !hand_over { WAKING } else { 0 };
        let clear = if guard.is_empty() { WAITERS } else { 0 };
        let stays = if woken.is_some() && hand_over { LOCKED } else { 0 };
        if let (Some(waiter), true) = (woken, hand_over) {
            self.set_holder(waiter.node.ident.get());
        }
        let left =
            self.core.word.update(|state| state.has(LOCKED).then_some(state.without(LOCKED | clear).with(set | stays)));
        match (left, woken) {
            (Ok(_), Some(waiter)) => {
                (Ok(()), Some((waiter, if hand_over { Outcome::HandedOff } else { Outcome::Woken })))
            }
            (Ok(_), None) => (Ok(()), None),
            // Another thread has released it in between: the claimed waiter looks for itself.
            (Err(_), woken) => {
                let _ = self.core.word.update(|state| Some(state.without(clear).with(set)));
                (Err(Status::THREADING_NOT_ACQUIRED), woken.map(|waiter| (waiter, Outcome::Woken)))
            }
        }
    }

    /// Ends the object if nobody holds it (or only a thread that is gone) and nobody waits. `Ok(true)`: the slot may be used
    /// again. `is_alive` must say true of 0, the holder that is not noted yet.
    ///
    /// A thread that takes it at this very moment, from inside its call, may have noted itself too late: then it counts as just
    /// arriving, and hears of the end when it releases.
    ///
    /// # Errors
    /// `THREADING_BUSY`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this tag lives here.
    pub fn end(&self, tag: Tag, kind: Kind, is_alive: impl Fn(u64) -> bool) -> Result<bool, Status> {
        let held = self.core.word.load();
        // Asked before the queue's lock is taken: it may look into other tables.
        let abandoned = held.has(LOCKED) && !is_alive(self.holder());
        let guard = self.core.lock();
        let state = guard.state();
        if !state.is(tag) {
            return Err(state.why_not(tag, kind));
        }
        if !guard.is_empty() || (state.has(LOCKED) && !(abandoned && state == held)) {
            return Err(Status::THREADING_BUSY);
        }
        // A woken waiter that has not run yet finds the tag gone, and answers so.
        self.core.word.end(state).map_err(|_| Status::THREADING_BUSY)
    }
}
