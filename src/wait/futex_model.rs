//! How threads of a model sleep: what `futex.rs` says, for loom, which has no futex.
//!
//! Looking at the word and lying down is one step, since threads of a model change places at loom's operations only. The look is a
//! compare-exchange that fails: it reads the latest value, as the kernel does, and neither changes nor orders anything. Nobody wakes without a
//! reason here: that is up to the real one.
//!
//! Time stands still until the model moves it on; `system::now` reads it.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use loom::thread::{self, Thread};

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::timeout::Deadline;

/// Why [`wait`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// For any reason but time: woken, or the word had changed before. Look at the word.
    Perhaps,
    /// The deadline has passed.
    TimedOut,
}

struct Sleeper {
    address: usize,
    deadline: Deadline,
    thread: Thread,
    woken: Rc<Cell<Option<Slept>>>,
}

/// The time at which every model begins, in nanoseconds.
const BEGINNING: u64 = 1_000_000_000;

static NOW: AtomicU64 = AtomicU64::new(BEGINNING);

std::thread_local! {
    /// Who sleeps, first come first.
    static SLEEPERS: RefCell<Vec<Sleeper>> = const { RefCell::new(Vec::new()) };
    /// The latest value of `NOW`, to be read without a step.
    static LATEST: Cell<u64> = const { Cell::new(BEGINNING) };
    /// Whether the model moves time at all: else reading the clock is no step.
    static MOVES: Cell<bool> = const { Cell::new(false) };
}

/// Nobody sleeps, and it is the beginning of time. `moves`: the model is going to call [`move_time_to`].
pub fn begin_execution(moves: bool) {
    SLEEPERS.with_borrow_mut(Vec::clear);
    LATEST.set(BEGINNING);
    MOVES.set(moves);
}

/// The time.
pub fn now() -> u64 {
    // ORDERING: Relaxed: a clock orders nothing.
    if MOVES.get() { NOW.load(Ordering::Relaxed) } else { BEGINNING }
}

/// Moves time on by so many nanoseconds: every deadline until then has passed.
pub fn move_time_by(nanoseconds: u64) {
    assert!(MOVES.get(), "a model that moves time says so at its beginning");
    let until = LATEST.get() + nanoseconds;
    // ORDERING: Relaxed: as above.
    NOW.store(until, Ordering::Relaxed);
    LATEST.set(until);
    for sleeper in take_out(|sleeper| sleeper.deadline != Deadline::Never && has_passed(sleeper.deadline), usize::MAX) {
        sleeper.woken.set(Some(Slept::TimedOut));
        sleeper.thread.unpark();
    }
}

fn has_passed(deadline: Deadline) -> bool {
    matches!(deadline, Deadline::At(moment) if moment <= LATEST.get())
}

fn take_out(which: impl Fn(&Sleeper) -> bool, most: usize) -> Vec<Sleeper> {
    SLEEPERS.with_borrow_mut(|sleepers| {
        let mut found = Vec::new();
        while let Some(index) = sleepers.iter().position(&which).filter(|_| found.len() < most) {
            found.push(sleepers.remove(index));
        }
        found
    })
}

/// Whether the word has that value: a step that all who sleep, wake and change at this word can be told apart from.
fn has(word: &AtomicU32, expected: u32) -> bool {
    // ORDERING: Relaxed, both: see the top of this file.
    word.compare_exchange(!expected, !expected, Ordering::Relaxed, Ordering::Relaxed) == Err(expected)
}

/// Sleeps while the word has the expected value, until somebody wakes it or the deadline passes.
pub fn wait(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    assert!(!std::thread::panicking(), "the model has failed already");
    let thread = thread::current();
    if deadline != Deadline::Never {
        // So that loom tries both: the time moves on before, and while it sleeps.
        now();
    }
    if !has(word, expected) {
        return Slept::Perhaps;
    }
    if has_passed(deadline) {
        return Slept::TimedOut;
    }
    let woken = Rc::new(Cell::new(None));
    let sleeper = Sleeper { address: word.address(), deadline, thread, woken: Rc::clone(&woken) };
    SLEEPERS.with_borrow_mut(|sleepers| sleepers.push(sleeper));
    loop {
        if let Some(slept) = woken.get() {
            return slept;
        }
        thread::park();
    }
}

/// Lets another thread run.
pub fn let_others_run() {
    thread::yield_now();
}

/// Wakes one sleeper of the word, if there is one.
pub fn wake_one(word: &AtomicU32) {
    has(word, 0);
    for sleeper in take_out(|sleeper| sleeper.address == word.address(), 1) {
        sleeper.woken.set(Some(Slept::Perhaps));
        sleeper.thread.unpark();
    }
}
