//! Who listens to the probe, and what anybody hears.
//!
//! A listener that tools have registers while the library is loaded, before there is any object,
//! and hears all from then on. One that records is switched on and off at run time
//! ([`Listeners::switch`]): it keeps its place, and is deaf while it is off.

use core::ffi::c_void;
use core::ptr;
// Not the facade's: what is heard is a number, of which every reader copes with the last value and
// with the one before. The word of an object decides with which of them it lives
// (`object::follow`).
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

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
    /// An rwlock by those who read: what came before the last write has happened.
    Read,
    /// An rwlock by the one who writes: what came before the last write and the reads since then
    /// has happened.
    Write,
    /// Not at all: it is waited for.
    Never,
}

impl Hold {
    /// By what an order is known that ends in an acquire of the object: what released under either
    /// of these has happened.
    pub fn orders_after(self, object: Address) -> [Option<Address>; 2] {
        [Some(object), (self == Hold::Write).then(|| reads_of(object))]
    }

    /// By what an order is known that begins with a release of the object. Reads are known by an
    /// address of their own: two of them are in no order.
    pub fn orders_before(self, object: Address) -> Address {
        if self == Hold::Read { reads_of(object) } else { object }
    }
}

/// The address that stands for the reads of an rwlock: behind its state word, in the same slot.
fn reads_of(object: Address) -> Address {
    object.wrapping_byte_add(size_of::<u64>())
}

/// What happens beside acquires, releases and waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The calling thread is about to notify so many threads that wait for a condition.
    Notified,
    /// It has set an event or opened a latch, and is about to wake those who wait for it.
    Set,
    /// It has ended a barrier's cycle, and is about to wake those who wait there; 1: it is broken.
    Tripped,
    /// The calling thread, whose record this is, has begun.
    ThreadBegins,
    /// The timer, whose thread's record this is, is due.
    TimerDue,
    /// The calling thread is about to run its function.
    TimerBegins,
    /// The function has ended, and whoever waits for the timer's thread is about to be woken.
    TimerEnds,
    /// The timer will not run, and whoever waits for its thread is about to be woken.
    TimerCancelled,
    /// The process has forked; 1: this is the child.
    Forked,
}

/// What a wait is for, as far as listeners want to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The bits of the object's handle; 0: the thread sleeps, or it is one of the library's own.
    pub object: u64,
    /// Since when, in nanoseconds of the monotonic clock; 0: for a moment.
    pub since: u64,
    /// Whether another object, or a stop, may end the wait too.
    pub is_one_of_several: bool,
}

/// Who listens, and to what: what it leaves out it does not hear.
pub struct Listener {
    /// The object and its tag; 0 for a lock of the library's own.
    pub created: Option<fn(Address, u32)>,
    /// The calling thread holds the object now. What came before each `releasing` of this object
    /// has happened. True: it was taken only if it was free, or within a time. And where the call
    /// returns to that took it; 0: nobody knows.
    pub acquired: Option<fn(Address, Hold, bool, usize)>,
    /// The calling thread begins to acquire the object, and waits as long as that takes: nothing
    /// comes in between but the wait. By a call that returns to that place.
    pub wanting: Option<fn(Address, Hold, usize)>,
    /// The calling thread is about to release the object. What it has done happens before whatever
    /// follows an `acquired`.
    pub releasing: Option<fn(Address, Hold)>,
    /// The object is no more; true: somebody who is gone holds it still. To answer: whether another
    /// object may come to this address.
    pub ended: Option<fn(Address, Hold, bool) -> bool>,
    /// The calling thread begins to wait for the object of this queue, until that moment of the
    /// monotonic clock in nanoseconds, if there is one. Null: it sleeps.
    pub waiting: Option<fn(Address, Option<u64>, &Awaited)>,
    /// That wait is over. Its outcome comes as the number of its `wait::waiter::Outcome`.
    pub woken: Option<fn(Address, u32, &Awaited)>,
    /// That happens to an object, if it is one's: null if it happens to the process.
    pub happened: Option<fn(Happening, Address, usize)>,
    /// What the calling thread has done happens before whatever follows a `happens_after` of this
    /// address.
    pub happens_before: Option<fn(Address)>,
    /// What came before each `happens_before` of this address has happened.
    pub happens_after: Option<fn(Address)>,
    /// This many bytes are the library's own: no tool need watch them.
    pub untrack: Option<fn(Address, usize)>,
    /// The calling thread, whose block this is, and which the library has started, has begun: a
    /// thread that has ended may have had the same memory.
    pub memory_taken: Option<fn(Address)>,
    /// The calling thread, whose block this is, is about to end, and touches its memory no more.
    pub memory_left: Option<fn(Address)>,
    /// The frames of the calling thread are about to be unwound.
    pub frames_left: Option<fn()>,
    /// The calling thread is about to ask the C library for a thread.
    pub creating_thread: Option<fn()>,
    /// The C library has answered, with a thread or with none.
    pub thread_created: Option<fn()>,
    /// The calling thread is about to start the thread or the timer of that handle.
    pub thread_starting: Option<fn(u64)>,
    /// The calling thread is it from now on.
    pub thread_started: Option<fn(u64)>,
    /// The calling thread, which is it, is about to end it: whoever joins it comes later.
    pub thread_ending: Option<fn(u64)>,
    /// The calling thread has seen its end.
    pub thread_joined: Option<fn(u64)>,
    /// It runs a signal handler only when its thread calls something that it knows. A sleep of the
    /// library's is nothing to it.
    pub delays_handlers: bool,
    /// It watches what the library asks of the C library, and takes that for the program's doing.
    pub sees_pthreads: bool,
    /// The kinds of objects of which it hears what happens to them, by their numbers: bit n for
    /// kind n, and bit 0 for the library's own locks.
    pub kinds: u64,
}

