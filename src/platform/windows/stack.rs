//! Stacks: what Windows has to be asked for, so that a thread can use as much as is wanted.

/// The smallest stack that a thread is given.
pub const LEAST: usize = 32 * 1024;

/// In what the system reserves stacks.
const STEP: usize = 64 * 1024;

/// What of a stack is not the thread's: the pages at its end by which the system notices that it
/// overflows, and what the system's own functions below the first one of the thread use.
const NOT_USABLE: usize = 32 * 1024;

/// The size to ask for; `None`: no memory is so large.
pub fn size_to_ask_for(bytes: usize) -> Option<usize> {
    bytes
        .checked_add(NOT_USABLE)?
        .checked_next_multiple_of(STEP)
        .filter(|size| isize::try_from(*size).is_ok())
}
