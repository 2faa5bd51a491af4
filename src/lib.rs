//! Python's `threading` module for every language that can call C.
//!
//! The library is used through `include/threading.h`; this is a map for those who work on it.
//! Imports run down this list only, and inside a folder in no circle: `ci/check-layers` says so.

/// The functions that C sees: they check, call and convert, and have no logic of their own.
pub mod capi;
/// Loading and forking: the only place that names every subsystem.
pub mod lifecycle;
/// Timers: threads that have not needed an OS thread yet.
pub mod timer;
/// Those who look inside: they listen to the probe.
pub mod inspect;
/// Threads: start, end, names, the end of the process.
pub mod thread;
/// What threads synchronise with.
pub mod sync;
/// Values of each thread's own.
pub mod local;
/// The one place where a thread sleeps or is woken.
pub mod wait;
/// Handles, state words and the memory that objects live in.
pub mod object;
/// What the library asks of the system below it.
///
/// cbindgen:ignore
pub mod platform;
/// What happens to objects and in waits, told to whoever listens.
///
/// cbindgen:ignore
pub mod probe;
/// Atomics and guarded cells: `core`'s, or models of them.
///
/// cbindgen:ignore
pub mod atomic;
/// The one enumeration of outcomes.
pub mod status;
