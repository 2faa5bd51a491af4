//! Memory for a moment, from the system and not from the C allocator, whose locks an interrupted
//! thread may hold.
//!
//! A few small blocks are kept when they are given back. To map one, to touch it first and to unmap
//! it takes longer than what most looks at the process do with it. Nothing is kept before the first
//! block is asked for. All of it may be called in signal handlers.

use core::ptr;
// Not the facade's: models do not explore who gets which block.
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use crate::platform::memory;

/// How large a block is that is kept, in bytes.
pub const KEPT_BYTES: usize = 16 << 10;
/// How many are kept: as many as a dump uses at once.
const MOST: usize = 16;

/// The blocks that are kept, each of `KEPT_BYTES`; null: none.
static KEPT: [AtomicPtr<u8>; MOST] = [const { AtomicPtr::new(ptr::null_mut()) }; MOST];

/// Whether all of them were mapped, which is done at once. Where a page may be larger than a block,
/// each is mapped alone, since to unmap one would take others on its page with it.
static STOCKED: AtomicBool = AtomicBool::new(!HAS_SMALL_PAGES);
const HAS_SMALL_PAGES: bool = cfg!(any(target_arch = "x86_64", target_arch = "x86"));

/// Keeps a block. False: there are as many already.
fn keep(start: *mut u8) -> bool {
    KEPT.iter().any(|place| {
        // ORDERING: Release, pairs with the Acquire in `take_kept`: whoever takes the block sees
        // that this thread has done with it. Relaxed on failure: the next place is tried.
        place.compare_exchange(ptr::null_mut(), start, Ordering::Release, Ordering::Relaxed).is_ok()
    })
}

fn take_kept() -> Option<*mut u8> {
    KEPT.iter().find_map(|place| {
        // ORDERING: Relaxed: only a guess, which the exchange below proves.
        if place.load(Ordering::Relaxed).is_null() {
            return None;
        }
        // ORDERING: Acquire, pairs with the Release in `keep`.
        let start = place.swap(ptr::null_mut(), Ordering::Acquire);
        (!start.is_null()).then_some(start)
    })
}

/// Maps a block; the first time all that are kept, in one call.
fn map() -> Option<*mut u8> {
    // ORDERING: Relaxed: it says only who maps them.
    if STOCKED.swap(true, Ordering::Relaxed) {
        return memory::map_zeroed(KEPT_BYTES);
    }
    let start = memory::map_zeroed(MOST * KEPT_BYTES)?;
    for number in 1..MOST {
        give_back(start.wrapping_add(number * KEPT_BYTES));
    }
    Some(start)
}

fn give_back(start: *mut u8) {
    if !keep(start) {
        // SAFETY: a part of that size of what was mapped, and used by nobody.
        unsafe { memory::unmap(start, KEPT_BYTES) };
    }
}

/// A block of memory, page-aligned; what is in it is of no meaning at first. It is given back when
/// it goes out of scope.
pub struct Block {
    start: *mut u8,
    bytes: usize,
}

impl Block {
    /// Of so many bytes at least; `None` if there is no memory.
    pub fn with_room(bytes: usize) -> Option<Block> {
        if bytes > KEPT_BYTES {
            return Some(Block { start: memory::map_zeroed(bytes)?, bytes });
        }
        Some(Block { start: take_kept().or_else(map)?, bytes: KEPT_BYTES })
    }

    /// Where it begins.
    pub fn start(&self) -> *mut u8 {
        self.start
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if self.bytes == KEPT_BYTES {
            give_back(self.start);
        } else {
            // SAFETY: mapped with that size, and used by nobody any more.
            unsafe { memory::unmap(self.start, self.bytes) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_one_callers_alone_and_is_used_again() {
        let blocks: Vec<Block> = (0..2 * MOST).map(|_| Block::with_room(1).unwrap()).collect();
        let mut starts: Vec<usize> = blocks.iter().map(|block| block.start().addr()).collect();
        starts.sort_unstable();
        assert!(starts.windows(2).all(|pair| pair[0] + KEPT_BYTES <= pair[1]));
        for (number, block) in blocks.iter().enumerate() {
            // SAFETY: the block is this test's alone.
            unsafe { block.start().write_bytes(number as u8, block.bytes()) };
        }
        for (number, block) in blocks.iter().enumerate() {
            // SAFETY: as above.
            let last = unsafe { block.start().add(KEPT_BYTES - 1).read() };
            assert_eq!(usize::from(last), number);
        }
        drop(blocks);
        let again = Block::with_room(KEPT_BYTES).unwrap();
        assert!(starts.contains(&again.start().addr()), "it was kept");
        let large = Block::with_room(KEPT_BYTES + 1).unwrap();
        assert!(large.bytes() > KEPT_BYTES && !starts.contains(&large.start().addr()));
    }
}
