//! What `linux/robust.rs` says, where the system has no such mutexes, and in a model, whose threads
//! tell of their ends.

/// A mutex that is never initialised.
pub struct RobustMutex(());

impl RobustMutex {
    /// Not initialised.
    pub const UNUSED: RobustMutex = RobustMutex(());

    /// There are no such mutexes.
    ///
    /// # Safety
    /// None is needed; it is unsafe as the real one is.
    pub unsafe fn initialise(&self) -> bool {
        false
    }

    /// It is not initialised, so nobody locks it.
    ///
    /// # Safety
    /// As above.
    pub unsafe fn try_lock(&self, _holder_is_gone: impl FnOnce()) -> bool {
        false
    }

    /// Nobody holds it.
    ///
    /// # Safety
    /// As above.
    pub unsafe fn holder_id(&self) -> u32 {
        0
    }

    /// As above.
    ///
    /// # Safety
    /// As above.
    pub unsafe fn unlock(&self) {}
}
