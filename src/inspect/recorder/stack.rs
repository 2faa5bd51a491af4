//! What each thread holds, in the order in which it took it.
//!
//! A thread maps its record when it first takes something while that is recorded. The records stay
//! mapped, in a list that only grows: a thread that ends leaves its record to the next one. Only
//! the thread itself touches what is in it, but for [`reset_after_fork`]; a signal handler that
//! takes and releases leaves it as it was.
//!
//! What is found there is a hint: a lock that another thread has released stays until it is looked
//! at again. [`is_held`] says whether it is so still.

use core::ffi::c_void;
use core::ptr;
// Not the facade's: a record is its thread's, and nothing in it orders threads.
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use crate::platform::memory;
use crate::platform::tls;
use crate::probe::{self, Address};
use crate::wait::waiter::Waiter;

use super::number::Number;
use super::taken::{Taken, is_held};

/// How much a thread can hold that is recorded. Of a thread that holds more nothing is reported.
pub const MOST_HELD: usize = 62;
/// How many answers a thread remembers.
const KNOWN: usize = 256;

/// Something that is held.
#[repr(C)]
struct Held {
    /// The address of its state word, and its tag.
    object: Number,
    tag: Number,
    /// Where the call returns to that took it; 0: nobody knows.
    site: Number,
    /// When that was, in nanoseconds; 0: nobody has asked.
    since: Number,
}

/// The record of a thread.
#[repr(C, align(64))]
pub struct Stack {
    /// What is recorded, and since which switch: `recorder::MODE` as the thread has seen it.
    mode: Number,
    count: Number,
    /// How much is held that had no room.
    overflow: Number,
    /// The segment of the thread's life: see `segments`.
    segment: Number,
    /// 1: the thread asks for orders, or tells of one.
    asking: Number,
    next: AtomicPtr<Stack>,
    /// 1: a thread has it.
    taken: AtomicU32,
    held: [Held; MOST_HELD],
    /// What was found out already, as hashes.
    known: [Number; KNOWN],
}

/// All records.
static ALL: AtomicPtr<Stack> = AtomicPtr::new(ptr::null_mut());

/// The calling thread's record, if it has one.
#[inline(always)]
pub fn existing() -> Option<&'static Stack> {
    // ORDERING: Relaxed: no other thread touches the block.
    // SAFETY: it is null, or a record, which is never unmapped.
    tls::held(|place| unsafe { place.load(Ordering::Relaxed).cast::<Stack>().as_ref() })
}

/// The calling thread's record. `None`: there is no memory, or the thread is about to end.
#[inline(always)]
pub fn own() -> Option<&'static Stack> {
    existing().or_else(make)
}

#[cold]
fn make() -> Option<&'static Stack> {
    if tls::has_ended() || memory::is_exhausted() {
        return None;
    }
    let stack = free().or_else(map)?;
    stack.clear();
    stack.mode.set(0);
    stack.segment.set(0);
    stack.end_asking();
    tls::held(|place| {
        let address: *const Stack = stack;
        // ORDERING: Relaxed: as in `existing`.
        place.store(address.cast_mut().cast::<c_void>(), Ordering::Relaxed);
    });
    Some(stack)
}

fn all() -> impl Iterator<Item = &'static Stack> {
    // ORDERING: Acquire, both, pairs with the Release in `map`: a record is complete.
    let at = |place: &AtomicPtr<Stack>| {
        // SAFETY: as in `existing`.
        unsafe { place.load(Ordering::Acquire).as_ref() }
    };
    core::iter::successors(at(&ALL), move |stack| at(&stack.next))
}

/// A record that its thread has left.
fn free() -> Option<&'static Stack> {
    // ORDERING: Acquire, pairs with the Release in `leave`: the thread before has done with it.
    let take = |stack: &&Stack| {
        let taken = &stack.taken;
        taken.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
    };
    all().find(take)
}

fn map() -> Option<&'static Stack> {
    let mapped = memory::map_zeroed(size_of::<Stack>())?.cast::<Stack>();
    probe::untrack(mapped, size_of::<Stack>());
    // SAFETY: a mapping of that size, whose zeros are a valid record; it stays for ever.
    let stack = unsafe { &*mapped };
    // ORDERING: Relaxed, these three: published by the Release below.
    stack.taken.store(1, Ordering::Relaxed);
    let mut first = ALL.load(Ordering::Relaxed);
    loop {
        stack.next.store(first, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire in `all`: the record is complete.
        match ALL.compare_exchange(first, mapped, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return Some(stack),
            Err(found) => first = found,
        }
    }
}

/// Leaves the calling thread's record to another one, in the last round of its destructors.
pub fn last_round(_waiter: Option<&'static Waiter>) -> bool {
    if let Some(stack) = existing() {
        // ORDERING: Relaxed: as in `existing`.
        tls::held(|place| place.store(ptr::null_mut(), Ordering::Relaxed));
        // ORDERING: Release, pairs with the Acquire in `free`.
        stack.taken.store(0, Ordering::Release);
    }
    false
}

/// In a forked child the records of all other threads are free.
pub fn reset_after_fork() {
    let own = existing().map_or(ptr::null(), ptr::from_ref);
    for stack in all().filter(|stack| !ptr::eq(*stack, own)) {
        // ORDERING: Relaxed: the process has a single thread.
        stack.taken.store(0, Ordering::Relaxed);
    }
}

