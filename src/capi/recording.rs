//! What is recorded at run time, for C.

use core::ffi::c_void;

use crate::capi::list::List;
use crate::inspect::entry::{threading_hold, threading_order};
use crate::inspect::recorder::{holds, order};
use crate::inspect::switch;
use crate::lifecycle;
use crate::object::handle::Handle;
use crate::status::{Status, threading_status};

/// An order hook. The library calls it with the pairs of a circle of locks, in which each wants
/// what the next one holds (or one of its class: THREADING_INSPECT_CLASSES), their number, and the
/// context that was set. The entries are valid only during the call. It runs in the thread that has
/// closed the circle, which holds the locks that it held, and in a call that acquires: so the hook
/// must return, and must not acquire locks of the circle.
pub type threading_order_hook = Option<
    unsafe extern "C-unwind" fn(pairs: *const threading_order, count: usize, ctx: *mut c_void),
>;

/// Begins to record what costs something while it is recorded, or ends that.
///
/// While ORDER, HOLDS or TIMELINE is on, each acquire and release of a lock or rlock takes several
/// times as long as otherwise: some hundred instructions instead of some dozen. WAITS costs some
/// hundred instructions in each call that goes to sleep, and nothing in any other: each thread
/// keeps its last 32 waits and sleeps, which `threading_dump` then shows, each with its object, how
/// long it was, how long ago it ended and how, and in which line. While nothing is on, nothing
/// costs anything. The environment variable THREADING_INSPECT does the same without a call: a list
/// of `order`, `classes`, `holds`, `timeline` and `waits`, with commas between them. Call sites
/// need no switch: what blocks, or is recorded, is known by its line.
///
/// CLASSES is ORDER for programs that make many locks of each sort: locks of one name, or without a
/// name those that were made by one call, are a class, and all of a class count as one lock. So two
/// orders are found that were never taken with the same two locks; and a lock that is taken inside
/// of another one of its class is no order. A lock without a name that was made before CLASSES was
/// on is a class of its own.
///
/// What is held at the moment of the call is recorded from its next acquire on, and a wait from the
/// next one on. What was recorded before WAITS was switched off and on is forgotten. A forked child
/// records what its parent did, and begins with no last waits.
/// @param what  any of THREADING_INSPECT_ORDER, THREADING_INSPECT_HOLDS,
/// THREADING_INSPECT_TIMELINE, THREADING_INSPECT_WAITS and THREADING_INSPECT_CLASSES; 0: nothing
/// from now on.
/// @retval THREADING_OK  this is recorded from now on, and nothing else.
/// @retval THREADING_INVALID_ARGUMENT  `what` has a bit that stands for nothing; nothing has
/// changed.
/// @retval THREADING_NO_RESOURCES  there is no memory for the records; nothing has changed.
/// @par Blocking
/// Never, except for a short time while another thread calls it. The call visits each object of the
/// process.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_inspect(what: u32) -> threading_status {
    lifecycle::ensure();
    super::outcome(c"threading_inspect", Handle::NULL, switch::set(what))
}

/// Sets the order hook, which is called for each circle of locks that can hang, while
/// THREADING_INSPECT_ORDER is on. Without a hook a circle is printed, to where
/// `threading_dump_on_signal` writes, else to the standard error stream.
///
/// A circle is reported once, with the first threads that were seen in it. It is reported only if
/// it can hang: each of its pairs comes from another thread, no two of these threads hold the same
/// lock, and none has ended and was joined before another was started. An acquire that tries, or
/// has a time-out, counts as held and never as wanted. A process reports at most 1,024 circles.
/// With THREADING_INSPECT_CLASSES a circle is one of classes: then what a pair wants, and what the
/// next one holds, may be two locks of one class.
/// @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
/// returns.
/// @param ctx  passed to the hook, or NULL. It stays owned by the caller.
/// @retval THREADING_OK  the hook is set.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_set_order_hook(
    r#fn: threading_order_hook,
    ctx: *mut c_void,
) -> threading_status {
    order::HOOK.set(r#fn, ctx);
    Status::THREADING_OK
}

/// Lists the locks and rlocks that were held longest, since THREADING_INSPECT_HOLDS was switched on
/// last. They are listed also after it was switched off.
///
/// A hold is counted when the thread releases that acquired. The wait of a condition ends a hold,
/// and begins another. A lock that another thread has released is used as a signal: its holds are
/// not counted from then on.
/// @param array  receives the entries, the greatest `longest` first; or NULL if `capacity` is 0.
/// @param capacity  the number of entries that fit into `array`.
/// @return the number of entries that were written, at most `capacity`; 0 if nothing was held, or
/// if there is no memory for the list.
/// @par Blocking
/// Never. The call takes no lock, and allocates memory from the system only.
/// @par Thread safety
/// Any thread; async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_holds_top(
    array: *mut threading_hold,
    capacity: usize,
) -> usize {
    // SAFETY: `array` has room for `capacity` entries, by the caller's promise.
    let list = unsafe { List::new(c"threading_holds_top", array, capacity) };
    let Some(mut list) = list else { return 0 };
    if let Some(sorted) = holds::sorted() {
        sorted.all().iter().all(|holds| list.push(holds));
    }
    list.length
}
