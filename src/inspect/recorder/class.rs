//! The class of a lock or rlock. While orders are checked by classes, all of a class count as one:
//! those of a kind that have one name, or, without a name, those that were made by one call.
//!
//! Where a lock was made is noted while that is asked for. One that was made before, and has no
//! name, is a class of its own.

use crate::object::handle::{Handle, Kind, Tag};
use crate::object::names;
use crate::object::note::{FromZeros, Notes};
use crate::platform::caller;
use crate::probe::Address;

use super::number::Number;
use super::stack::mix;
use super::taken::handle_of;

/// Where a lock was made.
#[repr(C)]
struct Made {
    tag: Number,
    /// Where the call returns to that made it.
    site: Number,
}

// SAFETY: it is made of numbers.
unsafe impl FromZeros for Made {}

static LOCKS: Notes<Made> = Notes::new();
static RLOCKS: Notes<Made> = Notes::new();

/// 1: orders are checked by classes.
static ON: Number = Number::ZERO;

/// How much of a name counts.
const MOST: usize = 256;

/// Whether orders are checked by classes.
pub fn is_on() -> bool {
    ON.get() != 0
}

/// From now on they are, or are not. Callers exclude each other.
pub fn switch(on: bool) {
    if on {
        caller::set_up();
    }
    ON.set(on.into());
}

fn notes(kind: u32) -> Option<&'static Notes<Made>> {
    match kind {
        kind if kind == Kind::Lock as u32 => Some(&LOCKS),
        kind if kind == Kind::Rlock as u32 => Some(&RLOCKS),
        _ => None,
    }
}

/// The calling thread makes an object.
pub fn created(object: Address, tag: u32) {
    if is_on()
        && let Some(notes) = notes(Tag(tag).kind())
        && let Some(handle) = handle_of(object.addr(), tag)
        && let Some(made) = notes.find_or_map(handle.index())
    {
        made.site.set(caller::return_address() as u64);
        made.tag.set(tag.into());
    }
}

/// What a lock or rlock counts as: the same number for all of its class. It is its own handle while
/// each counts for itself.
pub fn of(object: Handle) -> u64 {
    if !is_on() {
        return object.0;
    }
    let tag = object.tag();
    let mut room = [0; MOST];
    if let Some(length) = names::copy(object, &mut room) {
        let text = room.get(..length).unwrap_or(&room);
        let start = mix(1, u64::from(tag.kind()));
        return text.iter().fold(start, |hash, byte| mix(hash, u64::from(*byte)));
    }
    let made = notes(tag.kind()).and_then(|notes| notes.find(object.index()));
    match made.filter(|made| made.tag.get() == u64::from(tag.0)).map(|made| made.site.get()) {
        None | Some(0) => object.0,
        Some(site) => mix(mix(2, u64::from(tag.kind())), site),
    }
}
