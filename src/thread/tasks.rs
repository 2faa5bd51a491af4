//! The tasks of the process, as the kernel lists them: which are threads of the library's, and
//! which are not.
//!
//! A task is the library's if it is the thread of a record that runs, or a service thread
//! (`service_thread`). Any other task counts as a thread that the library did not start, also a
//! thread of the library's that is about to begin or has just ended. The caller asks again later.

use core::ffi::c_void;

use crate::atomic::{AtomicU32, Ordering};
use crate::object::table::Slot;
use crate::platform::memory;
use crate::platform::system::{self, KeepErrno};
use crate::platform::tasks::for_each as for_each_task;
use crate::thread::record::{self, DUMMY, RUNNING, Record};

/// The threads of the process except the calling thread and the main thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// There are none.
    None,
    /// All are threads of the library's.
    Ours,
    /// Some are threads that the library did not start.
    Foreign {
        /// Whether there are also threads of the library's.
        ours: bool,
    },
}

/// The kernel's ids of the service threads; 0 in a free place. A thread that finds no free place is
/// not listed, which only delays the end of the process.
static SERVICE_THREADS: [AtomicU32; MOST_SERVICE_THREADS] =
    [const { AtomicU32::new(0) }; MOST_SERVICE_THREADS];

/// How many there are at most, and where a reader outside the process finds their ids.
pub const MOST_SERVICE_THREADS: usize = 64;
#[allow(missing_docs)]
pub const SERVICE_THREADS_AT: *const c_void = (&raw const SERVICE_THREADS).cast();

/// Exists while the calling thread is listed as a service thread.
pub struct ListedTask {
    place: Option<&'static AtomicU32>,
    id: u32,
}

/// Whether the task of that kernel's id is a service thread.
pub fn is_service_thread(native_id: u32) -> bool {
    // ORDERING: Relaxed: a number, which stands for itself.
    SERVICE_THREADS.iter().any(|place| place.load(Ordering::Relaxed) == native_id)
}

/// How many service threads there are.
pub fn service_threads() -> usize {
    // ORDERING: Relaxed: as in `is_service_thread`.
    SERVICE_THREADS.iter().filter(|place| place.load(Ordering::Relaxed) != 0).count()
}

impl ListedTask {
    /// Lists the calling thread.
    pub fn new() -> ListedTask {
        let id = system::native_id();
        // ORDERING: Relaxed, both: only the id is published, and a thread that does not see it yet
        // asks again.
        let place = SERVICE_THREADS.iter().find(|place| {
            place.compare_exchange(0, id, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        });
        ListedTask { place, id }
    }
}

impl Drop for ListedTask {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            // In a forked child the place may be another thread's.
            // ORDERING: Relaxed, both: as above.
            let _ = place.compare_exchange(self.id, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

/// Clears the list in a forked child, where the service threads are gone.
pub fn reset_after_fork() {
    for place in &SERVICE_THREADS {
        // ORDERING: Relaxed: the process has a single thread.
        place.store(0, Ordering::Relaxed);
    }
}

/// Whether any thread of the library's is alive: a thread, a pending timer, or a service thread
/// except the one with the kernel's id `me`.
pub fn any_of_ours(me: u32) -> bool {
    let mut found = SERVICE_THREADS.iter().any(|place| {
        // ORDERING: Relaxed: as in `ListedTask::new`.
        let id = place.load(Ordering::Relaxed);
        id != 0 && id != me
    });
    record::for_each(|_, _, state| {
        found |= record::is_alive(state) && !state.has(DUMMY);
        !found
    });
    found
}

/// Classifies the other threads of the process. Without memory, or if the kernel does not list the
/// tasks, there may be threads that the library did not start.
pub fn others() -> Others {
    let _errno = KeepErrno::new();
    let me = system::native_id();
    let unknown = Others::Foreign { ours: any_of_ours(me) };
    let room = usize::try_from(Record::table().issued())
        .unwrap_or(0)
        .saturating_add(SERVICE_THREADS.len());
    let known: *mut u32 = memory::allocate_zeroed(room);
    if known.is_null() {
        return unknown;
    }
    // SAFETY: zeroed memory for that many ids, which no other thread has until it is freed below.
    let known_ids = unsafe { core::slice::from_raw_parts_mut(known, room) };
    let count = store_known(known_ids);
    let (mut ours, mut foreign, mut me_listed) = (false, false, false);
    let main = system::first_thread_id();
    let listed = for_each_task(|id| {
        // The kernel lists the main thread as long as the process lives, though it may have ended.
        me_listed |= id == me;
        if id == me || id == main {
            return;
        }
        match known_ids.get(..count).is_some_and(|ids| ids.binary_search(&id).is_ok()) {
            true => ours = true,
            false => foreign = true,
        }
    });
    // SAFETY: from `allocate_zeroed` above, and the slice is no longer used.
    unsafe { memory::free(known) };
    // If the caller is not listed, the list is of another process or has the ids of another
    // namespace.
    match (listed && me_listed && !foreign, ours) {
        (false, _) => unknown,
        (true, true) => Others::Ours,
        (true, false) => Others::None,
    }
}

/// Stores the ids of the library's threads, sorted, and returns how many there are.
fn store_known(ids: &mut [u32]) -> usize {
    let mut count = 0;
    let mut store = |id: u32| {
        if let Some(place) = ids.get_mut(count).filter(|_| id != 0) {
            *place = id;
            count += 1;
        }
    };
    for place in &SERVICE_THREADS {
        // ORDERING: Relaxed: as in `ListedTask::new`.
        store(place.load(Ordering::Relaxed));
    }
    record::for_each(|_, record, state| {
        if record::phase(state) == RUNNING && !state.has(DUMMY) {
            // ORDERING: Relaxed: as above.
            store(record.native_id.load(Ordering::Relaxed));
        }
        true
    });
    if let Some(stored) = ids.get_mut(..count) {
        stored.sort_unstable();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_thread_has_one_place_in_the_list_until_it_ends() {
        let id = system::native_id();
        // ORDERING: Relaxed: the place is this thread's own.
        let is_mine = |place: &&AtomicU32| place.load(Ordering::Relaxed) == id;
        let places = || SERVICE_THREADS.iter().filter(is_mine).count();
        assert_eq!(places(), 0);
        let listed = ListedTask::new();
        assert_eq!(places(), 1);
        drop(listed);
        assert_eq!(places(), 0);
    }
}
