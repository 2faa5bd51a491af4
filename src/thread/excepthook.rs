//! Reports of failures in threads: they go to the excepthook, or are printed if there is none.

use core::ffi::{CStr, c_char, c_void};

use crate::object::cause::failure;
use crate::object::handle::threading_thread;
use crate::platform::print::print_error;
use crate::status::Status;
use crate::thread::hooks::{EXCEPT, threading_exception};
use crate::thread::name;
use crate::thread::registry;

/// Whether there is an excepthook, so that failures are not printed.
pub fn is_set() -> bool {
    EXCEPT.get().is_some()
}

/// Passes a failure of the calling thread to the excepthook, or prints it.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if `kind` is null, or a string is not UTF-8.
///
/// # Safety
/// Both strings are null or NUL-terminated.
pub unsafe fn report_exception(
    kind: *const c_char,
    message: *const c_char,
    payload: *mut c_void,
) -> Result<(), Status> {
    let text = |text: *const c_char| match text.is_null() {
        true => c"",
        // SAFETY: not null, so NUL-terminated, by the caller's promise.
        false => unsafe { CStr::from_ptr(text) },
    };
    if kind.is_null() {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the type is NULL"));
    }
    if text(kind).to_str().is_err() || text(message).to_str().is_err() {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the type or the message is not UTF-8"));
    }
    let thread = threading_thread::from(registry::current_thread());
    if let Some((hook, context)) = EXCEPT.get() {
        let exception = threading_exception { r#type: kind, message, payload, thread };
        // SAFETY: the caller that set the hook promised a function of this type that stays
        // callable, with this context; the exception lives during the call.
        unsafe { hook(&exception, context) };
        return Ok(());
    }
    // SAFETY: `of_current` returns a NUL-terminated string of this thread's.
    let thread_name = unsafe { CStr::from_ptr(name::of_current(thread.into())) };
    let separator: &[u8] = if text(message).is_empty() { b"" } else { b": " };
    print_error(&[
        &[b"Exception in thread ", thread_name.to_bytes(), b":"],
        &[text(kind).to_bytes(), separator, text(message).to_bytes()],
    ]);
    Ok(())
}
