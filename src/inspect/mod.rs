//! Those who look inside: they listen to the probe, and ask the objects themselves.
//!
//! ThreadSanitizer, Helgrind and DRD hear what is acquired, released and ordered, so that the
//! library is transparent to them; AddressSanitizer hears which frames are gone.

use crate::probe;

mod asan;
mod tsan;
mod valgrind;

#[cfg(test)]
mod tests;

/// Registers all who listen, if they are there. To be called once, before there is any object.
pub fn register_listeners() {
    for listener in [tsan::listener(), valgrind::listener(), asan::listener()].into_iter().flatten()
    {
        probe::register(listener);
    }
}