// What is heard, by anybody. OBJECTS, WAITS, HAPPENINGS and LIVES change at run time; the other
// bits are set while the library is loaded, and stay:
//
// | bit             | a listener                                   | while it is clear            |
// |-----------------|----------------------------------------------|------------------------------|
// | OBJECTS         | hears created, acquired, releasing, ended or | objects have no INSPECT      |
// |                 | an order                                     |                              |
// | WAITS           | hears waiting or woken                       | waits are silent             |
// | MEMORY          | hears of the memory of objects or of threads | allocations are silent       |
// | FRAMES          | hears frames_left                            | unwinding is silent          |
// | THREADS         | hears creating_thread or thread_created      | creating is silent           |
// | HAPPENINGS      | hears what else happens                      | nothing else is told         |
// | LIVES           | hears thread_started or thread_joined        | starts and ends are silent   |
// | DELAYS_HANDLERS | delays signal handlers                       | a sleep is one piece         |
// | SEES_PTHREADS   | watches what is asked of the C library       | threads have their lifelines |
pub(super) const OBJECTS: u32 = 1;
pub(super) const WAITS: u32 = 1 << 1;
pub(super) const MEMORY: u32 = 1 << 2;
pub(super) const FRAMES: u32 = 1 << 3;
pub(super) const DELAYS_HANDLERS: u32 = 1 << 4;
pub(super) const SEES_PTHREADS: u32 = 1 << 5;
pub(super) const THREADS: u32 = 1 << 6;
pub(super) const HAPPENINGS: u32 = 1 << 7;
pub(super) const LIVES: u32 = 1 << 8;

impl Listener {
    /// Hears nothing: what others are made from.
    pub const DEAF: Listener = Listener {
        created: None,
        wanting: None,
        acquired: None,
        releasing: None,
        ended: None,
        waiting: None,
        woken: None,
        happened: None,
        happens_before: None,
        happens_after: None,
        untrack: None,
        memory_taken: None,
        memory_left: None,
        frames_left: None,
        creating_thread: None,
        thread_created: None,
        thread_starting: None,
        thread_started: None,
        thread_ending: None,
        thread_joined: None,
        delays_handlers: false,
        sees_pthreads: false,
        kinds: u64::MAX,
    };

    fn hears(&self) -> u32 {
        let verbs = self.created.is_some() || self.acquired.is_some() || self.releasing.is_some();
        let orders = self.happens_before.is_some() || self.happens_after.is_some();
        let memory = self.memory_taken.is_some() || self.memory_left.is_some();
        let bit = |is_heard: bool, bit: u32| if is_heard { bit } else { 0 };
        bit(verbs || orders || self.ended.is_some(), OBJECTS)
            | bit(self.waiting.is_some() || self.woken.is_some(), WAITS)
            | bit(self.happened.is_some(), HAPPENINGS)
            | bit(memory || self.untrack.is_some(), MEMORY)
            | bit(self.frames_left.is_some(), FRAMES)
            | bit(self.creating_thread.is_some() || self.thread_created.is_some(), THREADS)
            | bit(self.thread_started.is_some() || self.thread_joined.is_some(), LIVES)
            | bit(self.delays_handlers, DELAYS_HANDLERS)
            | bit(self.sees_pthreads, SEES_PTHREADS)
    }
}

/// How many may listen.
pub(super) const MOST: usize = 8;

