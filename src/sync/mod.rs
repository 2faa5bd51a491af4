//! What threads synchronise with, one file an object.

pub mod barrier;
pub mod condition;
pub mod event;
pub mod any_lock;
pub mod lock;
pub mod rlock;
pub mod semaphore;
