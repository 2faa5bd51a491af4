//! The port for Windows 8, Server 2012 and newer, on x86-64, as MinGW-w64 builds for it.

// Of the ports for POSIX.
#[path = "../posix/abandoned.rs"]
pub mod abandoned;
#[allow(dead_code)] // The storage that they are in is all zero already.
#[path = "../posix/guards.rs"]
mod guards;

// Of the ports for any system.
#[path = "../any/clock_cost.rs"]
mod clock_cost;
#[path = "../any/first_thread.rs"]
mod first_thread;
#[path = "../any/local_socket.rs"]
pub mod local_socket;
#[path = "../any/own_fields.rs"]
pub mod own_fields;
#[path = "../any/processors.rs"]
mod processors;
#[path = "../any/signals.rs"]
pub mod signals;

// What each port has.
pub mod affinity;
pub mod barrier;
pub mod descriptor;
pub mod errno;
pub mod features;
pub mod file;
pub mod futex;
pub mod image;
pub mod own_block;
pub mod pages;
pub mod priority;
pub mod program;
pub mod pthread;
pub mod readiness;
pub mod robust;
pub mod spawn;
pub mod stack;
pub mod system;
pub mod tasks;
pub mod time_source;
pub mod weak;

// What these share.
mod api;
mod keys;
mod own_guards;
mod process;
mod text;
mod thread;
