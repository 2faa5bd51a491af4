//! The queue: items that producers put, and that consumers get, in the order of the puts; bounded.
//!
//! [`slot`] has the state tables, and what is done to the ring under its lock. [`wait`] says how
//! threads wait, and who wakes them.
//!
//! A put or a get takes one lock for a few dozen instructions. A thread that does not wait may be
//! faster than one that was woken (barging), which keeps the queue moving on a busy machine. A
//! thread that finds the lock held pauses, if the queue has many places: so producers and consumers
//! on different processors take many steps each in turn, and the cache lines of the queue travel
//! once for all of them.

mod slot;
mod wait;

use core::cell::Cell as PlainCell;
use core::ffi::c_void;
use core::ptr;

use crate::object;
use crate::object::cause::{Cause, failure};
use crate::object::handle::Handle;
use crate::probe;
use crate::status::Status;
use crate::wait::queue::NO_PENDING;
use crate::wait::timeout::Timeout;

pub use slot::{Queue, SHUT};

/// The greatest `maxsize`.
pub const MOST: usize = 1 << 26;

/// How many items `drain` takes before it leaves the lock for a moment.
const AT_ONCE: usize = 256;

/// Makes a queue for at most that many items.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` for 0 and above [`MOST`]; `THREADING_NO_RESOURCES` if memory or
/// handles ran out.
pub fn new(maxsize: usize) -> Result<Handle, Status> {
    if maxsize == 0 || maxsize > MOST {
        return Err(failure!(
            THREADING_INVALID_ARGUMENT,
            c"maxsize is 0, or above THREADING_QUEUE_MAX"
        ));
    }
    slot::make(maxsize as u32)
}

/// Puts an item, as soon as there is room.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_CLOSED`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`;
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
#[inline]
pub fn put(queue: Handle, item: *mut c_void, timeout: Timeout) -> Result<(), Status> {
    put_unless_stopped(queue, item, timeout, Handle::NULL)
}

/// As [`put`], but no longer than until the stop has come, which may be null.
///
/// # Errors
/// As [`put`]; `THREADING_INTERRUPTED` if the stop has come first.
#[inline]
pub fn put_unless_stopped(
    queue: Handle,
    item: *mut c_void,
    timeout: Timeout,
    stop: Handle,
) -> Result<(), Status> {
    let (slot, _) = slot::find(queue)?;
    probe::happens_before(slot);
    if slot.lock(queue)?.put(item)? {
        return Ok(());
    }
    wait::put(slot, queue, item, timeout, stop)
}

/// Takes the item that was put first, as soon as there is one.
///
/// # Errors
/// As [`put`].
#[inline]
pub fn get(queue: Handle, timeout: Timeout) -> Result<*mut c_void, Status> {
    get_unless_stopped(queue, timeout, Handle::NULL)
}

/// As [`get`], but no longer than until the stop has come, which may be null.
///
/// # Errors
/// As [`put_unless_stopped`].
#[inline]
pub fn get_unless_stopped(
    queue: Handle,
    timeout: Timeout,
    stop: Handle,
) -> Result<*mut c_void, Status> {
    let (slot, _) = slot::find(queue)?;
    let item = match wait::take(slot, queue)? {
        Some(item) => item,
        None => wait::get(slot, queue, timeout, stop)?,
    };
    probe::happens_after(slot);
    Ok(item)
}

/// Takes up to `capacity` items, also after an immediate shutdown, writes them to `items` and
/// returns how many.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
///
/// # Safety
/// `items` has room for `capacity` pointers.
pub unsafe fn drain(
    queue: Handle,
    items: *mut *mut c_void,
    capacity: usize,
) -> Result<usize, Status> {
    let (slot, _) = slot::find(queue)?;
    let mut taken = 0;
    loop {
        let before = taken;
        let wakes = {
            let locked = slot.lock(queue)?;
            while taken < capacity.min(before + AT_ONCE)
                && let Some(item) = locked.take()
            {
                // SAFETY: there is room for it, by this function's contract.
                unsafe { items.add(taken).write(item) };
                taken += 1;
            }
            locked.has_putters()
        };
        if wakes && taken > before {
            wait::wake_putters(slot, taken - before);
        }
        if taken < before + AT_ONCE {
            break;
        }
    }
    probe::happens_after(slot);
    Ok(taken)
}

