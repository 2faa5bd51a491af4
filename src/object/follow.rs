//! Which objects have INSPECT: those of a kind that anybody hears of, from the moment of the switch
//! on or off.
//!
//! A switch changes what is heard first, and then goes over all objects. Whoever makes an object
//! publishes it first, and then asks what is heard. Between the two steps of each side stands a
//! fence of the process: the heavy half in the switch, the light one, which costs nothing, in the
//! making. So an object that the switch does not find alive is seen to by whoever makes it.
//!
//! Both do the same to the word, so they may meet there: it is given what is heard now, and whether
//! that is still heard is looked at afterwards. The one that comes last is right.
//!
//! A thread may act on the object at any time meanwhile: its fast path fails if INSPECT comes in
//! between, and its slow path keeps the bit.

use crate::atomic::{Ordering, fence};
use crate::object::handle::Tag;
use crate::object::table::Slot;
use crate::object::word::{INSPECT, Word};
use crate::probe;

/// Gives INSPECT to the object of that tag, or takes it away, as anybody hears of its kind now.
/// An object that stays slow has it anyway.
#[cold]
pub fn follow(word: &Word, tag: Tag, stays_slow: impl Fn() -> bool) {
    let now = || if stays_slow() { INSPECT } else { probe::inspects(tag.kind()) };
    loop {
        let wanted = now();
        let _ = word.update(|state| {
            let next = state.without(INSPECT).with(wanted);
            (state.is(tag) && next != state).then_some(next)
        });
        // ORDERING: SeqCst, pairs with itself in another thread, between what was heard and what is
        // heard now: of two that have done the same to a word, the later one reads the later value.
        fence(Ordering::SeqCst);
        if now() == wanted {
            return;
        }
    }
}

/// The same for all objects of a kind, after a change of what is heard and the heavy half of the
/// fence.
pub fn follow_all<T: Slot>() {
    T::table().for_each(|object, slot, _| {
        follow(slot.word(), object.tag(), || slot.stays_slow(object.tag()));
        true
    });
}
