//! Threads: what Python's `threading.Thread` is, over the threads of the operating system.
//!
//! [`record`] is the slot and its states; [`start`], [`join`] and [`end`] are its life; [`current`]
//! finds the caller's own; [`exit`] is the end of the process and [`fork`] its doubling; [`load`]
//! is what happens when the library is loaded.

pub mod at_exit;
pub mod create;
pub mod current;
pub mod end;
pub mod exit;
pub mod hooks;
pub mod join;
pub mod name;
pub mod native_thread;
pub mod reap;
pub mod record;
pub mod sleep;
pub mod stack;
pub mod stand_in;
pub mod start;
pub mod tasks;
