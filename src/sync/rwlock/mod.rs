//! The rwlock: any number of threads read, or one thread writes.
//!
//! [`slot`] has the states, [`read`] and [`write`] the calls that acquire and release, [`queue`]
//! who waits in which order and who is let in when, [`change`] how a write becomes a read and back.

pub mod change;
pub mod queue;
pub mod read;
pub mod slot;
pub mod write;
