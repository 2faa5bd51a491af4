//! The unwinder, where the library needs it as any other: so the loader has loaded it.

/// Loads the unwinder: it is there.
pub fn prepare() -> bool {
    true
}
