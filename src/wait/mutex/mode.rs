//! What is acquired of a word: the one LOCKED bit, one unit of a count, one reader among others.
//!
//! A mode is data, so that there is one slow path for all of them.

use crate::object::word::State;
pub use crate::wait::holder_note::{LOCKED, MARK};
use crate::wait::queue::{NO_PENDING, Rules};

/// One way of acquiring.
pub struct Mode {
    /// The bits of the word that decide whether it can be acquired.
    pub field: u64,
    /// The lowest value of these bits with which it can be acquired.
    pub lowest: u64,
    /// How many values, from the lowest on, it can be acquired with.
    pub values: u64,
    /// What acquiring adds to the word, modulo 2^64.
    pub add_to_acquire: u64,
    /// What holders of the queue's lock owe to the object.
    pub rules: &'static Rules,
    /// How many spins in a row may be in vain before a thread parks at once. Many where holders
    /// mean to leave soon: whoever parks too readily is served less.
    pub tolerated_spins: u16,
}

/// One thread holds it, and no other.
pub static EXCLUSIVE: Mode = Mode {
    field: LOCKED,
    lowest: 0,
    values: 1,
    add_to_acquire: LOCKED,
    rules: &NO_PENDING,
    tolerated_spins: 64,
};

impl Mode {
    /// Whether it can be acquired.
    #[inline(always)]
    pub fn is_free(&self, state: State) -> bool {
        (state.0 & self.field).wrapping_sub(self.lowest) < self.values
    }

    /// The state with it acquired once more.
    #[inline(always)]
    pub fn acquired(&self, state: State) -> State {
        State(state.0.wrapping_add(self.add_to_acquire))
    }

    /// The state with it released once.
    #[inline(always)]
    pub fn released(&self, state: State) -> State {
        State(state.0.wrapping_sub(self.add_to_acquire))
    }
}
