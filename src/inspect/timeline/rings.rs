//! The rings of all threads, at most 64 MB of them.
//!
//! A thread gets its ring at its first event. The ring stays when the thread has ended, and goes to
//! another thread only when there may be no more rings: then the one whose thread ended first, or
//! else one whose thread is gone without a word. A thread for which there is none is not recorded.
//!
//! | the thread's pointer | means                                         |
//! |----------------------|-----------------------------------------------|
//! | null                 | it has recorded nothing yet                   |
//! | NONE                 | there was no ring for it, or it has ended     |
//! | any other            | its ring                                      |

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicPtr, AtomicU32, Ordering};
use crate::inspect::timeline::ring::{ENDED, FREE, LIVE, Ring};
use crate::platform::memory;
use crate::platform::system;
use crate::platform::tls;
use crate::probe;

/// How many there are at most: 64 MB of whole pages.
pub const MOST: usize = (64 << 20) / size_of::<Ring>().next_multiple_of(4096);

/// The first [`COUNT`] of them are mapped, or about to be. A ring is never unmapped.
static RINGS: [AtomicPtr<Ring>; MOST] = [const { AtomicPtr::new(ptr::null_mut()) }; MOST];
static COUNT: AtomicU32 = AtomicU32::new(0);
/// How many may be FREE: those that a fork has left behind.
static FREE_RINGS: AtomicU32 = AtomicU32::new(0);
/// How many threads have got none.
static REFUSED: AtomicU32 = AtomicU32::new(0);

const NONE: *mut c_void = ptr::without_provenance_mut(1);

/// Calls `visit` with each ring until it returns false.
pub fn for_each(mut visit: impl FnMut(&'static Ring) -> bool) {
    // ORDERING: Relaxed: a bound; the pointers say by themselves which rings are there.
    let count = COUNT.load(Ordering::Relaxed) as usize;
    for place in RINGS.iter().take(count) {
        // ORDERING: Acquire, pairs with the Release in `map`.
        let ring = place.load(Ordering::Acquire);
        // SAFETY: null, or a ring, which is never unmapped.
        if let Some(ring) = unsafe { ring.as_ref() }
            && !visit(ring)
        {
            return;
        }
    }
}

/// How many threads were not recorded because there was no ring for them.
pub fn refused() -> u32 {
    // ORDERING: Relaxed: a number, which stands for itself.
    REFUSED.load(Ordering::Relaxed)
}

/// The calling thread's ring, if it has one already.
#[inline(always)]
pub fn known() -> Option<&'static Ring> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave this function.
    let block = unsafe { &*tls::block::<c_void>() };
    // ORDERING: Relaxed: no other thread touches the block.
    let ring = block.ring.load(Ordering::Relaxed);
    // SAFETY: any other pointer there is that of a ring, which is never unmapped.
    (ring.addr() > NONE.addr()).then(|| unsafe { &*ring.cast::<Ring>() })
}

/// The calling thread's ring. `None`: it has none.
pub fn own() -> Option<&'static Ring> {
    // SAFETY: as in `known`.
    let block = unsafe { &*tls::block::<c_void>() };
    // ORDERING: Relaxed: as in `known`.
    let is_first = block.ring.load(Ordering::Relaxed).is_null();
    if is_first { first(block) } else { known() }
}

/// Gets a ring for the calling thread. A signal handler may interrupt it and get one too: then that
/// is the thread's.
#[cold]
#[inline(never)]
fn first(block: &tls::Block<c_void>) -> Option<&'static Ring> {
    let ident = tls::ident();
    let ring = find_free(ident);
    let pointer = ring.map_or(NONE, |ring| ptr::from_ref(ring).cast_mut().cast());
    // ORDERING: Relaxed, both: as in `known`.
    match block.ring.compare_exchange(
        ptr::null_mut(),
        pointer,
        Ordering::Relaxed,
        Ordering::Relaxed,
    ) {
        Ok(_) => {
            // ORDERING: Relaxed: as in `refused`.
            REFUSED.fetch_add(u32::from(ring.is_none()), Ordering::Relaxed);
            ring
        }
        Err(_) => {
            if let Some(ring) = ring {
                ring.end(b"");
            }
            own()
        }
    }
}

fn find_free(ident: u64) -> Option<&'static Ring> {
    let native_id = system::native_id();
    take_free(ident, native_id)
        .or_else(|| map(ident, native_id))
        .or_else(|| take_ended(ident, native_id))
        .or_else(|| take_abandoned(ident, native_id))
}

