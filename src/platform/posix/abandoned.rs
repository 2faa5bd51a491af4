//! Guards in frames that the C library abandons: there, `pthread_exit` and a cancellation end a
//! thread without unwinding its stack.
//!
//! A guard that must run all the same is registered here as long as it exists. The first round of
//! the thread's destructors drops what is still registered, the last first. The frames are whole
//! then: the destructors run below them on the same stack.

use core::ptr;

use super::guards::{Entry, Guards};
use super::own_guards::with_own;

/// Where a guard is registered, in the same frame as the guard. Here it is registered elsewhere.
pub struct Room();

impl Room {
    /// An empty one.
    pub const fn new() -> Room {
        Room()
    }
}

/// Exists while a guard of the calling thread is registered. It must end before the guard.
pub struct Registered(usize);

impl Registered {
    /// Registers a guard, which stays where it is.
    pub fn new<G>(_: &Room, guard: *const G) -> Registered {
        unsafe fn drop_guard<G>(guard: *mut ()) {
            // SAFETY: `drop_all` passes what `new` got, once.
            unsafe { ptr::drop_in_place(guard.cast::<G>()) }
        }
        // A signal handler that interrupts this registers behind it, and takes its own out before
        // it returns.
        with_own(|guards| {
            let place = guards.count.replace(guards.count.get() + 1);
            let entry: Entry = (guard.cast_mut().cast(), drop_guard::<G>);
            if let Some(found) = guards.entries.get(place) {
                found.set(Some(entry));
            }
            Registered(place)
        })
    }

    /// Takes the guard out.
    pub fn over(self) {}
}

impl Drop for Registered {
    fn drop(&mut self) {
        with_own(|guards| {
            guards.take(self.0);
            guards.count.set(self.0);
        });
    }
}

/// Drops the guards of the calling thread that are registered. Called when no frame of the thread
/// is returned to any more.
pub fn drop_all() {
    // Not over the drops, which may register others.
    let take_last = |guards: &Guards| {
        let place = guards.count.get().checked_sub(1)?;
        guards.count.set(place);
        Some(guards.take(place))
    };
    while let Some(taken) = with_own(take_last) {
        if let Some((guard, drop_guard)) = taken {
            // SAFETY: the guard is where it was registered: the frame was never left, or its
            // `Registered` would have taken the guard out. Nothing else drops it.
            unsafe { drop_guard(guard) };
        }
    }
}
