//! How the system sleeps, where `sleeper` has a call that waits while a word has a value. `errno`
//! stays as it was, and none of the calls is a cancellation point.
//!
//! Where the system has no such call, a deadline holds all the same, and what is waited for is
//! noticed late rather than never.

use core::sync::atomic::{AtomicU32, Ordering, fence};

use super::sleeper::{self, Answer};
use crate::platform::clock::{self, Deadline};
use crate::platform::errno::KeepErrno;
use crate::platform::fork_epoch;
use crate::platform::system;
use crate::probe;

/// Why [`wait`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// For any reason but time: woken, interrupted by a signal, or the word had changed before.
    /// Look at the word.
    Perhaps,
    /// The deadline has passed.
    TimedOut,
}

/// The longest sleep in one piece where a tool holds signal handlers back: one that comes just
/// before the sleep runs this much later.
const SLICE: u64 = 20_000_000;

/// The nap of one who looks by itself, in nanoseconds. What it waits for is noticed so much later.
const NAP: u64 = 2_000_000;

/// In a forked child: nothing was learnt.
pub fn reset_after_fork() {}

/// Whether a waiter may spin: another thread can do anything meanwhile, and the clock by which a
/// spin ends costs little.
#[inline]
pub fn can_spin() -> bool {
    system::many_processors() && clock::is_cheap()
}

/// Sleeps while the word has the expected value, until somebody wakes it or the deadline passes.
pub fn wait(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    // Whoever would sleep in a child that nobody has told of its fork looks again, as after a fork
    // in a handler.
    if fork_epoch::repair() {
        return Slept::Perhaps;
    }
    let _errno = KeepErrno::new();
    // ORDERING: SeqCst; pairs with whoever changes the word and then looks for sleepers: what the
    // caller has stored is there before the system looks at the word.
    fence(Ordering::SeqCst);
    if !probe::delays_handlers() {
        return sleep(word, expected, deadline);
    }
    let soon = clock::now().saturating_add(SLICE);
    match deadline.moment() {
        Some(moment) if moment <= soon => sleep(word, expected, deadline),
        _ => {
            sleep(word, expected, Deadline::At(soon));
            Slept::Perhaps
        }
    }
}

fn sleep(word: &AtomicU32, expected: u32, deadline: Deadline) -> Slept {
    let limit = deadline.moment();
    match sleeper::wait(word, expected, limit) {
        // It may have been long enough, whatever has ended it.
        // ORDERING: Relaxed: a look.
        Answer::Over if limit.is_none() || word.load(Ordering::Relaxed) != expected => {
            Slept::Perhaps
        }
        // Systems count time by clocks that differ a little: it is the deadline's that decides.
        Answer::Over | Answer::TimedOut => answer(deadline),
        Answer::Refused => {
            let left = limit.map_or(NAP, |moment| moment.saturating_sub(clock::now()));
            sleeper::nap(left.min(NAP));
            answer(deadline)
        }
    }
}

fn answer(deadline: Deadline) -> Slept {
    if deadline.passed() { Slept::TimedOut } else { Slept::Perhaps }
}

/// Lets another thread have this processor, if one wants it.
pub fn yield_now() {
    sleeper::yield_now();
}

/// Wakes one sleeper of the word, if there is one.
pub fn wake_one(word: &AtomicU32) {
    let _errno = KeepErrno::new();
    sleeper::wake(word, false);
}

/// Wakes all who sleep at the word.
pub fn wake_all(word: &AtomicU32) {
    let _errno = KeepErrno::new();
    sleeper::wake(word, true);
}
