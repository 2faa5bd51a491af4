//! The beginning of the library in a process, and its second beginning in a forked child.

pub mod fork;
pub mod load;
