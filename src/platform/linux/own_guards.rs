//! Where the calling thread's registered guards are, in musl: in the compiler's thread-local
//! storage.

use super::guards::Guards;

/// Calls the function with them.
pub fn with_own<R>(function: impl FnOnce(&Guards) -> R) -> R {
    thread_local! {
        static GUARDS: Guards = const { Guards::NONE };
    }
    GUARDS.with(function)
}
