//! A waiter: what the library keeps for each thread of the operating system that it has met.
//!
//! It is a slot of a table of its own, so it is recycled and never freed: a late wake-up, or a look
//! at a thread that is gone, finds memory of the right type. For a thread that the library did not
//! start, the slot's handle is the thread's ident.
//!
//! The word to sleep on, and with it the outcome of a wait, is decided by one compare-exchange:
//!
//! | value       | means                                 | next                                   |
//! |-------------|---------------------------------------|----------------------------------------|
//! | IDLE        | not waiting                           | WAITING, by the waiter                 |
//! | WAITING     | linked into a queue                   | CLAIMED, TIMED_OUT or INTERRUPTED:     |
//! |             |                                       | whoever exchanges it first             |
//! | CLAIMED     | a waker, under a queue's lock, owns   | an outcome below, as that waker's last |
//! |             | it                                    | touch                                  |
//! | TIMED_OUT   | the waiter gave up                    | IDLE, by the waiter, after it has      |
//! |             |                                       | unlinked its nodes                     |
//! | INTERRUPTED | a wait that anyone ended              | as TIMED_OUT                           |
//! | WOKEN       | look again, and take it if you can    | IDLE, by the waiter                    |
//! | HANDED_OFF  | it is yours already                   | IDLE, by the waiter                    |
//! | RETRY       | a fork undid the queue: link again    | IDLE, by the waiter                    |
//! | BROKEN      | a barrier broke                       | IDLE, by the waiter                    |
//! | CALLED      | as WOKEN, one of several at once      | IDLE, by the waiter                    |
//!
//! and more bits beside WAITING and CLAIMED, which stay with them from one to the other:
//!
//! | bit      | set by                     | cleared by             | else                        |
//! |----------|----------------------------|------------------------|-----------------------------|
//! | ASLEEP   | the waiter, before it asks | whatever ends the wait | a waker does not ask the    |
//! |          | the kernel                 |                        | kernel: it sleeps for ever  |
//! | TOGETHER | a wait that begins where   | whatever ends the wait | a waker wakes it at this    |
//! |          | many are woken at once     |                        | word: it sleeps for ever at |
//! |          |                            |                        | the queue's gate            |
//! | SPINS,   | a wait that begins so,     | whatever ends the wait | the waiter looks in another |
//! |          | without ASLEEP             |                        | way before it sleeps        |
//! | YIELDS   |                            |                        |                             |
//!
//! Who waits TOGETHER sleeps at the gate of the queue (`gate.rs`), and its outcome stands here all
//! the same.

use core::ptr;

use crate::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use crate::object::handle::{Handle, Kind, Tag};
use crate::object::table::{FIRST, Slot, Table, Vacant};
use crate::object::word::Word;
use crate::platform::fork_epoch;
use crate::platform::futex::{self, Slept};
use crate::platform::race_window::window;
use crate::probe;
use crate::wait::adaptive::Patience;
use crate::wait::backoff::{Awaited, Looking, Plan};
use crate::wait::broadcast::Gate;
use crate::wait::lifeline::Lifeline;
use crate::wait::node::Node;
use crate::wait::queue::Core;
use crate::wait::timeout::Deadline;

const IDLE: u32 = 0;
const WAITING: u32 = 1;
const CLAIMED: u32 = 2;
const TIMED_OUT: u32 = 3;
const INTERRUPTED: u32 = 4;
const WOKEN: u32 = 5;
const HANDED_OFF: u32 = 6;
const RETRY: u32 = 7;
const BROKEN: u32 = 8;
const CALLED: u32 = 9;
/// Its thread is in the kernel, or on its way there.
const ASLEEP: u32 = 0x100;
/// It sleeps at the gate of the queue that `home` names.
const TOGETHER: u32 = 0x200;
/// It looks for an outcome before it sleeps.
const SPINS: u32 = 0x400;
/// It lets others run before it sleeps.
const YIELDS: u32 = 0x800;
/// What stands beside WAITING and CLAIMED.
const MANNER: u32 = ASLEEP | TOGETHER | SPINS | YIELDS;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Outcome {
    /// There is none yet; no wait ends so.
    Undecided = IDLE,
    /// The waiter gave up; it is still linked.
    TimedOut = TIMED_OUT,
    /// Somebody ended the wait; the waiter is still linked.
    Interrupted = INTERRUPTED,
    /// Woken, and unlinked by the waker.
    Woken = WOKEN,
    /// The waker has given it what it waited for, and unlinked it.
    HandedOff = HANDED_OFF,
    /// A fork has emptied the queue.
    Retry = RETRY,
    /// The barrier broke, and the waker has unlinked it.
    Broken = BROKEN,
    /// Woken, and unlinked by the waker, with others that a condition has moved (`exclusive` says
    /// when).
    Called = CALLED,
}

