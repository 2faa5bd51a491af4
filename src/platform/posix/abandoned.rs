//! Guards in frames that the C library abandons: there, `pthread_exit` and a cancellation end a
//! thread without unwinding its stack.
//!
//! A guard that must run all the same is registered here as long as it exists. The first round of
//! the thread's destructors drops what is still registered, the last first. The frames are whole
//! then: the destructors run below them on the same stack.

use core::cell::Cell;
use core::ptr;

/// Exists while a guard of the calling thread is registered. It must end before the guard.
pub struct Registered(usize);

/// A guard, and what drops it.
type Entry = (*mut (), unsafe fn(*mut ()));

/// How many guards a thread registers at most. One that is nested deeper is not registered, and is
/// lost if its frame is abandoned.
const ROOM: usize = 16;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static ENTRIES: [Cell<Option<Entry>>; ROOM] = const { [const { Cell::new(None) }; ROOM] };
}

impl Registered {
    /// Registers a guard, which stays where it is.
    pub fn new<G>(guard: *const G) -> Registered {
        unsafe fn drop_guard<G>(guard: *mut ()) {
            // SAFETY: `drop_all` passes what `new` got, once.
            unsafe { ptr::drop_in_place(guard.cast::<G>()) }
        }
        // A signal handler that interrupts this registers behind it, and takes its own out before
        // it returns.
        let place = COUNT.replace(COUNT.get() + 1);
        let entry: Entry = (guard.cast_mut().cast(), drop_guard::<G>);
        ENTRIES.with(|entries| entries.get(place).map(|found| found.set(Some(entry))));
        Registered(place)
    }

    /// Takes the guard out.
    pub fn over(self) {}
}

impl Drop for Registered {
    fn drop(&mut self) {
        take(self.0);
        COUNT.set(self.0);
    }
}

fn take(place: usize) -> Option<Entry> {
    ENTRIES.with(|entries| entries.get(place).and_then(Cell::take))
}

/// Drops the guards of the calling thread that are registered. Called when no frame of the thread
/// is returned to any more.
pub fn drop_all() {
    while let Some(place) = COUNT.get().checked_sub(1) {
        COUNT.set(place);
        if let Some((guard, drop_guard)) = take(place) {
            // SAFETY: the guard is where it was registered: the frame was never left, or its
            // `Registered` would have taken the guard out. Nothing else drops it.
            unsafe { drop_guard(guard) };
        }
    }
}
