//! Hooks, for C.

use core::ffi::{c_char, c_void};

use crate::object::handle::{Handle, threading_thread};
use crate::status::{Status, threading_status};
use crate::thread::excepthook;
use crate::thread::hooks::{self, threading_exception};
use crate::thread::reporting;

/// A start hook or an exit hook. The library calls it in a thread, at the thread's start or end,
/// with the thread and the context that was set. The hook must return.
pub type threading_thread_hook =
    Option<unsafe extern "C-unwind" fn(thread: threading_thread, ctx: *mut c_void)>;

/// An excepthook. The library calls it in a thread that reports a failure. `*exception` is valid
/// only during the call. The hook must return.
pub type threading_excepthook =
    Option<unsafe extern "C-unwind" fn(exception: *const threading_exception, ctx: *mut c_void)>;

/// An error hook. The library calls it in the thread whose call fails, before that call returns.
/// Its arguments are the name of the function, the status, the bits of the handle that the function
/// was called with (0 if there is none), and the context that was set. The hook must return. A call
/// that fails inside the hook is not reported.
pub type threading_error_hook = Option<
    unsafe extern "C-unwind" fn(
        function: *const c_char,
        status: threading_status,
        handle: u64,
        ctx: *mut c_void,
    ),
>;

/// Sets the start hook. Every new thread calls it before its target (Python has
/// `threading.settrace()` for this).
///
/// @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
/// returns.
/// @param ctx  passed to the hook, or NULL. It stays owned by the caller.
/// @retval THREADING_OK  the hook is set.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_set_start_hook(
    r#fn: threading_thread_hook,
    ctx: *mut c_void,
) -> threading_status {
    hooks::START.set(r#fn, ctx);
    Status::THREADING_OK
}

/// Sets the exit hook. Every thread that this library started calls it after its target, and before
/// its thread-local variables are destroyed. The hook is also called if the target ends by
/// pthread_exit or by cancellation.
///
/// @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
/// returns.
/// @param ctx  passed to the hook, or NULL. It stays owned by the caller.
/// @retval THREADING_OK  the hook is set.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_set_exit_hook(
    r#fn: threading_thread_hook,
    ctx: *mut c_void,
) -> threading_status {
    hooks::EXIT.set(r#fn, ctx);
    Status::THREADING_OK
}

/// Sets the excepthook, which `threading_report_exception` calls (Python: `threading.excepthook`).
///
/// @param fn  the hook, or NULL: then failures are printed to the standard error stream. The
/// previous hook may still be running when the call returns.
/// @param ctx  passed to the hook, or NULL. It stays owned by the caller.
/// @retval THREADING_OK  the hook is set.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_set_excepthook(
    r#fn: threading_excepthook,
    ctx: *mut c_void,
) -> threading_status {
    hooks::EXCEPT.set(r#fn, ctx);
    Status::THREADING_OK
}

/// Tells whether an excepthook is set; without one `threading_report_exception` prints.
///
/// @return whether an excepthook is set at this moment.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_has_excepthook() -> bool {
    excepthook::is_set()
}

/// Sets the error hook, which is called for every failing call of this library: a call that returns
/// a negative status, or a query with a bad handle.
///
/// The hook shows the mistakes of a program that ignores statuses. Inside the hook
/// `threading_error_message` says why the call fails. Calls that succeed cost nothing extra. If a
/// call fails in a signal handler, the hook runs in the signal handler too.
/// @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
/// returns.
/// @param ctx  passed to the hook, or NULL. It stays owned by the caller.
/// @retval THREADING_OK  the hook is set.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; the hook runs in any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_set_error_hook(
    r#fn: threading_error_hook,
    ctx: *mut c_void,
) -> threading_status {
    hooks::ERROR.set(r#fn, ctx);
    Status::THREADING_OK
}

/// Switches on or off that mistakes are told: each call that fails, with a negative status or as a
/// query with a bad handle, prints one line to the standard error stream, once for each place in
/// the program.
///
/// The line has the place of the call, the function, the status and its cause (as
/// `threading_error_message` gives it), the object's type and handle, and the name of the thread.
/// The place is the file and the line if the program was compiled with -g, and otherwise
/// `program+0x1234`, which `addr2line -e program 0x1234` may know. The line is printed before the
/// error hook runs. A lock is reported as well if its own holder has tried to acquire it for a
/// second, without a time-out.
///
/// The environment can say the same without a change of the program:
/// - `THREADING_REPORT=1` tells mistakes from the start, whatever this function is called with.
/// - `THREADING_REPORT=abort` does the same, and aborts after the first line.
/// - `THREADING_REPORT=0` tells none, whatever this function is called with. It also silences a
///   `THREADING_WITH` that skips its statement, and the notice of an exit that waits for long.
///
/// Only `threading_lock_acquire` gets slower, and only if it has to wait. Calls that succeed
/// otherwise cost nothing extra. In a signal handler the line has the name that the system has for
/// the thread; before glibc 2.35 and in other C libraries the place is missing there.
/// @param on  whether mistakes are told from now on.
/// @retval THREADING_OK  always.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_report_mistakes(on: bool) -> threading_status {
    reporting::set(on);
    Status::THREADING_OK
}

/// Reports a failure in the calling thread: it calls the excepthook, or without one prints to the
/// standard error stream (as Python does for an exception that a thread does not catch). The thread
/// goes on.
///
/// The printed report always has two lines: control characters in the texts become escapes, such as
/// `\n`. The excepthook receives the texts unchanged.
/// @param type  the kind of failure, in UTF-8: a word, such as the name of a class.
/// @param message  what happened, in words for a person, in UTF-8; or NULL.
/// @param payload  passed to the excepthook, or NULL.
/// @retval THREADING_OK  the hook has returned, or the failure was printed.
/// @retval THREADING_INVALID_ARGUMENT  `type` is NULL, or `type` or `message` is not UTF-8; nothing
/// is reported.
/// @par Blocking
/// Never, apart from what the hook does.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_report_exception(
    r#type: *const c_char,
    message: *const c_char,
    payload: *mut c_void,
) -> threading_status {
    // SAFETY: the strings are null or NUL-terminated, by the caller's promise.
    let result = unsafe { excepthook::report_exception(r#type, message, payload) };
    super::outcome(c"threading_report_exception", Handle::NULL, result)
}
