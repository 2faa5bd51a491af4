//! The slow path of everything that one thread holds at a time.
//!
//! | bit | name   | set by                 | cleared by               | else                      |
//! |-----|--------|------------------------|--------------------------|---------------------------|
//! | 0   | LOCKED | acquiring, while clear | releasing; a hand-off    | two holders, or nobody    |
//! |     |        |                        | leaves it set            | for ever                  |
//!
//! with WAITERS and WAKING as in `word.rs`:
//!
//! | LOCKED | WAITERS | WAKING | means                                                            |
//! |--------|---------|--------|------------------------------------------------------------------|
//! | 0      | 0       | 0      | free                                                             |
//! | 1      | 0       | 0      | held                                                             |
//! | 1      | 1       | 0      | held, others asleep; the release wakes the first, or hands over  |
//! |        |         |        | to it                                                            |
//! | 1      | any     | 1      | held, and a woken waiter is on its way: the release wakes nobody |
//! | 0      | any     | 1      | free, and the woken waiter will take it or, if it goes away,     |
//! |        |         |        | wake the next                                                    |
//! | 0      | 1       | 0      | free, and waiters that were called are on their way, or all who  |
//! |        |         |        | are linked have given up and are about to unlink themselves      |
//!
//! Newcomers may take a free lock past those who sleep: that is what makes it fast. A waiter that
//! was woken and beaten links itself in front again. One that has waited for a millisecond is
//! starving: the next release that sees it hands the lock over to it without letting go, unless
//! this lock was handed over within the last millisecond; more often than that would make a convoy,
//! in which every critical section costs a context switch.
//!
//! Waking one after the other leaves processors idle while many wait that a condition has moved
//! here at once. Those are *called*: a release wakes two of them, and so does the release of each
//! that took its turn, while no more are on their way than one for each processor and one to spare.
//! `called` counts them until they take the lock or link themselves again, in front and as ordinary
//! waiters. WAKING stands for them only when no more can be called: then a release has nothing to
//! do until one of them comes, which clears it.

use core::hint;

use crate::atomic::{AtomicU64, Cell, Ordering};
use crate::object::handle::{Kind, Tag};
use crate::object::word::{State, WAITERS, WAKING};
use crate::platform::fork_epoch;
use crate::platform::system;
use crate::status::Status;
use crate::wait::contention;
use crate::wait::mutex::pins::Pins;
use crate::wait::queue::{Core, Guard};
use crate::wait::this_thread;
use crate::wait::waiter::{Outcome, Waiter};

/// Somebody holds it.
pub const LOCKED: u64 = 1;

/// How long a waiter waits before it is starving, and how long a lock rests between two hand-offs,
/// in nanoseconds.
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
    /// How many conditions were made with it.
    pub(super) pins: Pins,
    /// How many that were called are on their way, above 24 bits of the fork epoch of which that is
    /// true; guarded by the queue's lock.
    pub(super) called: Cell<u32>,
}

// SAFETY: `core` and `holder` can be shared, and the other fields are touched under the queue's
// lock only.
unsafe impl Sync for Exclusive {}

/// How many are called by one release, and how many at most may be on their way.
const CALLED_AT_ONCE: u32 = 2;
const MOST_CALLED: u32 = 255;

fn most_called() -> u32 {
    (system::processors() as u32 + 1).min(MOST_CALLED)
}

/// Who has handed over goes to sleep at once when it comes again: the next has the lock to itself,
/// and a processor, for about as long as this one had. Else the thread that runs already would be
/// back before the other one has begun, and serve itself.
fn yield_to_others() {
    if let Some(own) = this_thread::own_waiter() {
        own.taking.skip_once();
    }
}

impl Exclusive {
    /// Of a slot that was never used; all zero.
    pub const UNUSED: Exclusive = Exclusive::with_core(Core::UNUSED);
    /// Of an object without a handle; its tag is `Tag::NONE`.
    pub const INTERNAL: Exclusive = Exclusive::with_core(Core::INTERNAL);

