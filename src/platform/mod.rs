//! What the library asks of the system below it, and nothing above knows how.
//!
//! Above this folder nobody calls the C library or the kernel, and nobody asks which system this is
//! (`ci/check-platform.sh` keeps it so). A port is a set of files, one for each module that is
//! declared twice below: the real one is for Linux, with glibc or musl, and `model/` is for loom.
//! All other modules are the same for every port, and stand on those. `docs/porting.md` has each
//! function with its promise, and what other systems have for it.
//!
//! # What a port offers
//!
//! | module        | offers                                      | fails                          |
//! |---------------|---------------------------------------------|--------------------------------|
//! | `affinity`    | on which processors a thread runs           | says why, and the thread keeps |
//! |               |                                             | those that it had              |
//! | `features`    | constants that the layers above ask instead | –                              |
//! |               | of the port's name                          |                                |
//! | `time_source` | `now`: nanoseconds on a clock that never    | never                          |
//! |               | goes back, and that deadlines of `futex`    |                                |
//! |               | are on; `is_cheap` says whether a spin may  |                                |
//! |               | end by it                                   |                                |
//! | `futex`       | `wait` sleeps while a word has a value.     | `wait` may return for no       |
//! |               | Whoever changes the word first and wakes    | reason: its caller looks at    |
//! |               | then loses no sleeper; `yield_now` gives    | the word again. Where the      |
//! |               | the processor away; `can_spin` says whether | system refuses, it returns     |
//! |               | anybody can change the word meanwhile       | late, never not at all         |
//! | `local_socket`| a socket with a name that other processes   | says why; without descriptors  |
//! |               | of the machine know, and a thread with      | of its own a thread makes none |
//! |               | descriptors of its own that serves it       |                                |
//! | `pthread`     | threads, to be joined without waiting; a    | with POSIX's numbers; 0 is     |
//! |               | key and its rounds of destructors; handlers | success                        |
//! |               | of forks and of the end; types of           |                                |
//! |               | cancellation                                |                                |
//! | `robust`      | a mutex that tells whether its holder has   | `initialise` is false: the     |
//! |               | ended without letting go                    | mutex is never used            |
//! | `priority`    | how urgently a thread runs                  | `set` is false: forbidden      |
//! | `readiness`   | a descriptor for `poll` and its kind, and   | `make` is `None`: no room. A   |
//! |               | whether it is readable                      | number that the program has    |
//! |               |                                             | closed is left alone           |
//! | `signals`     | the calling thread's signal mask            | never                          |
//! | `system`      | processors, ids of threads, the             | never: unknown processors      |
//! |               | environment, `abort`, `run_when_loaded!`    | count as two, and a thread of  |
//! |               |                                             | which nothing is known exists  |
//! | `tasks`       | names of threads for the system, and a list | names in silence; `for_each`   |
//! |               | of all threads                              | is false: not all were listed  |
//!
//! # What stands on it
//!
//! `clock` has moments, `cancellation` and `errno` have guards over a scope, `spawn` and `stack`
//! make threads, `unwinder` loads what unwinds them, `fork_epoch` notices forks, `tls` has the
//! calling thread's block, `memory` has memory with failure as an answer, `blocks` has memory for a
//! moment, `abandoned` runs guards that nothing unwinds, `digits` has those of numbers, `image`
//! knows what the loader has mapped, `caller` knows whose code has called the library and `site`
//! where a call returns to, `place` in which line that is (by `lines` and `elf`), `weak` finds
//! functions that need not be there, `print` writes to the standard error stream, `descriptor` to
//! any other, `process_fence` orders two threads at the cost of one, and `race_window` is for
//! tests. Each says in its own file what may fail.
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

pub mod abandoned;
pub mod blocks;
pub mod caller;
pub mod cancellation;
pub mod clock;
pub mod descriptor;
pub mod digits;
mod elf;
mod errno;
pub mod fork_epoch;
pub mod image;
mod lines;
pub mod memory;
pub mod place;
pub mod print;
pub mod process_fence;
mod race_window;
pub mod site;
pub mod spawn;
pub mod stack;
pub mod ticks;
pub mod tls;
#[cfg(all(shared_library, target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod unwinder;
pub mod weak;

/// The library needs the unwinder, so the loader has loaded it.
#[cfg(not(all(shared_library, target_os = "linux", target_env = "gnu", target_arch = "x86_64")))]
mod unwinder {
    pub fn prepare() -> bool {
        true
    }
}

pub use race_window::race_window;
#[cfg(test)]
pub use race_window::widen;

// Each port has its own file for these.

#[cfg(not(loom))]
pub mod affinity;
#[cfg(not(loom))]
pub mod features;
#[cfg(not(loom))]
pub mod futex;
#[cfg(not(loom))]
pub mod local_socket;
#[cfg(not(loom))]
pub mod priority;
#[cfg(not(loom))]
pub mod pthread;
#[cfg(not(loom))]
pub mod readiness;
#[cfg(not(loom))]
pub mod robust;
#[cfg(not(loom))]
pub mod signals;
#[cfg(not(loom))]
pub mod system;
#[cfg(not(loom))]
pub mod tasks;
#[cfg(not(loom))]
#[path = "vdso.rs"]
mod time_source;

#[cfg(loom)]
#[path = "model/affinity.rs"]
pub mod affinity;
#[cfg(loom)]
#[path = "model/features.rs"]
pub mod features;
#[cfg(loom)]
#[path = "model/futex.rs"]
pub mod futex;
#[cfg(loom)]
#[path = "model/local_socket.rs"]
pub mod local_socket;
#[cfg(loom)]
#[path = "model/priority.rs"]
pub mod priority;
#[cfg(loom)]
#[path = "model/pthread.rs"]
pub mod pthread;
#[cfg(loom)]
#[path = "model/readiness.rs"]
pub mod readiness;
#[cfg(loom)]
#[path = "model/robust.rs"]
pub mod robust;
#[cfg(loom)]
#[path = "model/signals.rs"]
pub mod signals;
#[cfg(loom)]
#[path = "model/system.rs"]
pub mod system;
#[cfg(loom)]
#[path = "model/tasks.rs"]
pub mod tasks;
#[cfg(loom)]
#[path = "model/clock.rs"]
mod time_source;
#[cfg(loom)]
pub mod model;
