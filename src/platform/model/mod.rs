//! The port for loom. What a model does not explore is Linux's own.

#[path = "../any/abandoned.rs"]
pub mod abandoned;
pub mod affinity;
#[path = "../any/processors.rs"]
mod processors;
#[path = "../linux/barrier.rs"]
pub mod barrier;
#[path = "../linux/calls.rs"]
pub mod calls;
#[path = "../posix/descriptor.rs"]
pub mod descriptor;
#[path = "../posix/errno.rs"]
pub mod errno;
pub mod features;
#[path = "../posix/file.rs"]
pub mod file;
pub mod futex;
#[path = "../posix/elf_image.rs"]
pub mod image;
#[path = "../any/local_socket.rs"]
pub mod local_socket;
#[path = "../any/own_block.rs"]
pub mod own_block;
#[path = "../any/own_fields.rs"]
pub mod own_fields;
#[path = "../posix/pages.rs"]
pub mod pages;
#[path = "../posix/pin.rs"]
pub mod pin;
pub mod priority;
#[path = "../linux/program.rs"]
pub mod program;
pub mod pthread;
pub mod readiness;
#[path = "../any/robust.rs"]
pub mod robust;
#[path = "../any/signals.rs"]
pub mod signals;
#[path = "../posix/spawn.rs"]
pub mod spawn;
#[path = "../posix/stack.rs"]
pub mod stack;
#[path = "../linux/static_locals.rs"]
pub mod static_locals;
pub mod system;
pub mod tasks;
pub mod time_source;
#[path = "../any/unwinder.rs"]
pub mod unwinder;
#[path = "../posix/weak.rs"]
pub mod weak;

/// Everything is as it was when the process began. To be called first of all in an execution, after
/// `atomic::begin_execution`. `moves_time`: time runs out in the model.
pub fn begin_execution(moves_time: bool) {
    time_source::begin_execution(moves_time);
    futex::begin_execution();
    pthread::begin_execution();
}
