//! The beginning of the library in a process, its second beginning in a forked child, and the ends
//! of threads: the only place that names every subsystem, in one table ([`subsystems`]).

pub mod fork;
pub mod load;
pub mod subsystems;

pub use load::ensure;
