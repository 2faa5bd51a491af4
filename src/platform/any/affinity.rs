//! On which processors a thread runs, where the system alone decides that: each may run on all.

pub use super::processors::{MOST, Processors, Refusal};
use crate::platform::system;

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
