//! The beginning and the end of what one thread holds at a time, and the conditions that keep it
//! alive.

use core::hint;

use crate::object::cause::{Cause, because};
use crate::object::handle::{Handle, Kind, LAST_GENERATION, Tag};
use crate::object::word::State;
use crate::platform::clock;
use crate::platform::fork_epoch;
use crate::probe::Hold;
use crate::status::Status;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::pins::NotPinned;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::queue;

/// How long a holder that does not note himself is looked for in a forked child, in nanoseconds.
const PATIENCE: u64 = 1_000_000;
/// A thread that never was.
const GONE: Handle = Handle::new(Tag::new(Kind::Waiter, LAST_GENERATION), u32::MAX);

impl RawMutex {
    /// An object of that tag begins: nobody waits for it, and so many conditions are made with it.
    /// To be called before it is published.
    pub fn begin(&self, tag: Tag, pins: u32) {
        self.pins.begin(tag, pins);
        // Not under the queue's lock. Nobody else touches it: whoever was called at the object
        // before finds that gone, and sees to nobody.
        self.in_flight.set(0);
    }

    /// A condition is made with this object. While there is one, it cannot be destroyed.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if nothing of this tag lives here;
    /// `THREADING_NO_RESOURCES` if there are too many.
    pub fn pin(&self, tag: Tag, kind: Kind) -> Result<(), Status> {
        match self.pins.up(tag) {
            Ok(()) => {}
            Err(NotPinned::Full) => {
                let cause = const {
                    &Cause(
                        Status::THREADING_NO_RESOURCES,
                        c"1,048,575 conditions were made with the lock",
                    )
                };
                return Err(because(cause));
            }
            Err(NotPinned::Gone) => return Err(self.core.word.load().stale_status(tag, kind)),
        }
        // Either `end`, which takes the queue's lock and then reads the count, finds this one
        // counted; or its lock was taken before, and is found held here, or left, and then the
        // object has gone.
        if self.core.is_locked() {
            drop(self.core.lock());
        }
        let state = self.core.word.load();
        if state.is(tag) {
            return Ok(());
        }
        self.pins.down(tag);
        Err(state.stale_status(tag, kind))
    }

    /// A condition that was made with it has ended.
    pub fn unpin(&self, tag: Tag) {
        self.pins.down(tag);
    }

    /// Ends the object if nobody holds it (or only a thread that is gone) and nobody waits. `state`
    /// is a state in which it was alive. `Ok(true)`: the slot may be used again. `is_alive` must
    /// say true of 0, the holder that is not noted yet. `pins` conditions may be made with it, and
    /// no more. Whoever listens hears how it was `hold` in its last state.
    ///
    /// A thread that takes it at this very moment, from inside its call, may have noted itself too
    /// late: then it counts as just arriving, and hears of the end when it releases.
    ///
    /// # Errors
    /// `THREADING_BUSY`; `THREADING_INVALID_HANDLE` or `THREADING_DESTROYED` if the object has
    /// ended.
    #[inline(always)]
    pub fn end(
        &self,
        handle: Handle,
        state: State,
        pins: u32,
        is_alive: impl Fn(u64) -> bool,
        hold: impl Fn(State) -> Hold,
    ) -> Result<bool, Status> {
        match self.end_idle(state, pins) {
            Some(again) => Ok(again),
            None => self.end_slow(handle, pins, is_alive, hold),
        }
    }

    /// Ends the object if it is in that very state, in which nobody holds it, waits or listens.
    /// `None`: nothing has happened.
    #[inline]
    fn end_idle(&self, state: State, pins: u32) -> Option<bool> {
        let may_end = || self.pins.count() == pins;
        if state.has(LOCKED) {
            None
        } else if pins == 0 {
            self.core.end_idle_locked(state, may_end)
        } else {
            // It belongs to a condition, which is the only one that may be made with it: nothing
            // has to be kept out.
            may_end().then(|| self.core.end_idle(state)).flatten()
        }
    }

    #[cold]
    #[inline(never)]
    fn end_slow(
        &self,
        handle: Handle,
        pins: u32,
        is_alive: impl Fn(u64) -> bool,
        hold: impl Fn(State) -> Hold,
    ) -> Result<bool, Status> {
        static PINNED: Cause = Cause(
            Status::THREADING_BUSY,
            c"a condition that was made with it has not been destroyed",
        );
        static HELD: Cause = Cause(Status::THREADING_BUSY, c"a thread that has not ended holds it");
        self.core.repair();
        let held = self.core.word.load();
        // Nobody is looked for who holds nothing.
        let holder = if held.has(LOCKED) { self.settled_holder(held) } else { GONE.0 };
        // Asked before the queue's lock is taken: it may look into other tables.
        let abandoned = held.has(LOCKED) && !is_alive(holder);
        let why_busy = |state: State| {
            let noted = if holder == GONE.0 { 0 } else { holder };
            let still_abandoned = abandoned && state == held && self.holder() == noted;
            if self.pins.count() != pins {
                Some(&PINNED)
            } else if state.has(LOCKED) && !still_abandoned {
                Some(&HELD)
            } else {
                None
            }
        };
        let last_hold = |state: State| (hold(state), state.has(LOCKED));
        self.core.end_slow(handle, &queue::NO_PENDING, why_busy, last_hold)
    }

    /// The holder, or in a forked child a thread that is gone, if nobody notes himself: then a fork
    /// came between taking and noting.
    fn settled_holder(&self, held: State) -> u64 {
        let mut end = None;
        loop {
            let holder = self.holder();
            if holder != 0 || !fork_epoch::is_forked() || self.core.word.load() != held {
                return holder;
            }
            let now = clock::now();
            if now >= *end.get_or_insert(now + PATIENCE) {
                return GONE.0;
            }
            hint::spin_loop();
        }
    }
}
