//! The port for macOS. It compiles; nothing has run there.

// Of the ports for POSIX.
#[path = "../posix/abandoned.rs"]
pub mod abandoned;
#[path = "../posix/descriptor.rs"]
pub mod descriptor;
#[path = "../posix/errno.rs"]
pub mod errno;
#[path = "../posix/features.rs"]
pub mod features;
#[path = "../posix/file.rs"]
pub mod file;
#[path = "../posix/guards.rs"]
mod guards;
#[path = "../posix/pages.rs"]
pub mod pages;
#[path = "../posix/pin.rs"]
pub mod pin;
#[path = "../posix/kqueue.rs"]
pub mod readiness;
#[path = "../posix/signals.rs"]
pub mod signals;
#[path = "../posix/spawn.rs"]
pub mod spawn;
#[path = "../posix/stack.rs"]
pub mod stack;

// Of the ports for any system.
#[path = "../any/affinity.rs"]
pub mod affinity;
#[path = "../any/processors.rs"]
mod processors;
#[path = "../any/barrier.rs"]
pub mod barrier;
#[path = "../any/clock_cost.rs"]
mod clock_cost;
#[path = "../any/first_thread.rs"]
mod first_thread;
#[path = "../any/futex.rs"]
pub mod futex;
#[path = "../any/local_socket.rs"]
pub mod local_socket;
#[path = "../any/own_fields.rs"]
pub mod own_fields;
#[path = "../any/robust.rs"]
pub mod robust;
#[path = "../any/static_locals.rs"]
pub mod static_locals;
#[path = "../any/unwinder.rs"]
pub mod unwinder;

// macOS's own.
pub mod calls;
pub mod image;
pub mod own_block;
mod own_guards;
pub mod priority;
pub mod program;
pub mod pthread;
mod sleeper;
pub mod system;
pub mod tasks;
mod thread_ports;
pub mod time_source;
pub mod weak;