/// See the top of this file.
#[repr(C, align(128))]
pub struct Waiter {
    word: Word,
    sleep: AtomicU32,
    next_free: AtomicU32,
    index: AtomicU32,
    /// Its place in a queue.
    pub node: Node,
    /// The thread's record, as the bits of a thread's handle; 0 if it has none. Written by the
    /// thread itself or, before it runs, by its creator.
    pub record: AtomicU64,
    /// What the C library calls the thread; for threads of ours.
    pub native_handle: AtomicUsize,
    /// The next in the stack of ended threads, as index + 1.
    pub next_ended: AtomicU32,
    /// The room of `text`, in bytes.
    pub text_capacity: AtomicU32,
    /// Where `threading_current_name` copies to; null at first. It stays with the slot.
    pub text: AtomicPtr<u8>,
    /// Whether it pays to look for an outcome before sleeping.
    looking: Looking,
    /// Whether it pays to look for a free lock before waiting for it.
    pub taking: Patience,
    /// Which thread of the operating system's it was made for, and whether that is gone.
    pub lifeline: Lifeline,
}

static TABLE: Table<Waiter> = Table::new(0);
static FIRST_SEGMENT: [Waiter; FIRST] = [const { Waiter::UNUSED }; FIRST];

// SAFETY: all-zero is `UNUSED`; the cells are guarded as `Node` says and the rest is atomic;
// nothing needs a drop.
unsafe impl Slot for Waiter {
    const KIND: Kind = Kind::Waiter;

    fn table() -> &'static Table<Waiter> {
        &TABLE
    }

    #[inline(always)]
    fn first() -> &'static [Waiter; FIRST] {
        &FIRST_SEGMENT
    }

    fn word(&self) -> &Word {
        &self.word
    }

    fn next_free(&self) -> &AtomicU32 {
        &self.next_free
    }
}

/// From this many waiters on, each time that their number has doubled, those are freed whose
/// threads are gone and whose kernel's ids nobody has: so they are never more than half of all. A
/// signal handler may come here.
const SWEEP_FROM: u32 = 1024;

#[cold]
fn sweep(below: u32) {
    for index in 0..below {
        let Some(waiter) = TABLE.get(index) else { return };
        let state = waiter.word.load();
        // ORDERING: Relaxed: a record of its own is ended by whoever lists the threads, and the
        // waiter with it.
        if state.is(state.tag())
            && waiter.record.load(Ordering::Relaxed) == 0
            && waiter.lifeline.has_no_thread()
        {
            waiter.free_as(Handle::new(state.tag(), index));
        }
    }
}

impl Waiter {
    const UNUSED: Waiter = Waiter {
        word: Word::UNUSED,
        sleep: AtomicU32::new(IDLE),
        next_free: AtomicU32::new(0),
        index: AtomicU32::new(0),
        node: Node::UNUSED,
        record: AtomicU64::new(0),
        native_handle: AtomicUsize::new(0),
        next_ended: AtomicU32::new(0),
        text_capacity: AtomicU32::new(0),
        text: AtomicPtr::new(ptr::null_mut()),
        looking: Looking::new(),
        taking: Patience::new(),
        lifeline: Lifeline::UNUSED,
    };

