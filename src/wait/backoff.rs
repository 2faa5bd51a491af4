//! Looking a few times before going to sleep.

use core::hint;
// Not the facade's: only one thread touches what it has learnt.
use core::sync::atomic::{AtomicU16, Ordering};

use crate::platform::futex;
use crate::platform::system;
use crate::wait::adaptive::Patience;
use crate::wait::timeout::Deadline;

/// A bounded number of looks at a word before going to sleep, further and further apart.
///
/// Between two looks the word is left alone, so that whoever uses the lock meanwhile does so in its
/// own cache: looks that follow each other closely make two processors fight for the cache line at
/// every single acquire.
pub struct Spin<'a> {
    round: u32,
    rounds: u32,
    patience: Option<&'a Patience>,
    tolerated: u16,
}

/// Looks at a word that only one other thread will change, as often as the processor can, for a
/// time that going to sleep and being woken costs.
pub struct Watch {
    deadline: Deadline,
    end: Option<u64>,
}

/// How long one watches, in nanoseconds.
///
/// It has to be longer than a sleeper on an idle processor needs to wake up and answer: up to 15
/// microseconds in a virtual machine. Else two threads that pass a turn to and fro, once both have
/// slept, never find out that they need not.
const WATCHED: u64 = 20_000;

impl Watch {
    /// Not begun yet, and over at the deadline at the latest.
    pub fn until(deadline: Deadline) -> Watch {
        Watch { deadline, end: None }
    }

    /// Whether another thread can do anything meanwhile.
    pub fn is_possible() -> bool {
        #[cfg(loom)]
        return futex::waiters_watch();
        #[cfg(not(loom))]
        system::many_processors()
    }

    /// Waits for the next look; false: go to sleep.
    pub fn again(&mut self) -> bool {
        if cfg!(loom) {
            // The look that was taken already is as good as many.
            return false;
        }
        let now = system::now();
        let end = *self.end.get_or_insert_with(|| match self.deadline {
            Deadline::At(moment) => moment.min(now + WATCHED),
            Deadline::Never => now + WATCHED,
        });
        hint::spin_loop();
        now < end
    }
}

/// How often a thread lets others run before it sleeps, if they take long; else as long as one
/// watches.
const TURNS: u32 = 4;

/// Looks between which others get the processor: for what comes when several threads have had their
/// turn.
struct Yielding {
    watch: Watch,
    turns: u32,
}

impl Yielding {
    fn again(&mut self) -> bool {
        self.turns += 1;
        let goes_on = self.watch.again() || self.turns <= TURNS && !self.watch.deadline.passed();
        if goes_on {
            futex::let_others_run();
        }
        goes_on
    }
}

/// What a thread has learnt about looking for the outcome of a wait before it sleeps.
pub struct Looking {
    spinning: Patience,
    yielding: Patience,
    /// How often yielding has paid since the last sleep; only one thread touches it.
    yielded: AtomicU16,
}

/// How often yielding may pay before the thread sleeps all the same, where there are several
/// processors.
///
/// Threads that yield to each other never sleep, and stay on one processor beside an idle one: the
/// system looks for a better place when it wakes a thread.
const MOST_YIELDED: u16 = 32;

/// What a wait is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// That others do something: they may do it as soon as they run.
    Deed,
    /// What is passed on from one to the next. Who lets others run does not get it sooner, but on a
    /// single processor.
    Turn,
}

/// Which ways of looking come before a sleep.
#[derive(Clone, Copy)]
pub struct Plan {
    /// As often as the processor can.
    pub spins: bool,
    /// Letting others run in between.
    pub yields: bool,
}

impl Looking {
    /// Of a thread that has not waited yet; all zero.
    pub const fn new() -> Looking {
        Looking { spinning: Patience::new(), yielding: Patience::new(), yielded: AtomicU16::new(0) }
    }

    /// What is worth it before the wait that comes now.
    pub fn plan(&self, awaited: Awaited) -> Plan {
        let may_yield = !cfg!(loom) && (awaited == Awaited::Deed || !system::many_processors());
        Plan {
            spins: Watch::is_possible() && self.spinning.is_worth_it(),
            yields: may_yield && self.yielding.is_worth_it(),
        }
    }

    /// Looks until it has come, or until the plan has failed: false.
    pub fn look(&self, plan: Plan, deadline: Deadline, has_come: impl Fn() -> bool) -> bool {
        let mut watch = Watch::until(deadline);
        let spun = plan.spins && until(&has_come, || watch.again());
        if plan.spins {
            self.spinning.looked(!spun, 0);
        }
        let mut yielding = Yielding { watch: Watch::until(deadline), turns: 0 };
        let yielded = !spun && plan.yields && until(&has_come, || yielding.again());
        if !spun && plan.yields {
            self.yielding.looked(!yielded, 0);
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
            self.spinning.skip_once();
            self.yielding.skip_once();
        }
    }
}

fn until(has_come: &impl Fn() -> bool, mut again: impl FnMut() -> bool) -> bool {
    loop {
        if has_come() {
            return true;
        }
        if !again() {
            return false;
        }
    }
}

/// The time to the first look, in nanoseconds; it doubles from look to look.
const FIRST_LOOK: u64 = 250;
/// Looks before going to sleep: about 8 microseconds, which is what going to sleep and being woken
/// costs.
const LOOKS: u32 = 5;

impl<'a> Spin<'a> {
    /// None taken yet.
    pub fn new() -> Spin<'a> {
        Spin {
            round: 0,
            rounds: if system::many_processors() { LOOKS } else { 0 },
            patience: None,
            tolerated: 0,
        }
    }

    /// As `new`, for a thread that has learnt whether it pays: so many times in vain are
    /// `tolerated`.
    pub fn learning(patience: Option<&'a Patience>, tolerated: u16) -> Spin<'a> {
        Spin { patience, tolerated, ..Spin::new() }
    }

    /// Waits for the next look; false: go to sleep.
    pub fn again(&mut self) -> bool {
        if self.round == 0
            && self.rounds > 0
            && self.patience.is_some_and(|patience| !patience.is_worth_it())
        {
            return false;
        }
        if self.round >= self.rounds {
            self.ended(true);
            return false;
        }
        let end = system::now() + (FIRST_LOOK << self.round);
        self.round += 1;
        while system::now() < end {
            hint::spin_loop();
        }
        true
    }

    /// What was looked for is there, after some looks or none.
    pub fn paid(&self) {
        self.ended(false);
    }

    fn ended(&self, in_vain: bool) {
        if let Some(patience) = self.patience.filter(|_| self.round > 0) {
            patience.looked(in_vain, self.tolerated);
        }
    }
}
