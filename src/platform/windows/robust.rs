//! A mutex that tells whether its holder has ended without letting go: the kernel's mutexes do.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::api::{self, WAIT_ABANDONED, WAIT_OBJECT_0};
use crate::platform::system::{self, KeepErrno};

/// A mutex of the kernel's, by its handle. All zero before [`RobustMutex::initialise`].
///
/// Its holder may lock it again, which the mutexes of other ports refuse: nobody does.
pub struct RobustMutex(AtomicUsize);

impl RobustMutex {
    /// Not initialised; all zero.
    pub const UNUSED: RobustMutex = RobustMutex(AtomicUsize::new(0));

    /// Initialises it. False: the system has no room for one.
    ///
    /// # Safety
    /// It is not initialised, and no other thread touches it meanwhile.
    pub unsafe fn initialise(&self) -> bool {
        let _errno = KeepErrno::new();
        // SAFETY: a mutex without a name, which nobody holds, and which no child inherits.
        let made = unsafe { api::CreateMutexW(core::ptr::null(), 0, core::ptr::null()) };
        // ORDERING: Relaxed: published by whoever says that it is initialised.
        self.0.store(made, Ordering::Relaxed);
        made != 0
    }

    /// True: it is locked now. If the holder before ended without letting go, `holder_is_gone` runs
    /// under the mutex.
    ///
    /// # Safety
    /// It is initialised.
    pub unsafe fn try_lock(&self, holder_is_gone: impl FnOnce()) -> bool {
        let _errno = KeepErrno::new();
        // ORDERING: Relaxed: the caller knows that it is initialised.
        // SAFETY: the handle is the mutex's, by the caller's promise, and is never closed.
        match unsafe { api::WaitForSingleObject(self.0.load(Ordering::Relaxed), 0) } {
            WAIT_OBJECT_0 => true,
            WAIT_ABANDONED => {
                holder_is_gone();
                true
            }
            _ => false,
        }
    }

    /// The kernel's id of the calling thread, which holds the mutex.
    ///
    /// # Safety
    /// It is initialised, and the calling thread holds it.
    pub unsafe fn holder_id(&self) -> u32 {
        system::native_id()
    }

    /// Lets go. If the calling thread does not hold it, nothing changes.
    ///
    /// # Safety
    /// It is initialised.
    pub unsafe fn unlock(&self) {
        let _errno = KeepErrno::new();
        // ORDERING: as above.
        // SAFETY: as above. The kernel looks who holds it.
        unsafe { api::ReleaseMutex(self.0.load(Ordering::Relaxed)) };
    }
}
