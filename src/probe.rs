//! The probe: what happens to objects and in waits, told to whoever listens.
//!
//! Everything below the listeners tells it here, and knows none of them. Six verbs follow the life
//! of an object and of a wait:
//!
//! | verb      | is told                                                                        |
//! |-----------|--------------------------------------------------------------------------------|
//! | created   | by the thread that makes an object, before others can find it                  |
//! | acquired  | by the new holder, right after                                                 |
//! | releasing | by whoever releases, right before; the call may still find nothing to release  |
//! | ended     | by the thread that has ended an object, before its memory serves the next one  |
//! | waiting   | by a thread that is linked into a queue, before it sleeps                      |
//! | woken     | by the same thread, when the outcome of that wait is decided                   |
//!
//! Beside them stands what tools need: the order that is no acquire's (`happens_before`,
//! `happens_after`), memory that need not be watched, frames that are about to be unwound, and
//! threads that are asked for (`creating_thread`, `thread_created`).
//!
//! An object is known by the address of its state word. That word has its tag, from which a
//! listener has kind and generation; the address leads to the index. A lock of the library's own
//! has no tag. An order may be named by any other address as well.
//!
//! Nothing is told on a fast path. While anybody hears what happens to objects they are all born
//! with INSPECT, which keeps their calls off the fast paths. Waits are told whether or not: every
//! wait is slow. Where nobody listens each verb costs one load and one branch.
//!
//! Listeners are static, and register while the library is loaded, before there is any object. A
//! listener may be called wherever the library can be, in signal handlers too, and under locks of
//! the library's own. It must not wait, allocate, or call the library.

use core::ffi::c_void;
use core::ptr;
// Not the facade's: all is written before there is a second thread, so there is nothing for loom to
// explore.
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Slow path always: somebody hears what happens to the object. It is a bit of the state word, and
/// `object::word` describes it there.
pub const INSPECT: u64 = 1 << 31;

/// What something is known by: mostly the address of an object's state word.
pub type Address = *const c_void;

/// How an object is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// By one thread at a time, which alone releases it.
    Owned,
    /// By one thread at a time. Any may release it, but so far each holder has done so itself.
    Exclusive,
    /// A lock that was once released by a thread that did not hold it: from then on it is a signal,
    /// and only orders.
    Signal,
    /// A unit of a count. Any thread may give it back.
    Unit,
    /// Not at all: it is waited for.
    Never,
}

/// Who listens, and to what: what it leaves out it does not hear.
pub struct Listener {
    /// The object and its tag; 0 for a lock of the library's own.
    pub created: Option<fn(Address, u32)>,
    /// The calling thread holds the object now. What came before each `releasing` of this object
    /// has happened. True: it was taken only if it was free, or within a time.
    pub acquired: Option<fn(Address, Hold, bool)>,
    /// The calling thread is about to release the object. What it has done happens before whatever
    /// follows an `acquired`.
    pub releasing: Option<fn(Address, Hold)>,
    /// The object is no more; true: somebody who is gone holds it still. To answer: whether another
    /// object may come to this address.
    pub ended: Option<fn(Address, Hold, bool) -> bool>,
    /// The calling thread begins to wait for the object of this queue, until that moment of the
    /// monotonic clock in nanoseconds, if there is one.
    pub waiting: Option<fn(Address, Option<u64>)>,
    /// That wait is over. Its outcome comes as the number of its `wait::waiter::Outcome`.
    pub woken: Option<fn(Address, u32)>,
    /// What the calling thread has done happens before whatever follows a `happens_after` of this
    /// address.
    pub happens_before: Option<fn(Address)>,
    /// What came before each `happens_before` of this address has happened.
    pub happens_after: Option<fn(Address)>,
    /// This many bytes are the library's own: no tool need watch them.
    pub untrack: Option<fn(Address, usize)>,
    /// The frames of the calling thread are about to be unwound.
    pub frames_left: Option<fn()>,
    /// The calling thread is about to ask the C library for a thread.
    pub creating_thread: Option<fn()>,
    /// The C library has answered, with a thread or with none.
    pub thread_created: Option<fn()>,
    /// It runs a signal handler only when its thread calls something that it knows. A sleep of the
    /// library's is nothing to it.
    pub delays_handlers: bool,
    /// It watches what the library asks of the C library, and takes that for the program's doing.
    pub sees_pthreads: bool,
}

// What is heard, by anybody. The bits are set while the library is loaded, and stay:
//
// | bit             | a listener                                   | while it is clear            |
// |-----------------|----------------------------------------------|------------------------------|
// | OBJECTS         | hears created, acquired, releasing, ended or | objects are born without     |
// |                 | an order                                     | INSPECT                      |
// | WAITS           | hears waiting or woken                       | waits are silent             |
// | MEMORY          | hears untrack                                | allocations are silent       |
// | FRAMES          | hears frames_left                            | unwinding is silent          |
// | THREADS         | hears creating_thread or thread_created      | creating is silent           |
// | DELAYS_HANDLERS | delays signal handlers                       | a sleep is one piece         |
// | SEES_PTHREADS   | watches what is asked of the C library       | threads have their lifelines |
const OBJECTS: u32 = 1;
const WAITS: u32 = 1 << 1;
const MEMORY: u32 = 1 << 2;
const FRAMES: u32 = 1 << 3;
const DELAYS_HANDLERS: u32 = 1 << 4;
const SEES_PTHREADS: u32 = 1 << 5;
const THREADS: u32 = 1 << 6;

