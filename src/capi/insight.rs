//! Looks into the running program, for C.

use core::ffi::{c_char, c_void};

use crate::capi::list::List;
use crate::inspect::contention;
use crate::inspect::deadlock::Graph;
use crate::inspect::dump::{self, Format};
use crate::inspect::entry::{threading_certainty, threading_contention, threading_wait};
use crate::inspect::signal as on_signal;
use crate::inspect::waits;
use crate::inspect::watch;
use crate::lifecycle;
use crate::object::handle::{Handle, threading_thread};
use crate::object::names;
use crate::status::{Status, threading_status};
use crate::wait::timeout::Timeout;

/// A deadlock hook. The library calls it in the thread that watches, with the threads of a deadlock
/// in the order in which they wait for each other, their number, how sure it is, and the context
/// that was set. The entries are valid only during the call. The hook must return, and must not
/// acquire locks of the deadlock.
pub type threading_deadlock_hook = Option<
    unsafe extern "C-unwind" fn(
        waits: *const threading_wait,
        count: usize,
        certainty: threading_certainty,
        ctx: *mut c_void,
    ),
>;

/// Lists what the threads of the process wait for at this moment.
///
/// Each entry is true at a moment of its own: the threads are not stopped. A thread that runs, or
/// that waits for something that is not the library's, has no entry.
/// @param array  receives the entries; or NULL if `capacity` is 0.
/// @param capacity  the number of entries that fit into `array`.
/// @return the number of entries that were written, at most `capacity`. If it equals `capacity`,
/// there may be more.
/// @par Blocking
/// Never. The call takes no lock and allocates nothing.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_waits(
    array: *mut threading_wait,
    capacity: usize,
) -> usize {
    // SAFETY: `array` has room for `capacity` entries, by the caller's promise.
    let list = unsafe { List::new(c"threading_waits", array, capacity) };
    let Some(mut list) = list else { return 0 };
    if capacity > 0 {
        waits::for_each(|wait| list.push(wait));
    }
    list.length
}

/// Tells what a thread waits for at this moment.
///
/// @param thread  the thread.
/// @param out  receives what it waits for.
/// @retval THREADING_OK  the thread waits, and `*out` says for what.
/// @retval THREADING_NO_VALUE  the thread runs, has not started or has ended, or waits for
/// something that is not the library's; `*out` is unchanged.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never. The call takes no lock and allocates nothing.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_waiting_for(
    thread: threading_thread,
    out: *mut threading_wait,
) -> threading_status {
    let ask = || waits::of_thread(thread.into()).map(|wait| (&wait).into());
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_thread_waiting_for", thread, out, ask) }
}

/// Looks for threads that wait for each other in a circle.
///
/// The look takes no lock and stops no thread. It finds threads that wait without a time-out or a
/// stop for locks, rlocks, the ends of writes of rwlocks, ends of threads and tasks, and shutdowns
/// of executors. It looks at what it has found a second time, so that it never reports threads that
/// move as a deadlock. A lock that another thread than its holder has released is used as a signal,
/// and is left out; so is a thread that waits for a lock which it acquired itself, unless the lock
/// is owned (`threading_lock_set_owned`): then that thread alone is a deadlock.
/// @param array  receives the threads of one deadlock, in the order in which they wait for each
/// other; or NULL if `capacity` is 0.
/// @param capacity  the number of entries that fit into `array`.
/// @param certainty  receives how sure it is; or NULL.
/// @return the number of threads of the deadlock, of which at most `capacity` were written; 0 if
/// there is no deadlock, or no memory to look for one, or if `array` is NULL and `capacity` is not
/// 0. Of several deadlocks it is any one.
/// @par Blocking
/// Never. The call takes no lock, and allocates memory from the system only.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_find_deadlock(
    array: *mut threading_wait,
    capacity: usize,
    certainty: *mut threading_certainty,
) -> usize {
    // SAFETY: `array` has room for `capacity` entries, by the caller's promise.
    let list = unsafe { List::new(c"threading_find_deadlock", array, capacity) };
    let Some(mut list) = list else { return 0 };
    let mut graph = Graph::collect();
    let circle = graph.as_mut().and_then(Graph::next_circle);
    if !certainty.is_null() {
        let none = threading_certainty::THREADING_CERTAINTY_NONE;
        let found = circle.as_ref().map_or(none, |circle| circle.certainty.into());
        // SAFETY: not null, so it may be written, by the caller's promise.
        unsafe { certainty.write(found) };
    }
    circle.map_or(0, |circle| {
        circle.waits().all(|wait| list.push(wait));
        circle.length
    })
}

