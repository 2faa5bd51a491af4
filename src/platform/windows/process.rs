//! The end of the process.
//!
//! `exit` belongs to a C library, and a process may have several: the program's is the one that
//! counts. So a handler is registered with each that Windows has and the process has loaded, in the
//! library's own list of the whole process: handlers that a DLL registers by `atexit` run when the
//! system unloads it, and there the other threads are gone already.
//!
//! A process that ends by `ExitProcess` or `TerminateProcess` runs no such handler in time: its
//! threads are ended where they are.

use core::ffi::{c_int, c_void};
use core::mem::transmute;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::api;

unsafe extern "C-unwind" {
    /// Ends the process: runs what was registered for that, which are functions of the user's.
    pub fn exit(code: c_int) -> !;
}

type Handler = extern "C-unwind" fn();
/// What the C libraries call.
type Registered = extern "C-unwind" fn() -> c_int;

/// The one handler that is registered; null: none.
static HANDLER: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Whether the process is ending so far that its other threads are gone.
pub fn is_ending() -> bool {
    // SAFETY: the call reads a word of the loader's.
    unsafe { api::RtlDllShutdownInProgress() != 0 }
}

extern "C-unwind" fn call_handler() -> c_int {
    // ORDERING: Relaxed: the address of code that stays.
    let handler = HANDLER.load(Ordering::Relaxed);
    // SAFETY: null, or what `atexit` has stored.
    if let Some(handler) = unsafe { transmute::<*mut c_void, Option<Handler>>(handler) }
        && !is_ending()
    {
        handler();
    }
    0
}

/// Registers a handler of the process's end, the same each time. Not 0: no C library takes it.
///
/// # Safety
/// None is needed; it is unsafe as in other ports.
pub unsafe fn atexit(handler: Handler) -> c_int {
    // ORDERING: Relaxed: as above.
    HANDLER.store(handler as *mut c_void, Ordering::Relaxed);
    let of_ucrt = api::look_up(&api::UCRT, c"_crt_atexit");
    let of_msvcrt = api::look_up(&api::MSVCRT, c"_onexit");
    // SAFETY: where the libraries have these functions they have these types; null is `None`.
    let (of_ucrt, of_msvcrt) = unsafe {
        (
            transmute::<*mut c_void, Option<extern "C" fn(Registered) -> c_int>>(of_ucrt),
            transmute::<*mut c_void, Option<extern "C" fn(Registered) -> usize>>(of_msvcrt),
        )
    };
    let by_ucrt = of_ucrt.is_some_and(|register| register(call_handler) == 0);
    let by_msvcrt = of_msvcrt.is_some_and(|register| register(call_handler) != 0);
    c_int::from(!by_ucrt && !by_msvcrt)
}

/// Calls nothing: Windows has no handlers that `exit` calls in one thread before all others.
pub fn at_exit_in_caller(_function: extern "C-unwind" fn(*mut c_void)) {}
