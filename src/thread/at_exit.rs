//! Where the C library calls us when the process ends, and what we do then.
//!
//! glibc's `exit` first runs the destructors of the calling thread's thread-locals, then the handlers of `atexit` and the
//! destructors of statics, the last registered first. So the main thread registers with both:
//!
//! | the process ends by                        | its threads are joined                                                   |
//! |--------------------------------------------|--------------------------------------------------------------------------|
//! | `return` from main, `exit` in main (glibc) | before every handler of `atexit` and every destructor of a static        |
//! | `exit` in another thread, or with musl     | after the handlers that were registered since the first start, before    |
//! |                                            | the earlier ones                                                         |
//! | `pthread_exit` in main                     | when the last thread that is not a daemon ends: see `stand_in`           |
//! | `threading_shutdown`                       | in that call                                                             |
//! | `_exit`, `quick_exit`, `abort`, a signal   | never                                                                    |
//!
//! The destructors of a thread's thread-locals run at the thread's own end as well, and there is nothing to tell the one from the other: so
//! only the main thread registers there, for which glibc runs them in `exit` alone. It does so while the library is loaded and never
//! again: glibc allocates memory for each registration, and ends the process if there is none.
//!
//! docs/process-end.md has the same table for users, with the case that proves each row.

use core::ffi::CStr;
#[cfg(all(target_env = "gnu", not(loom)))]
use core::ffi::c_void;

use super::{exit, name, record};
use crate::atomic::{AtomicU32, Ordering};
use crate::native;
use crate::print::print_error;
use crate::status::Status;
use crate::system;
#[cfg(all(target_env = "gnu", not(loom)))]
use crate::wait::this_thread;

/// Whether an end of the process has begun: 0 or 1.
static BEGUN: AtomicU32 = AtomicU32::new(0);

/// Whether the library prints nothing that it was not asked for: 0 or 1.
static QUIET: AtomicU32 = AtomicU32::new(0);

/// How long `exit` waits before it says for whom, in nanoseconds.
pub const SILENCE: u64 = 5_000_000_000;

/// The library is being loaded by the calling thread. If that is the main thread, `exit` in it calls us before everything else.
#[cfg_attr(loom, allow(dead_code))]
pub fn loaded() {
    #[cfg(all(target_env = "gnu", not(loom)))]
    if system::is_first_thread() && this_thread::ident() == this_thread::MAIN.0 {
        register_in_main();
    }
    // SAFETY: the name is NUL-terminated, and the text that comes back is read at once.
    let says = unsafe { libc::getenv(c"THREADING_REPORT".as_ptr()) };
    // SAFETY: not null, so NUL-terminated.
    if !says.is_null() && unsafe { CStr::from_ptr(says) } == c"0" {
        // ORDERING: Relaxed: a setting; nothing is published with it.
        QUIET.store(1, Ordering::Relaxed);
    }
}

/// Has the C library call us at the end of the process. To be called before a thread starts: the handlers of `atexit` that the program has
/// registered by then run after the join, in whichever thread `exit` is called.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if the C library has no room for a handler.
pub fn register() -> Result<(), Status> {
    static REGISTERED: AtomicU32 = AtomicU32::new(0);
    // ORDERING: Relaxed, both: only one of several callers must register; nothing is published.
    if REGISTERED.load(Ordering::Relaxed) != 0 || REGISTERED.swap(1, Ordering::Relaxed) != 0 {
        return Ok(());
    }
    // SAFETY: the handler stays for ever, since the library is never unloaded.
    if unsafe { native::atexit(handler) } == 0 {
        return Ok(());
    }
    // ORDERING: Relaxed: as above.
    REGISTERED.store(0, Ordering::Relaxed);
    Err(Status::THREADING_NO_RESOURCES)
}

/// Has `exit` in the calling thread, the main one, call us before everything else.
#[cfg(all(target_env = "gnu", not(loom)))]
fn register_in_main() {
    // SAFETY: the function stays for ever, since the library is never unloaded; the last argument is the address by which the C library
    // knows whose function it is.
    unsafe {
        native::__cxa_thread_atexit_impl(
            main_exits,
            core::ptr::null_mut(),
            (&raw const native::__dso_handle).cast_mut().cast(),
        )
    };
}

/// `exit` runs in the main thread, and has run no handler yet.
#[cfg(all(target_env = "gnu", not(loom)))]
extern "C-unwind" fn main_exits(_: *mut c_void) {
    end_of_process();
}

/// `exit` has come to our handler.
extern "C-unwind" fn handler() {
    end_of_process();
}

fn end_of_process() {
    has_begun();
    exit::shutdown_at_exit();
}

/// The end of the process begins. True: it had begun before.
pub fn has_begun() -> bool {
    // ORDERING: Relaxed: only the first of several counts.
    BEGUN.swap(1, Ordering::Relaxed) != 0
}

/// In a forked child: its end has not begun, but for a fork in the middle of `exit`, in the thread that runs it.
pub fn forget() {
    // ORDERING: Relaxed: the process has a single thread.
    BEGUN.store(0, Ordering::Relaxed);
}

/// How many names are printed at most, and how much of each, in bytes with the NUL.
const NAMES: usize = 8;
const LENGTH: usize = 64;

/// Says on the standard error stream whom `exit` waits for.
pub fn say_who_is_waited_for() {
    let mut names = [[0u8; LENGTH]; NAMES];
    let mut count = 0;
    record::walk(|thread, _, state| {
        if !state.has(record::COUNTED) {
            return true;
        }
        if let Some(place) = names.get_mut(count) {
            // SAFETY: the place has as many bytes as are said.
            if unsafe { name::copy_out(thread, place.as_mut_ptr().cast(), LENGTH) }.is_err() {
                return true;
            }
        }
        count += 1;
        true
    });
    // ORDERING: Relaxed: as in `loaded`.
    if count == 0 || QUIET.load(Ordering::Relaxed) != 0 {
        return;
    }
    let mut parts: [&[u8]; 2 * NAMES + 3] = [b""; 2 * NAMES + 3];
    let mut length = 0;
    let mut add = |part| {
        if let Some(place) = parts.get_mut(length) {
            *place = part;
            length += 1;
        }
    };
    add(b"libthreading: exit waits for ");
    for (number, name) in names.iter().take(count).enumerate() {
        add(if number == 0 { b"" } else { b", " });
        add(CStr::from_bytes_until_nul(name).map_or(b"?", CStr::to_bytes));
    }
    add(if count > NAMES { b" and others" } else { b"" });
    add(b", which are not daemons. To stop threads at the end, use threading_register_atexit.");
    print_error(&[&parts]);
}
