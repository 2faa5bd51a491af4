//! Where the calling thread's registered guards are: beside its block.

pub use super::own_block::with_own_guards as with_own;
