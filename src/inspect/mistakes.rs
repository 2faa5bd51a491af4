//! Mistakes that are told: each call that fails, once a place in the program, as one line on the
//! standard error stream (`THREADING_REPORT`, `threading_report_mistakes`).
//!
//! A call may fail in a signal handler. A function that may be called there is told without a lock.

use core::ffi::CStr;
use core::fmt::{self, Write};

use crate::atomic::{AtomicU64, Ordering};
use crate::inspect::waits;
use crate::object::cause;
use crate::object::handle::Handle;
use crate::object::kinds;
use crate::object::names;
use crate::object::text;
use crate::platform::caller;
use crate::platform::place::{LastFile, describe};
use crate::platform::print::{FixedText, print_error};
use crate::platform::system::{self, KeepErrno};
use crate::platform::tasks::{self, LONGEST_NAME};
use crate::status::{self, Status};
use crate::sync::lock;
use crate::thread::current;
use crate::thread::name;
use crate::thread::reporting;
use crate::wait::timeout::Timeout;

/// The functions that can fail in a signal handler: those that the header calls async-signal-safe.
const IN_HANDLERS: [&CStr; 49] = [
    c"threading_lock_locked",
    c"threading_semaphore_release",
    c"threading_semaphore_release_n",
    c"threading_semaphore_value",
    c"threading_event_clear",
    c"threading_event_set",
    c"threading_event_is_set",
    c"threading_rwlock_write_locked",
    c"threading_rwlock_readers",
    c"threading_rwlock_writer",
    c"threading_latch_count_down",
    c"threading_latch_count_down_n",
    c"threading_latch_is_open",
    c"threading_once_done",
    c"threading_latch_count",
    c"threading_stop_request",
    c"threading_stop_requested",
    c"threading_stop_expired",
    c"threading_stop_remaining",
    c"threading_queue_size",
    c"threading_queue_maxsize",
    c"threading_queue_is_shut",
    c"threading_executor_is_shut",
    c"threading_future_is_done",
    c"threading_future_was_cancelled",
    c"threading_lock_name",
    c"threading_rlock_name",
    c"threading_rwlock_name",
    c"threading_condition_name",
    c"threading_semaphore_name",
    c"threading_event_name",
    c"threading_barrier_name",
    c"threading_latch_name",
    c"threading_stop_name",
    c"threading_queue_name",
    c"threading_executor_name",
    c"threading_local_name",
    c"threading_thread_name",
    c"threading_waits",
    c"threading_thread_waiting_for",
    c"threading_find_deadlock",
    c"threading_holds_top",
    c"threading_contention_top",
    c"threading_contention_reset",
    c"threading_dump",
    c"threading_dump_json",
    c"threading_timeline_json",
    c"threading_mark",
    c"threading_report_html",
];

/// What was told already, as hashes of place and status, which are not 0. There are fewer mistakes
/// than places here; where there are more, the rest is not told.
static TOLD: [AtomicU64; 1024] = [const { AtomicU64::new(0) }; 1024];