    const fn with_core(core: Core) -> Exclusive {
        Exclusive {
            core,
            holder: AtomicU64::new(0),
            handed_over: Cell::new(0),
            pins: Pins::new(),
            called: Cell::new(0),
        }
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

    /// The fast path of taking: the word is idle, or at least free, with waiters asleep or on their
    /// way. INSPECT is not for the fast path.
    #[inline(always)]
    pub fn take_quickly(&self, idle: State) -> bool {
        match self.core.word.try_take(idle, idle.with(LOCKED)) {
            Ok(()) => true,
            Err(found) => {
                hint::cold_path();
                let is_free = found.without(WAITERS | WAKING) == idle;
                if is_free {
                    contention::look_first();
                }
                is_free && self.core.word.try_take(found, found.with(LOCKED)).is_ok()
            }
        }
    }

    /// As `take_quickly`, after a look that found it in that state.
    #[inline(always)]
    pub fn take_found(&self, found: State, idle: State) -> bool {
        found.without(WAITERS | WAKING) == idle
            && self.core.word.try_take(found, found.with(LOCKED)).is_ok()
    }

    /// Whether a look finds it held, by whomever; INSPECT is not for the fast path.
    #[inline(always)]
    pub fn is_seen_held(&self, idle: State) -> bool {
        self.core.word.glance().without(WAITERS | WAKING) == idle.with(LOCKED)
    }

    /// The fast path of leaving: nobody has to be woken.
    ///
    /// The look saves a compare-exchange that fails while waiters are asleep or on their way, and
    /// takes no time beside the other one.
    #[inline(always)]
    pub fn leave_quickly(&self, idle: State) -> bool {
        let held = idle.with(LOCKED);
        let found = self.core.word.glance();
        if found == held {
            return self.core.word.try_leave(held, idle).is_ok();
        }
        hint::cold_path();
        let on_its_way = found.without(WAITERS) == held.with(WAKING);
        on_its_way && self.core.word.try_leave(found, found.without(LOCKED)).is_ok()
    }

    /// Leaves it, and wakes a waiter or hands over to it. The caller's fast path has failed.
    ///
    /// # Errors
    /// `THREADING_NOT_ACQUIRED` if nobody holds it; `THREADING_INVALID_HANDLE` or
    /// `THREADING_DESTROYED` if nothing of this tag lives here.
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
        self.release_under(&self.core.lock(), tag, kind)
    }

    /// Whether the release that is going on should hand over to the first waiter; if so it is noted
    /// that it does.
    pub fn hands_over(&self, first_arrival: Option<u64>) -> bool {
        let Some(arrival) = first_arrival else { return false };
        let now = system::now();
        let due = now.saturating_sub(arrival) >= STARVING
            && now.saturating_sub(self.handed_over.get()) >= STARVING;
        if due {
            self.handed_over.set(now);
        }
        due
    }

    /// Under the queue's lock, after waiters have been moved here: the release that comes sees to
    /// them if more can be called than are on the way; and if it is free and nobody is on the way,
    /// the first is woken.
    pub fn see_to_moved(&self, guard: &Guard<'_>) {
        let called = self.called();
        if called > 0 && called < most_called() {
            let _ =
                self.core.word.update(|state| state.has(WAKING).then_some(state.without(WAKING)));
        }
        let state = guard.state();
        if state.has(LOCKED) || state.has(WAKING) || called > 0 {
            return;
        }
        if let Some(waiter) = guard.claim_first() {
            let clear = if guard.is_empty() { WAITERS } else { 0 };
            let _ = self.core.word.update(|state| Some(state.without(clear).with(WAKING)));
            guard.wake_later(waiter, Outcome::Woken);
        }
    }

