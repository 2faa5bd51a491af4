//! How threads of a model sleep: what `futex.rs` says, for loom, which has no futex.
//!
//! Looking at the word and lying down is one step, since threads of a model change places at loom's
//! operations only. The look is a compare-exchange that fails: it reads the latest value, as the
//! kernel does, and neither changes nor orders anything. Nobody wakes without a reason here: that
//! is up to the real one.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use loom::thread::{self, Thread};

use crate::atomic::{AtomicU32, Ordering};
use crate::platform::clock::Deadline;
use crate::platform::time_source;

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

std::thread_local! {
    /// Who sleeps, first come first.
    static SLEEPERS: RefCell<Vec<Sleeper>> = const { RefCell::new(Vec::new()) };
    /// Whether waiters look once more before they sleep.
    static SPINS: Cell<bool> = const { Cell::new(false) };
}

/// Nobody sleeps, and waiters do not spin.
pub fn begin_execution() {
    SLEEPERS.with_borrow_mut(Vec::clear);
    SPINS.set(false);
}

/// From now on, in this execution, waiters look once more before they sleep, as they do where there
/// are several processors.
pub fn let_waiters_spin() {
    SPINS.set(true);
}

/// Whether a waiter looks once more before it sleeps.
pub fn can_spin() -> bool {
    SPINS.get()
}

/// Time runs out: every deadline has passed, those too that are yet to be set, and whoever waits
/// has waited for long.
pub fn let_time_run_out() {
    time_source::run_out();
    for sleeper in take_out(|sleeper| sleeper.deadline != Deadline::Never, usize::MAX) {
        sleeper.woken.set(Some(Slept::TimedOut));
        sleeper.thread.unpark();
    }
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

/// Whether the word has that value: a step that all who sleep, wake and change at this word can be
/// told apart from.
fn has(word: &AtomicU32, expected: u32) -> bool {
    // ORDERING: Relaxed, both: see the top of this file.
    word.compare_exchange(!expected, !expected, Ordering::Relaxed, Ordering::Relaxed)
        == Err(expected)
}

/// Sleeps while the word has the expected value, until somebody wakes it or the deadline passes.
pub fn wait(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    assert!(!std::thread::panicking(), "the model has failed already");
    let thread = thread::current();
    if deadline != Deadline::Never {
        // So that loom tries both: the time runs out before, and while it sleeps.
        time_source::now();
    }
    if !has(word, expected) {
        return Slept::Perhaps;
    }
    if deadline != Deadline::Never && time_source::is_over() {
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

/// In a forked child, of which models have none.
pub fn reset_after_fork() {}

/// Lets another thread run.
pub fn yield_now() {
    thread::yield_now();
}

/// Wakes one sleeper of the word, if there is one.
pub fn wake_one(word: &AtomicU32) {
    wake(word, 1);
}

/// Wakes all who sleep at the word.
pub fn wake_all(word: &AtomicU32) {
    wake(word, usize::MAX);
}

fn wake(word: &AtomicU32, most: usize) {
    has(word, 0);
    for sleeper in take_out(|sleeper| sleeper.address == word.address(), most) {
        sleeper.woken.set(Some(Slept::Perhaps));
        sleeper.thread.unpark();
    }
}
