//! Statuses and the version, for C.

use core::ffi::{CStr, c_char, c_int};

use crate::print::print_error;
use crate::status::{self, Status, threading_status};
use crate::system;
use crate::thread::{current, name};

/// Returns the whole name of a status's constant, such as "THREADING_TIMEOUT".
///
/// @param status  any number.
/// @return a static string, never NULL; for a number that is no status one that says so.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_status_name(status: i32) -> *const c_char {
    status::name(status).as_ptr()
}

/// Returns one line about a status, for a person.
///
/// @param status  any number.
/// @return a static string, never NULL; for a number that is no status one that says so.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_status_message(status: i32) -> *const c_char {
    status::message(status).as_ptr()
}

/// Returns the version of the library that runs, such as "0.1.0"; the macros tell that of the header.
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

/// Prints where a call failed, and aborts; passes any other status on. `THREADING_CHECK` calls it.
///
/// @param status  what the call returned.
/// @param call  the call's text, or NULL.
/// @param file  the source file, or NULL.
/// @param line  the line in it.
/// @return `status`, if it is not negative, or THREADING_OK for a positive number that is no status; else the function does not
/// return, but prints file, line, call, status and thread to
/// the standard error stream and calls abort().
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
        // SAFETY: not null, so NUL-terminated, by the caller's promise; `of_current` never returns null.
        if text.is_null() { c"?" } else { unsafe { CStr::from_ptr(text) } }.to_bytes()
    };
    let mut digits = [0; 12];
    let line = system::decimal(line, &mut digits);
    let thread_name = name::of_current(current::thread());
    let (status_name, message) = (status::name(status).to_bytes(), status::message(status).to_bytes());
    print_error(&[&[
        text(file),
        b":",
        line,
        b": ",
        text(call),
        b" failed: ",
        status_name,
        b" (",
        message,
        b") in thread ",
        text(thread_name),
    ]]);
    // SAFETY: the call has no precondition; this function's purpose is to end the process here.
    unsafe { libc::abort() }
}
