//! Threads: what Python's `threading.Thread` is, over the threads of the operating system.
//!
//! [`record`] is the slot and its states. [`start`], [`join`] and [`finish`] are its life.
//! [`current`] finds the caller's own record, [`registry`] all records; [`attributes`] are what can
//! be asked of a thread and set, [`affinity`] where it runs and [`priority`] how urgently. Those
//! two are set by [`at_start`]: [`noted`] is what a thread keeps for its start, which
//! [`noted_start`] applies.
//! [`native`] creates and joins the operating system's threads.
//! [`alive`] counts the threads that keep the process alive, and [`shutdown`] waits for them.
//! [`executor`] runs tasks, whose futures are records too.
//! [`at_exit`] and [`stand_in`] run the shutdown at the end of the process.

pub mod affinity;
pub mod alive;
pub mod any;
pub mod at_exit;
pub mod at_start;
pub mod attributes;
pub mod current;
pub mod excepthook;
pub mod executor;
pub mod exit_notice;
pub mod finish;
pub mod hooks;
pub mod join;
pub mod name;
pub mod native;
pub mod noted;
pub mod noted_start;
pub mod priority;
pub mod record;
pub mod registry;
pub mod reporting;
pub mod service_thread;
pub mod shutdown;
pub mod sleep;
pub mod stack;
pub mod stand_in;
pub mod start;
pub mod tasks;
