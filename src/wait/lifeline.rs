//! The lifeline: whether the thread that a waiter was made for is gone, however the thread ended.
//!
//! A thread that the library did not start holds a robust mutex of its own from its first ordinary
//! call to its end. If the thread ends without unlocking it, the kernel marks the mutex, and the
//! next thread that tries to lock the mutex learns of the end. The kernel's id of the thread does
//! not suffice, since the kernel gives the id of a thread that is gone to another thread.
//!
//! | the mutex                 | `try_lock` returns | means                                       |
//! |---------------------------|--------------------|---------------------------------------------|
//! | was never initialised     | –                  | nothing is known: a signal handler          |
//! |                           |                    | registered the thread, or a tool listens    |
//! | is held                   | EBUSY              | the thread is alive; or a forked child has  |
//! |                           |                    | the mutex from a thread of its parent, and  |
//! |                           |                    | then nothing is known                       |
//! | was held by a thread that | EOWNERDEAD         | the thread is gone, if it was `holder`;     |
//! | is gone                   |                    | `gone` keeps that                           |
//! | is free                   | 0                  | `gone` alone says whether the thread is     |
//! |                           |                    | gone                                        |
//!
//! Where the mutex says nothing, a thread is gone if no thread has its kernel id.
//!
//! The mutex is initialised once in the life of the slot, and never again, since other threads may
//! try to lock it at any time.

use core::mem::offset_of;

use crate::atomic::{AtomicU32, Ordering};
use crate::object::handle::Handle;
use crate::platform::robust::RobustMutex;
use crate::platform::system;
use crate::probe;

/// See the top of this file.
#[repr(C)]
pub struct Lifeline {
    mutex: RobustMutex,
    /// The tag of the waiter whose thread locked the mutex last. All waiters that have had the
    /// lifeline are of one slot, so the tag tells them apart.
    holder: AtomicU32,
    /// The tag of the waiter whose thread was found gone last.
    gone: AtomicU32,
    /// The kernel's id of a thread that the library did not start; 0 for threads of ours, whose
    /// exit hook always runs, and while a foreign thread registers itself.
    native_id: AtomicU32,
    /// 1: the mutex is initialised.
    initialised: AtomicU32,
}

impl Lifeline {
    /// Where a reader outside the process finds the kernel's id.
    pub const NATIVE_ID_AT: usize = offset_of!(Lifeline, native_id);

    /// The lifeline of a slot that was never used; all zero.
    pub const UNUSED: Lifeline = Lifeline {
        native_id: AtomicU32::new(0),
        mutex: RobustMutex::UNUSED,
        initialised: AtomicU32::new(0),
        holder: AtomicU32::new(0),
        gone: AtomicU32::new(0),
    };

    /// Assigns the lifeline to the thread of that kernel's id; or, with 0, to a thread of ours or
    /// to one that calls [`Lifeline::hold`] next. Called before the waiter is published.
    pub fn assign(&self, native_id: u32) {
        // ORDERING: Relaxed: published with the waiter's word.
        self.native_id.store(native_id, Ordering::Relaxed);
    }

    /// Stores the kernel's new id of the only thread of a forked child, whose waiter this is.
    pub fn reset_after_fork(&self) {
        // ORDERING: Relaxed, both: the process has a single thread.
        if self.native_id.load(Ordering::Relaxed) != 0 {
            self.native_id.store(system::native_id(), Ordering::Relaxed);
        }
    }

    /// Locks the mutex for the calling thread, whose waiter this is, and stores the kernel's id of
    /// the thread. Not for signal handlers. Leaves the mutex alone where a tool watches pthreads:
    /// it would take the mutex for one of the program's.
    pub fn hold(&self, waiter: Handle) {
        let holds = !probe::sees_pthreads() && self.initialise() && self.try_lock();
        let native_id = if holds {
            // ORDERING: Relaxed: the mutex publishes it to the thread that locks it next.
            self.holder.store(waiter.tag().0, Ordering::Relaxed);
            // SAFETY: the mutex is initialised, and was locked above.
            unsafe { self.mutex.holder_id() }
        } else {
            system::native_id()
        };
        // ORDERING: Relaxed: whoever does not see it yet takes the thread for alive, which it is.
        self.native_id.store(native_id, Ordering::Relaxed);
    }

    /// The kernel's id of the thread, if the library did not start it; else 0.
    pub fn native_id(&self) -> u32 {
        // ORDERING: Relaxed: published with the waiter's word, or written by this thread.
        self.native_id.load(Ordering::Relaxed)
    }

    /// Unlocks the mutex for the calling thread, whose waiter this is and which ends by way of its
    /// exit hook. A mutex that the thread does not hold stays as it is: in a forked child the mutex
    /// may name a thread of the parent's, whose memory has been reused.
    pub fn release(&self, waiter: Handle) {
        // ORDERING: Relaxed: only the value that this thread wrote counts.
        if self.holder.load(Ordering::Relaxed) == waiter.tag().0 {
            self.unlock();
        }
    }

