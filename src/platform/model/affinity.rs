//! What `linux/affinity.rs` says, for a model, which has one processor: number 0.

pub use super::processors::{MOST, Processors, Refusal};

/// Every thread runs on processor 0, and can be placed on no other.
pub fn place(_native_id: u32, wanted: &Processors) -> Result<(), Refusal> {
    let mut first = Processors::none();
    first.add(0);
    if *wanted == first { Ok(()) } else { Err(Refusal::Unusable) }
}
