//! What `linux/affinity.rs` says, for a model, which has one processor: number 0.

/// There are no others.
pub const MOST: usize = 2;

/// A set of processors, by their numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Processors([bool; MOST]);

/// Why a thread was not placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Refusal {
    /// There is no such processor.
    Unusable = 2,
    /// Nothing is forbidden in a model.
    Forbidden = 3,
}

impl Processors {
    /// The empty set.
    pub const fn none() -> Processors {
        Processors([false; MOST])
    }

    /// Adds a processor. False: there is none with that number.
    pub fn add(&mut self, number: u32) -> bool {
        self.0.get_mut(number as usize).map(|place| *place = true).is_some()
    }
}

/// Every thread runs on processor 0, and can be placed on no other.
pub fn place(_native_id: u32, wanted: &Processors) -> Result<(), Refusal> {
    if *wanted == Processors([true, false]) { Ok(()) } else { Err(Refusal::Unusable) }
}
