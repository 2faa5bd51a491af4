//! Hooks, for C.

use core::ffi::{c_char, c_void};

use crate::object::handle::{Handle, threading_thread};
use crate::status::{Status, threading_status};
use crate::thread::hooks::{self, threading_exception};

/// Called in a thread, at its start or at its end, with the thread and the context that was set. It
/// must return.
pub type threading_thread_hook =
    Option<unsafe extern "C-unwind" fn(thread: threading_thread, ctx: *mut c_void)>;

/// Called in a thread that reports a failure. The exception lives during the call. It must return.
pub type threading_excepthook =
    Option<unsafe extern "C-unwind" fn(exception: *const threading_exception, ctx: *mut c_void)>;

/// Called in the thread whose call fails, before that call returns: with the function's name, its
/// status, the bits of the handle that it was called with (0 if none), and the context that was
/// set. It must return. Calls that fail inside the hook are not reported.
pub type threading_error_hook = Option<
    unsafe extern "C-unwind" fn(
        function: *const c_char,
        status: threading_status,
        handle: u64,
        ctx: *mut c_void,
    ),
>;

/// Sets the hook that is called in each new thread before its target (the place of Python's
/// `threading.settrace()`).
///
/// @param fn  the hook; or NULL: none from now on. The previous hook may still be running when the
/// call returns.
/// @param ctx  passed to the hook; it stays the caller's; or NULL.
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

/// Sets the hook that is called in each thread of this library after its target, and before the
/// thread's thread-locals are destroyed. It is called too if the target ends by pthread_exit or
/// cancellation.
///
/// @param fn  the hook; or NULL: none from now on. The previous hook may still be running when the
/// call returns.
/// @param ctx  passed to the hook; it stays the caller's; or NULL.
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

/// Sets the hook that `threading_report_exception` calls (Python: `threading.excepthook`).
///
/// @param fn  the hook; or NULL: failures are printed to the standard error stream. The previous
/// hook may still be running when the call returns.
/// @param ctx  passed to the hook; it stays the caller's; or NULL.
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

/// Tells whether an excepthook is set: if not, `threading_report_exception` prints.
///
/// @return whether one is set at this moment.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_has_excepthook() -> bool {
    hooks::has_excepthook()
}

/// Sets the hook that is called for every call of this library that fails: one that returns a
/// negative status, or asks about a bad handle.
///
/// A program that ignores results learns of its mistakes by this hook. Inside the hook
/// `threading_error_message` says why the call fails. It costs nothing for calls that succeed. If a
/// call fails in a signal handler, the hook runs there too.
/// @param fn  the hook; or NULL: none from now on. The previous hook may still be running when the
/// call returns.
/// @param ctx  passed to the hook; it stays the caller's; or NULL.
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

/// Reports a failure in the calling thread: to the excepthook, else to the standard error stream
/// (what Python does with an exception that a thread does not catch). The thread goes on. What is
/// printed are two lines, whatever is in the texts: control characters in them become escapes, such
/// as `\n`. The hook gets the texts as they are.
///
/// @param type  the kind of failure, in UTF-8: a word, such as a class name.
/// @param message  what happened, for a person, in UTF-8; or NULL.
/// @param payload  passed to the excepthook; or NULL.
/// @retval THREADING_OK  the hook has returned, or the failure was printed.
/// @retval THREADING_INVALID_ARGUMENT  `type` is NULL, or one of the two is not UTF-8; nothing is
/// reported.
/// @par Blocking
/// Never, except for what the hook does.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_report_exception(
    r#type: *const c_char,
    message: *const c_char,
    payload: *mut c_void,
) -> threading_status {
    // SAFETY: the strings are null or NUL-terminated, by the caller's promise.
    let result = unsafe { hooks::report_exception(r#type, message, payload) };
    super::outcome(c"threading_report_exception", Handle::NULL, result)
}
