//! Tables of slots: type-stable memory that handles name.
//!
//! The first segment of every table is a static array of zeros, which costs nothing until it is
//! touched. Further segments are chunks, each twice as large as the one before. They are mapped
//! when they are needed, and never unmapped. So a stale handle always points at memory of the right
//! type. Growth and the free list take no lock, since locks are made of this.
//!
//! | index                        | lives in                         |
//! |------------------------------|----------------------------------|
//! | 0 … 65,535                   | the static first segment         |
//! | 65,536 · 2^k … (k = 0 … 15)  | chunk k, of 65,536 · 2^k slots   |
//!
//! A thread that ends an object caches the slot, one of each `cached` kind (`object::kinds`), and
//! makes its next object of that kind there. Neither takes an atomic instruction. When the thread
//! ends it gives its cached slots back. In a forked child the slots that other threads had cached
//! are lost.

use core::ffi::c_void;
use core::hint;
use core::mem::offset_of;
use core::ptr;
// Not the facade's: only the calling thread touches its block.
use core::sync::atomic::{AtomicU32 as CachedSlot, Ordering as StdOrdering};

use once_cell::race::OnceRef;

use crate::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
use crate::object::handle::{Handle, Kind, Tag};
use crate::object::kinds::CACHED_KINDS;
use crate::object::word::{State, Word};
use crate::platform::features::{FIRST_SEGMENT, THREADS_CACHE_SLOTS};
use crate::platform::memory;
use crate::platform::tls::{self, Block};
use crate::probe;
use crate::status::Status;

/// Slots in the first segment.
pub const FIRST: usize = FIRST_SEGMENT;
/// Chunks of a table.
pub const CHUNKS: usize = 16;
/// Segments of a table.
pub const SEGMENTS: usize = 1 + CHUNKS;

/// The type of a table's slots. A slot is all zero before its first use. `object::slot::slots`
/// implements this trait.
///
/// # Safety
/// All-zero bytes are a valid value of the type, since chunks are mapped as zeros. The type needs
/// no drop.
pub unsafe trait Slot: Sized + Sync + 'static {
    /// The kind in the handles of this table.
    const KIND: Kind;
    /// The one table of this type.
    fn table() -> &'static Table<Self>;
    /// The static first segment. It is not a field of the table, so a fast path finds it without a
    /// load.
    fn first() -> &'static [Self; FIRST];
    /// Where a reader outside the process finds the slots.
    const LAYOUT: SlotLayout;
    /// The state word.
    fn word(&self) -> &Word;
    /// Called before the slot's first use.
    fn first_use(&self) {}
    /// Whether the object of that tag has INSPECT even though nobody hears of it.
    fn stays_slow(&self, _tag: Tag) -> bool {
        false
    }
    /// The link of the free list. It belongs to the table while the slot is free.
    fn next_free(&self) -> &AtomicU32;
}

/// Where a reader outside the process finds the slots of a type.
pub struct SlotLayout {
    /// Bytes of a slot.
    pub size: usize,
    /// Where in a slot its state word is.
    pub word: usize,
    /// The static first segment.
    pub first: *const c_void,
    /// The table.
    pub table: *const c_void,
}

/// The slots of one type, except the first segment. `inspect::layout` says where its fields are.
#[repr(C)]
pub struct Table<T: Slot> {
    chunks: [AtomicPtr<T>; CHUNKS],
    /// How many indexes were ever taken, the reserved ones included.
    issued: AtomicU64,
    /// The head of the free list. The lower half is index + 1, or 0 if the list is empty. The upper
    /// half counts changes, so that a compare-exchange fails if the same head has come back.
    free: AtomicU64,
}

/// A slot that belongs to the caller until it is published or given back.
pub struct Vacant<T: Slot> {
    /// The slot's index.
    pub index: u32,
    /// The slot.
    pub slot: &'static T,
}

impl<T: Slot> Table<T> {
    /// Where the number of indexes that were ever taken is.
    pub const ISSUED_AT: usize = offset_of!(Table<T>, issued);
    /// Where the addresses of the chunks are.
    pub const CHUNKS_AT: usize = offset_of!(Table<T>, chunks);

    /// A table whose first `reserved` indexes are never handed out.
    pub const fn new(reserved: u64) -> Table<T> {
        Table {
            issued: AtomicU64::new(reserved),
            free: AtomicU64::new(0),
            chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
        }
    }