/// From now on puts fail, and gets fail when the queue is empty; an `immediate` shutdown lets gets
/// fail at once, and the tasks of the items that are left count as done.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn shutdown(queue: Handle, immediate: bool) -> Result<(), Status> {
    let (slot, _) = slot::find(queue)?;
    {
        let locked = slot.lock(queue)?;
        if immediate && !locked.has(slot::IMMEDIATE) {
            let left = u64::from(locked.size());
            locked.finish(left.min(locked.unfinished()));
        }
        locked.shut(if immediate { SHUT | slot::IMMEDIATE } else { SHUT });
    }
    // Whoever links itself now finds SHUT.
    wait::wake_putters(slot, usize::MAX);
    wait::release_joiners(slot, queue);
    Ok(())
}

/// Says that the task of an item that was taken is done.
///
/// # Errors
/// `THREADING_OVERFLOW` if all tasks are done; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn task_done(queue: Handle) -> Result<(), Status> {
    let (slot, _) = slot::find(queue)?;
    probe::happens_before(&raw const slot.done);
    let has_waiters = {
        let locked = slot.lock(queue)?;
        if locked.unfinished() == 0 {
            return Err(failure!(
                THREADING_OVERFLOW,
                c"as many tasks are done as items were put into the queue"
            ));
        }
        locked.finish(1);
        locked.unfinished() == 0 && locked.has_joiners()
    };
    if has_waiters {
        wait::release_joiners(slot, queue);
    }
    Ok(())
}

/// Waits until all tasks are done.
///
/// # Errors
/// `THREADING_TIMEOUT`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES`
/// if there is no memory to wait.
pub fn join(queue: Handle, timeout: Timeout) -> Result<(), Status> {
    join_unless_stopped(queue, timeout, Handle::NULL)
}

/// As [`join`], but no longer than until the stop has come, which may be null.
///
/// # Errors
/// As [`join`]; `THREADING_INTERRUPTED` if the stop has come first.
pub fn join_unless_stopped(queue: Handle, timeout: Timeout, stop: Handle) -> Result<(), Status> {
    let (slot, _) = slot::find(queue)?;
    wait::join(slot, queue, timeout, stop)?;
    probe::happens_after(&raw const slot.done);
    Ok(())
}

/// How many items there are at this moment. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn size(queue: Handle) -> Result<usize, Status> {
    slot::find(queue).map(|(slot, _)| slot.observed_size() as usize)
}

/// How many items there may be. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn maxsize(queue: Handle) -> Result<usize, Status> {
    slot::find(queue).map(|(slot, _)| slot.maxsize() as usize)
}

/// Whether it was shut down. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn is_shut(queue: Handle) -> Result<bool, Status> {
    slot::find(queue).map(|(_, state)| state.has(SHUT))
}

static WAITED_FOR: Cause = Cause(Status::THREADING_BUSY, c"threads wait for it");
static ITEMS: Cause = Cause(Status::THREADING_BUSY, c"there are items in the queue");

/// Ends it, if it is empty and no thread waits.
///
/// # Errors
/// `THREADING_BUSY`; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(queue: Handle) -> Result<(), Status> {
    object::end(queue, |slot: &'static Queue, state| {
        let (room, done) = (slot.room.lock(), slot.done.lock());
        let waited_for = room.has_undecided() || done.has_undecided();
        let ring = PlainCell::new(ptr::null_mut());
        let why_busy = || {
            ring.set(slot.ring());
            if waited_for {
                return Some(&WAITED_FOR);
            }
            (slot.observed_size() > 0).then_some(&ITEMS)
        };
        let again = slot.core.end_locked_unless(queue, state, &NO_PENDING, why_busy)?;
        // SAFETY: the queue that had it has ended just now, by this call.
        unsafe { slot::free(ring.get()) };
        Ok(again)
    })
}
