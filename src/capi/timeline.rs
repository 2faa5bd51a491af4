//! The timeline and the report, for C.

use core::ffi::c_char;

use crate::inspect::report;
use crate::inspect::timeline;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::names;
use crate::status::threading_status;

/// Writes what the threads did lately, as a timeline that viewers such as Perfetto and speedscope
/// draw.
///
/// The text is one object of JSON in Chrome's Trace Event Format. Each thread has a track with its
/// waits; the wait for a lock says who held it. Each lock and rlock has a track with its holders,
/// and arrows lead from a release or notify to the wait that it has ended. Recorded is what
/// happens while THREADING_INSPECT_TIMELINE is on: see `threading_inspect`. Each thread keeps its
/// latest 4,096 events, and all threads together at most 64 MB. The environment variable
/// THREADING_TIMELINE=FILE switches the recording on when the library is loaded, and has the
/// timeline written to that file at the end of the process; %p in it is the process's id.
/// @param fd  a descriptor that is open for writing.
/// @retval THREADING_OK  all was written; without a recording that is a timeline without events.
/// @retval THREADING_BUSY  another timeline, dump or report is being written.
/// @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
/// @retval THREADING_NO_RESOURCES  there is no memory for the look; what was written is not
/// complete.
/// @par Blocking
/// As long as the descriptor does. The call takes no lock, and allocates memory from the system
/// only. Threads go on recording meanwhile. No SIGPIPE is sent.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_timeline_json(fd: i32) -> threading_status {
    super::outcome(c"threading_timeline_json", Handle::NULL, timeline::write(fd))
}

/// Puts a text into the timeline, at this moment of the calling thread's track.
///
/// While the timeline is off, nothing happens.
/// @param text  the text, of which up to 64 bytes are kept. The library copies it.
/// @retval THREADING_OK  the text is in the timeline, or the timeline is off.
/// @retval THREADING_INVALID_ARGUMENT  the text is NULL, or is not UTF-8.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_mark(text: *const c_char) -> threading_status {
    let null = || Err(failure!(THREADING_INVALID_ARGUMENT, c"the text is NULL"));
    // SAFETY: `text` is null or NUL-terminated, by the caller's promise.
    let text = if text.is_null() { null() } else { unsafe { names::text(text) } };
    super::outcome(c"threading_mark", Handle::NULL, text.map(timeline::mark))
}

/// Writes a page of HTML for people: what every thread does, waits for and holds, the deadlocks,
/// what was waited for longest, and the timeline.
///
/// The page has what `threading_dump_json` and `threading_timeline_json` write, and draws it. It is
/// one file, and loads nothing from elsewhere. Without a recording its timeline is empty.
/// @param fd  a descriptor that is open for writing.
/// @retval THREADING_OK  all was written.
/// @retval THREADING_BUSY  another dump, timeline or report is being written.
/// @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
/// @retval THREADING_NO_RESOURCES  there is no memory for the look; what was written is not
/// complete.
/// @par Blocking
/// As `threading_timeline_json`.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_report_html(fd: i32) -> threading_status {
    super::outcome(c"threading_report_html", Handle::NULL, report::write(fd))
}
