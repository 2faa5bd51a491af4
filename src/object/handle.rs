//! Handles: 64 bits that name an object and prove nothing by themselves.
//!
//! | bits  | field      | meaning                                                               |
//! |-------|------------|-----------------------------------------------------------------------|
//! | 58-63 | kind       | which kind of object; never 0, so that all zero is the null handle    |
//! | 32-57 | generation | how often the slot was used before                                    |
//! | 0-31  | index      | which slot of the kind's table                                        |
//!
//! The upper half is the *tag*. A slot's state word carries the tag of the object that lives there
//! now. So one comparison tells a live handle from a stale, a foreign or a made-up one.
//!
//! A generation never wraps: a slot that has served 2^26 objects is retired, and its memory stays
//! unused. A table has 2^32 - 1 slots, so its handles last for 2^58 objects. A thread that does
//! nothing but make and end locks retires a slot of 64 bytes every second or two. The fast paths
//! know the first 2^16 slots only, which serve 2^42 objects: at a million a second that is fifty
//! days, and from then on calls take the slow path.

use crate::object::kinds::{LAST_KIND, for_each_kind};

pub use crate::object::kinds::Kind;

/// Bits of a generation.
pub const GENERATION_BITS: u32 = 26;
/// The last generation of a slot.
pub const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;

const _: () =
    assert!(LAST_KIND < 1 << (u32::BITS - GENERATION_BITS), "a kind's number is too large");

/// A kind and a generation: the upper half of a handle and of a live slot's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(pub u32);

impl Tag {
    /// The tag of no object; the words of the library's own locks carry it.
    pub const NONE: Tag = Tag(0);

    /// The tag of that kind and generation.
    #[inline]
    pub const fn new(kind: Kind, generation: u32) -> Tag {
        Tag((kind as u32) << GENERATION_BITS | (generation & LAST_GENERATION))
    }

    /// The kind's number, which need not be a [`Kind`].
    #[inline]
    pub const fn kind(self) -> u32 {
        self.0 >> GENERATION_BITS
    }

    /// The generation.
    #[inline]
    pub const fn generation(self) -> u32 {
        self.0 & LAST_GENERATION
    }
}

/// A handle as C passes it: any 64 bits at all.
///
/// cbindgen:ignore
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Handle(pub u64);

impl Handle {
    /// The null handle.
    pub const NULL: Handle = Handle(0);

    /// The handle of that tag and index.
    #[inline]
    pub const fn new(tag: Tag, index: u32) -> Handle {
        Handle((tag.0 as u64) << 32 | index as u64)
    }

    /// A handle without a slot: a kind, and a number that is below 2^58.
    #[inline]
    pub const fn numbered(kind: Kind, number: u64) -> Handle {
        Handle((Tag::new(kind, 0).0 as u64) << 32 | number)
    }

    /// Kind and generation.
    #[inline]
    pub const fn tag(self) -> Tag {
        Tag((self.0 >> 32) as u32)
    }

    /// The slot's index.
    #[inline]
    pub const fn index(self) -> u32 {
        self.0 as u32
    }

    /// The same generation and index under another kind.
    #[inline]
    pub const fn with_kind(self, kind: Kind) -> Handle {
        Handle::new(Tag::new(kind, self.tag().generation()), self.index())
    }

    /// Whether it is the null handle.
    #[inline]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }
}

/// Declares the structs by which C passes handles, one for each kind that C sees.
macro_rules! declare_c_handles {
    ($(
        $(#[$text:meta])+
        $kind:ident = $number:literal, $slots:ident $(, $c:ident $c_text:literal)?;
    )+) => {
        $($(
            #[doc = $c_text]
            #[repr(C)]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            #[allow(non_camel_case_types)]
            pub struct $c {
                /// The value; all zero is the null handle.
                pub bits: u64,
            }

            impl From<Handle> for $c {
                fn from(handle: Handle) -> $c {
                    $c { bits: handle.0 }
                }
            }

            impl From<$c> for Handle {
                fn from(handle: $c) -> Handle {
                    Handle(handle.bits)
                }
            }
        )?)+
    };
}

for_each_kind!(declare_c_handles);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_made_of_its_three_fields_and_nothing_else() {
        let last = Handle::new(Tag::new(Kind::Anonymous, LAST_GENERATION), u32::MAX);
        assert_eq!(last, Handle(u64::MAX));
        for handle in [last, Handle::new(Tag::new(Kind::Thread, 5), 7), MIXED] {
            let tag = handle.tag();
            assert_eq!(tag.0, tag.kind() << GENERATION_BITS | tag.generation());
            assert_eq!(handle.0, u64::from(tag.0) << 32 | u64::from(handle.index()));
        }
        assert_eq!((MIXED.tag().kind(), MIXED.tag().generation()), (Kind::Local as u32, 3));
        assert_eq!(MIXED.with_kind(Kind::Timer).tag(), Tag::new(Kind::Timer, 3));
        assert_eq!(Handle::numbered(Kind::Anonymous, 1 << 57 | 9).index(), 9);
    }

    const MIXED: Handle = Handle::new(Tag::new(Kind::Local, 3), 1 << 31);
}
