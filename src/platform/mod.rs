//! What the library asks of the system below it, and nothing above knows how.
//!
//! Above this folder nobody calls the C library or the kernel, and nobody asks which system this is
//! (`ci/check-platform.sh` keeps it so). A port is a folder: `linux/`, for glibc and musl,
//! `freebsd/`, `macos/`, `windows/`, and `model/`, which is for loom. Its `mod.rs` declares one
//! module of each name in the table below. Its own files stand in the folder; what several systems
//! have in common stands in `posix/`, and what a system without a better way takes in `any/`. All
//! files beside the folders are the same for every port, and stand on those modules.
//! `docs/porting.md` has each function with its promise, and what other systems have for it.
//!
//! # What a port offers
//!
//! | module        | offers                                      | fails                          |
//! |---------------|---------------------------------------------|--------------------------------|
//! | `abandoned`   | runs guards in frames that the C library    | never; one that is nested too  |
//! |               | ends without unwinding them                 | deep is lost                   |
//! | `affinity`    | on which processors a thread runs           | says why, and the thread keeps |
//! |               |                                             | those that it had              |
//! | `barrier`     | a fence of the processor in all threads     | is false: perhaps not in all   |
//! | `descriptor`  | writes to a descriptor, and to a file       | is false, or `None`            |
//! | `errno`       | a guard that keeps it over a scope          | never                          |
//! | `features`    | constants that the layers above ask instead | –                              |
//! |               | of the port's name                          |                                |
//! | `file`        | reads a file in parts                       | is false, or `None`            |
//! | `futex`       | `wait` sleeps while a word has a value.     | `wait` may return for no       |
//! |               | Whoever changes the word first and wakes    | reason: its caller looks at    |
//! |               | then loses no sleeper; `yield_now` gives    | the word again. Where the      |
//! |               | the processor away; `can_spin` says whether | system refuses, it returns     |
//! |               | anybody can change the word meanwhile       | late, never not at all         |
//! | `image`       | what the loader has mapped; it keeps the    | calls nobody, or is `None`     |
//! |               | library in memory                           |                                |
//! | `local_socket`| a socket with a name that other processes   | says why; without descriptors  |
//! |               | of the machine know, and a thread with      | of its own a thread makes none |
//! |               | descriptors of its own that serves it       |                                |
//! | `own_block`,  | where the calling thread's block is, and    | never                          |
//! | `own_fields`  | the fields of it that are asked for most    |                                |
//! | `pages`       | memory in whole pages, of which none is     | `None`: there is none          |
//! |               | used before it is touched                   |                                |
//! | `priority`    | how urgently a thread runs                  | `set` is false: forbidden      |
//! | `program`     | the path of the program                     | another text stands for it     |
//! | `pthread`     | threads, to be joined without waiting; a    | with POSIX's numbers; 0 is     |
//! |               | key and its rounds of destructors; handlers | success                        |
//! |               | of forks and of the end; types of           |                                |
//! |               | cancellation                                |                                |
//! | `readiness`   | a descriptor for `poll` and its kind, and   | `make` is `None`: no room. A   |
//! |               | whether it is readable                      | number that the program has    |
//! |               |                                             | closed is left alone           |
//! | `robust`      | a mutex that tells whether its holder has   | `initialise` is false: the     |
//! |               | ended without letting go                    | mutex is never used            |
//! | `signals`     | the calling thread's signal mask; handlers  | says why                       |
//! | `spawn`,      | a thread, with a stack of the size that is  | says why                       |
//! | `stack`       | wanted                                      |                                |
//! | `system`      | processors, ids of threads, the             | never: unknown processors      |
//! |               | environment, `abort`, `run_when_loaded!`    | count as two, and a thread of  |
//! |               |                                             | which nothing is known exists  |
//! | `tasks`       | names of threads for the system, and a list | names in silence; `for_each`   |
//! |               | of all threads                              | is false: not all were listed  |
//! | `time_source` | `now`: nanoseconds on a clock that never    | never                          |
//! |               | goes back, and that deadlines of `futex`    |                                |
//! |               | are on; `is_cheap` says whether a spin may  |                                |
//! |               | end by it                                   |                                |
//! | `unwinder`    | loads what unwinds threads                  | is false: there is none        |
//! | `weak`        | finds functions that need not be there      | `None`, or null                |
//!
//! `calls` and `pin` are for the files in `posix/` alone.
//!
//! # What stands on it
//!
//! `clock` has moments, `cancellation` has guards over a scope, `fork_epoch` notices forks, `tls`
//! has the calling thread's block, `memory` has memory with failure as an answer, `blocks` has
//! memory for a moment, `digits` has those of numbers, `caller` knows whose code has called the
//! library and `site` where a call returns to, `place` in which line that is (by `lines` and
//! `elf`), `print` writes to the standard error stream, `process_fence` orders two threads at the
//! cost of one, and `race_window` is for tests. Each says in its own file what may fail.
//!
//! # What all of it keeps
//!
//! - **Signal handlers.** All may be called there but what takes memory from the C library or looks
//!   at its lists: `memory` without `map_zeroed` and `unmap`, `spawn`, `unwinder`, `image`,
//!   `weak::look_up_shared`, a `print` of more than a kilobyte, `system::variable`, `robust`,
//!   `caller` unless it says that it may be, and of `pthread` everything but `pthread_self`, the
//!   types of cancellation, and `pthread_setspecific` of a key below `KEYS_WITHOUT_ALLOCATION`.
//! - **Allocation.** Only those allocate. What the library allocates is told to the probe.
//! - **errno.** It is the program's. All leave it as it was, but `affinity`, `priority`, `pthread`,
//!   `robust`, `spawn`, `stack`, `tasks` and `weak`: their callers hold a `system::KeepErrno`.
//! - **Cancellation.** None is a cancellation point: what the C library would make one goes to the
//!   kernel without it. Only what is named in `cancellation` unwinds, and `pthread_exit`,
//!   `pthread_testcancel` and `exit`.
//! - **Panics.** None in the real port. A model fails by a panic, which is how loom hears of it.

// The port, with a module of each name for its part of the system.

#[cfg(loom)]
pub mod model;
#[cfg(loom)]
use model as port;

#[cfg(all(target_os = "linux", not(loom)))]
mod linux;
#[cfg(all(target_os = "linux", not(loom)))]
use linux as port;

#[cfg(all(target_os = "freebsd", not(loom)))]
mod freebsd;
#[cfg(all(target_os = "freebsd", not(loom)))]
use freebsd as port;

#[cfg(all(target_os = "macos", not(loom)))]
mod macos;
#[cfg(all(target_os = "macos", not(loom)))]
use macos as port;

#[cfg(all(target_os = "windows", not(loom)))]
mod windows;
#[cfg(all(target_os = "windows", not(loom)))]
use windows as port;

pub use port::{abandoned, affinity, descriptor, features, futex, image, local_socket, priority};
use port::{barrier, errno, file, own_block, own_fields, pages, program, time_source};
pub use port::{pthread, readiness, robust, signals, spawn, stack, system, tasks, weak};
// For the files in `posix/` alone.
#[cfg(unix)]
use port::{calls, pin, static_locals, unwinder};

// The same for every port.

pub mod blocks;
pub mod caller;
pub mod cancellation;
pub mod clock;
pub mod digits;
mod elf;
pub mod fork_epoch;
mod lines;
pub mod memory;
pub mod place;
pub mod print;
pub mod process_fence;
mod race_window;
pub mod site;
mod thread_block;
pub mod ticks;
pub mod tls;
mod weak_names;

pub use race_window::race_window;
#[cfg(test)]
pub use race_window::widen;