/// Lists the locks, rlocks, rwlocks and semaphores that threads have waited for longest.
///
/// The library counts waits in a queue: an acquire that finds the lock free, or that gets it after
/// a few microseconds of spinning, is not counted. `total` is the sum over all threads, so it may
/// be more than the time that has passed. Counting is always on, and costs nothing in an acquire
/// that does not wait. The environment variable THREADING_CONTENTION is a number: that many of them
/// are written as text at the end of the process, to where `threading_dump_on_signal` writes.
/// @param array  receives the entries, the greatest `total` first; or NULL if `capacity` is 0.
/// @param capacity  the number of entries that fit into `array`.
/// @return the number of entries that were written, at most `capacity`; 0 if nothing was waited
/// for, or if there is no memory for the list.
/// @par Blocking
/// Never. The call takes no lock, and allocates memory from the system only.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_contention_top(
    array: *mut threading_contention,
    capacity: usize,
) -> usize {
    // SAFETY: `array` has room for `capacity` entries, by the caller's promise.
    let list = unsafe { List::new(c"threading_contention_top", array, capacity) };
    let Some(mut list) = list else { return 0 };
    if let Some(sorted) = contention::sorted() {
        sorted.all().iter().all(|contended| list.push(contended));
    }
    list.length
}

/// Begins to count waits anew, for all locks, rlocks, rwlocks and semaphores.
///
/// Waits that end at the same time may be counted before or after.
/// @retval THREADING_OK  the counts are 0.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_contention_reset() -> threading_status {
    contention::reset();
    Status::THREADING_OK
}

/// Writes what every thread does, waits for and holds, and the deadlocks, as text for people.
///
/// The text is one line or a few for each thread, and each deadlock with its threads. Each line is
/// true at a moment of its own, since no thread is stopped; a deadlock was looked at twice. The
/// text may change from version to version: programs read `threading_dump_json`. Names are written
/// with escapes for control characters, and up to 255 bytes of them.
/// @param fd  a descriptor that is open for writing; 2 is the standard error stream.
/// @retval THREADING_OK  all was written.
/// @retval THREADING_BUSY  another dump is being written.
/// @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
/// @retval THREADING_NO_RESOURCES  there is no memory for the look.
/// @par Blocking
/// As long as the descriptor does. The call takes no lock, and allocates memory from the system
/// only. No SIGPIPE is sent.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_dump(fd: i32) -> threading_status {
    super::outcome(c"threading_dump", Handle::NULL, dump::write(fd, Format::Text))
}

/// As `threading_dump`, as JSON for programs.
///
/// The text is one object. Handles and idents are strings of 0x and 16 hexadecimal digits; times
/// are numbers of seconds with three decimals. A `name` is null where there is none. Later
/// versions may add members, and readers skip those that they do not know.
///
/// - `threading`: the number of the schema, which is 1. `version`: the library's. `pid`, `program`:
///   the id and the name of the process. `monotonic`: when the look was made, as
///   `threading_monotonic` tells it.
/// - `threads`: for each thread its `name`, its `ident`, its `native_id`, which is 0 before it
///   runs, its `state` (waiting, sleeping, starting or running), whether it is a `daemon`, whether
///   it is `foreign`: the library did not start it; whether it is `periodic`: the thread of a
///   periodic timer; in `holds`, the handles of the locks and rlocks that it holds, and of the
///   rwlocks that it writes; if it waits or sleeps, `wait`; and, while that is recorded
///   (`threading_inspect`), in `last_waits` what it has waited for, the latest first.
/// - `wait`: the `kind` of what it waits for, such as lock, thread, sleep, or library for something
///   of the library's own; the handle of the `object` and its `name`; in `others`, which only a
///   wait for several objects or with a stop has, the handles of the other objects that may end it;
///   for how many `seconds` it has waited; how many are `remaining`, null without a time-out; the
///   ident of the `holder` that it waits for, or null; and the `site` of the call: file and line,
///   or a place in a file, or an address, or null.
/// - `last_waits`: `kind`, `object`, `name` and `site` as in `wait`; how many `seconds` it took,
///   and how many `ago` it ended; the `outcome` (woken, timeout, stopped or broken); and whether it
///   was one of `several`: another object, or a stop, might have ended it too.
/// - `pending_timers`, `pending_periodic_timers`: how many timers that run once, and how many
///   periodic ones, are not due yet. `pending_tasks`: how many tasks of executors have not begun.
/// - `objects`: of what is held or waited for its `kind`, `handle` and `name`; of the own rlock of
///   a condition, the handle of that `condition`; the ident of its `holder`, or null; of an rlock
///   that is held, how many levels `depth` is; of an rwlock, how many `reads` there are; how many
///   threads are `waiting`; and whether it was used as a `signal`: another thread than its holder
///   has released that lock.
/// - `deadlocks`: of each its `certainty` (probable or certain), and the idents of its `threads`,
///   in the order in which they wait for each other.
/// - `contention`: of each lock, rlock, rwlock and semaphore that threads have waited for its
///   `kind`, its handle as `object`, its `name`, how many `waits` have acquired it, how many were
///   `timeouts`, how long the waits took in `total`, how long the `longest` took, and the ident of
///   the `longest_holder`, which held it when that began, or null; always null for a semaphore.
/// - `holds`: of each lock and rlock that was held while that was recorded
///   (`threading_inspect`) its `kind`, its handle as `object`, its `name`, how many `holds` are
///   over, how long they lasted in `total`, how long the `longest` lasted, the ident of the
///   `longest_holder`, whose it was, and as `longest_site` where it began, or null.
/// - `unmet`: the `native_id` and the name (`comm`) of each thread that has not called the library.
///
/// @param fd  a descriptor that is open for writing.
/// @retval THREADING_OK  all was written.
/// @retval THREADING_BUSY  another dump is being written.
/// @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
/// @retval THREADING_NO_RESOURCES  there is no memory for the look.
/// @par Blocking
/// As `threading_dump`.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_dump_json(fd: i32) -> threading_status {
    super::outcome(c"threading_dump_json", Handle::NULL, dump::write(fd, Format::Json))
}

