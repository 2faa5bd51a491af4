//! A mutex that tells whether its holder has ended without letting go: the kernel notes it when a
//! thread ends, however it ends.
//!
//! For that the kernel needs its own id of the holder in one word of the mutex (`robust_list` in
//! the kernel's documentation). So whoever holds such a mutex can read its own id there, without a
//! system call. Which word it is differs between C libraries: the first holder finds it out.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
// Not the facade's: a model has no such mutex.
use core::sync::atomic::{AtomicU32, Ordering};

use crate::platform::fork_epoch;
use crate::platform::system;

/// A robust mutex of POSIX. All zero before [`RobustMutex::initialise`].
pub struct RobustMutex(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: it is for use by many threads, and is touched by its functions only.
unsafe impl Sync for RobustMutex {}

impl RobustMutex {
    /// Not initialised; all zero.
    pub const UNUSED: RobustMutex = RobustMutex(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER));

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

    /// The kernel's id of the calling thread, which holds the mutex.
    ///
    /// # Safety
    /// It is initialised, and the calling thread holds it.
    pub unsafe fn holder_id(&self) -> u32 {
        // A child of the system call alone: the C library has written the parent's id.
        if fork_epoch::may_be_forker() {
            return system::native_id();
        }
        // ORDERING: Relaxed: the value alone counts.
        let known = ID_WORD.load(Ordering::Relaxed) as usize;
        match self.words().get(known).map(id_in) {
            Some(id) if id != 0 => id,
            _ => self.find_id(),
        }
    }

    /// Asks for the id, and looks for the word that has it and is 0 in a mutex that is free.
    #[cold]
    fn find_id(&self) -> u32 {
        let id = system::native_id();
        let free = RobustMutex::UNUSED;
        // SAFETY: it is this function's own.
        if unsafe { free.initialise() } {
            let mut pairs = self.words().iter().zip(free.words());
            let found = pairs.position(|(held, free)| id_in(held) == id && id_in(free) == 0);
            // ORDERING: as above.
            ID_WORD.store(found.map_or(UNKNOWN, |at| at as u32), Ordering::Relaxed);
        }
        id
    }

    fn words(&self) -> &[AtomicU32; WORDS] {
        // SAFETY: the words are inside of the mutex and aligned as it is. All that changes a mutex
        // that other threads may use is atomic.
        unsafe { &*self.0.get().cast() }
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

const WORDS: usize = size_of::<libc::pthread_mutex_t>() / size_of::<u32>();
const UNKNOWN: u32 = u32::MAX;

/// The place among the words of a mutex of the one that has the id, or UNKNOWN.
static ID_WORD: AtomicU32 = AtomicU32::new(UNKNOWN);

/// The id in a word of that kind; 0: there is none.
fn id_in(word: &AtomicU32) -> u32 {
    // ORDERING: Relaxed: the calling thread has written the id, if it is there.
    word.load(Ordering::Relaxed) & libc::FUTEX_TID_MASK
}
