//! Whether the thread is gone that a waiter was made for, however it ended.
//!
//! A thread that the library did not start holds a robust mutex of its own from its first ordinary
//! call to its end. If it ends without having let go, the kernel notes that in the mutex, and
//! whoever tries to lock it next is told. The kernel's id of a thread would not do: it is given to
//! another one when its thread is gone.
//!
//! | the mutex                    | trying to lock it says | means                                |
//! |------------------------------|------------------------|--------------------------------------|
//! | was never used               | –                      | nothing is known: a signal handler   |
//! |                              |                        | has met the thread, or a tool looks  |
//! |                              |                        | inside                               |
//! | is held                      | EBUSY                  | the thread lives; or a forked child  |
//! |                              |                        | has it from a thread of its parent,  |
//! |                              |                        | which says nothing                   |
//! | was held by one that is gone | EOWNERDEAD             | the thread is gone, if it was        |
//! |                              |                        | `holder`; that is kept in `over`     |
//! | is free                      | 0                      | nothing is known but what `over`     |
//! |                              |                        | says                                 |
//!
//! Where the mutex knows nothing, a thread is gone if nobody has its id.
//!
//! The mutex is initialised once in the life of the slot, and never again, since others may be
//! trying to lock it at any time.

use crate::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::object::handle::Handle;
use crate::platform::robust::RobustMutex;
use crate::platform::system;
use crate::probe;

/// See the top of this file.
pub struct Lifeline {
    /// The kernel's id of a thread that the library did not start; 0 for threads of ours, whose end
    /// is always heard of.
    native_id: AtomicU32,
    mutex: RobustMutex,
    /// 1: the mutex is initialised.
    made: AtomicU32,
    /// The waiter's handle for which it was locked last.
    holder: AtomicU64,
    /// The waiter's handle whose thread was found gone last.
    over: AtomicU64,
}

impl Lifeline {
    /// Of a slot that was never used; all zero.
    pub const UNUSED: Lifeline = Lifeline {
        native_id: AtomicU32::new(0),
        mutex: RobustMutex::UNUSED,
        made: AtomicU32::new(0),
        holder: AtomicU64::new(0),
        over: AtomicU64::new(0),
    };

    /// It is for the thread of that kernel's id from now on, or for one of ours (0). To be called
    /// before the waiter is published.
    pub fn begin(&self, native_id: u32) {
        // ORDERING: Relaxed: published with the waiter's word.
        self.native_id.store(native_id, Ordering::Relaxed);
    }

    /// In a forked child, by its only thread, whose waiter this is: the kernel's id is another.
    pub fn begin_anew(&self) {
        // ORDERING: Relaxed, both: the process has a single thread.
        if self.native_id.load(Ordering::Relaxed) != 0 {
            self.native_id.store(system::native_id(), Ordering::Relaxed);
        }
    }

    /// The calling thread, whose waiter this is, holds it from now on. Not for signal handlers.
    /// Where tools look inside nobody does: they would take it for a mutex of the program's.
    pub fn hold(&self, waiter: Handle) {
        if probe::sees_pthreads() || !self.make() {
            return;
        }
        if self.try_lock() {
            // ORDERING: Relaxed: published by the mutex, to whoever locks it next.
            self.holder.store(waiter.0, Ordering::Relaxed);
        }
    }

    /// The calling thread, whose waiter this is, ends in good order. What it does not hold it
    /// leaves alone: in a forked child the mutex may name a thread of the parent's, whose place in
    /// memory is another's.
    pub fn let_go(&self, waiter: Handle) {
        // ORDERING: Relaxed: only the value that this thread has written counts.
        if self.holder.load(Ordering::Relaxed) == waiter.0 {
            self.unlock();
        }
    }