    /// The slot of this index, if its memory exists.
    #[inline]
    pub fn get(&self, index: u32) -> Option<&'static T> {
        match T::first().get(index as usize) {
            Some(slot) => Some(slot),
            None => {
                hint::cold_path();
                self.get_in_chunk(index)
            }
        }
    }

    #[inline(always)]
    fn get_in_chunk(&self, index: u32) -> Option<&'static T> {
        let (chunk, offset) = place(index);
        // ORDERING: Acquire, pairs with the publication in `chunk`: the zeroed memory is seen with
        // the pointer.
        let start = self.chunks.get(chunk)?.load(Ordering::Acquire);
        if start.is_null() {
            return None;
        }
        // SAFETY: a non-null pointer in `chunks[k]` is a mapping of `chunk_length(k)` slots, zeroed
        // at first and never unmapped; `place` yields an offset below that length; a zeroed slot is
        // valid by `Slot`'s contract.
        Some(unsafe { &*start.add(offset) })
    }

    /// The slot and the state of the object of a handle, if it is alive.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
    #[inline]
    pub fn find(&self, handle: Handle) -> Result<(&'static T, State), Status> {
        let Some(slot) = self.get(handle.index()) else {
            return Err(Status::THREADING_INVALID_HANDLE);
        };
        let state = slot.word().load();
        if state.is(handle.tag()) {
            Ok((slot, state))
        } else {
            Err(state.stale_status(handle.tag(), T::KIND))
        }
    }

    /// How many indexes were ever taken: the bound of a walk over the table.
    pub fn issued(&self) -> u64 {
        // ORDERING: Acquire, pairs with the growth in `take`: a slot that was published before is
        // below the bound.
        self.issued.load(Ordering::Acquire)
    }

    /// Calls `visit` with every object that is alive when its slot is reached, until it returns
    /// false. Async-signal-safe if `visit` is.
    pub fn for_each(&self, mut visit: impl FnMut(Handle, &'static T, State) -> bool) {
        for index in 0..u32::try_from(self.issued()).unwrap_or(u32::MAX) {
            let Some(slot) = self.get(index) else { return };
            let state = slot.word().load();
            if state.is(state.tag()) && !visit(Handle::new(state.tag(), index), slot, state) {
                return;
            }
        }
    }

    /// Takes a free slot. `None`: memory or handles ran out.
    #[inline(always)]
    pub fn take(&self) -> Option<Vacant<T>> {
        if memory::is_exhausted() {
            return None;
        }
        match self.take_cached() {
            Some(vacant) => Some(vacant),
            None => self.take_shared(),
        }
    }

    #[cold]
    #[inline(never)]
    fn take_shared(&self) -> Option<Vacant<T>> {
        if let Some(vacant) = self.take_freed() {
            return Some(vacant);
        }
        // ORDERING: Relaxed: only a first guess for the compare-exchange below.
        let mut issued = self.issued.load(Ordering::Relaxed);
        loop {
            let index = u32::try_from(issued).ok().filter(|index| *index != u32::MAX)?;
            let slot = self.get(index).or_else(|| self.grow(index))?;
            // ORDERING: AcqRel, pairs with `issued`: a thread that reads the bound sees the chunk
            // below it. Relaxed on failure: again.
            match self.issued.compare_exchange(
                issued,
                issued + 1,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    slot.first_use();
                    Table::<T>::register_give_back();
                    return Some(Vacant { index, slot });
                }
                Err(found) => issued = found,
            }
        }
    }

    fn take_freed(&self) -> Option<Vacant<T>> {
        // ORDERING: Acquire, pairs with the Release in `give_back`: the link of the slot at the
        // head is seen.
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            let index = (head as u32).checked_sub(1)?;
            let slot = self.get(index)?;
            // ORDERING: Relaxed: the value counts only if the head and its count have not changed
            // since. Then it is the value that the Acquire above (or below, on failure) made
            // visible.
            let next = slot.next_free().load(Ordering::Relaxed);
            let to = ((head >> 32) + 1) << 32 | u64::from(next);
            // ORDERING: AcqRel: Acquire as above; Release keeps the chain of publications for the
            // next taker.
            match self.free.compare_exchange_weak(head, to, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(Vacant { index, slot }),
                Err(found) => head = found,
            }
        }
    }

    /// The calling thread's cached slot of this kind, if the kind is cached.
    #[inline(always)]
    fn cached_slot(block: &Block<()>) -> Option<&CachedSlot> {
        const { T::KIND.cache_index() }.and_then(|index| block.cached_slots.get(index))
    }

    #[inline(always)]
    fn take_cached(&self) -> Option<Vacant<T>> {
        // SAFETY: the block is valid for the life of the calling thread, and the reference does not
        // leave it.
        let cached = Table::<T>::cached_slot(unsafe { &*tls::block() })?;
        // ORDERING: Relaxed: no other thread touches the block.
        let index = cached.load(StdOrdering::Relaxed).checked_sub(1)?;
        let slot = self.get(index)?;
        // ORDERING: as above.
        cached.store(0, StdOrdering::Relaxed);
        Some(Vacant { index, slot })
    }

    /// Registers how the cached slot of this kind is given back. Runs whenever a slot is taken for
    /// the first time, so before a slot of this kind is cached.
    fn register_give_back() {
        let place = T::KIND.cache_index().and_then(|index| GIVE_BACK.get(index));
        let give_back = const { &(give_back_cached_of::<T> as fn()) };
        let _ = place.map(|place| place.set(give_back));
    }

    /// Lets a slot be used again. The slot belongs to the caller alone, and its word is not alive.
    #[inline(always)]
    pub fn give_back(&self, vacant: Vacant<T>) {
        // SAFETY: the block is valid for the life of the calling thread, and the reference does not
        // leave it.
        let block = unsafe { &*tls::block() };
        // Only a thread with an exit hook caches a slot.
        let caches = THREADS_CACHE_SLOTS && block.is_registered() && !block.has_ended();
        match Table::<T>::cached_slot(block).filter(|_| caches) {
            // ORDERING: Relaxed, both: no other thread touches the block.
            Some(cached) if cached.load(StdOrdering::Relaxed) == 0 => {
                cached.store(vacant.index + 1, StdOrdering::Relaxed)
            }
            _ => self.push_free(vacant),
        }
    }

    /// Puts the slot on the free list.
    #[cold]
    #[inline(never)]
    fn push_free(&self, vacant: Vacant<T>) {
        // ORDERING: Relaxed: only a first guess for the compare-exchange below.
        let mut head = self.free.load(Ordering::Relaxed);
        loop {
            // ORDERING: Relaxed: published by the Release of the compare-exchange below.
            vacant.slot.next_free().store(head as u32, Ordering::Relaxed);
            let to = ((head >> 32) + 1) << 32 | u64::from(vacant.index + 1);
            // ORDERING: Release, pairs with `take_freed`: publishes the link and the slot's last
            // state.
            match self.free.compare_exchange_weak(head, to, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(found) => head = found,
            }
        }
    }

    /// Maps the chunk that the index lies in, unless another thread has.
    #[cold]
    fn grow(&self, index: u32) -> Option<&'static T> {
        let (number, _) = place(index);
        let chunk = self.chunks.get(number)?;
        let bytes = chunk_length(number).checked_mul(size_of::<T>())?;
        let mapped = memory::map_zeroed(bytes)?.cast::<T>();
        probe::untrack(mapped, bytes);
        // ORDERING: AcqRel, pairs with the Acquire in `get_in_chunk`: the zeroed memory is seen
        // with the pointer. Relaxed on failure: `get` reads the winner's pointer with its own
        // Acquire.
        if chunk
            .compare_exchange(ptr::null_mut(), mapped, Ordering::AcqRel, Ordering::Relaxed)
            .is_err()
        {
            // SAFETY: the mapping is ours alone: it was made above and never published.
            unsafe { memory::unmap(mapped.cast(), bytes) };
        }
        self.get(index)
    }
}

