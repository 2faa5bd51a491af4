//! The probe: what happens to objects and in waits, told to whoever listens.
//!
//! Everything below the listeners tells it here, and knows none of them. Six verbs follow the life
//! of an object and of a wait:
//!
//! | verb      | is told                                                                        |
//! |-----------|--------------------------------------------------------------------------------|
//! | created   | by the thread that makes an object, before others have its handle              |
//! | acquired  | by the new holder, right after                                                 |
//! | releasing | by whoever releases, right before; the call may still find nothing to release  |
//! | ended     | by the thread that has ended an object, before its memory serves the next one  |
//! | waiting   | by a thread that is linked into a queue, before it sleeps                      |
//! | woken     | by the same thread, when the outcome of that wait is decided                   |
//!
//! `happened` tells what else a recorder may want to know ([`Happening`]).
//!
//! Beside them stands what tools need: the order that is no acquire's (`happens_before`,
//! `happens_after`), memory that need not be watched, memory that one thread has after another
//! (`memory_taken`, `memory_left`), frames that are about to be unwound, and
//! threads that are asked for (`creating_thread`, `thread_created`). And what the recorder needs:
//! an acquire that waits as long as it takes (`wanting`), and when threads start, end and are
//! joined.
//!
//! An object is known by the address of its state word. That word has its tag, from which a
//! listener has kind and generation; the address leads to the index. A lock of the library's own
//! has no tag. An order may be named by any other address as well.
//!
//! Nothing is told on a fast path. While anybody hears what happens to objects of a kind, they all
//! have INSPECT, which keeps their calls off the fast paths. Waits are told whether or not: every
//! wait is slow. Where nobody listens each verb costs one load and one branch.
//!
//! Listeners are static. Those of tools register while the library is loaded, before there is any
//! object ([`register`]). Those that record are switched on and off at run time ([`switch`]): so
//! they hear of a release whose acquire they have not heard of, and the other way round. A listener
//! may be called wherever the library can be, in signal handlers too, and under locks of the
//! library's own. It must not wait, allocate by the C library, or call the library; one that was
//! switched off may still be called by a thread that has begun to tell.

mod listeners;
pub use listeners::{Address, Awaited, Happening, Hold, Listener};
use listeners::{
    DELAYS_HANDLERS, FRAMES, HAPPENINGS, LIVES, Listeners, MEMORY, OBJECTS, SEES_PTHREADS, THREADS,
    WAITS,
};

/// Slow path always: somebody hears what happens to the object. It is a bit of the state word, and
/// `object::word` describes it there.
pub const INSPECT: u64 = 1 << 31;

#[cfg_attr(test, allow(dead_code))]
static LISTENERS: Listeners = Listeners::new();

/// All who listen to the calling thread.
#[cfg(not(test))]
#[inline(always)]
fn all() -> &'static Listeners {
    &LISTENERS
}

#[cfg(test)]
use tests::all;
#[cfg(test)]
pub use tests::{hear_from_now_on, while_heard};

/// From now on it hears all that is told. To be called while the library is loaded, before there is
/// any object; one that is registered already stays so. False: too many listen.
pub fn register(listener: &'static Listener) -> bool {
    all().register(listener)
}

/// From now on it hears what is told, or nothing any more. Callers exclude each other, and see to
/// INSPECT afterwards (`object::follow`). What only tools hear (memory, frames, threads that are
/// made) cannot be switched. False: too many listen.
pub fn switch(listener: &'static Listener, on: bool) -> bool {
    all().switch(listener, on)
}

/// Whether anybody hears what happens to objects.
#[inline]
pub fn hears_objects() -> bool {
    all().hears(OBJECTS)
}

/// Whether anybody hears when waits begin and end.
#[inline(always)]
pub fn hears_waits() -> bool {
    all().hears(WAITS)
}

/// Whether a listener runs signal handlers only when their thread calls something that it knows.
#[inline]
pub fn delays_handlers() -> bool {
    all().hears(DELAYS_HANDLERS)
}

