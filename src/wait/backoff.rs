//! What a thread does before it parks: it spins, backs off, or yields the processor, for about as
//! long as parking and being woken would cost.

use core::hint;
// Not the facade's: only one thread touches what it has learnt.
use core::sync::atomic::{AtomicU16, Ordering};

use crate::platform::clock::{self, Deadline};
use crate::platform::features::BUSY_WAITS;
use crate::platform::futex;
use crate::platform::system;
use crate::wait::adaptive::AdaptiveSpin;

/// What a wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum WaitKind {
    /// A lock, or a unit of a semaphore: passed on from one to the next. Yielding does not bring it
    /// sooner, but on a single processor.
    Lock = 1,
    /// Something that others do: they may do it as soon as they run.
    Event,
    /// The end of a thread, or of all threads.
    Join,
    /// Time.
    Sleep,
}

/// Spins on a word that several threads use, with longer and longer pauses.
///
/// During a pause the word is left alone, so that the threads that use it do so in their own
/// caches: spins without pauses make two processors fight for the cache line at every acquire.
pub struct Backoff<'a> {
    round: u32,
    rounds: u32,
    learnt: Option<&'a AdaptiveSpin>,
    tolerated: u16,
}

/// The first pause, in nanoseconds; it doubles from round to round.
const FIRST_PAUSE: u64 = 250;
/// Rounds before the thread parks: about 8 microseconds, which is what parking and being woken
/// costs.
const ROUNDS: u32 = 5;

impl<'a> Backoff<'a> {
    /// Not begun.
    pub fn new() -> Backoff<'a> {
        let rounds = if system::many_processors() { ROUNDS } else { 0 };
        Backoff { round: 0, rounds, learnt: None, tolerated: 0 }
    }

    /// As `new`, for a thread that has learnt whether spinning pays; so many spins in vain are
    /// `tolerated`.
    pub fn learning(learnt: Option<&'a AdaptiveSpin>, tolerated: u16) -> Backoff<'a> {
        Backoff { learnt, tolerated, ..Backoff::new() }
    }

    /// Pauses before the next try. False: park.
    #[inline]
    pub fn again(&mut self) -> bool {
        self.rounds > 0 && self.pause()
    }

    fn pause(&mut self) -> bool {
        if self.round == 0 && self.learnt.is_some_and(|learnt| !learnt.should_spin()) {
            return false;
        }
        if self.round >= self.rounds {
            self.record(true);
            return false;
        }
        let end = clock::now() + (FIRST_PAUSE << self.round);
        self.round += 1;
        while clock::now() < end {
            hint::spin_loop();
        }
        true
    }

    /// A try has succeeded, after some pauses or none.
    pub fn succeeded(&self) {
        self.record(false);
    }

    fn record(&self, in_vain: bool) {
        if let Some(learnt) = self.learnt.filter(|_| self.round > 0) {
            learnt.record(in_vain, self.tolerated);
        }
    }
}

/// Spins without pauses on a word that only one other thread will change.
pub struct BusyWait {
    deadline: Deadline,
    end: Option<u64>,
}

/// How long it spins, in nanoseconds.
///
/// It has to be longer than a sleeper on an idle processor needs to wake up and answer: up to 15
/// microseconds in a virtual machine. Else two threads that pass a turn to and fro, once both have
/// slept, never find out that they need not.
const SPIN_TIME: u64 = 20_000;

impl BusyWait {
    /// Not begun yet, and over at the deadline at the latest.
    pub fn until(deadline: Deadline) -> BusyWait {
        BusyWait { deadline, end: None }
    }

    /// Whether another thread can do anything meanwhile.
    pub fn is_possible() -> bool {
        futex::can_spin()
    }

    /// Whether to look at the word once more. False: park.
    pub fn again(&mut self) -> bool {
        if !BUSY_WAITS {
            return false;
        }
        let now = clock::now();
        let end = *self.end.get_or_insert_with(|| match self.deadline {
            Deadline::At(moment) => moment.min(now + SPIN_TIME),
            Deadline::Never => now + SPIN_TIME,
        });
        hint::spin_loop();
        now < end
    }
}

/// How often a thread yields before it parks, if each yield takes long; else for as long as it
/// would spin.
const FEWEST_YIELDS: u32 = 4;

/// Yields the processor between looks: for what comes when several threads have run.
struct YieldWait {
    spin: BusyWait,
    yields: u32,
}

impl YieldWait {
    fn again(&mut self) -> bool {
        self.yields += 1;
        let goes_on =
            self.spin.again() || self.yields <= FEWEST_YIELDS && !self.spin.deadline.passed();
        if goes_on {
            futex::yield_now();
        }
        goes_on
    }
}

/// What a thread has learnt about spinning for the outcome of a wait before it parks.
pub struct SpinThenPark {
    spinning: AdaptiveSpin,
    yielding: AdaptiveSpin,
    /// How often yielding has paid since the thread last slept; only one thread touches it.
    yielded: AtomicU16,
}

/// How often yielding may pay before the thread sleeps all the same, where there are several
/// processors.
///
/// Threads that yield to each other never sleep, and stay on one processor beside an idle one: the
/// system looks for a better place when it wakes a thread.
const MOST_YIELDED: u16 = 32;

/// The bit of a plan that says that a thread spins before it sleeps. The parker keeps the plan in
/// its word, beside bits of its own.
pub const SPINS: u32 = 0x400;
/// The bit of a plan that says that it yields the processor, after the spin.
pub const YIELDS: u32 = 0x800;

impl SpinThenPark {
    /// What pays before the wait that comes now: bits of a plan.
    #[inline]
    pub fn plan(&self, kind: WaitKind) -> u32 {
        if kind == WaitKind::Sleep {
            return 0;
        }
        let may_spin = BusyWait::is_possible();
        let may_yield = BUSY_WAITS && (kind == WaitKind::Event || !may_spin);
        let spins = if may_spin && self.spinning.should_spin() { SPINS } else { 0 };
        let yields = if may_yield && self.yielding.should_spin() { YIELDS } else { 0 };
        spins | yields
    }

    /// Spins and yields as planned, until `is_over`. False: it is not over, and the thread parks.
    pub fn spin(&self, plan: u32, deadline: Deadline, is_over: impl Fn() -> bool) -> bool {
        let (spins, yields) = (plan & SPINS != 0, plan & YIELDS != 0);
        let mut spin = BusyWait::until(deadline);
        let spun = spins && look_until(&is_over, || spin.again());
        if spins {
            self.spinning.record(!spun, 0);
        }
        let mut yielding = YieldWait { spin: BusyWait::until(deadline), yields: 0 };
        let yielded = !spun && yields && look_until(&is_over, || yielding.again());
        if !spun && yields {
            self.yielding.record(!yielded, 0);
        }
        if yielded && system::many_processors() {
            self.sleep_in_time();
        }
        spun || yielded
    }

    fn sleep_in_time(&self) {
        // ORDERING: Relaxed, both: only one thread touches it.
        let yielded = self.yielded.load(Ordering::Relaxed) + 1;
        self.yielded.store(yielded % MOST_YIELDED, Ordering::Relaxed);
        if yielded == MOST_YIELDED {
            self.spinning.skip_next_spin();
            self.yielding.skip_next_spin();
        }
    }
}

fn look_until(is_over: &impl Fn() -> bool, mut again: impl FnMut() -> bool) -> bool {
    loop {
        if is_over() {
            return true;
        }
        if !again() {
            return false;
        }
    }
}