/// All who listen: the first places are taken, and those behind are null.
pub(super) struct Listeners {
    heard: AtomicU32,
    /// The kinds of objects that are heard of by anybody.
    kinds: AtomicU64,
    /// The places of those who are switched off, as bits.
    deaf: AtomicU32,
    /// The one who hears what happens to objects; null if nobody does, or several do.
    alone: AtomicPtr<Listener>,
    pub(super) places: [AtomicPtr<Listener>; MOST],
}

impl Listeners {
    pub(super) const fn new() -> Listeners {
        Listeners {
            heard: AtomicU32::new(0),
            kinds: AtomicU64::new(0),
            deaf: AtomicU32::new(0),
            alone: AtomicPtr::new(ptr::null_mut()),
            places: [const { AtomicPtr::new(ptr::null_mut()) }; MOST],
        }
    }

    pub(super) fn register(&self, listener: &'static Listener) -> bool {
        self.switch(listener, true)
    }

    /// Has the listener hear what is told from now on, or nothing any more. Callers exclude each
    /// other. False: too many listen.
    pub(super) fn switch(&self, listener: &'static Listener, on: bool) -> bool {
        let new = ptr::from_ref(listener).cast_mut();
        let place = self.places.iter().position(|place| {
            // ORDERING: AcqRel, pairs with the Acquire in `tell`: a listener is complete when it is
            // found. Acquire on failure, as there.
            let null = ptr::null_mut();
            match place.compare_exchange(null, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => true,
                Err(found) => ptr::eq(found, new),
            }
        });
        let Some(place) = place else { return false };
        // ORDERING: Relaxed: the stores below publish it; a listener that is told once more after
        // it was switched off copes with that.
        match on {
            true => self.deaf.fetch_and(!(1 << place), Ordering::Relaxed),
            false => self.deaf.fetch_or(1 << place, Ordering::Relaxed),
        };
        let (mut heard, mut kinds, mut alone, mut count) = (0, 0, ptr::null_mut(), 0);
        self.for_each(|listener| {
            heard |= listener.hears();
            if listener.hears() & OBJECTS != 0 {
                kinds |= listener.kinds;
                alone = ptr::from_ref(listener).cast_mut();
                count += 1;
            }
        });
        // ORDERING: Release, after the place, all: see `hears`, and `alone`.
        self.alone.store(if count == 1 { alone } else { ptr::null_mut() }, Ordering::Release);
        self.kinds.store(kinds, Ordering::Release);
        self.heard.store(heard, Ordering::Release);
        true
    }

    #[inline(always)]
    pub(super) fn hears(&self, what: u32) -> bool {
        // ORDERING: Relaxed: a tool registers before there is any object, so whoever has one sees
        // this. Whether objects have INSPECT does not hang on it: see `object::follow`. The
        // listener itself is read with the Acquire in `for_each`.
        self.heard.load(Ordering::Relaxed) & what != 0
    }

    /// Whether anybody hears what happens to objects of the kind of that number.
    pub(super) fn hears_kind(&self, kind: u32) -> bool {
        // ORDERING: Relaxed: as in `hears`; `object::follow` has fences of its own.
        self.hears(OBJECTS) && self.kinds.load(Ordering::Relaxed) >> kind & 1 != 0
    }

    /// The one who hears what happens to objects, unless several do.
    #[inline(always)]
    pub(super) fn alone(&self) -> Option<&'static Listener> {
        // ORDERING: Acquire, pairs with the Release in `switch`: the listener is complete.
        let listener = self.alone.load(Ordering::Acquire);
        // SAFETY: it is null, or was a reference that lives for ever.
        unsafe { listener.as_ref() }
    }

    /// Visits each listener that is not switched off.
    fn for_each(&self, mut visit: impl FnMut(&'static Listener)) {
        // ORDERING: Relaxed: as in `switch`.
        let deaf = self.deaf.load(Ordering::Relaxed);
        for (number, place) in self.places.iter().enumerate() {
            // ORDERING: Acquire, pairs with the AcqRel in `switch`.
            let listener = place.load(Ordering::Acquire);
            // SAFETY: it is null, or was a reference that lives for ever.
            let Some(listener) = (unsafe { listener.as_ref() }) else { return };
            if deaf >> number & 1 == 0 {
                visit(listener);
            }
        }
    }

    /// Has each listener hear it who has such a function.
    pub(super) fn tell<F>(
        &self,
        function: impl Fn(&Listener) -> Option<F>,
        mut hear: impl FnMut(F),
    ) {
        self.for_each(|listener| {
            if let Some(function) = function(listener) {
                hear(function);
            }
        });
    }
}