    /// Makes one, or recycles one, for a thread of ours (0) or for the thread of that kernel's id.
    /// `None`: memory ran out, or a fork is not repaired yet: the repair will take all waiters but
    /// one for those of threads that are gone.
    pub fn new(native_id: u32) -> Option<&'static Waiter> {
        let Vacant { slot, index } =
            if fork_epoch::notice() { TABLE.take()? } else { return None };
        // ORDERING: Relaxed, all: the slot is the caller's alone, and `publish` releases it.
        slot.index.store(index, Ordering::Relaxed);
        slot.lifeline.begin(native_id);
        slot.record.store(0, Ordering::Relaxed);
        slot.word.publish(slot.word.next_tag(Kind::Waiter), 0);
        if index >= SWEEP_FROM && index.is_power_of_two() {
            sweep(index);
        }
        Some(slot)
    }

    /// Whether its thread is gone without having told us: one whose first call came in its last
    /// destructors, too late for us to hear of its end, or one that ended without destructors. Not
    /// for signal handlers.
    pub fn is_abandoned(&self) -> bool {
        self.lifeline.is_over(self.handle())
    }

    /// Its number in the table.
    pub fn index(&self) -> u32 {
        // ORDERING: Relaxed: written once for each life of the slot, before the waiter is published
        // to anybody.
        self.index.load(Ordering::Relaxed)
    }

    /// What tells it from others for a while, also from the next who has the slot: in a forked
    /// child, a new thread may have that of one that is gone.
    pub fn mark(&self) -> u32 {
        self.handle().tag().generation() << 24 ^ self.index()
    }

    /// Its handle's bits: the ident of a thread that the library did not start.
    pub fn handle(&self) -> Handle {
        let tag: Tag = self.word.load().tag();
        Handle::new(tag, self.index())
    }

    /// Ends the identity and lets the slot be recycled. The caller is the last who uses it.
    pub fn free(&'static self) {
        self.free_as(self.handle());
    }

    /// As `free`, if it still is what this handle names; of several who try it, one succeeds.
    pub fn free_as(&'static self, handle: Handle) -> bool {
        let state = self.word.load();
        if !state.is(handle.tag()) {
            return false;
        }
        let ended = self.word.end(state);
        if ended == Ok(true) {
            TABLE.give_back(Vacant { index: handle.index(), slot: self });
        }
        ended.is_ok()
    }

    /// Ready to be linked. Only the waiter's own thread may call this.
    pub fn prepare(&self, awaited: Awaited) {
        self.begin(0, awaited);
    }

    /// Ready to be linked into the queue of this core, whose wakers wake many at once. Only the
    /// waiter's own thread may call this.
    pub fn prepare_together(&self, core: &'static Core) {
        // ORDERING: Relaxed: read by this thread, also in a handler that forks before the link.
        self.node.home.store(ptr::from_ref(core).cast_mut(), Ordering::Relaxed);
        self.begin(TOGETHER, Awaited::Deed);
    }

    fn begin(&self, manner: u32, awaited: Awaited) {
        let plan = self.looking.plan(awaited);
        let spins = if plan.spins { SPINS } else { 0 };
        let yields = if plan.yields { YIELDS } else { 0 };
        let asleep = if spins | yields == 0 { ASLEEP } else { 0 };
        // ORDERING: Relaxed: claimers find the waiter only through a node, which is linked under a
        // queue's lock after this.
        self.sleep.store(WAITING | manner | spins | yields | asleep, Ordering::Relaxed);
    }

    /// Where it sleeps, if not at its own word.
    fn gate(&self) -> Option<&'static Gate> {
        // ORDERING: Relaxed: asked by its own thread.
        if self.sleep.load(Ordering::Relaxed) & TOGETHER == 0 {
            return None;
        }
        // ORDERING: Relaxed: stored by this thread.
        let home = self.node.home.load(Ordering::Relaxed);
        // SAFETY: while TOGETHER is set it is what `prepare_together` has stored, which lives for
        // ever; linking stores the same.
        unsafe { home.as_ref() }.map(|core| &core.gate)
    }

    /// Sleeps until there is an outcome. If the time and a waker meet, the one whose
    /// compare-exchange comes first wins.
    pub fn sleep(&self, deadline: Deadline) -> Outcome {
        // ORDERING: Relaxed: a name only; the link has stored it.
        let queue = self.node.home.load(Ordering::Relaxed);
        probe::waiting(queue, deadline.moment());
        let outcome = self.sleep_until_decided(deadline);
        probe::woken(queue, outcome as u32);
        outcome
    }

    fn sleep_until_decided(&self, deadline: Deadline) -> Outcome {
        let gate = self.gate();
        loop {
            let seen = gate.map(|gate| (gate, gate.look()));
            // ORDERING: Acquire, pairs with the Release in `finish`: what the waker did before is
            // seen.
            let found = self.sleep.load(Ordering::Acquire);
            let deadline = match found & !MANNER {
                WAITING => deadline,
                // Whoever claimed it is about to finish.
                CLAIMED => Deadline::Never,
                TIMED_OUT => return Outcome::TimedOut,
                INTERRUPTED => return Outcome::Interrupted,
                HANDED_OFF => return Outcome::HandedOff,
                RETRY => return Outcome::Retry,
                BROKEN => return Outcome::Broken,
                CALLED => return Outcome::Called,
                _ => return Outcome::Woken,
            };
            window();
            if found & ASLEEP == 0 {
                self.watch(found, deadline);
                continue;
            }
            let slept = match seen {
                Some((gate, seen)) => gate.sleep(seen, deadline),
                None => futex::wait(&self.sleep, found, deadline),
            };
            if slept == Slept::TimedOut && found & !MANNER == WAITING && self.decide(TIMED_OUT) {
                return Outcome::TimedOut;
            }
        }
    }

    /// Looks for an outcome for a while, and says so when there is none and sleep comes next.
    #[cold]
    fn watch(&self, found: u32, deadline: Deadline) {
        let plan = Plan { spins: found & SPINS != 0, yields: found & YIELDS != 0 };
        if !self.looking.look(plan, deadline, || !self.is_waiting()) {
            // ORDERING: Relaxed, both: it publishes nothing. A waker's exchange comes before it,
            // and is found, or after it, and finds it.
            let _ = self.sleep.compare_exchange(
                found,
                found | ASLEEP,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
        }
    }

    /// Decides the outcome, unless somebody has. A claim leaves the bits beside it as they are, for
    /// `finish` to see.
    fn decide(&self, outcome: u32) -> bool {
        // ORDERING: Relaxed: a guess for the compare-exchange below.
        let mut found = self.sleep.load(Ordering::Relaxed);
        while found & !MANNER == WAITING {
            let to = if outcome == CLAIMED { CLAIMED | found & MANNER } else { outcome };
            // ORDERING: Acquire: a claimer has read nothing that we wrote since the link, and what
            // it wrote to the node before is under the queue's lock. Relaxed on failure: again.
            match self.sleep.compare_exchange(found, to, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(other) => found = other,
            }
        }
        false
    }

    /// In a forked child: its thread is gone, and so is the wait that it was in. Whoever has the
    /// slot next is in none.
    pub fn forget_wait(&self) {
        // ORDERING: Relaxed: the process has a single thread.
        self.sleep.store(IDLE, Ordering::Relaxed);
    }

    /// Whether its thread is in the middle of a wait.
    pub fn is_waiting(&self) -> bool {
        // ORDERING: Relaxed: asked by its own thread; what comes with an outcome is read after the
        // Acquire in `sleep`.
        matches!(self.sleep.load(Ordering::Relaxed) & !MANNER, WAITING | CLAIMED)
    }

    /// Whether nobody has decided the outcome yet. It may be decided the next moment.
    pub fn is_undecided(&self) -> bool {
        // ORDERING: Relaxed: a look; nothing is read on its strength.
        self.sleep.load(Ordering::Relaxed) & !MANNER == WAITING
    }

    /// A waker's attempt to decide the outcome: the caller holds the lock of a queue with a node of
    /// this waiter.
    pub fn claim(&self) -> bool {
        self.decide(CLAIMED)
    }

    /// The claimer's last touch: publishes the outcome and wakes the thread, if it sleeps. To be
    /// called after the queue's lock is left. True: it sleeps at the gate of the queue, which the
    /// caller has to open.
    #[must_use]
    pub fn finish(&self, outcome: Outcome) -> bool {
        // ORDERING: Release, pairs with the Acquire in `sleep`.
        let found = self.sleep.swap(outcome as u32, Ordering::Release);
        window();
        let (asleep, together) = (found & ASLEEP != 0, found & TOGETHER != 0);
        if asleep && !together {
            futex::wake_one(&self.sleep);
        }
        asleep && together
    }

    /// In a forked child, by its only thread: the kernel's id is another, and the queue is gone, so
    /// a wait in progress (a handler forked in the middle of it) begins again.
    pub fn retry(&self) {
        self.lifeline.begin_anew();
        self.node.linked.set(false);
        // For a waiter that has given up and finds itself unlinked.
        self.node.outcome.set(Outcome::Retry);
        if self.is_waiting() {
            let gate = self.gate();
            let sleeps_there = self.finish(Outcome::Retry);
            if let Some(gate) = gate.filter(|_| sleeps_there) {
                gate.open();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::LAST_GENERATION;

    #[test]
    fn a_waiter_whose_generations_are_used_up_is_never_used_again() {
        let last = Waiter::new(0).expect("a waiter");
        last.word.publish(Tag::new(Kind::Waiter, LAST_GENERATION), 0);
        last.free();
        let others: Vec<_> = (0..100).map(|_| Waiter::new(0).expect("a waiter")).collect();
        assert!(others.iter().all(|other| !ptr::eq(*other, last)));
        for other in others {
            other.free();
        }
    }
}
