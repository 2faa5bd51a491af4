//! On which processors a thread runs, where the system alone decides that: each may run on all.

use crate::platform::system;

/// Processors have smaller numbers.
pub const MOST: usize = 1024;

const BITS: usize = u64::BITS as usize;

/// A set of processors, by their numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Processors([u64; MOST / BITS]);

/// Why a thread was not placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Refusal {
    /// There is no such processor.
    Unusable = 2,
    /// The system lets nobody choose.
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
        match self.0.get_mut(number / BITS) {
            Some(bits) => {
                *bits |= 1 << (number % BITS);
                true
            }
            None => false,
        }
    }
}

/// All processors is where a thread runs already; other sets are refused.
pub fn place(_native_id: u32, wanted: &Processors) -> Result<(), Refusal> {
    let mut all = Processors::none();
    let mut number = 0;
    while number < system::processors() as u32 && all.add(number) {
        number += 1;
    }
    let are_there = wanted.0.iter().zip(&all.0).all(|(wanted, all)| wanted & !all == 0);
    if *wanted == all {
        Ok(())
    } else if are_there && *wanted != Processors::none() {
        Err(Refusal::Forbidden)
    } else {
        Err(Refusal::Unusable)
    }
}