    /// Whether the thread of that waiter is gone, which is not one of ours. Not for signal
    /// handlers.
    pub fn is_over(&self, waiter: Handle) -> bool {
        // ORDERING: Relaxed: published with the waiter's word.
        self.native_id.load(Ordering::Relaxed) != 0
            && (self.has_let_fall(waiter) || self.has_no_thread())
    }

    /// Whether no thread has the kernel's id that the thread had. Of one that is gone another may
    /// have it. Async-signal-safe.
    pub fn has_no_thread(&self) -> bool {
        // ORDERING: Relaxed: as above.
        let native_id = self.native_id.load(Ordering::Relaxed);
        native_id != 0 && !system::thread_exists(native_id)
    }

    /// Whether the mutex tells that the thread of that waiter is gone.
    fn has_let_fall(&self, waiter: Handle) -> bool {
        // ORDERING: Acquire, pairs with the Release in `make`: the mutex is initialised.
        if self.made.load(Ordering::Acquire) == 0 {
            return false;
        }
        if !self.is_noted(waiter) && self.try_lock() {
            self.unlock();
        }
        self.is_noted(waiter)
    }

    fn is_noted(&self, waiter: Handle) -> bool {
        // ORDERING: Relaxed: only this value counts. Who has locked the mutex before us and found
        // it out has written it under the mutex.
        self.over.load(Ordering::Relaxed) == waiter.0
    }

    /// Initialises the mutex, if nobody has: only by the thread that the slot belongs to.
    fn make(&self) -> bool {
        // ORDERING: Relaxed: written by this thread, or by one that had the slot before it.
        if self.made.load(Ordering::Relaxed) != 0 {
            return true;
        }
        // SAFETY: the mutex is nobody's yet, since others look at `made` first.
        let is_made = unsafe { self.mutex.initialise() };
        if is_made {
            // ORDERING: Release, pairs with the Acquire in `has_let_fall`.
            self.made.store(1, Ordering::Release);
        }
        is_made
    }

    /// True: it is locked now. If its holder before is gone, that is noted.
    fn try_lock(&self) -> bool {
        let note = || {
            // ORDERING: Relaxed, both: guarded by the mutex; see `is_noted`.
            self.over.store(self.holder.load(Ordering::Relaxed), Ordering::Relaxed);
        };
        // SAFETY: the mutex is initialised, by `make`, and stays for ever.
        unsafe { self.mutex.try_lock(note) }
    }

    fn unlock(&self) {
        // SAFETY: the mutex is initialised, and the calling thread holds it; or, as the only one of
        // a forked child, held it in the parent under another id of the kernel's: then a robust
        // mutex is left as it is.
        unsafe { self.mutex.unlock() };
    }
}

#[cfg(test)]
mod tests {
    use core::ffi::c_void;

    use super::*;
    use crate::platform::pthread::{run, vanish};

    static LINE: Lifeline = Lifeline::UNUSED;
    const FIRST: Handle = Handle(1);
    const SECOND: Handle = Handle(2);

    extern "C-unwind" fn holds_and_vanishes(_: *mut c_void) -> *mut c_void {
        LINE.hold(FIRST);
        assert!(!LINE.has_let_fall(FIRST));
        vanish()
    }

    extern "C-unwind" fn holds_and_lets_go(_: *mut c_void) -> *mut c_void {
        LINE.hold(SECOND);
        LINE.let_go(SECOND);
        core::ptr::null_mut()
    }

    #[test]
    fn one_that_vanishes_is_gone_for_all_who_ask_and_the_next_one_is_not() {
        assert!(!LINE.has_let_fall(FIRST));
        run(holds_and_vanishes);
        assert!(!LINE.has_let_fall(SECOND));
        assert!(LINE.has_let_fall(FIRST) && LINE.has_let_fall(FIRST));
        run(holds_and_lets_go);
        assert!(!LINE.has_let_fall(SECOND));
        LINE.hold(SECOND);
        assert!(!LINE.has_let_fall(SECOND));
        LINE.let_go(SECOND);
    }
}
