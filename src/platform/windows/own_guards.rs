//! Where the calling thread's registered guards are: in its own part of `own_block`.
//!
//! A program must not leave functions of the library by `longjmp`, as elsewhere. MinGW-w64's
//! `pthread_exit` does, in a thread that MinGW-w64 has made.

use super::guards::Guards;
use super::own_block::own;

/// Calls the function with them.
pub fn with_own<R>(function: impl FnOnce(&Guards) -> R) -> R {
    function(&own().guards)
}
