//! Sets of processors, and why a thread was not placed on one.

/// Processors have smaller numbers: for more than this no system is built.
pub const MOST: usize = 8192;

/// How many processors a word of a set has. The systems that are asked have words of this size.
pub const BITS: usize = usize::BITS as usize;

/// A set of processors, by their numbers, which are below [`MOST`].
#[derive(Clone, PartialEq, Eq)]
pub struct Processors(pub(super) [usize; MOST / BITS]);

/// Why a thread was not placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Refusal {
    /// The thread may not use the processors together, or there is no such one.
    Unusable = 2,
    /// The system forbids the call, or lets nobody choose.
    Forbidden = 3,
}

impl Processors {
    /// The empty set.
    pub const fn none() -> Processors {
        Processors([0; MOST / BITS])
    }

    /// Adds a processor. False: there is none with that number.
    pub fn add(&mut self, number: u32) -> bool {
        let number = number as usize;
        if number >= MOST {
            return false;
        }
        self.0[number / BITS] |= 1 << (number % BITS);
        true
    }
}
