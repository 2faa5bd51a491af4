//! Which slot a word belongs to, by its address.

use core::ffi::c_void;

use crate::atomic::{AtomicPtr, Ordering};
use crate::object::table::{CHUNKS, FIRST, SlotLayout};

/// What a table begins with, whatever the type of its slots.
#[repr(transparent)]
struct Chunks([AtomicPtr<c_void>; CHUNKS]);

/// The index of the slot whose word lies at an address of which only some bits are known: the lower
/// 32 of the number of units before it. `None`: no slot of the type has such an address.
pub fn index_of(layout: &SlotLayout, lower: u32, unit: usize) -> Option<u32> {
    let in_segment = |start: usize, length: usize| {
        let before = lower.wrapping_sub(((start + layout.word) / unit) as u32) as usize * unit;
        let index = before / layout.size;
        (index < length && before.is_multiple_of(layout.size)).then_some(index)
    };
    if let Some(index) = in_segment(layout.first.addr(), FIRST) {
        return Some(index as u32);
    }
    (0..CHUNKS).find_map(|chunk| {
        // SAFETY: a layout's table is a `Table` of its type, which begins with pointers to its
        // chunks, whatever the type; it is a static.
        let chunks = unsafe { &(*layout.table.cast::<Chunks>()).0 };
        // ORDERING: Relaxed: only the address counts.
        let start = chunks.get(chunk)?.load(Ordering::Relaxed);
        let length = FIRST << chunk;
        let index = (!start.is_null()).then(|| in_segment(start.addr(), length))?;
        u32::try_from(length + index?).ok()
    })
}
