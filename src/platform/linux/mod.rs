//! The port for Linux, with glibc or musl.

// Of the ports for POSIX and for any system.
#[cfg(miri)]
#[path = "../any/abandoned.rs"]
pub mod abandoned;
#[cfg(all(target_env = "musl", not(miri)))]
#[path = "../posix/abandoned.rs"]
pub mod abandoned;
#[path = "../any/clock_cost.rs"]
mod clock_cost;
#[path = "../posix/descriptor.rs"]
pub mod descriptor;
#[path = "../posix/errno.rs"]
pub mod errno;
#[path = "../posix/features.rs"]
pub mod features;
#[path = "../posix/file.rs"]
pub mod file;
#[path = "../any/first_thread.rs"]
mod first_thread;
#[path = "../posix/elf_image.rs"]
pub mod image;
#[cfg(target_env = "musl")]
#[path = "../posix/guards.rs"]
mod guards;
#[path = "../posix/pages.rs"]
pub mod pages;
#[path = "../posix/pin.rs"]
pub mod pin;
#[path = "../posix/signals.rs"]
pub mod signals;
#[path = "../posix/spawn.rs"]
pub mod spawn;
#[path = "../posix/stack.rs"]
pub mod stack;
#[path = "../posix/weak.rs"]
pub mod weak;

// Linux's own.
#[cfg(not(any(target_env = "musl", miri)))]
pub mod abandoned;
pub mod affinity;
#[path = "../any/processors.rs"]
mod processors;
pub mod barrier;
pub mod calls;
pub mod futex;
pub mod local_socket;
#[cfg(target_env = "musl")]
mod own_guards;
pub mod priority;
pub mod program;
pub mod pthread;
pub mod readiness;
pub mod robust;
pub mod static_locals;
pub mod system;
pub mod tasks;
pub mod time_source;

// glibc's own, on some processors.
#[cfg(all(target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
pub mod own_block;
#[cfg(not(all(
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
)))]
#[path = "../any/own_block.rs"]
pub mod own_block;
#[cfg(all(target_env = "gnu", target_arch = "x86_64", not(miri)))]
pub mod own_fields;
#[cfg(not(all(target_env = "gnu", target_arch = "x86_64", not(miri))))]
#[path = "../any/own_fields.rs"]
pub mod own_fields;
#[cfg(all(shared_library, target_env = "gnu", target_arch = "x86_64"))]
pub mod unwinder;
#[cfg(not(all(shared_library, target_env = "gnu", target_arch = "x86_64")))]
#[path = "../any/unwinder.rs"]
pub mod unwinder;
