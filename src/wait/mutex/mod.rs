//! What one thread holds at a time, or takes units of.
//!
//! [`raw`] has the word and the fast paths, [`mode`] what is acquired of it, [`acquire`] and
//! [`release`] the slow paths, [`lifetime`] the beginning and the end, [`pins`] what keeps it
//! alive, [`holder`] who holds it. [`internal`] is the same for the library's own state.

pub mod acquire;
pub mod holder;
pub mod internal;
pub mod lifetime;
pub mod mode;
pub mod pins;
pub mod raw;
pub mod release;
pub mod waits;
