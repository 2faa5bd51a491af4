//! What threads synchronise with, one file an object.

pub mod lock;
pub mod rlock;
