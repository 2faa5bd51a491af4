//! Handles: 64 bits that name an object and prove nothing by themselves.
//!
//! | bits  | field      | meaning                                                               |
//! |-------|------------|-----------------------------------------------------------------------|
//! | 60-63 | kind       | which sort of object; never 0, so that all zero is the null handle    |
//! | 32-59 | generation | how often the slot was used before; a slot is retired before it wraps |
//! | 0-31  | index      | which slot of the kind's table                                        |
//!
//! The upper half is the *tag*. A slot's state word carries the tag of the object that lives there
//! now, so one comparison tells a live handle from a stale, a foreign or a made-up one.

/// The sorts of objects. The numbers are part of every handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// A thread; its handle's bits are the thread's ident as well.
    Thread = 1,
    /// A lock.
    Lock = 2,
    /// A reentrant lock.
    Rlock = 3,
    /// A condition.
    Condition = 4,
    /// A semaphore, bounded or not.
    Semaphore = 5,
    /// An event.
    Event = 6,
    /// A barrier.
    Barrier = 7,
    /// A timer: another name for its thread, with the same generation and index.
    Timer = 8,
    /// A local.
    Local = 9,
    /// What the library keeps for an operating-system thread; the ident of a thread that it did not
    /// start.
    Waiter = 14,
    /// Idents of threads for which no waiter could be made: a counter, and no slot behind it.
    Anonymous = 15,
}

/// Bits of a generation.
pub const GENERATION_BITS: u32 = 28;
/// The last generation of a slot.
pub const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;

/// Kind and generation: the upper half of a handle and of a live slot's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(pub u32);

impl Tag {
    /// The tag of nothing; the words of the library's own locks carry it.
    pub const NONE: Tag = Tag(0);

    /// Puts a tag together.
    #[inline]
    pub const fn new(kind: Kind, generation: u32) -> Tag {
        Tag((kind as u32) << GENERATION_BITS | (generation & LAST_GENERATION))
    }

    /// The kind's number; it need not be one of [`Kind`].
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Handle(pub u64);

impl Handle {
    /// The null handle.
    pub const NULL: Handle = Handle(0);

    /// Puts a handle together.
    #[inline]
    pub const fn new(tag: Tag, index: u32) -> Handle {
        Handle((tag.0 as u64) << 32 | index as u64)
    }

    /// Kind and generation.
    #[inline]
    pub const fn tag(self) -> Tag {
        Tag((self.0 >> 32) as u32)
    }

    /// The slot's number.
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

/// Declares the struct by which C passes the handles of one kind.
macro_rules! c_handle {
    ($name:ident, $text:literal) => {
        #[doc = $text]
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types)]
        pub struct $name {
            /// The value; all zero is the null handle.
            pub bits: u64,
        }

        impl From<Handle> for $name {
            fn from(handle: Handle) -> $name {
                $name { bits: handle.0 }
            }
        }

        impl From<$name> for Handle {
            fn from(handle: $name) -> Handle {
                Handle(handle.bits)
            }
        }
    };
}

c_handle!(threading_thread, "A thread, as C passes it.");
c_handle!(threading_lock, "A lock, as C passes it.");
c_handle!(threading_rlock, "An rlock, as C passes it.");
c_handle!(threading_condition, "A condition, as C passes it.");
c_handle!(threading_semaphore, "A semaphore, as C passes it.");
c_handle!(threading_event, "An event, as C passes it.");
c_handle!(threading_barrier, "A barrier, as C passes it.");
c_handle!(threading_timer, "A timer, as C passes it.");
c_handle!(threading_local, "A local, as C passes it.");
