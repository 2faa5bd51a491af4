//! What the environment has asked to be written when the process ends by `exit`, after its threads
//! have ended: the timeline, and what was waited for.

use crate::atomic::{AtomicU32, Ordering};
use crate::inspect::destination::{self, Destination};
use crate::inspect::dump;
use crate::inspect::timeline;
use crate::platform::descriptor::File;
use crate::platform::print::print_error;
use crate::status::Status;
use crate::thread::alive::AtExit;
use crate::thread::at_exit;

/// Where the timeline goes, if it is written.
static TIMELINE: Destination = Destination::new();
/// How many contended objects are written; 0: nothing.
static CONTENTION: AtomicU32 = AtomicU32::new(0);

static LAST: AtExit = AtExit(write);

/// The timeline goes to that file.
///
/// # Errors
/// As [`Destination::set`].
pub fn set_timeline(path: &[u8]) -> Result<(), Status> {
    at_exit::set_last(&LAST);
    TIMELINE.set(path)
}

/// So many of the objects that were waited for longest are written, to where reports go.
pub fn set_contention(most: u32) {
    // ORDERING: Relaxed, here and below: a number, which stands for itself.
    CONTENTION.store(most, Ordering::Relaxed);
    at_exit::set_last(&LAST);
}

/// Writes each once, though the end of a process may come here several times.
fn write() {
    if TIMELINE.is_set() {
        let file = TIMELINE.open(File::replace);
        if file.is_none_or(|file| timeline::write(file.descriptor()).is_err()) {
            print_error(&[&[b"libthreading: the file of THREADING_TIMELINE cannot be written"]]);
        }
        let _ = TIMELINE.set(b"");
    }
    // ORDERING: as above.
    let most = CONTENTION.swap(0, Ordering::Relaxed);
    if most > 0 {
        destination::with(|descriptor| dump::write_contention(descriptor, most as usize));
    }
}