/// The first for which `is_taken` says so.
fn find(is_taken: impl Fn(&'static Ring) -> bool) -> Option<&'static Ring> {
    let mut found = None;
    for_each(|ring| {
        found = is_taken(ring).then_some(ring);
        found.is_none()
    });
    found
}

fn take_free(ident: u64, native_id: u32) -> Option<&'static Ring> {
    // ORDERING: Relaxed, both: a hint; the ring's word decides.
    if FREE_RINGS.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let found = find(|ring| ring.take(FREE, ident, native_id));
    if found.is_none() {
        FREE_RINGS.store(0, Ordering::Relaxed);
    }
    found
}

fn map(ident: u64, native_id: u32) -> Option<&'static Ring> {
    // ORDERING: Relaxed: a hint, so that nothing is mapped in vain.
    if memory::is_exhausted() || COUNT.load(Ordering::Relaxed) as usize >= MOST {
        return None;
    }
    let mapped = memory::map_zeroed(size_of::<Ring>())?.cast::<Ring>();
    let next = |count: u32| ((count as usize) < MOST).then_some(count + 1);
    // ORDERING: Relaxed, both: as in `for_each`.
    let place = COUNT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    let Some(place) = place.ok().and_then(|number| RINGS.get(number as usize)) else {
        // SAFETY: mapped above with that size, and known to nobody.
        unsafe { memory::unmap(mapped.cast(), size_of::<Ring>()) };
        return None;
    };
    probe::untrack(mapped, size_of::<Ring>());
    // SAFETY: zeroed memory of that size is a ring, which is made of numbers; it is aligned, since
    // a mapping begins at a page; nobody unmaps it.
    let ring: &'static Ring = unsafe { &*mapped };
    let is_taken = ring.take(FREE, ident, native_id);
    // ORDERING: Release, pairs with the Acquire in `for_each`.
    place.store(mapped, Ordering::Release);
    is_taken.then_some(ring)
}

/// Takes the ring of the thread that has ended first.
fn take_ended(ident: u64, native_id: u32) -> Option<&'static Ring> {
    // Others may take it meanwhile, but not without end.
    (0..8).find_map(|_| {
        let mut oldest: Option<&'static Ring> = None;
        for_each(|ring| {
            let is_older = oldest.is_none_or(|oldest| ring.whose().1 < oldest.whose().1);
            if ring.state() == ENDED && is_older {
                oldest = Some(ring);
            }
            true
        });
        oldest.filter(|ring| ring.take(ENDED, ident, native_id))
    })
}

/// Takes a ring whose thread is gone: one of which the library does not hear that it ends.
fn take_abandoned(ident: u64, native_id: u32) -> Option<&'static Ring> {
    find(|ring| {
        ring.state() == LIVE
            && !system::thread_exists(ring.whose().0)
            && ring.take(LIVE, ident, native_id)
    })
}

/// The calling thread ends, and records nothing more. `name` copies its name.
pub fn end_own(name: impl FnOnce(&mut [u8]) -> usize) {
    // SAFETY: as in `known`.
    let block = unsafe { &*tls::block::<c_void>() };
    // ORDERING: Relaxed: as in `known`.
    let ring = block.ring.swap(NONE, Ordering::Relaxed);
    if ring.addr() > NONE.addr() {
        let mut room = [0; super::ring::NAME];
        let length = name(&mut room).min(room.len());
        // SAFETY: as in `known`.
        unsafe { &*ring.cast::<Ring>() }.end(room.get(..length).unwrap_or_default());
    }
}

/// In a forked child, whose threads are gone but the calling one: their rings are nobody's, and the
/// calling thread's is empty.
pub fn leave_others_behind() {
    // SAFETY: as in `known`.
    let block = unsafe { &*tls::block::<c_void>() };
    // ORDERING: Relaxed, all: the process has a single thread.
    let own = block.ring.load(Ordering::Relaxed);
    let mut free = 0;
    for_each(|ring| {
        if ptr::eq(own.cast_const().cast(), ring) {
            ring.begin_anew(tls::ident(), system::native_id());
        } else {
            ring.leave_behind();
            free += 1;
        }
        true
    });
    // ORDERING: as above.
    FREE_RINGS.store(free, Ordering::Relaxed);
    REFUSED.store(0, Ordering::Relaxed);
}