/// Writes a dump whenever the process gets a signal, for example by `kill -QUIT` from a shell.
///
/// The dump is that of `threading_dump`. The environment variables THREADING_DUMP_SIGNAL (QUIT,
/// USR1, USR2, HUP, INT, TERM, ALRM, PROF, or a number) and THREADING_DUMP_FILE do the same without
/// a call. Shells start programs in the background of a script with QUIT ignored; USR1 works there.
/// Without a signal, a program that was started with the environment variable THREADING_SOCKET=1
/// gives its dump to the programs `threading-dump` and `threading-top` of its own user and of root.
/// The handler runs on the alternate signal stack of the thread that gets the signal, if it has
/// one. If that is less than 24 KB, one line on the standard error stream says so, and there is no
/// dump.
/// @param signal  the signal's number; 0: from now on no signal writes one.
/// @param path  the file to which dumps are appended, in which %p is the process's id; it is opened
/// anew for each dump. NULL: the standard error stream. The library copies it. Reports of
/// `threading_watch` go there as well.
/// @retval THREADING_OK  the signal writes dumps from now on, and no other signal does.
/// @retval THREADING_BUSY  the program handles the signal already, or ignores it.
/// @retval THREADING_INVALID_ARGUMENT  there is no such signal, or it cannot be handled; or the
/// path is not UTF-8, or longer than 1,023 bytes.
/// @retval THREADING_NO_RESOURCES  there is no memory for the path.
/// @par Blocking
/// Never, except for a short time while another thread calls it.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_dump_on_signal(
    signal: i32,
    path: *const c_char,
) -> threading_status {
    // SAFETY: `path` is null or NUL-terminated, by the caller's promise.
    let path = unsafe { names::bytes(path) };
    let set = on_signal::set(signal, Some(path));
    super::outcome(c"threading_dump_on_signal", Handle::NULL, set)
}

/// Starts the watch: a thread of the library's that looks for deadlocks again and again.
///
/// It prints each deadlock that it finds once, with its threads and objects, to where
/// `threading_dump_on_signal` writes, else to the standard error stream; then it calls the deadlock
/// hook. The environment variable THREADING_WATCH does the same without a call: the interval, and
/// after a comma the patience, which is 5 if it is left out (`1` or `5,10`). The environment
/// variable THREADING_ON_DEADLOCK says what is done with a deadlock: a list of `report`, the
/// default; `dump`, a whole dump instead of the report; and `abort`, which ends the process by
/// SIGABRT afterwards. While another dump is being written, it is tried again for five seconds. The
/// thread appears in no list, and keeps no process alive. In a forked child it begins again, with
/// the same times, when the child starts its first thread by the library.
/// @param interval  the time between two looks in seconds, more than 0; INFINITY: no more looks.
/// @param patience  for how many seconds a probable deadlock has to last before it is reported; 0
/// or less reports it at once, and INFINITY never. Certain deadlocks are always reported at once.
/// @retval THREADING_OK  the thread looks at these intervals from now on.
/// @retval THREADING_INVALID_ARGUMENT  a number is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX; or `interval` is 0 or less.
/// @retval THREADING_NO_RESOURCES  the system has no room for a thread.
/// @par Blocking
/// Never, except for a short time while another thread calls it.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_watch(interval: f64, patience: f64) -> threading_status {
    lifecycle::ensure();
    let times = Timeout::from_seconds(interval)
        .and_then(|interval| Timeout::from_seconds(patience).map(|patience| (interval, patience)));
    let set = times.and_then(|(interval, patience)| watch::set(interval, patience));
    super::outcome(c"threading_watch", Handle::NULL, set)
}

/// Sets the deadlock hook, which `threading_watch` calls for each deadlock that it finds.
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
pub unsafe extern "C-unwind" fn threading_set_deadlock_hook(
    r#fn: threading_deadlock_hook,
    ctx: *mut c_void,
) -> threading_status {
    watch::DEADLOCK.set(r#fn, ctx);
    Status::THREADING_OK
}