/// Whether a listener takes what the library asks of the C library for the program's doing.
#[inline]
pub fn sees_pthreads() -> bool {
    all().hears(SEES_PTHREADS)
}

/// INSPECT, if anybody hears what happens to objects of the kind of that number; else 0.
#[inline]
pub fn inspects(kind: u32) -> u64 {
    if all().hears_kind(kind) { INSPECT } else { 0 }
}

/// The object of this state word and tag is made.
#[inline]
pub fn created<T>(object: *const T, tag: u32) {
    if hears_objects() {
        tell_created(object.cast(), tag);
    }
}

#[cold]
#[inline(never)]
fn tell_created(object: Address, tag: u32) {
    all().tell(|listener| listener.created, |hear| hear(object, tag));
}

/// The calling thread has acquired the object; `tried`: only if it was free, or within a time; by a
/// call that returns to that place.
#[inline]
pub fn acquired<T>(object: *const T, hold: Hold, tried: bool, site: usize) {
    if hears_objects() {
        tell_acquired(object.cast(), hold, tried, site);
    }
}

/// As [`acquired`], of an object with INSPECT: somebody hears of it, and is mostly alone.
#[inline(always)]
pub fn acquired_inspected<T>(object: *const T, hold: Hold, tried: bool, site: usize) {
    match all().alone().and_then(|listener| listener.acquired) {
        Some(hear) => hear(object.cast(), hold, tried, site),
        None => acquired(object, hold, tried, site),
    }
}

#[cold]
#[inline(never)]
fn tell_acquired(object: Address, hold: Hold, tried: bool, site: usize) {
    all().tell(|listener| listener.acquired, |hear| hear(object, hold, tried, site));
}

/// The calling thread is about to release the object.
#[inline]
pub fn releasing<T>(object: *const T, hold: Hold) {
    if hears_objects() {
        tell_releasing(object.cast(), hold);
    }
}

/// As [`releasing`], of an object with INSPECT.
#[inline(always)]
pub fn releasing_inspected<T>(object: *const T, hold: Hold) {
    match all().alone().and_then(|listener| listener.releasing) {
        Some(hear) => hear(object.cast(), hold),
        None => releasing(object, hold),
    }
}

#[cold]
#[inline(never)]
fn tell_releasing(object: Address, hold: Hold) {
    all().tell(|listener| listener.releasing, |hear| hear(object, hold));
}

/// The object is no more; `held`: somebody who is gone holds it still. False: a listener believes
/// that it is held, so nothing else may come to this address.
#[inline]
pub fn ended<T>(object: *const T, hold: Hold, held: bool) -> bool {
    !hears_objects() || tell_ended(object.cast(), hold, held)
}

#[cold]
#[inline(never)]
fn tell_ended(object: Address, hold: Hold, held: bool) -> bool {
    let mut is_forgotten = true;
    all().tell(|listener| listener.ended, |hear| is_forgotten &= hear(object, hold, held));
    is_forgotten
}

/// The calling thread is linked into the queue of this object, and sleeps next, until that moment
/// of the monotonic clock in nanoseconds or for ever. For whoever has asked [`hears_waits`], so
/// that it need not find out `about` in vain.
pub fn waiting<T>(object: *const T, deadline: Option<u64>, about: &Awaited) {
    let object: Address = object.cast();
    all().tell(|listener| listener.waiting, |hear| hear(object, deadline, about));
}

/// The wait for this object that the calling thread has begun last has this outcome. For whoever
/// has asked [`hears_waits`].
pub fn woken<T>(object: *const T, outcome: u32, about: &Awaited) {
    let object: Address = object.cast();
    all().tell(|listener| listener.woken, |hear| hear(object, outcome, about));
}

/// That happens to the object of this state word; null if it happens to none. What the number
/// says is said there.
#[inline]
pub fn happened<T>(what: Happening, object: *const T, number: usize) {
    if all().hears(HAPPENINGS) {
        tell_happened(what, object.cast(), number);
    }
}