impl Stack {
    /// Nothing is held, and nothing is known.
    pub fn clear(&self) {
        self.count.set(0);
        self.overflow.set(0);
        for known in &self.known {
            known.set(0);
        }
    }

    /// How much is held.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.count.get() as usize
    }

    /// The segment of the thread's life, if one has begun; else 0.
    #[inline(always)]
    pub fn segment(&self) -> u64 {
        self.segment.get()
    }

    /// It is in that segment from now on.
    pub fn set_segment(&self, segment: u64) {
        self.segment.set(segment);
    }

    /// From now on it records in that mode. Returns the mode before.
    pub fn set_mode(&self, mode: u32) -> u32 {
        let before = self.mode.get() as u32;
        self.mode.set(mode.into());
        before
    }

    /// False: the thread asks already.
    pub fn begin_asking(&self) -> bool {
        let is_first = self.asking.get() == 0;
        self.asking.set(1);
        is_first
    }

    /// It asks no more.
    pub fn end_asking(&self) {
        self.asking.set(0);
    }

    /// Whether something is held that had no room.
    pub fn overflows(&self) -> bool {
        self.overflow.get() != 0
    }

    /// Adds what was taken last.
    #[inline(always)]
    pub fn push(&self, object: Address, tag: u32, site: usize, since: u64) {
        let count = self.count();
        match self.held.get(count) {
            Some(held) => {
                held.object.set(object.addr() as u64);
                held.tag.set(tag.into());
                held.site.set(site as u64);
                held.since.set(since);
                self.count.set(count as u64 + 1);
            }
            None => self.push_full(object, tag, site, since),
        }
    }

    #[cold]
    fn push_full(&self, object: Address, tag: u32, site: usize, since: u64) {
        let before = self.count();
        self.purge(tls::ident());
        if self.count() < before {
            self.push(object, tag, site, since);
        } else {
            self.overflow.add(1);
        }
    }

    /// Whether that is the mode in which the thread has recorded last.
    #[inline(always)]
    pub fn is_in(&self, mode: u32) -> bool {
        self.mode.get() == u64::from(mode)
    }

    /// Takes away what is released, if it was taken last, and nobody asked when that was.
    #[inline(always)]
    pub fn pop_untimed(&self, object: Address) -> bool {
        let last = self.count().wrapping_sub(1);
        let Some(held) = self.held.get(last) else { return false };
        let is_it = held.object.get() == object.addr() as u64 && held.since.get() == 0;
        if is_it {
            self.count.set(last as u64);
        }
        is_it
    }

    /// Takes away what is released, and returns it; mostly it was taken last.
    #[inline(always)]
    pub fn pop(&self, object: Address) -> Option<Taken> {
        let last = self.count().wrapping_sub(1);
        match self.held.get(last) {
            Some(held) if held.object.get() == object.addr() as u64 => {
                self.count.set(last as u64);
                Some(held.copy())
            }
            _ => self.pop_below(object),
        }
    }

    #[cold]
    fn pop_below(&self, object: Address) -> Option<Taken> {
        let count = self.count();
        let at = (0..count).rev().find(|at| {
            let is_it = |taken: Taken| taken.object == object.addr();
            self.at(*at).is_some_and(is_it)
        });
        let Some(at) = at else {
            let overflow = self.overflow.get();
            self.overflow.set(overflow.saturating_sub(1));
            return None;
        };
        let taken = self.at(at);
        self.remove(at);
        taken
    }

    fn remove(&self, at: usize) {
        let count = self.count();
        for place in at + 1..count {
            if let (Some(to), Some(next)) = (self.held.get(place - 1), self.at(place)) {
                to.store(next);
            }
        }
        self.count.set(count.saturating_sub(1) as u64);
    }

    /// What was taken as the one of that number.
    pub fn at(&self, number: usize) -> Option<Taken> {
        self.held.get(number).filter(|_| number < self.count()).map(Held::copy)
    }

    /// Takes away what the calling thread, which has that ident, does not hold any more.
    pub fn purge(&self, ident: u64) {
        for at in (0..self.count()).rev() {
            if self.at(at).is_some_and(|taken| !is_held(&taken, ident)) {
                self.remove(at);
            }
        }
    }

    /// Whether that was found out before.
    #[inline(always)]
    pub fn knows(&self, hash: u64) -> bool {
        self.known.get(hash as usize % KNOWN).is_some_and(|known| known.get() == hash)
    }

    /// It is found out.
    pub fn learn(&self, hash: u64) {
        if let Some(known) = self.known.get(hash as usize % KNOWN) {
            known.set(hash);
        }
    }

    /// A hash of all that is held.
    #[inline(always)]
    pub fn hash(&self) -> u64 {
        let held = self.held.get(..self.count()).unwrap_or_default();
        held.iter().fold(0, |hash, held| {
            let object = held.object.get();
            let tag = held.tag.get();
            let site = held.site.get();
            mix(mix(hash, object ^ tag << 40), site)
        })
    }
}

/// A hash of one word more.
#[inline(always)]
pub fn mix(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
}

impl Held {
    fn copy(&self) -> Taken {
        Taken {
            object: self.object.get() as usize,
            tag: self.tag.get() as u32,
            site: self.site.get() as usize,
            since: self.since.get(),
        }
    }

    fn store(&self, taken: Taken) {
        self.object.set(taken.object as u64);
        self.tag.set(taken.tag.into());
        self.site.set(taken.site as u64);
        self.since.set(taken.since);
    }
}
