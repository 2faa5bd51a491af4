//! The stack sizes of threads.

use crate::atomic::{AtomicUsize, Ordering};
use crate::object::cause::failure;
use crate::platform::stack;
use crate::status::Status;

const _: () = assert!(stack::LEAST == 32_768, "the sentence below says so, as Python does");

/// The size that `set_default` set; 0: the system's default.
static DEFAULT: AtomicUsize = AtomicUsize::new(0);

/// The stack size of new threads; 0 is the system's default.
pub fn default() -> usize {
    // ORDERING: Relaxed: a setting; nothing is published with it.
    DEFAULT.load(Ordering::Relaxed)
}

/// Sets the stack size of threads that start from now on; 0 is the system's default.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` as in [`check`].
pub fn set_default(bytes: usize) -> Result<(), Status> {
    check(bytes)?;
    // ORDERING: Relaxed: as in `default`.
    DEFAULT.store(bytes, Ordering::Relaxed);
    Ok(())
}

/// Checks a stack size.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the size is smaller than [`stack::LEAST`] and not 0, or so large
/// that it cannot be rounded up to pages.
pub fn check(bytes: usize) -> Result<(), Status> {
    if bytes != 0 && bytes < stack::LEAST {
        return Err(failure!(
            THREADING_INVALID_ARGUMENT,
            c"the stack is smaller than 32,768 bytes"
        ));
    }
    if bytes != 0 && stack::size_to_ask_for(bytes).is_none() {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the stack is larger than any memory"));
    }
    Ok(())
}