#[cold]
#[inline(never)]
fn tell_happened(what: Happening, object: Address, number: usize) {
    all().tell(|listener| listener.happened, |hear| hear(what, object, number));
}

/// What the caller has done happens before whatever follows a [`happens_after`] of this address.
#[inline]
pub fn happens_before<T>(address: *const T) {
    if hears_objects() {
        tell_happens_before(address.cast());
    }
}

#[cold]
#[inline(never)]
fn tell_happens_before(address: Address) {
    all().tell(|listener| listener.happens_before, |hear| hear(address));
}

/// What came before each [`happens_before`] of this address has happened.
#[inline]
pub fn happens_after<T>(address: *const T) {
    if hears_objects() {
        tell_happens_after(address.cast());
    }
}

#[cold]
#[inline(never)]
fn tell_happens_after(address: Address) {
    all().tell(|listener| listener.happens_after, |hear| hear(address));
}

/// The memory is the library's own, if there is any: no tool need watch it.
#[inline]
pub fn untrack<T>(start: *const T, bytes: usize) {
    if all().hears(MEMORY) && !start.is_null() {
        tell_untrack(start.cast(), bytes);
    }
}

#[cold]
#[inline(never)]
fn tell_untrack(start: Address, bytes: usize) {
    all().tell(|listener| listener.untrack, |hear| hear(start, bytes));
}

/// The calling thread, whose block this is, and which the library has started, has begun. Its
/// memory may have been that of a thread that has ended: what that one did to it has happened.
#[inline]
pub fn memory_taken<T>(block: *const T) {
    if all().hears(MEMORY) {
        all().tell(|listener| listener.memory_taken, |hear| hear(block.cast()));
    }
}

/// The calling thread, whose block this is, is about to end, and touches its memory no more.
#[inline]
pub fn memory_left<T>(block: *const T) {
    if all().hears(MEMORY) {
        all().tell(|listener| listener.memory_left, |hear| hear(block.cast()));
    }
}

/// The frames of the calling thread are about to be unwound.
#[cold]
pub fn frames_left() {
    if all().hears(FRAMES) {
        all().tell(|listener| listener.frames_left, |hear| hear());
    }
}

/// The calling thread is about to ask the C library for a thread.
#[inline]
pub fn creating_thread() {
    if all().hears(THREADS) {
        all().tell(|listener| listener.creating_thread, |hear| hear());
    }
}

/// The C library has answered, with a thread or with none.
#[inline]
pub fn thread_created() {
    if all().hears(THREADS) {
        all().tell(|listener| listener.thread_created, |hear| hear());
    }
}

/// The calling thread begins to acquire the object, and waits as long as that takes, in a call that
/// returns to that place.
#[inline]
pub fn wanting<T>(object: *const T, hold: Hold, site: usize) {
    if hears_objects() {
        let object: Address = object.cast();
        all().tell(|listener| listener.wanting, |hear| hear(object, hold, site));
    }
}

/// The calling thread is about to start the thread or the timer of that handle.
#[inline]
pub fn thread_starting(thread: u64) {
    if all().hears(LIVES) {
        all().tell(|listener| listener.thread_starting, |hear| hear(thread));
    }
}

/// The calling thread is the thread or the timer of that handle from now on.
#[inline]
pub fn thread_started(thread: u64) {
    if all().hears(LIVES) {
        all().tell(|listener| listener.thread_started, |hear| hear(thread));
    }
}

/// The calling thread is about to end the thread of that handle, which it is.
#[inline]
pub fn thread_ending(thread: u64) {
    if all().hears(LIVES) {
        all().tell(|listener| listener.thread_ending, |hear| hear(thread));
    }
}

/// The calling thread has seen the end of the thread of that handle.
#[inline]
pub fn thread_joined(thread: u64) {
    if all().hears(LIVES) {
        all().tell(|listener| listener.thread_joined, |hear| hear(thread));
    }
}

#[cfg(test)]
mod tests;