impl Listener {
    /// Hears nothing: what others are made from.
    pub const DEAF: Listener = Listener {
        created: None,
        acquired: None,
        releasing: None,
        ended: None,
        waiting: None,
        woken: None,
        happens_before: None,
        happens_after: None,
        untrack: None,
        frames_left: None,
        creating_thread: None,
        thread_created: None,
        delays_handlers: false,
        sees_pthreads: false,
    };

    fn hears(&self) -> u32 {
        let verbs = self.created.is_some() || self.acquired.is_some() || self.releasing.is_some();
        let orders = self.happens_before.is_some() || self.happens_after.is_some();
        let bit = |is_heard: bool, bit: u32| if is_heard { bit } else { 0 };
        bit(verbs || orders || self.ended.is_some(), OBJECTS)
            | bit(self.waiting.is_some() || self.woken.is_some(), WAITS)
            | bit(self.untrack.is_some(), MEMORY)
            | bit(self.frames_left.is_some(), FRAMES)
            | bit(self.creating_thread.is_some() || self.thread_created.is_some(), THREADS)
            | bit(self.delays_handlers, DELAYS_HANDLERS)
            | bit(self.sees_pthreads, SEES_PTHREADS)
    }
}

/// How many may listen.
const MOST: usize = 8;

/// All who listen: the first places are taken, and those behind are null.
struct Listeners {
    heard: AtomicU32,
    places: [AtomicPtr<Listener>; MOST],
}

impl Listeners {
    const fn new() -> Listeners {
        Listeners {
            heard: AtomicU32::new(0),
            places: [const { AtomicPtr::new(ptr::null_mut()) }; MOST],
        }
    }

    fn register(&self, listener: &'static Listener) -> bool {
        let new = ptr::from_ref(listener).cast_mut();
        let is_placed = self.places.iter().any(|place| {
            // ORDERING: AcqRel, pairs with the Acquire in `tell`: a listener is complete when it is
            // found. Acquire on failure, as there.
            let null = ptr::null_mut();
            match place.compare_exchange(null, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => true,
                Err(found) => ptr::eq(found, new),
            }
        });
        if is_placed {
            // ORDERING: Release, after the place: see `hears`.
            self.heard.fetch_or(listener.hears(), Ordering::Release);
        }
        is_placed
    }

    #[inline(always)]
    fn hears(&self, what: u32) -> bool {
        // ORDERING: Relaxed: a listener registers before there is any object, so whoever has one
        // sees this; the listener itself is read with the Acquire in `tell`.
        self.heard.load(Ordering::Relaxed) & what != 0
    }

    /// Has each listener hear it who has such a function.
    fn tell<F>(&self, function: impl Fn(&Listener) -> Option<F>, mut hear: impl FnMut(F)) {
        for place in &self.places {
            // ORDERING: Acquire, pairs with the AcqRel in `register`.
            let listener = place.load(Ordering::Acquire);
            // SAFETY: it is null, or was a reference that lives for ever.
            let Some(listener) = (unsafe { listener.as_ref() }) else { return };
            if let Some(function) = function(listener) {
                hear(function);
            }
        }
    }
}

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
pub use tests::while_heard;

/// From now on it hears all that is told. To be called while the library is loaded, before there is
/// any object; one that is registered already stays so. False: too many listen.
pub fn register(listener: &'static Listener) -> bool {
    all().register(listener)
}

/// Whether anybody hears what happens to objects.
#[inline]
pub fn hears_objects() -> bool {
    all().hears(OBJECTS)
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

/// The object of this state word and tag is made, and is about to be published. Answers with the
/// bit that it is to be born with: INSPECT if anybody hears what happens to it, or none.
#[inline]
pub fn created<T>(object: *const T, tag: u32) -> u64 {
    if hears_objects() { tell_created(object.cast(), tag) } else { 0 }
}

#[cold]
#[inline(never)]
fn tell_created(object: Address, tag: u32) -> u64 {
    all().tell(|listener| listener.created, |hear| hear(object, tag));
    INSPECT
}

/// The calling thread has acquired the object; `tried`: only if it was free, or within a time.
#[inline]
pub fn acquired<T>(object: *const T, hold: Hold, tried: bool) {
    if hears_objects() {
        tell_acquired(object.cast(), hold, tried);
    }
}

#[cold]
#[inline(never)]
fn tell_acquired(object: Address, hold: Hold, tried: bool) {
    all().tell(|listener| listener.acquired, |hear| hear(object, hold, tried));
}

/// The calling thread is about to release the object.
#[inline]
pub fn releasing<T>(object: *const T, hold: Hold) {
    if hears_objects() {
        tell_releasing(object.cast(), hold);
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
/// of the monotonic clock in nanoseconds or for ever.
#[inline]
pub fn waiting<T>(object: *const T, deadline: Option<u64>) {
    if all().hears(WAITS) {
        tell_waiting(object.cast(), deadline);
    }
}

#[cold]
#[inline(never)]
fn tell_waiting(object: Address, deadline: Option<u64>) {
    all().tell(|listener| listener.waiting, |hear| hear(object, deadline));
}

/// The wait for this object that the calling thread has begun last has this outcome.
#[inline]
pub fn woken<T>(object: *const T, outcome: u32) {
    if all().hears(WAITS) {
        tell_woken(object.cast(), outcome);
    }
}

#[cold]
#[inline(never)]
fn tell_woken(object: Address, outcome: u32) {
    all().tell(|listener| listener.woken, |hear| hear(object, outcome));
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

#[cfg(test)]
mod tests;
