//! The set-up of the library in a process, its reset in a forked child, and the ends of threads.
//! Only this folder names every subsystem, in one table ([`subsystems`]).

pub mod fork;
pub mod load;
pub mod subsystems;
#[cfg(test)]
mod tests;

pub use load::{ensure, ensure_with_service};
