//! What a thread does before it parks: it spins, backs off (`backoff`), or yields the processor.
//!
//! The rule: what a wait does before it sleeps costs about as much as sleeping at once would have
//! cost. Whoever follows it needs not much more than twice the time of one who knows in advance how
//! long the wait is going to be.
//!
//! - A spin is as long as parking and being woken takes. It ends by the clock, so the time that the
//!   scheduler takes away counts. A thread whose spins are in vain spins less and less
//!   (`adaptive`).
//! - A yield costs less than parking if those who run instead run briefly, as threads do that pass
//!   something on. It costs a whole time slice if the processor goes to a thread that has work to
//!   do, of this process or of another. So each yield is timed. One that took longer than `LOST`
//!   has lost, whatever came of it, and then no thread of the process yields for a multiple of that
//!   time. The multiple doubles each time that a yield loses, and is halved each time that one does
//!   not; until it is 0, one thread at a time tries. So where yields lose always they take one part
//!   in `MOST_REST` of the time, beside the slices of those that yield when the machine becomes
//!   busy.
//! - What is shorter than `LOST` is no loss here: `FEWEST_YIELDS` of them in a wait are the most
//!   that a thread gives to those who run for less. A thread that they did not help skips them.
//! - On one processor nobody spins. Where reading the clock costs
//!   much, nobody spins or yields: a thread then sleeps at once.
//!
//! The constants of the waiting strategy, here and in `adaptive`; those of pauses stand in
//! `backoff`, and those of hand-offs in `mutex::raw`:
//!
//! | name              | value  | what set it                                                     |
//! |-------------------|--------|-----------------------------------------------------------------|
//! | `SPIN_TIME`       | 20 us  | a sleeper on an idle processor of a virtual machine answers     |
//! |                   |        | within 15 us                                                    |
//! | `FEWEST_YIELDS`   | 4      | a barrier of 64 threads on one processor, where a yield lasts   |
//! |                   |        | longer than `SPIN_TIME`                                         |
//! | `MOST_YIELDED`    | 32     | two threads on one processor beside an idle one: that long they |
//! |                   |        | stay there at most                                              |
//! | `LOST`            | 100 us | far above a yield to one thread that passes something on, 1 us, |
//! |                   |        | and far below a time slice, 1.4 to 4 ms                         |
//! | `FOR_EACH_OTHER`  | 50 us  | threads that wait for each other and work on a block of 128 KiB |
//! | `MOST_OTHERS`     | 12     | with so many a yield may take 0.7 ms: below a time slice        |
//! | `MOST_LOST`       | 100 ms | chosen: a stop of the process is no loss                        |
//! | `LEAST_REST`      | 5      | 64 threads are started: some yield for 0.3 to 1.7 ms meanwhile  |
//! | `MOST_REST`       | 160    | 0.6 per cent of the time                                        |
//! | `YIELDS_FOR_END`  | 2      | start and join on one processor: a short thread is over by then |

use core::hint;
// Not the facade's: only one thread touches what it has learnt.
use core::sync::atomic::{AtomicU16, Ordering};

use crate::platform::clock::{self, Deadline};
use crate::platform::features::BUSY_WAITS;
use crate::platform::futex;
use crate::platform::system;
use crate::wait::adaptive::{AdaptiveSpin, YIELDS_OF_ALL};

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

    /// Whether another thread can do anything meanwhile, and the clock says when to stop.
    pub fn is_possible() -> bool {
        futex::can_spin()
    }

    /// Whether to look at the word once more. False: park.
    pub fn again(&mut self) -> bool {
        BUSY_WAITS && self.goes_on(clock::now())
    }

    #[inline(always)]
    fn goes_on(&mut self, now: u64) -> bool {
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
    /// When the last yield was over.
    now: u64,
}

