//! The tasks of the process, as the kernel lists them: which are threads of the library's, and
//! which did it not start?
//!
//! A task is the library's if it is the thread of a record that runs, or a thread of the library's
//! own (see `service_thread`). Whatever is not known counts as a thread that the library did not
//! start, also a thread of ours that is about to begin or has just ended: whoever asks asks again a
//! moment later.

use crate::atomic::{AtomicU32, Ordering};
use crate::object::table::Slot;
use crate::platform::memory;
use crate::platform::system::{self, KeepErrno};
use crate::platform::tasks::for_each as for_each_task;
use crate::thread::record::{self, DUMMY, RUNNING, Record};

/// Who else there is, beside the calling thread and the main thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nobody.
    None,
    /// Threads of the library's alone.
    Ours,
    /// Threads that it did not start; `ours`: beside threads of the library's.
    Foreign {
        /// Whether there are such.
        ours: bool,
    },
}

/// The kernel's ids of threads of the library's own, 0 in a place that is free. A thread that finds
/// no place is not known, which only makes an end of the process late.
static OWN: [AtomicU32; 64] = [const { AtomicU32::new(0) }; 64];

/// While it exists, the calling thread is known as one of the library's own.
pub struct Own {
    place: Option<&'static AtomicU32>,
    id: u32,
}

impl Own {
    /// From now on.
    pub fn begin() -> Own {
        let id = system::native_id();
        // ORDERING: Relaxed, both: an id is all that is told, and whoever does not see it yet looks
        // again.
        let place = OWN.iter().find(|place| {
            place.compare_exchange(0, id, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        });
        Own { place, id }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            // In a forked child it may be another's.
            // ORDERING: Relaxed, both: as above.
            let _ = place.compare_exchange(self.id, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

/// In a forked child: they are gone.
pub fn reset_after_fork() {
    for place in &OWN {
        // ORDERING: Relaxed: the process has a single thread.
        place.store(0, Ordering::Relaxed);
    }
}

/// Whether any thread of the library's lives: a thread, also a timer that is pending, or one of its
/// own but that with the kernel's id `me`.
pub fn any_of_ours(me: u32) -> bool {
    let mut found = OWN.iter().any(|place| {
        // ORDERING: Relaxed: as in `begin`.
        let id = place.load(Ordering::Relaxed);
        id != 0 && id != me
    });
    record::for_each(|_, _, state| {
        found |= record::is_alive(state) && !state.has(DUMMY);
        !found
    });
    found
}

/// Looks who else there is. Without memory, or if the kernel does not list the tasks, there may be
/// anybody.
pub fn others() -> Others {
    let _errno = KeepErrno::new();
    let me = system::native_id();
    let unknown = Others::Foreign { ours: any_of_ours(me) };
    let room = usize::try_from(Record::table().issued()).unwrap_or(0).saturating_add(OWN.len());
    let known: *mut u32 = memory::allocate_zeroed(room);
    if known.is_null() {
        return unknown;
    }
    // SAFETY: zeroed memory for that many, which nobody else has until it is freed below.
    let known_ids = unsafe { core::slice::from_raw_parts_mut(known, room) };
    let count = note_known(known_ids);
    let (mut ours, mut foreign, mut me_listed) = (false, false, false);
    let main = system::process_id();
    let listed = for_each_task(|id| {
        // The main thread is listed as long as the process lives, though it may have ended.
        me_listed |= id == me;
        if id == me || id == main {
            return;
        }
        match known_ids.get(..count).is_some_and(|ids| ids.binary_search(&id).is_ok()) {
            true => ours = true,
            false => foreign = true,
        }
    });
    // SAFETY: from `allocate_zeroed` above, and the slice is not used any more.
    unsafe { memory::free(known) };
    // Without the caller in it the list is of another process, or has the ids of another namespace.
    match (listed && me_listed, foreign, ours) {
        (false, ..) => unknown,
        (true, true, _) => unknown,
        (true, false, true) => Others::Ours,
        (true, false, false) => Others::None,
    }
}

/// Notes the ids of the library's threads, sorted, and returns how many.
fn note_known(ids: &mut [u32]) -> usize {
    let mut count = 0;
    let mut note = |id: u32| {
        if let Some(place) = ids.get_mut(count).filter(|_| id != 0) {
            *place = id;
            count += 1;
        }
    };
    for place in &OWN {
        // ORDERING: Relaxed: as in `Own::begin`.
        note(place.load(Ordering::Relaxed));
    }
    record::for_each(|_, record, state| {
        if record::phase(state) == RUNNING && !state.has(DUMMY) {
            // ORDERING: Relaxed: as above.
            note(record.native_id.load(Ordering::Relaxed));
        }
        true
    });
    if let Some(noted) = ids.get_mut(..count) {
        noted.sort_unstable();
    }
    count
}
