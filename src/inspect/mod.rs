//! The listeners of the probe: they pass on to tools what happens to the library's objects.
//!
//! ThreadSanitizer, Helgrind and DRD hear what is acquired, released and ordered, so that the
//! library is transparent to them. AddressSanitizer hears which frames are gone.

use crate::probe;

mod asan;
mod tsan;
mod valgrind;

#[cfg(test)]
mod tests;

/// Registers the listener of each tool that is in the process. Called once, before there is any
/// object.
pub fn register_listeners() {
    for listener in [tsan::listener(), valgrind::listener(), asan::listener()].into_iter().flatten()
    {
        probe::register(listener);
    }
}
