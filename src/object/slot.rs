//! How an object's slot is declared, and how the object is made and ended, in one way for all
//! kinds.
//!
//! The layers above pass what differs between kinds as a closure: the state that an object starts
//! with, and the conditions under which it may end.

use crate::object::follow::follow;
use crate::object::handle::{Handle, Tag};
use crate::object::table::{Slot, Vacant};
use crate::object::word::{State, Word};
use crate::platform::process_fence;
use crate::probe;
use crate::status::Status;

/// Declares `TABLE`, the table of a type of slots, and `FIRST_SEGMENT`, which fast paths use, and
/// implements [`Slot`] for the type.
///
/// - `$slot` is the type. It has a field `next_free` for the table.
/// - `kind` is the kind that its handles have.
/// - `reserved` is how many indexes are never handed out, if there are any.
/// - `word` is the path of fields to its state word.
/// - `first_use` is the path to a field whose `first_use` runs before the slot's first use, if any.
/// - `stays_slow` is a method that says whether the object of a tag has INSPECT even though nobody
///   hears of it, if any may.
#[doc(hidden)]
#[macro_export]
macro_rules! slots {
    (
        $slot:ident, kind: $kind:expr, $(reserved: $reserved:literal,)?
        word: $($word:ident).+ $(, first_use: $($told:ident).+)? $(, stays_slow: $slow:ident)? $(,)?
    ) => {
        static TABLE: $crate::object::table::Table<$slot> =
            $crate::object::table::Table::new(0 $(+ $reserved)?);
        static FIRST_SEGMENT: [$slot; $crate::object::table::FIRST] = [const {
            // SAFETY: the compiler checks the value of a static, and refuses one that is not valid.
            unsafe { core::mem::zeroed() }
        }; $crate::object::table::FIRST];

        const _: () = assert!(!core::mem::needs_drop::<$slot>(), "a slot is never dropped");

        // SAFETY: all-zero bytes are valid, since `FIRST_SEGMENT` is made of them; the trait asks
        // for `Sync`; nothing needs a drop, as checked above.
        unsafe impl $crate::object::table::Slot for $slot {
            const KIND: $crate::object::handle::Kind = $kind;
            const LAYOUT: $crate::object::table::SlotLayout = $crate::object::table::SlotLayout {
                size: size_of::<$slot>(),
                word: core::mem::offset_of!($slot, $($word).+),
                first: (&raw const FIRST_SEGMENT).cast(),
                table: (&raw const TABLE).cast(),
            };

            #[inline(always)]
            fn table() -> &'static $crate::object::table::Table<$slot> {
                &TABLE
            }

            #[inline(always)]
            fn first() -> &'static [$slot; $crate::object::table::FIRST] {
                &FIRST_SEGMENT
            }

            #[inline(always)]
            fn word(&self) -> &$crate::object::word::Word {
                &self.$($word).+
            }

            $(fn first_use(&self) {
                self.$($told).+.first_use();
            })?

            $(fn stays_slow(&self, tag: $crate::object::handle::Tag) -> bool {
                self.$slow(tag)
            })?

            #[inline(always)]
            fn next_free(&self) -> &$crate::atomic::AtomicU32 {
                &self.next_free
            }
        }
    };
}
pub use slots;

/// Makes an object. `fill` writes the object's initial state into the slot, which belongs to the
/// caller until the word is published, and returns the word's bits. Listeners hear of the object
/// before other threads have its handle.
///
/// Whether anybody listens is asked after the word is published: see `object::follow`.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
#[inline(always)]
pub fn make<T: Slot>(fill: impl FnOnce(&'static T, Tag) -> u64) -> Result<Handle, Status> {
    let (Vacant { index, slot }, tag) = vacant::<T>()?;
    let bits = fill(slot, tag);
    slot.word().publish(tag, bits);
    process_fence::light();
    if probe::hears_objects() {
        return Ok(tell_created(slot.word(), Handle::new(tag, 0), index));
    }
    Ok(Handle::new(tag, index))
}

/// Returns the handle, so that the caller keeps nothing across this call; it has the tag where the
/// handle will have it.
#[cold]
#[inline(never)]
fn tell_created(word: &Word, first: Handle, index: u32) -> Handle {
    let tag = first.tag();
    probe::created(word, tag.0);
    follow(word, tag, || false);
    Handle::new(tag, index)
}

/// As [`make`], for a kind that is not reported to listeners.
///
/// # Errors
/// As [`make`].
#[inline(always)]
pub fn make_unheard<T: Slot>(
    fill: impl FnOnce(&'static T, Handle) -> u64,
) -> Result<(&'static T, Handle), Status> {
    let (Vacant { index, slot }, tag) = vacant::<T>()?;
    let handle = Handle::new(tag, index);
    let bits = fill(slot, handle);
    slot.word().publish(tag, bits);
    Ok((slot, handle))
}

/// Takes a slot, which is the caller's alone, and returns it with the tag of its next object.
#[inline(always)]
fn vacant<T: Slot>() -> Result<(Vacant<T>, Tag), Status> {
    let vacant = T::table().take().ok_or(Status::THREADING_NO_RESOURCES)?;
    let tag = vacant.slot.word().next_tag(T::KIND);
    Ok((vacant, tag))
}

/// Ends the object of a handle. `end_word` gets the state in which the object was found, and ends
/// its word unless the object is in use. `Ok(true)` from `end_word`: the slot may be used again.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; those of `end_word`.
#[inline(always)]
pub fn end<T: Slot>(
    handle: Handle,
    end_word: impl FnOnce(&'static T, State) -> Result<bool, Status>,
) -> Result<(), Status> {
    let (slot, state) = T::table().find(handle)?;
    if end_word(slot, state)? {
        T::table().give_back(Vacant { index: handle.index(), slot });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atomic::AtomicU32;
    use crate::object::handle::{Kind, LAST_GENERATION};
    use crate::status::threading_status::*;

    struct Plain {
        word: Word,
        next_free: AtomicU32,
    }

    slots! { Plain, kind: Kind::Anonymous, word: word }

    fn make() -> Result<Handle, Status> {
        super::make(|_: &Plain, _| 0)
    }

    fn unmake(handle: Handle) -> Result<(), Status> {
        end(handle, |slot: &Plain, state| slot.word.end(state).map_err(|_| THREADING_BUSY))
    }

    /// One test, since the table is one.
    #[test]
    fn a_slot_serves_one_object_after_the_other_until_its_generations_are_used_up() {
        let first = make().unwrap();
        assert_eq!(end(first, |_: &Plain, _| Err(THREADING_BUSY)), Err(THREADING_BUSY));
        assert!(TABLE.find(first).is_ok());
        assert_ne!(make().unwrap().index(), first.index());

        assert_eq!(unmake(first), Ok(()));
        assert_eq!(unmake(first), Err(THREADING_DESTROYED));
        let second = make().unwrap();
        assert_eq!((second.index(), second.tag().generation()), (first.index(), 1));

        let last = Handle::new(Tag::new(Kind::Anonymous, LAST_GENERATION), first.index());
        TABLE.get(last.index()).unwrap().word.publish(last.tag(), 0);
        assert_eq!(unmake(last), Ok(()));
        assert_eq!(unmake(last), Err(THREADING_DESTROYED));
        assert_eq!(unmake(second), Err(THREADING_DESTROYED));
        assert_ne!(make().unwrap().index(), first.index());
    }
}
