//! The timeline: what threads did lately, when, and who let in whom.
//!
//! While it is on, each thread records its latest events in a ring of its own (`ring`, `rings`,
//! `recorder`), and waits for nobody. Whoever writes the timeline copies what the rings have
//! (`tracks`, `objects`, `trace`). Looks, dumps and all else work with it or without.
//!
//! Nothing is mapped and nothing recorded before it is on for the first time.

mod event;
mod objects;
mod recorder;
pub mod ring;
mod rings;
mod scale;
mod trace;
mod tracks;

use crate::atomic::{AtomicU32, Ordering};
use crate::inspect::dump;
use crate::inspect::dump::output::Output;
use crate::inspect::dump::threads::Threads;
use crate::inspect::scratch::Scratch;
use crate::inspect::timeline::ring::EVENTS;
use crate::inspect::timeline::scale::Scale;
use crate::inspect::timeline::trace::Trace;
use crate::inspect::timeline::tracks::Collected;
use crate::platform::fork_epoch;
use crate::status::Status;
use crate::thread::current;
use crate::thread::name;
use crate::wait::waiter::Waiter;

pub use recorder::LISTENER;

/// Whether it is on: 0 or 1.
static ON: AtomicU32 = AtomicU32::new(0);

/// The recording begins if the timeline is on from now on, and was not before: what was recorded
/// then is forgotten. The calling thread, often the main thread, has a ring from now on, however
/// many others come before its first event.
///
/// # Errors
/// None.
pub fn prepare(what: u32) -> Result<(), Status> {
    let on = u32::from(what != 0);
    // ORDERING: Relaxed: whoever switches excludes all others.
    if ON.swap(on, Ordering::Relaxed) == 0 && on == 1 {
        scale::begin();
        let _ = rings::own();
    }
    Ok(())
}

/// Puts a text into the timeline, if it is on.
pub fn mark(text: &[u8]) {
    // ORDERING: Relaxed: a mark may come a moment too early or too late.
    if ON.load(Ordering::Relaxed) != 0 {
        // A child whose fork was not noticed yet begins anew at its first call.
        fork_epoch::notice();
        recorder::mark(text);
    }
}

/// In a forked child: the timeline begins anew, and has the calling thread alone.
pub fn reset_after_fork() {
    if scale::has_begun() {
        rings::leave_others_behind();
        scale::begin();
    }
}

/// The calling thread ends: its ring keeps its name.
pub fn last_round(_waiter: Option<&'static Waiter>) -> bool {
    if scale::has_begun() {
        rings::end_own(|room| {
            let own = current::own_record();
            own.and_then(|thread| name::copy(thread, room)).unwrap_or(0)
        });
    }
    false
}

/// Writes the timeline to the descriptor, as Chrome's trace events.
///
/// # Errors
/// `THREADING_BUSY` if it, or a dump, is being written; `THREADING_INVALID_ARGUMENT` if the
/// descriptor takes nothing; `THREADING_NO_RESOURCES` if there is no memory.
pub fn write(descriptor: i32) -> Result<(), Status> {
    dump::alone(descriptor, |out| write_to(out).ok_or(Status::THREADING_NO_RESOURCES))
}

/// As `write`, as a part of something larger. `None`: there is no memory.
pub fn write_to(out: &mut Output) -> Option<()> {
    let scale = Scale::of_now();
    let mut rooms = 0;
    rings::for_each(|_| {
        rooms += EVENTS;
        true
    });
    // A wait, or a thread, makes two steps.
    let mut collected = Collected {
        touches: Scratch::with_room(rooms)?,
        steps: Scratch::with_room(rooms + 64)?,
        native_ids: Scratch::with_room(rooms / EVENTS + 64)?,
    };
    let mut trace = Trace::begin(out, scale.unwrap_or(Scale::NOTHING));
    if scale.is_some() {
        let mut written = Some(());
        rings::for_each(|ring| {
            written = tracks::write(&mut trace, ring, &mut collected);
            written.is_some() && !trace.out.has_failed()
        });
        written?;
        objects::write(&mut trace, collected.touches)?;
        let alive = Threads::collect()?.running().count();
        objects::write_counters(&mut trace, collected.steps, alive)?;
    }
    trace.end(rings::refused());
    Some(())
}
