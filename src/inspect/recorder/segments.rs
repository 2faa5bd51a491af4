//! Which parts of the lives of threads came before which others, as starts and joins order them.
//!
//! A segment is what a thread does between two starts or joins. Segments are numbered, and each
//! knows what came right before it: the segment before of the same thread, and for a join the last
//! one of the thread that was joined, for a thread's first one the segment that started it. So the
//! number of what came before is always the smaller one, and a search goes back through both.
//!
//! The last 65,536 segments are kept. What is asked of older ones is answered by yes: then nothing
//! is reported.

use core::ptr;
// Not the facade's: a segment's numbers are written before its own, which publishes them.
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use crate::object::handle::Handle;
use crate::object::note::{FromZeros, Notes};
use crate::platform::memory;
use crate::probe;

use super::number::Number;
use super::stack::{self, Stack};

const ROOM: usize = 1 << 16;
/// How many threads a search may find side by side. More of them count as ordered.
const SIDE_BY_SIDE: usize = 256;

/// A segment; all of a place in the ring belongs to the one whose number it has.
#[repr(C)]
struct Segment {
    number: AtomicU64,
    previous: Number,
    other: Number,
}

/// What is known of a thread by its handle.
#[repr(C)]
struct Life {
    tag: Number,
    /// The segment that started it.
    start: Number,
    /// Its last segment.
    end: Number,
}

// SAFETY: it is made of numbers.
unsafe impl FromZeros for Life {}

static RING: AtomicPtr<Segment> = AtomicPtr::new(ptr::null_mut());
static LAST: AtomicU64 = AtomicU64::new(0);
static LIVES: Notes<Life> = Notes::new();

/// Makes room. False: there is no memory. Callers exclude each other.
pub fn prepare() -> bool {
    // ORDERING: Acquire and Release, pair with each other: zeros are seen with the pointer.
    if RING.load(Ordering::Acquire).is_null() {
        let bytes = ROOM * size_of::<Segment>();
        let Some(mapped) = memory::map_zeroed(bytes) else { return false };
        probe::untrack(mapped, bytes);
        RING.store(mapped.cast(), Ordering::Release);
    }
    true
}

fn place(number: u64) -> Option<&'static Segment> {
    // ORDERING: Acquire, as above.
    let ring = RING.load(Ordering::Acquire);
    // SAFETY: null, or a mapping of that many places, which stays.
    (!ring.is_null()).then(|| unsafe { &*ring.add(number as usize % ROOM) })
}

fn begin(previous: u64, other: u64) -> u64 {
    // ORDERING: Relaxed: a number of its own.
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    if let Some(place) = place(number) {
        // ORDERING: Relaxed, then Release, pairs with the Acquire in `at`: the numbers before are
        // those of this segment.
        place.number.store(0, Ordering::Relaxed);
        place.previous.set(previous);
        place.other.set(other);
        place.number.store(number, Ordering::Release);
    }
    number
}

/// The place of a segment that is kept.
fn at(number: u64) -> Option<&'static Segment> {
    // ORDERING: Acquire, pairs with the Release in `begin`.
    place(number).filter(|place| place.number.load(Ordering::Acquire) == number)
}

/// The segment in which the calling thread is.
pub fn current(own: &Stack) -> u64 {
    match own.segment() {
        0 => advance(own, 0),
        segment => segment,
    }
}

fn advance(own: &Stack, other: u64) -> u64 {
    let segment = begin(own.segment(), other);
    own.set_segment(segment);
    segment
}

fn life(thread: u64) -> Option<&'static Life> {
    LIVES.find_or_map(Handle(thread).index())
}

/// The calling thread is about to start that one.
pub fn starting(thread: u64) {
    let (Some(own), Some(life)) = (stack::own(), life(thread)) else { return };
    life.start.set(current(own));
    life.end.set(0);
    life.tag.set(Handle(thread).tag().0.into());
    advance(own, 0);
}

fn known_life(thread: u64) -> Option<&'static Life> {
    let is_its = |life: &&Life| life.tag.get() == u64::from(Handle(thread).tag().0);
    LIVES.find(Handle(thread).index()).filter(is_its)
}

/// The calling thread is that one from now on.
pub fn started(thread: u64) {
    let Some(own) = stack::own() else { return };
    let start = known_life(thread).map_or(0, |life| life.start.get());
    // A worker of timers was another thread before.
    own.set_segment(0);
    advance(own, start);
}

/// The calling thread is about to end that one.
pub fn ending(thread: u64) {
    if let (Some(own), Some(life)) = (stack::existing(), known_life(thread)) {
        life.end.set(current(own));
        // It is in that segment no more: whoever joins it comes after that.
        advance(own, 0);
    }
}

/// The calling thread has seen its end.
pub fn joined(thread: u64) {
    let end = known_life(thread).map_or(0, |life| life.end.get());
    if end != 0
        && let Some(own) = stack::own()
    {
        advance(own, end);
    }
}

/// Whether one of two segments came before the other, or is it. `owners` are the records of the
/// threads whose segments they were. Callers exclude each other.
pub fn are_ordered(segments: [u64; 2], owners: [Option<&Stack>; 2]) -> bool {
    let [mut earlier, mut later] = segments;
    let mut owner = owners[0];
    if earlier > later {
        (earlier, later, owner) = (later, earlier, owners[1]);
    }
    if earlier == later {
        return true;
    }
    // The thread is in it still: nothing has come after it.
    if owner.is_some_and(|owner| owner.segment() == earlier) {
        return false;
    }
    comes_before(earlier, later)
}

/// Goes back from the later one, always from the greatest number that is left: so what is left are
/// the threads that live side by side there, and no segment is met twice.
fn comes_before(earlier: u64, later: u64) -> bool {
    let mut left = [0; SIDE_BY_SIDE];
    let mut number = later;
    while number > earlier {
        // It is not kept any more.
        let Some(segment) = at(number) else { return true };
        for before in [segment.previous.get(), segment.other.get()] {
            if before < earlier || left.contains(&before) {
                continue;
            }
            let Some(free) = left.iter_mut().find(|place| **place == 0) else { return true };
            *free = before;
        }
        let Some(greatest) = left.iter_mut().max() else { return true };
        number = core::mem::take(greatest);
    }
    number == earlier
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_and_joins_order_what_came_before_and_after_them_and_nothing_else() {
        assert!(prepare());
        let ordered = |one, other| comes_before(one, other);
        let main = begin(0, 0);
        let (main_later, child) = (begin(main, 0), begin(0, main));
        assert!(ordered(main, main_later) && ordered(main, child));
        assert!(!ordered(main_later, child) && !ordered(child, main_later));
        let joined = begin(main_later, child);
        let stranger = begin(0, 0);
        assert!(ordered(child, joined) && ordered(main, joined) && !ordered(joined, stranger));
        let next = begin(0, joined);
        assert!(ordered(child, next) && ordered(main_later, next) && !ordered(stranger, next));
        assert!(are_ordered([child, child], [None; 2]) && are_ordered([next, child], [None; 2]));
        assert!(!are_ordered([next, stranger], [None; 2]));
        // A chain of many, of which each is joined by the next.
        let mut last = joined;
        for _ in 0..1000 {
            let started = begin(0, last);
            last = begin(begin(last, 0), started);
        }
        assert!(ordered(child, last) && !ordered(stranger, last));
        // What is too long ago counts as ordered.
        for _ in 0..ROOM {
            begin(0, 0);
        }
        assert!(ordered(stranger, last));
    }
}