/// One number of several: FNV-1a, over words.
fn hash(numbers: impl Iterator<Item = usize>) -> u64 {
    numbers.fold(0xcbf2_9ce4_8422_2325, |hash, number| {
        (hash ^ number as u64).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Whether this is told for the first time: the same numbers are told once.
fn is_new(numbers: &[usize]) -> bool {
    let hash = hash(numbers.iter().copied());
    let key = (hash ^ hash >> 32) | 1;
    let start = (key >> 1) as usize % TOLD.len();
    for place in TOLD.iter().cycle().skip(start).take(TOLD.len()) {
        // ORDERING: Relaxed, both: nothing is published with it.
        match place.compare_exchange(0, key, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(found) if found == key => return false,
            Err(_) => {}
        }
    }
    false
}

/// The room for the part of a line with the place, and for that with the object and the thread.
const PART: usize = 256;

/// Writes what the object is called that a call was about.
fn write_object(text: &mut FixedText, object: Handle) -> fmt::Result {
    if object.is_null() {
        return Ok(());
    }
    write!(text, " for {} {:#018x}", kinds::name(object.tag().kind()), object.0)?;
    write_object_name(text, object)
}

/// Room for a name.
const NAME: usize = PART / 2;

/// Writes the name that the program has given to the object, if there is one.
fn write_object_name(text: &mut FixedText, object: Handle) -> fmt::Result {
    let mut room = [0; NAME];
    match names::copy(object, &mut room) {
        Some(length) => write!(text, " \"{}\"", valid(text::cut(&room, length.min(NAME - 1)))),
        None => Ok(()),
    }
}

/// The text up to the first byte that is not UTF-8, if there is any.
fn valid(text: &[u8]) -> &str {
    text.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

/// Writes which thread the calling one is.
fn write_thread(text: &mut FixedText) -> fmt::Result {
    let mut room = [0; NAME];
    if let Some(thread) = current::own_record_in_handler()
        && let Some(length) = name::copy(thread, &mut room)
    {
        return write!(text, " in thread {}", valid(text::cut(&room, length.min(NAME - 1))));
    }
    if system::is_first_thread() {
        return text.write_str(" in thread MainThread");
    }
    let mut room = [0; LONGEST_NAME + 1];
    let name = valid(tasks::own_name(&mut room));
    write!(text, " in thread {name} ({})", system::native_id())
}

/// Prints one line, unless the same place was told of the same before: where, what, about which
/// object, and in which thread. `kind` says what is the same.
#[cold]
fn print_once(in_handler: bool, kind: [usize; 2], what: &[&[u8]], object: Handle) {
    let is_findable = !in_handler || caller::is_safe_in_handlers();
    let site = if is_findable { caller::return_address() } else { 0 };
    if !is_new(&[site, kind[0], kind[1]]) {
        return;
    }
    let mut place = [0; PART];
    let mut place = FixedText::new(&mut place);
    let is_known = site != 0
        && describe(&mut place, caller::frames().get(), in_handler, &mut LastFile::new()).is_ok()
        && place.write_str(": ").is_ok();
    // A compiler may make several calls of one.
    let text = hash(place.as_bytes().iter().map(|byte| usize::from(*byte))) as usize;
    if is_known && !is_new(&[text, kind[0], kind[1]]) {
        return;
    }
    let mut about = [0; PART];
    let mut about = FixedText::new(&mut about);
    // What does not fit is left out.
    let _ = write_object(&mut about, object);
    let _ = write_thread(&mut about);
    let mut parts: [&[u8]; 9] = [b""; 9];
    let place: &[u8] = if is_known { place.as_bytes() } else { b"" };
    let (before, after) = ([b"libthreading: ", place], [about.as_bytes()]);
    for (to, from) in parts.iter_mut().zip(before.iter().chain(what).chain(&after)) {
        *to = from;
    }
    print_error(&[&parts]);
}

/// A call of that function fails, for the cause that was stored last. The process may end here.
#[inline]
pub fn tell(function: &'static CStr, status: Status, object: Handle) {
    if reporting::tells() {
        tell_failure(function, status, object);
    }
}

#[cold]
#[inline(never)]
fn tell_failure(function: &'static CStr, status: Status, object: Handle) {
    let _errno = KeepErrno::new();
    let in_handler = IN_HANDLERS.contains(&function);
    let last = cause::last();
    let why = last.map_or_else(|| status::cause(status).1, |(_, cause)| cause.1);
    let name = status::name(status as i32).to_bytes();
    let what = [function.to_bytes(), b" failed: ", name, b" (", why.to_bytes(), b")"];
    print_once(in_handler, [function.as_ptr().addr(), status as usize], &what, object);
    cause::forget_since(last);
    if reporting::aborts() {
        system::abort();
    }
}

/// `THREADING_WITH` in this line has not acquired its object, and skips its statement.
pub fn tell_skipped(file: &CStr, line: i32, status: Status) {
    // Where every failure is told, this one was.
    if reporting::is_quiet() || reporting::tells() {
        return;
    }
    if !is_new(&[file.as_ptr().addr(), line as usize, status as usize]) {
        return;
    }
    let last = cause::last();
    let (function, why) = match last {
        Some((Some(function), cause)) if cause.0 == status => (function, cause.1),
        _ => (c"the acquire", status::cause(status).1),
    };
    let mut text = [0; 16];
    let mut number = FixedText::new(&mut text);
    let _ = write!(number, ":{line}: ");
    let mut about = [0; PART];
    let mut about = FixedText::new(&mut about);
    let _ = write_thread(&mut about);
    print_error(&[&[
        b"libthreading: ",
        file.to_bytes(),
        number.as_bytes(),
        b"THREADING_WITH skips its statement: ",
        function.to_bytes(),
        b" failed: ",
        status::name(status as i32).to_bytes(),
        b" (",
        why.to_bytes(),
        b")",
        about.as_bytes(),
    ]]);
    cause::forget_since(last);
}

/// How long a thread waits for a lock that it holds itself before that is told, in nanoseconds.
const SELF_WAIT: u64 = 1_000_000_000;

/// Acquires the lock, however long that takes. Where mistakes are told and the calling thread
/// holds the lock itself, that is told after a second. It is legal, since another thread may
/// release the lock.
///
/// # Errors
/// As [`lock::acquire`].
pub fn acquire_lock(object: Handle) -> Result<(), Status> {
    if reporting::tells() && lock::is_held_by_caller(object) {
        match lock::acquire(object, Timeout::For(SELF_WAIT)) {
            Err(Status::THREADING_TIMEOUT) if lock::is_held_by_caller(object) => {
                tell_self_wait(object);
            }
            Err(Status::THREADING_TIMEOUT) => {}
            decided => return decided,
        }
    }
    lock::acquire(object, Timeout::Forever)
}

#[cold]
#[inline(never)]
fn tell_self_wait(object: Handle) {
    let what: &[u8] = if waits::is_owned(object) {
        b"threading_lock_acquire has waited for a second, and the caller holds the lock itself, \
            which is owned: nothing can end this wait"
    } else {
        b"threading_lock_acquire has waited for a second, and the caller holds the lock itself: \
            only another thread can end this wait"
    };
    print_once(false, [SELF_WAIT as usize, 0], &[what], object);
}

#[cfg(test)]
mod tests {
    use super::IN_HANDLERS;

    /// The names of the functions of which the header says so, and which can fail.
    fn safe_in_header() -> Vec<String> {
        let header = include_str!("../../include/threading.h");
        let safe = |comment: &&str| comment.contains("async-signal-safe.");
        let comments = header.split("/**").skip(1).filter(safe);
        let declared = comments.filter_map(|text| text.split("*/").nth(1)?.split(';').next());
        let name = |text: &str| {
            let (before, _) = text.split_once('(').filter(|(before, _)| before.contains(' '))?;
            Some(before.rsplit([' ', '*', '\n']).next()?.to_owned())
        };
        declared.filter_map(name).filter(|name| !CANNOT_FAIL.contains(&name.as_str())).collect()
    }

    const CANNOT_FAIL: [&str; 5] = [
        "threading_status_name",
        "threading_status_message",
        "threading_error_message",
        "threading_get_ident",
        "threading_get_native_id",
    ];

    #[test]
    fn the_list_has_the_functions_that_the_header_calls_async_signal_safe() {
        let mut listed = IN_HANDLERS.map(|name| name.to_str().unwrap().to_owned()).to_vec();
        let mut safe = safe_in_header();
        listed.sort();
        safe.sort();
        assert_eq!(listed, safe);
    }
}
