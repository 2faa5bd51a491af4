//! Where the calling thread's block is: in the compiler's own thread-local storage. That is slower
//! than what `linux/own_block.rs` does, and goes everywhere. musl is one C library where the other
//! does not go: it has no reserve, and refuses to load a library with such a block of its own.

use crate::platform::thread_block::Block;

/// The calling thread's block. The caller says what type the waiter has.
///
/// The pointer is valid for the life of the calling thread, also in its destructors.
pub fn block<W>() -> *const Block<W> {
    #[cfg(loom)]
    loom::thread_local! {
        static BLOCK: Block<()> = Block::UNREGISTERED;
    }
    #[cfg(not(loom))]
    thread_local! {
        static BLOCK: Block<()> = const { Block::UNREGISTERED };
    }
    BLOCK.with(|block| core::ptr::from_ref(block).cast())
}
