//! A mutex that tells whether its holder has ended without letting go: the kernel notes it when a
//! thread ends, however it ends.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr;

use crate::platform::system;

/// A robust mutex of POSIX. All zero before [`RobustMutex::initialise`].
pub struct RobustMutex(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: it is for use by many threads, and is touched by its functions only.
unsafe impl Sync for RobustMutex {}
// SAFETY: as above; the address in it is the C library's.
unsafe impl Send for RobustMutex {}

impl RobustMutex {
    /// Not initialised; all zero.
    pub const UNUSED: RobustMutex = RobustMutex(UnsafeCell::new(ptr::null_mut()));

    /// Initialises it. False: the system has no such mutexes, or no room for one.
    ///
    /// # Safety
    /// It is not initialised, and no other thread touches it meanwhile.
    pub unsafe fn initialise(&self) -> bool {
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: the attributes are initialised before use and destroyed after; the mutex is
        // nobody else's, by the caller's promise.
        unsafe {
            let mut answer = libc::pthread_mutexattr_init(attributes.as_mut_ptr());
            if answer == 0 {
                answer = libc::pthread_mutexattr_setrobust(
                    attributes.as_mut_ptr(),
                    libc::PTHREAD_MUTEX_ROBUST,
                );
                if answer == 0 {
                    answer = libc::pthread_mutex_init(self.0.get(), attributes.as_ptr());
                }
                libc::pthread_mutexattr_destroy(attributes.as_mut_ptr());
            }
            answer == 0
        }
    }

    /// True: it is locked now. If the holder before ended without letting go, `holder_is_gone` runs
    /// under the mutex.
    ///
    /// # Safety
    /// It is initialised.
    pub unsafe fn try_lock(&self, holder_is_gone: impl FnOnce()) -> bool {
        // SAFETY: the caller's promise; it stays where it is, since it is borrowed.
        match unsafe { libc::pthread_mutex_trylock(self.0.get()) } {
            0 => true,
            libc::EOWNERDEAD => {
                holder_is_gone();
                // SAFETY: the calling thread has locked it, and was told of its state.
                unsafe { libc::pthread_mutex_consistent(self.0.get()) };
                true
            }
            _ => false,
        }
    }

    /// The kernel's id of the calling thread, which holds the mutex. The mutex has it too, but in
    /// memory of the C library's.
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
        // SAFETY: the caller's promise. A robust mutex looks who holds it.
        unsafe { libc::pthread_mutex_unlock(self.0.get()) };
    }
}