    /// Whether the thread of that waiter is gone. False for a thread of ours. Not for signal
    /// handlers.
    pub fn is_gone(&self, waiter: Handle) -> bool {
        // ORDERING: Relaxed: published with the waiter's word.
        self.native_id.load(Ordering::Relaxed) != 0
            && (self.mutex_says_gone(waiter) || self.has_no_thread())
    }

    /// Whether no thread has the kernel's id of this thread. Another thread may have the id of a
    /// thread that is gone. Async-signal-safe.
    pub fn has_no_thread(&self) -> bool {
        // ORDERING: Relaxed: as above.
        let native_id = self.native_id.load(Ordering::Relaxed);
        native_id != 0 && !system::thread_exists(native_id)
    }

    /// Whether the mutex says that the thread of that waiter is gone.
    fn mutex_says_gone(&self, waiter: Handle) -> bool {
        // ORDERING: Acquire, pairs with the Release in `initialise`: the mutex is initialised.
        if self.initialised.load(Ordering::Acquire) == 0 {
            return false;
        }
        if !self.is_noted_gone(waiter) && self.try_lock() {
            self.unlock();
        }
        self.is_noted_gone(waiter)
    }

    fn is_noted_gone(&self, waiter: Handle) -> bool {
        // ORDERING: Relaxed: only this value counts. A thread that locked the mutex before and
        // found the thread gone wrote it under the mutex.
        self.gone.load(Ordering::Relaxed) == waiter.tag().0
    }

    /// Initialises the mutex, unless it is initialised. Called only by the thread that the slot
    /// belongs to.
    fn initialise(&self) -> bool {
        // ORDERING: Relaxed: written by this thread, or by a thread that had the slot before.
        if self.initialised.load(Ordering::Relaxed) != 0 {
            return true;
        }
        // SAFETY: no other thread uses the mutex yet, since others look at `initialised` first.
        let succeeded = unsafe { self.mutex.initialise() };
        if succeeded {
            // ORDERING: Release, pairs with the Acquire in `mutex_says_gone`.
            self.initialised.store(1, Ordering::Release);
        }
        succeeded
    }

    /// Tries to lock the mutex; true: it is locked. If its last holder is gone, notes that in
    /// `gone`.
    fn try_lock(&self) -> bool {
        let note = || {
            // ORDERING: Relaxed, both: guarded by the mutex; see `is_noted_gone`.
            self.gone.store(self.holder.load(Ordering::Relaxed), Ordering::Relaxed);
        };
        // SAFETY: the mutex is initialised, by `initialise`, and stays for ever.
        unsafe { self.mutex.try_lock(note) }
    }

    fn unlock(&self) {
        // SAFETY: the mutex is initialised, and the calling thread holds it. Or the calling thread
        // is the only one of a forked child, and held it in the parent under another kernel id:
        // then the robust mutex stays as it is.
        unsafe { self.mutex.unlock() };
    }
}

#[cfg(test)]
mod tests {
    use core::ffi::c_void;

    use super::*;
    use crate::object::handle::{Kind, Tag};
    use crate::platform::pthread::{run, vanish};

    static LINE: Lifeline = Lifeline::UNUSED;
    const FIRST: Handle = Handle::new(Tag::new(Kind::Waiter, 1), 0);
    const SECOND: Handle = Handle::new(Tag::new(Kind::Waiter, 2), 0);

    extern "C-unwind" fn locks_and_vanishes(_: *mut c_void) -> *mut c_void {
        // The first time the mutex is searched for the id.
        for _ in 0..2 {
            LINE.hold(FIRST);
            assert_eq!(LINE.native_id(), system::native_id());
            LINE.release(FIRST);
        }
        LINE.hold(FIRST);
        assert!(!LINE.mutex_says_gone(FIRST));
        vanish()
    }

    extern "C-unwind" fn holds_and_lets_go(_: *mut c_void) -> *mut c_void {
        LINE.hold(SECOND);
        assert_eq!(LINE.native_id(), system::native_id());
        LINE.release(SECOND);
        core::ptr::null_mut()
    }

    #[test]
    fn a_thread_that_vanishes_is_gone_and_the_next_one_is_not() {
        assert!(!LINE.mutex_says_gone(FIRST));
        run(locks_and_vanishes);
        assert!(!LINE.mutex_says_gone(SECOND));
        assert!(LINE.mutex_says_gone(FIRST) && LINE.mutex_says_gone(FIRST));
        run(holds_and_lets_go);
        assert!(!LINE.mutex_says_gone(SECOND));
        LINE.hold(SECOND);
        assert!(!LINE.mutex_says_gone(SECOND));
        LINE.release(SECOND);
    }
}
