//! Statuses and the version, for C.

use core::ffi::{CStr, c_char, c_int};

use crate::capi::causes;
use crate::inspect::mistakes;
use crate::lifecycle;
use crate::object::cause::{self, Cause};
use crate::platform::print::{decimal, print_error};
use crate::platform::system;
use crate::status::{self, Status, threading_status};
use crate::thread::name;
use crate::thread::registry;

/// Returns the full name of a status constant, such as "THREADING_TIMEOUT".
///
/// @param status  any number.
/// @return a static string, never NULL. For a number that is not a status, the string says so.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_status_name(status: i32) -> *const c_char {
    status::name(status).as_ptr()
}

/// Returns one line that explains a status to a person.
///
/// @param status  any number.
/// @return a static string, never NULL. For a number that is not a status, the string says so.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_status_message(status: i32) -> *const c_char {
    status::message(status).as_ptr()
}

/// Returns the cause of the last failed call of the calling thread, as one line of text.
///
/// If a status has several causes, this line is more precise than `threading_status_message`: it
/// says which lock was not held, or which argument was wrong. In an error hook the line is about
/// the call that the hook was called for. A call has failed if it returned a negative status, or if
/// it was a query with a bad handle.
/// @return a static string, never NULL. If no call has failed in this thread, the string says so.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_error_message() -> *const c_char {
    causes::message()
}

/// Returns the version of the loaded library, such as "0.1.0". The version of the header is in the
/// macros THREADING_VERSION_MAJOR, _MINOR and _PATCH.
///
/// @return a static string, never NULL.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Checks a status: for a negative one it prints where and why the call failed, and aborts.
/// `THREADING_CHECK` calls this function.
///
/// @param status  the status that the call returned.
/// @param call  the source text of the call, or NULL.
/// @param file  the name of the source file, or NULL.
/// @param line  the line number in that file.
/// @return `status` if it is not negative; THREADING_OK for a positive number that is not a status.
/// If `status` is negative, the function does not return: it prints one line to the standard error
/// stream and calls abort(). The line contains the file, the line number, the call, the status, the
/// cause (as `threading_error_message` gives it) and the name of the thread.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_check(
    status: i32,
    call: *const c_char,
    file: *const c_char,
    line: c_int,
) -> threading_status {
    if status >= 0 {
        return Status::from_number(status).unwrap_or(Status::THREADING_OK);
    }
    let text = |text: *const c_char| {
        // SAFETY: not null, so NUL-terminated, by the caller's promise; `of_current` never returns
        // null.
        if text.is_null() { c"?" } else { unsafe { CStr::from_ptr(text) } }.to_bytes()
    };
    let mut digits = [0; 12];
    let line = decimal(line, &mut digits);
    let thread_name = {
        lifecycle::ensure();
        name::of_current(registry::current_thread())
    };
    let status_name = status::name(status).to_bytes();
    // The status may come from an earlier call: other calls may have failed in the meantime.
    let (failed, message) = match cause::last() {
        Some((Some(failed), Cause(last, cause))) if *last as i32 == status => {
            (failed.to_bytes(), cause.to_bytes())
        }
        _ => (&[] as &[u8], status::message(status).to_bytes()),
    };
    // If `call` does not contain the name, a function of the program has called the library.
    let is_named = failed.is_empty() || text(call).windows(failed.len()).any(|name| name == failed);
    let (failed, colon): (&[u8], &[u8]) = if is_named { (b"", b"") } else { (failed, b": ") };
    print_error(&[&[
        text(file),
        b":",
        line,
        b": ",
        text(call),
        b" failed: ",
        status_name,
        b" (",
        failed,
        colon,
        message,
        b") in thread ",
        text(thread_name),
    ]]);
    system::abort()
}

/// Says that a `THREADING_WITH` has skipped its statement. The macro calls this function if the
/// object cannot be acquired.
///
/// A critical section that is lost in silence is never wanted, so one line is printed to the
/// standard error stream, once for each place in the program, even if mistakes are not told
/// otherwise. If they are (see `threading_report_mistakes`), the call that failed was told already.
/// The environment variable THREADING_REPORT=0 silences this line.
///
/// @param status  the status with which the object was not acquired.
/// @param file  the name of the source file, or NULL.
/// @param line  the line number in that file.
/// @return `status`; THREADING_OK for a number that is not a status. The line is printed only if
/// `status` is negative.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_with_failed_(
    status: i32,
    file: *const c_char,
    line: c_int,
) -> threading_status {
    let status = Status::from_number(status).unwrap_or(Status::THREADING_OK);
    if status.is_error() {
        // SAFETY: not null, so NUL-terminated, by the caller's promise.
        let file = if file.is_null() { c"?" } else { unsafe { CStr::from_ptr(file) } };
        mistakes::tell_skipped(file, line, status);
    }
    status
}
