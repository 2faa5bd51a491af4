//! Python's `threading` module for every language that can call C.
//!
//! The library is used through `include/threading.h`; this is a map for those who work on it.
//! Imports run downwards only.

/// The functions that C sees: they check, call and convert, and have no logic of their own.
pub mod capi;
/// Whether objects are born visible to those who look inside.
pub mod inspect;
/// Timers: threads that have not needed an OS thread yet.
pub mod timer;
/// Values of each thread's own.
pub mod local;
/// What threads synchronise with.
pub mod sync;
/// Threads: start, end, names, the process's end, forks.
pub mod thread;

/// The one place where a thread sleeps or is woken.
pub mod wait;

/// Atomics and guarded cells: `core`'s, or models of them.
///
/// cbindgen:ignore
pub mod atomic;
/// The clock by which the kernel sleeps.
///
/// cbindgen:ignore
#[cfg(not(loom))]
pub mod clock;
/// Why a call failed.
pub mod cause;
/// 64 bits that name an object.
pub mod handle;
/// Memory, with failure as an answer.
pub mod memory;
/// What the `libc` crate lacks.
///
/// cbindgen:ignore
#[cfg(not(loom))]
pub mod native;
/// What stands for it in models.
///
/// cbindgen:ignore
#[cfg(loom)]
#[path = "native_model.rs"]
pub mod native;
/// What the library writes to the standard error stream.
pub mod print;
/// The one enumeration of outcomes.
pub mod status;
/// Small facts about the machine and the C library.
pub mod system;
/// Type-stable memory for objects.
pub mod table;
/// Seconds and deadlines.
pub mod timeout;
/// What a thread finds without a call.
pub mod tls;
/// Functions that need not be in the process.
///
/// cbindgen:ignore
pub mod weak;
/// The state word.
pub mod word;
