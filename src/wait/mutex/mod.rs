//! What one thread holds at a time.

pub mod acquire;
pub mod internal;
pub mod lifetime;
pub mod pins;
pub mod raw;