    /// The release under the queue's lock; errors as [`Exclusive::release_slow`]. Beside it others
    /// may take and release (two releases that meet are legal for a lock that is used as a signal),
    /// and a woken waiter may clear WAKING: so each step is a compare-exchange of exactly what was
    /// decided upon.
    pub fn release_under(&self, guard: &Guard<'_>, tag: Tag, kind: Kind) -> Result<(), Status> {
        let mut all_gave_up = false;
        loop {
            let state = guard.state();
            if !state.is(tag) {
                return Err(state.why_not(tag, kind));
            }
            if !state.has(LOCKED) {
                return Err(Status::THREADING_NOT_ACQUIRED);
            }
            if !state.has(WAITERS) || state.has(WAKING) || all_gave_up {
                let clear = if guard.is_empty() { WAITERS } else { 0 };
                if self.core.word.change(state, state.without(LOCKED | clear)).is_ok() {
                    return Ok(());
                }
                continue;
            }
            let hand_over = self.hands_over(guard.first_arrival());
            let calls = !hand_over && (guard.first_was_moved() || self.called() > 0);
            if let Some(answer) = calls.then(|| self.release_calling(guard)).flatten() {
                return answer;
            }
            match guard.claim_first() {
                Some(waiter) => return self.release_to(guard, waiter, hand_over),
                None => all_gave_up = true,
            }
        }
    }

    /// Lets go, and calls whom a condition has moved here, if that can be; else nothing has
    /// happened: `None`.
    fn release_calling(&self, guard: &Guard<'_>) -> Option<Result<(), Status>> {
        let most = most_called();
        let free = most.saturating_sub(self.called());
        for _ in 0..free.min(CALLED_AT_ONCE) {
            let Some(waiter) =
                Some(guard).filter(|guard| guard.first_was_moved()).and_then(Guard::claim_first)
            else {
                break;
            };
            guard.wake_later(waiter, Outcome::Called);
            self.set_called(self.called() + 1);
        }
        if self.called() == 0 {
            return None;
        }
        // Somebody is on the way, who sees to all others.
        let clear = if guard.is_empty() { WAITERS } else { 0 };
        let no_more = self.called() >= most || !guard.first_was_moved();
        let set = if no_more { WAKING } else { 0 };
        let left = self
            .core
            .word
            .update(|state| state.has(LOCKED).then_some(state.without(LOCKED | clear).with(set)));
        if left.is_err() {
            // Another thread has released it in between.
            let _ = self.core.word.update(|state| Some(state.without(clear).with(set)));
        }
        Some(left.map(|_| ()).map_err(|_| Status::THREADING_NOT_ACQUIRED))
    }

    /// How many that were called are on their way. To be asked under the queue's lock, as all that
    /// touches the number.
    fn called(&self) -> u32 {
        let called = self.called.get();
        // Whoever was on the way when another process was forked is not on the way in that one.
        if called << 8 == fork_epoch::epoch() << 8 { called >> 24 } else { 0 }
    }

    fn set_called(&self, called: u32) {
        self.called.set(called << 24 | fork_epoch::epoch() & 0x00ff_ffff);
    }

    /// Under the queue's lock: one that was called is on its way no more.
    pub fn arrive(&self) {
        self.set_called(self.called().saturating_sub(1));
    }

    /// Hands over to a waiter that was claimed just now, or lets go and wakes it. Nobody else sets
    /// WAKING, under this lock.
    fn release_to(
        &self,
        guard: &Guard<'_>,
        waiter: &'static Waiter,
        hand_over: bool,
    ) -> Result<(), Status> {
        let clear = if guard.is_empty() { WAITERS } else { 0 };
        let next = |state: State| match hand_over {
            true => state.without(clear),
            false => state.without(LOCKED | clear).with(WAKING),
        };
        if hand_over {
            self.set_holder(waiter.node.ident.get());
        }
        let left = self.core.word.update(|state| state.has(LOCKED).then(|| next(state)));
        let outcome = if hand_over && left.is_ok() { Outcome::HandedOff } else { Outcome::Woken };
        if left.is_err() {
            // Another thread has released it in between: the claimed waiter looks for itself.
            let _ = self.core.word.update(|state| Some(state.without(clear).with(WAKING)));
        }
        if outcome == Outcome::HandedOff {
            yield_to_others();
        }
        guard.wake_later(waiter, outcome);
        left.map(|_| ()).map_err(|_| Status::THREADING_NOT_ACQUIRED)
    }

    /// The object whose core's lock is held: an `Exclusive` begins with its core.
    pub fn of<'a>(guard: &Guard<'a>) -> &'a Exclusive {
        // SAFETY: only objects of this type pass their guards here, and the core is the first field
        // of a `repr(C)` struct.
        unsafe { &*core::ptr::from_ref(guard.core()).cast::<Exclusive>() }
    }
}
