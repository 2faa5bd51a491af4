//! What the library asks of the system below it, and nothing above knows how.

pub mod cancellation;
pub mod clock;
mod errno;
pub mod fork_epoch;
pub mod image;
pub mod memory;
pub mod print;
mod race_window;
pub mod spawn;
pub mod stack;
pub mod tls;
pub mod weak;

pub use race_window::race_window;

#[cfg(not(loom))]
pub mod features;
#[cfg(not(loom))]
pub mod futex;
#[cfg(not(loom))]
pub mod pthread;
#[cfg(not(loom))]
pub mod robust;
#[cfg(not(loom))]
pub mod signals;
#[cfg(not(loom))]
pub mod system;
#[cfg(not(loom))]
pub mod tasks;
#[cfg(not(loom))]
mod vdso;
#[cfg(not(loom))]
use vdso as time_source;

#[cfg(loom)]
pub mod model;
#[cfg(loom)]
use model::clock as time_source;
#[cfg(loom)]
pub use model::{features, futex, pthread, robust, signals, system, tasks};