impl YieldWait {
    fn again(&mut self) -> bool {
        if self.yields == 0 {
            self.now = clock::now();
        }
        let goes_on = self.spin.goes_on(self.now)
            || self.yields < FEWEST_YIELDS && !self.spin.deadline.passed();
        let yielded = if goes_on { YIELDS_OF_ALL.yield_if_cheap(self.now) } else { None };
        let Some(end) = yielded else { return false };
        if self.yields == 0 {
            YIELDS_OF_ALL.wait_begins();
        }
        self.now = end;
        self.yields += 1;
        true
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
        let may_yield = BUSY_WAITS && clock::is_cheap() && (kind == WaitKind::Event || !may_spin);
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
        let mut yielding = YieldWait { spin: BusyWait::until(deadline), yields: 0, now: 0 };
        let yielded = !spun && yields && look_until(&is_over, || yielding.again());
        // A wait that came while yields rest teaches nothing about them.
        if yielding.yields > 0 {
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

/// How often to yield, on a single processor, before a thread parks that waits for the end of
/// another.
const YIELDS_FOR_END: u32 = 2;

/// Spins for the end of a thread for a moment. True: it looks as if it were over.
///
/// A short thread is often over before its joiner could have fallen asleep: on another processor
/// while the joiner spins, on the same one while it yields. Then nobody has to be woken, and the
/// thread is not interrupted by the one that it wakes.
///
/// The wait began at `since`.
pub fn spin_for_end(since: u64, deadline: Deadline, is_over: impl Fn() -> bool) -> bool {
    if !BUSY_WAITS || !clock::is_cheap() {
        return false;
    }
    if !system::many_processors() {
        let mut now = since;
        return (0..YIELDS_FOR_END).any(|_| {
            let yielded = YIELDS_OF_ALL.yield_if_cheap(now);
            now = yielded.unwrap_or(now);
            yielded.is_some() && is_over()
        });
    }
    let mut spin = BusyWait::until(deadline);
    while spin.again() {
        for _ in 0..8 {
            if is_over() {
                return true;
            }
            hint::spin_loop();
        }
    }
    false
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

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    fn new_thread() -> SpinThenPark {
        let (spinning, yielding) = (AdaptiveSpin::new(), AdaptiveSpin::new());
        SpinThenPark { spinning, yielding, yielded: AtomicU16::new(0) }
    }

    /// How often the thread looks for something that does not come.
    fn looks(thread: &SpinThenPark, plan: u32, deadline: Deadline) -> u32 {
        let looks = Cell::new(0);
        let is_over = || {
            looks.set(looks.get() + 1);
            false
        };
        assert!(!thread.spin(plan, deadline, is_over));
        looks.get()
    }

    fn yields() -> u32 {
        if clock::is_cheap() { YIELDS } else { 0 }
    }

    fn spins() -> u32 {
        if BusyWait::is_possible() { SPINS } else { 0 }
    }

    #[test]
    fn a_thread_yields_for_a_lock_only_where_it_cannot_spin() {
        assert_eq!(new_thread().plan(WaitKind::Event), spins() | yields());
        let instead = if spins() == 0 { yields() } else { 0 };
        assert_eq!(new_thread().plan(WaitKind::Lock), spins() | instead);
        assert_eq!(new_thread().plan(WaitKind::Sleep), 0);
    }

    #[test]
    fn what_is_not_planned_is_not_tried() {
        assert_eq!(looks(&new_thread(), 0, Deadline::Never), 0);
        // A deadline that has passed leaves one look.
        assert_eq!(looks(&new_thread(), YIELDS, Deadline::At(1)), 1);
    }

    #[test]
    fn a_thread_that_yielded_in_vain_does_not_yield_the_next_time() {
        let thread = new_thread();
        // While yields rest it looks once, which teaches nothing.
        while looks(&thread, YIELDS, Deadline::Never) == 1 {
            assert_eq!(thread.plan(WaitKind::Event) & YIELDS, yields());
        }
        assert_eq!(thread.plan(WaitKind::Event) & YIELDS, 0);
        assert_eq!(thread.plan(WaitKind::Event) & YIELDS, yields());
    }

    #[test]
    fn a_thread_for_which_yields_pay_sleeps_now_and_then() {
        let thread = new_thread();
        for _ in 0..MOST_YIELDED {
            assert_eq!(thread.plan(WaitKind::Event), spins() | yields());
            assert!(thread.spin(YIELDS, Deadline::Never, || true));
        }
        let planned = if system::many_processors() { 0 } else { yields() };
        assert_eq!(thread.plan(WaitKind::Event), planned);
        assert_eq!(thread.plan(WaitKind::Event), spins() | yields());
    }
}
