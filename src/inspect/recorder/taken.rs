//! A lock or rlock that a thread has taken, by the address of its state word and its tag: so it is
//! noted without a look for its handle.

use core::ptr;

use crate::object::handle::{Handle, Kind, Tag};
use crate::object::table::{CHUNKS, FIRST, Slot};
use crate::object::word::{State, Word};
use crate::probe::Address;
use crate::sync::lock::Lock;
use crate::sync::rlock::Rlock;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::raw::RawMutex;

/// See the top of this file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The address of its state word.
    pub object: usize,
    /// Its tag.
    pub tag: u32,
    /// Where the call returns to that took it.
    pub site: usize,
    /// When that was; 0: nobody has asked.
    pub since: u64,
}

/// The tag in the word at that address, which is the word of a lock or rlock.
#[inline(always)]
pub fn tag_at(object: Address) -> u32 {
    // SAFETY: listeners hear of the state words of objects, in slots that are never unmapped.
    unsafe { &*object.cast::<Word>() }.load_relaxed().tag().0
}

/// The index of the slot whose word is at that address: a slot begins with its mutex, and that with
/// its word.
#[inline(always)]
fn index_of<T: Slot>(object: usize) -> Option<u32> {
    let index = object.wrapping_sub(T::first().as_ptr().addr()) / size_of::<T>();
    if index < FIRST { Some(index as u32) } else { index_in_chunks::<T>(object) }
}

#[cold]
fn index_in_chunks<T: Slot>(object: usize) -> Option<u32> {
    (0..CHUNKS).find_map(|chunk| {
        let first = (FIRST << chunk) as u32;
        let start = ptr::from_ref(T::table().get(first)?).addr();
        let index = object.wrapping_sub(start) / size_of::<T>();
        (index < FIRST << chunk).then(|| first + index as u32)
    })
}

/// The handle of a lock or rlock.
#[inline(always)]
pub fn handle_of(object: usize, tag: u32) -> Option<Handle> {
    let tag = Tag(tag);
    let is_rlock = tag.kind() == Kind::Rlock as u32;
    let index = if is_rlock { index_of::<Rlock>(object) } else { index_of::<Lock>(object) };
    index.map(|index| Handle::new(tag, index))
}

/// Whether the thread of that ident still holds it.
pub fn is_held(taken: &Taken, ident: u64) -> bool {
    let Some(object) = handle_of(taken.object, taken.tag) else { return false };
    let holds = |mutex: &RawMutex, state: State| state.has(LOCKED) && mutex.holder() == ident;
    if object.tag().kind() == Kind::Rlock as u32 {
        Rlock::table().find(object).is_ok_and(|(slot, state)| holds(slot.mutex(), state))
    } else {
        Lock::table().find(object).is_ok_and(|(slot, state)| holds(slot.mutex(), state))
    }
}
