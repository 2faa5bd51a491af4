//! The dump: every thread, what it waits for, who holds it, and the deadlocks.
//!
//! It is written from a look that takes no lock, with memory of its own, so a signal handler may
//! write one wherever it has interrupted the library. One is written at a time.

mod json;
mod last_waits;
pub mod naming;
mod order;
pub mod output;
mod owners;
mod places;
mod snapshot;
mod text;
pub mod threads;

use core::hint;

use crate::atomic::{AtomicU32, Ordering};
use crate::inspect::deadlock::{Circle, Graph};
use crate::inspect::dump::output::Output;
use crate::inspect::dump::snapshot::Snapshot;
use crate::inspect::dump::threads::Threads;
use crate::inspect::recorder::graph::Pair;
use crate::object::cause::failure;
use crate::platform::fork_epoch;
use crate::status::Status;

/// What a dump looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The fork epoch of the process in which a dump is being written, or [`NOBODY`]. A child that was
/// forked in the middle of one finds its parent's epoch.
static WRITING: AtomicU32 = AtomicU32::new(NOBODY);
const NOBODY: u32 = u32::MAX;

/// Writes a dump to the descriptor. Async-signal-safe.
///
/// # Errors
/// `THREADING_BUSY` if another one is being written; `THREADING_INVALID_ARGUMENT` if the descriptor
/// takes nothing; `THREADING_NO_RESOURCES` if there is no memory.
pub fn write(descriptor: i32, format: Format) -> Result<(), Status> {
    alone(descriptor, |out| write_to(out, format))
}

/// Writes something to the descriptor while nobody else does. Async-signal-safe if `write` is.
///
/// # Errors
/// As [`write`]; those of `write`.
pub fn alone(
    descriptor: i32,
    write: impl FnOnce(&mut Output) -> Result<(), Status>,
) -> Result<(), Status> {
    fork_epoch::notice();
    let own = fork_epoch::epoch();
    // ORDERING: Relaxed, all: it guards nothing but the descriptor.
    let found = WRITING.load(Ordering::Relaxed);
    let is_free = found == NOBODY || found != own;
    if !is_free
        || WRITING.compare_exchange(found, own, Ordering::Relaxed, Ordering::Relaxed).is_err()
    {
        hint::cold_path();
        return Err(failure!(THREADING_BUSY, c"another dump is being written"));
    }
    let written = write_now(descriptor, write);
    // ORDERING: as above.
    WRITING.store(NOBODY, Ordering::Relaxed);
    written
}

fn write_now(
    descriptor: i32,
    write: impl FnOnce(&mut Output) -> Result<(), Status>,
) -> Result<(), Status> {
    let mut out = Output::new(descriptor).ok_or(Status::THREADING_NO_RESOURCES)?;
    write(&mut out)?;
    if out.finish() {
        Ok(())
    } else {
        Err(failure!(THREADING_INVALID_ARGUMENT, c"the descriptor cannot be written to"))
    }
}

/// As [`write`], as a part of something larger.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if there is no memory.
pub fn write_to(out: &mut Output, format: Format) -> Result<(), Status> {
    const NONE: Status = Status::THREADING_NO_RESOURCES;
    let snapshot = Snapshot::take().ok_or(NONE)?;
    let threads = Threads::collect().ok_or(NONE)?;
    let graph = Graph::of(snapshot.waits()).ok_or(NONE)?;
    match format {
        Format::Text => text::write(out, &snapshot, &threads, graph),
        Format::Json => json::write(out, &snapshot, &threads, graph),
    }
    Ok(())
}

/// Writes a circle of locks to the descriptor, as far as it takes it.
pub fn write_order(descriptor: i32, pairs: &[Pair]) {
    let Some(mut out) = Output::new(descriptor) else { return };
    order::write(&mut out, pairs);
    out.finish();
}

/// Writes one deadlock to the descriptor, as far as it takes it.
pub fn write_deadlock(descriptor: i32, circle: &Circle<'_>) {
    let Some(mut out) = Output::new(descriptor) else { return };
    text::write_deadlock(&mut out, circle);
    out.finish();
}

/// Writes what was waited for longest, so many objects at most, as far as the descriptor takes it.
pub fn write_contention(descriptor: i32, most: usize) {
    let _ = alone(descriptor, |out| {
        text::write_contention(out, most);
        Ok(())
    });
}
