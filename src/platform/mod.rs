//! What the library asks of the system below it, and nothing above knows how.

pub mod clock;
pub mod fork_epoch;
pub mod memory;
pub mod print;
mod race_window;
pub mod system;
pub mod tls;
pub mod weak;

pub use race_window::race_window;

#[cfg(not(loom))]
pub mod futex;
#[cfg(not(loom))]
pub mod pthread;
#[cfg(not(loom))]
mod vdso;
#[cfg(not(loom))]
use vdso as time_source;

#[cfg(loom)]
pub mod model;
#[cfg(loom)]
use model::clock as time_source;
#[cfg(loom)]
pub use model::{futex, pthread};
