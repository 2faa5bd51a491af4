//! What the library asks of the system below it, and nothing above knows how.

pub mod clock;
pub mod fork_epoch;
#[cfg(not(loom))]
pub mod futex;
#[cfg(loom)]
#[path = "model/futex.rs"]
pub mod futex;
pub mod memory;
pub mod print;
#[cfg(not(loom))]
pub mod pthread;
#[cfg(loom)]
#[path = "model/pthread.rs"]
pub mod pthread;
mod race_window;
pub mod system;
pub mod tls;
pub mod weak;
pub use race_window::race_window;
