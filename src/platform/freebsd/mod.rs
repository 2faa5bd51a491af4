//! The port for FreeBSD 14 and later. It compiles; nothing has run there.

// Of the ports for POSIX.
#[path = "../posix/descriptor.rs"]
pub mod descriptor;
#[path = "../posix/errno.rs"]
pub mod errno;
#[path = "../posix/features.rs"]
pub mod features;
#[path = "../posix/file.rs"]
pub mod file;
#[path = "../posix/elf_image.rs"]
pub mod image;
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
#[path = "../posix/weak.rs"]
pub mod weak;

// Of the ports for any system.
#[path = "../any/abandoned.rs"]
pub mod abandoned;
#[path = "../any/clock_cost.rs"]
mod clock_cost;
#[path = "../any/first_thread.rs"]
mod first_thread;
#[path = "../any/futex.rs"]
pub mod futex;
#[path = "../any/local_socket.rs"]
pub mod local_socket;
#[path = "../any/own_block.rs"]
pub mod own_block;
#[path = "../any/own_fields.rs"]
pub mod own_fields;
#[path = "../any/static_locals.rs"]
pub mod static_locals;
#[path = "../any/unwinder.rs"]
pub mod unwinder;

// FreeBSD's own.
pub mod affinity;
#[path = "../any/processors.rs"]
mod processors;
pub mod barrier;
pub mod calls;
pub mod priority;
mod process_list;
pub mod program;
pub mod pthread;
pub mod robust;
mod sleeper;
pub mod system;
pub mod tasks;
pub mod time_source;