/// For each cached kind that had an object: the function that gives back the calling thread's
/// cached slot.
static GIVE_BACK: [OnceRef<'static, fn()>; CACHED_KINDS] = [const { OnceRef::new() }; CACHED_KINDS];

/// Gives back the cached slots of the calling thread, which ends.
pub fn give_back_cached() {
    for give_back in GIVE_BACK.iter().filter_map(OnceRef::get) {
        give_back();
    }
}

fn give_back_cached_of<T: Slot>() {
    let table = T::table();
    if let Some(vacant) = table.take_cached() {
        table.push_free(vacant);
    }
}

/// A segment of a table: the first one has the number 0, and chunk k has k + 1.
pub struct Segment {
    /// Its number.
    pub number: usize,
    /// How many slots it has.
    pub length: usize,
}

/// The segment that an index lies in, and its offset there.
pub fn segment(index: u32) -> (Segment, usize) {
    if (index as usize) < FIRST {
        return (Segment { number: 0, length: FIRST }, index as usize);
    }
    let (chunk, offset) = place(index);
    (Segment { number: chunk + 1, length: chunk_length(chunk) }, offset)
}

/// The chunk and the offset of an index beyond the first segment.
fn place(index: u32) -> (usize, usize) {
    let multiple = index as usize / FIRST;
    let chunk = multiple.checked_ilog2().unwrap_or(0) as usize;
    (chunk, (index as usize).wrapping_sub(FIRST << chunk))
}

const fn chunk_length(chunk: usize) -> usize {
    FIRST << chunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_has_one_place_and_chunks_meet_without_a_gap() {
        let mut expected = (0, 0);
        for index in FIRST as u32..FIRST as u32 * 9 {
            assert_eq!(place(index), expected, "index {index}");
            expected.1 += 1;
            if expected.1 == chunk_length(expected.0) {
                expected = (expected.0 + 1, 0);
            }
        }
        let (chunk, offset) = place(u32::MAX);
        assert!(chunk < CHUNKS && offset < chunk_length(chunk));
    }
}
